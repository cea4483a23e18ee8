// Looking on while the package asks: its `fetch` option gets a function that notes request and reply, without the key.

/** So much of a body is shown. */
const SHOWN = 32 * 1024;
/** So much of a reply is read, for the events in it. */
const READ = 1024 * 1024;

export interface Exchange {
  readonly number: number;
  readonly url: string;
  readonly headers: string;
  readonly request: string;
  /** The status line and the headers, or why there is no reply. Nothing while it is awaited. */
  readonly head: string | undefined;
  readonly reply: string | undefined;
  readonly status: number | undefined;
  /** The numbers of the events in the reply, with how often each stands there. */
  readonly listed?: ReadonlyMap<number, number>;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

let count = 0;

/** Hides a secret in a text, however the text writes it. */
export function hiding(secret: string): (text: string) => string {
  const json = JSON.stringify(secret).slice(1, -1);
  const writings = [secret, json, json.replaceAll("/", "\\/"), encodeURIComponent(secret)];
  return (text) => writings.reduce((shown, writing) => (writing ? shown.replaceAll(writing, "••••••••") : shown), text);
}

/** A `fetch` that tells of every request, and again of its reply. */
export function watched(hide: (text: string) => string, tell: (exchange: Exchange) => void): Fetch {
  return async (url, init) => {
    const begun: Exchange = {
      number: ++count,
      url: hide(url),
      headers: hide(headerText(new Headers(init.headers))),
      request: hide(await requestText(init.body)),
      head: undefined,
      reply: undefined,
      status: undefined,
    };
    tell(begun);
    let response: Response;
    try {
      response = await fetch(url, init);
    } catch (error) {
      tell({ ...begun, head: hide(String(error)), reply: "" });
      throw error;
    }
    const { status, statusText, headers } = response;
    const head = `HTTP ${status} ${statusText}`.trimEnd();
    void replyText(response.clone()).then(({ text, failure }) => {
      const listed = listedEvents(text);
      const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : pretty(text);
      const rest = failure ? `\n${failure}` : "";
      tell({ ...begun, status, head: hide(`${head}\n${headerText(headers)}`), reply: hide(shown + rest), listed });
    });
    return response;
  };
}

function headerText(headers: Headers): string {
  return [...headers].map(([name, value]) => `${name}: ${value}`).join("\n");
}

async function requestText(body: BodyInit | null | undefined): Promise<string> {
  if (body === null || body === undefined) return "";
  const blob = new Blob([body as BlobPart]);
  const text = await blob.slice(0, SHOWN).text();
  // A file is long, and only its beginning tells anything.
  const short = text.replace(/("data":")([A-Za-z0-9+/=]{60})[A-Za-z0-9+/=]+/, "$1$2…");
  return blob.size > SHOWN ? `${short}\n… (${blob.size} B)` : pretty(short);
}

/** The beginning of a reply; the rest is not waited for. */
async function replyText(response: Response): Promise<{ text: string; failure?: string }> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const text = () => new Blob(parts).slice(0, READ).text();
  try {
    const reader = response.body?.getReader();
    for (let next; reader && size <= READ && !(next = await reader.read()).done; ) {
      parts.push(next.value);
      size += next.value.length;
    }
    if (size > READ) void reader?.cancel().catch(() => {});
    return { text: await text() };
  } catch (error) {
    return { text: await text(), failure: String(error) };
  }
}

function listedEvents(json: string): ReadonlyMap<number, number> | undefined {
  try {
    const { data } = JSON.parse(json) as { data?: { id?: unknown; event_action?: unknown }[] };
    const listed = new Map<number, number>();
    for (const { id, event_action: action } of Array.isArray(data) ? data : []) {
      if (typeof id === "number" && action !== undefined) listed.set(id, (listed.get(id) ?? 0) + 1);
    }
    return listed;
  } catch {
    return undefined;
  }
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}
