import { callback, members, optional, text } from "../lib/argument.mjs";
import { mistake } from "../lib/error.mjs";

// Of a body that is written anew these would be untrue.
const OF_THE_BODY = new Set(["content-length", "content-encoding", "transfer-encoding"]);

export function nodeHandler(handle, given = {}) {
  const who = "nodeHandler";
  callback(who, "handler", handle);
  const path = optional(text, who, "options.path", members(who, "options", given, ["path"]).path);
  return async (incoming, outgoing, next) => {
    try {
      const url = new URL(incoming.originalUrl ?? incoming.url, "http://localhost");
      if (path !== undefined && url.pathname !== path) {
        if (next) return next();
        return outgoing.writeHead(404).end();
      }
      const gone = new AbortController();
      outgoing.on("close", () => outgoing.writableFinished || gone.abort());
      const answer = await answerTo(handle, url, incoming, incoming.body, gone.signal);
      outgoing.statusCode = answer.status;
      for (const [name, value] of headersOf(answer)) outgoing.setHeader(name, value);
      outgoing.end(new Uint8Array(await answer.arrayBuffer()));
    } catch (error) {
      if (next) return next(error);
      console.error(`${who}: the handler failed:`, error);
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(500).end();
    }
  };
}

export function fastifyHandler(handle) {
  callback("fastifyHandler", "handler", handle);
  return async ({ raw, body }, reply) => {
    const gone = new AbortController();
    reply.raw.on("close", () => reply.raw.writableFinished || gone.abort());
    const answer = await answerTo(handle, new URL(raw.url, "http://localhost"), raw, body, gone.signal);
    reply.code(answer.status);
    for (const [name, value] of headersOf(answer)) reply.header(name, value);
    return reply.send(Buffer.from(await answer.arrayBuffer()));
  };
}

/** What the handler answers. `body` is what a parser before it made of the request's, if there was one. */
async function answerTo(handle, url, incoming, body, signal) {
  const { method } = incoming;
  // A Request cannot have these.
  if (["CONNECT", "TRACE", "TRACK"].includes(method)) return new Response(null, { status: 405 });
  const headers = new Headers();
  const init = { method, headers, signal };
  let isWrittenAnew = false;
  if (method !== "GET" && method !== "HEAD") {
    isWrittenAnew = incoming.readableDidRead === true;
    // Without a parser the body is the request itself.
    if (!isWrittenAnew) Object.assign(init, { body: incoming, duplex: "half" });
    else init.body = writtenAnew(body);
  }
  for (const [name, values] of Object.entries(incoming.headers)) {
    if (name.startsWith(":") || (isWrittenAnew && OF_THE_BODY.has(name))) continue;
    for (const value of [values].flat()) headers.append(name, value);
  }
  return handle(new Request(url, init));
}

function writtenAnew(body) {
  if (body === undefined || body === null) {
    throw mistake("handler", "request", "has a body that something before the handler has read and not kept");
  }
  return typeof body === "string" || ArrayBuffer.isView(body) ? body : JSON.stringify(body);
}

function headersOf({ headers }) {
  const all = [...headers].filter(([name]) => name !== "set-cookie");
  const cookies = headers.getSetCookie();
  return cookies.length ? [...all, ["set-cookie", cookies]] : all;
}
