// The platform below the protocol, imported by the WebAssembly: one request, one pause. It retries nothing and decides
// nothing.

const MINUTE = 60_000;
const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * Posts a body. Resolves with `{ status, retryAfter, date, body, cut }` or with `{ failure, cause }`.
 *
 * `limits` are how many bytes are read of a success and of another reply; `cut` is the one that there are more than.
 *
 * `bytes` and `limits` are memory of the WebAssembly, so they are copied before anything is waited for: it may move when
 * another call needs more of it, and be used for something else.
 */
export async function post(url, headers, bytes, isMedia, limits, options) {
  return exchange(url, headers, bytes.slice(), isMedia ? 10 * MINUTE : MINUTE, limits.slice(), options);
}

/** The same for a body with a file between two pieces of memory. */
export async function postFile(url, headers, prefix, file, suffix, limits, options) {
  const most = limits.slice();
  let body;
  try {
    body = await file.body(prefix.slice(), suffix.slice(), options.signal);
  } catch (cause) {
    return { failure: options.signal?.aborted ? "cancelled" : "invalid", cause };
  }
  return exchange(url, headers, body, 10 * MINUTE, most, options);
}

async function exchange(url, headers, body, limitMs, limits, options) {
  const { signal, timeoutMs = limitMs, fetch = globalThis.fetch } = options;
  const controller = new AbortController();
  let timedOut = false;
  const abort = () => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort(new DOMException(`no reply within ${timeoutMs} ms`, "TimeoutError"));
  }, timeoutMs);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    // A redirect would take the key along.
    const init = { method: "POST", headers, body, redirect: "manual", signal: controller.signal };
    const response = await fetch(url, init);
    const date = Date.parse(response.headers.get("date") ?? "");
    return {
      // The browser hides which redirect it was.
      status: response.type === "opaqueredirect" ? 302 : response.status,
      retryAfter: retryAfter(response, date),
      date,
      ...(await take(response, limits)),
    };
  } catch (cause) {
    if (signal?.aborted) return { failure: "cancelled", cause };
    if (timedOut) return { failure: "timeout", cause };
    return { failure: isConnect(cause?.cause) ? "connect" : "connection", cause };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** Whether no connection was made. Browsers do not tell; whoever does not tell may have sent. */
function isConnect(reason) {
  // Node refuses some ports without a code.
  return NOT_CONNECTED.has(reason?.code) || reason?.message === "bad port";
}

/** Waits, or until the call is aborted. */
export function sleep(milliseconds, { signal }) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}

/** The body, or the beginning of one that is larger than it may be. */
async function take(response, [most, mostOfError]) {
  const limit = response.ok ? most : mostOfError;
  const parts = [];
  let size = 0;
  const add = (part) => {
    parts.push(part);
    size += part.length;
  };
  const reader = response.body?.getReader?.();
  if (reader) {
    for (let next; size <= limit && !(next = await reader.read()).done; ) add(next.value);
  } else {
    // What a caller's own fetch returns need not be a stream.
    add(new Uint8Array(await response.arrayBuffer()));
  }
  const cut = size > limit ? limit : undefined;
  // Nobody waits for it, and whoever sends without an end need not agree.
  if (cut !== undefined) reader?.cancel().catch(() => {});
  const body = new Blob(parts).slice(0, cut === undefined ? size : Math.min(limit, mostOfError));
  return { body: new Uint8Array(await body.arrayBuffer()), cut };
}

/** In seconds, or until a date by the service's clock. */
function retryAfter({ status, headers }, date) {
  const said = headers.get("retry-after");
  if (said !== null) {
    const seconds = whole(said) ?? (Date.parse(said) - (date || Date.now())) / 1000;
    if (!Number.isNaN(seconds)) return Math.max(seconds, 0);
  }
  // Yii2 sends this with every reply, and it means a wait only when the limit is reached.
  return status === 429 ? whole(headers.get("x-rate-limit-reset")) : undefined;
}

function whole(header) {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined;
}
