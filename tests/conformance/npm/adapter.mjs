// The adapter of the npm package, whose entry for Node is the first argument.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { Client, init, parseWebhook } = await import(pathToFileURL(process.argv[2]));
await init();

const toPage = ({ items, ...page }) => ({ ...page, data: items });
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ protocol: 1, client: "whatsgate (npm)", parallel: 16 });
for await (const line of createInterface({ input: process.stdin })) void answer(JSON.parse(line));

async function answer({ id, ...ask }) {
  let raw;
  let requests = 0;
  let after = () => {};
  // The text of a reply is where members are that the package does not know.
  const keep = async (url, init) => {
    after(++requests);
    const response = await fetch(url, init);
    const { body, status, headers } = response;
    const text = new TextDecoder();
    raw = "";
    const transform = (piece, out) => {
      raw += text.decode(piece, { stream: true });
      out.enqueue(piece);
    };
    return new Response(body?.pipeThrough(new TransformStream({ transform })), { status, headers });
  };
  try {
    const result = await call(ask, keep, (most, act) => (after = (count) => count > most && act()));
    // An event's own does not show when it is printed.
    say({ id, result: asCame(result), raw: raw ?? result?.raw });
  } catch (error) {
    const outcome = { notSent: "not_sent", unknown: "unknown" }[error.outcome];
    say({ id, error: { outcome, kind: `${error.kind}: ${error.message}`, status: error.status, raw: error.raw } });
  }
}

/** Events that the package does not read have an action of their own; the one they came with stands beside it. */
function asCame(result) {
  if (Array.isArray(result)) return result.map(asCame);
  if (Array.isArray(result?.data)) return { ...result, data: result.data.map(asCame) };
  return result?.readable === false ? { ...result, event_action: result.action } : result;
}

async function call({ command, arguments: given, baseUrl, apiKey, session: id, timeoutMs }, fetch, after) {
  if (command === "webhook") return parseWebhook(given.body);
  const retry = { firstPauseMs: 5, longestPauseMs: 20 };
  const client = new Client({ apiKey, baseUrl, timeoutMs, retry, fetch });
  const session = client.session(id);
  const { recipient, message, async, date, action, page, page_cnt, name, status, callback, number } = given;
  const paging = { pageSize: Number(page_cnt) || undefined, page: Number(page) || undefined };
  const filter = { date: date || undefined, action: action || undefined, ...paging };
  const options = { timeoutMs };
  try {
    switch (command) {
      case "send": {
        const sent = await session.send(recipient, message, { async, ...options });
        return sent.queued ? sent.reply : sent.message;
      }
      case "seen": return await session.markAsRead(recipient, options);
      case "typing": return await session.showTyping(recipient, options);
      case "check": return await session.isRegistered(number, options);
      case "get-chats": return await session.chats(options);
      case "get-media": return await session.media(given.mediaKey, options);
      case "get-messagemedia": return await session.messageMedia(given.MessageID, options);
      case "events-get": return toPage(await session.eventsPage(filter, options));
      case "session-create": return await client.createSession({ name, callback, pairingNumber: number }, options);
      case "session-delete": return await session.delete(options);
      case "sessions-get": {
        const sessions = { name: name || undefined, status: status || undefined, ...paging };
        return toPage(await client.sessionsPage(sessions, options));
      }
      case "set-name": return await session.rename(name, options);
      case "set-hook": return callback ? await session.setHook(callback, options) : await session.clearHook(options);
      case "events": return await all(session.events(filter, options));
      case "poll": {
        // It never ends by itself.
        const stop = new AbortController();
        after(2 * given.rounds, () => stop.abort());
        return await all(session.followEvents({ action }, { ...options, intervalMs: 1, signal: stop.signal }));
      }
    }
  } finally {
    client.free();
  }
}

async function all(events) {
  const list = [];
  try {
    for await (const event of events) list.push(event);
  } catch (error) {
    if (error.kind !== "cancelled") throw error;
  }
  return list;
}
