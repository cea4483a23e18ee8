import { callback, members, object, optional, positive, wrong } from "./argument.mjs";
import { bodyReader } from "./bodies.mjs";
import { direct } from "./call.mjs";
import { mistake } from "./error.mjs";
import { toEvent } from "./lists.mjs";
import { atOnce, whenLoaded } from "./runtime.mjs";

export const ACTIONS = ["message", "sent", "ack", "media", "create", "ready", "error", "disconnect"];
// Handlers have less time than the gateway waits before it repeats an event: 20 seconds.
const LIMITS = { maxBytes: 16 << 20, maxBytesInAll: 32 << 20, bodyTimeoutMs: 30_000, handlerTimeoutMs: 15_000 };

export const parseWebhook = /* @__PURE__ */ direct(parse);
export const acknowledge = /* @__PURE__ */ direct(answerTo);
export const webhookHandler = /* @__PURE__ */ direct(handler);

function parse(body) {
  const who = "parseWebhook";
  const read = (bytes) => toEvent(atOnce(who, (library) => library.parseEvent(bytes)));
  if (typeof body === "string") return read(new TextEncoder().encode(body));
  if (body instanceof Uint8Array) return read(body);
  if (body instanceof ArrayBuffer) return read(new Uint8Array(body));
  throw wrong(who, "body", "must be a string or bytes, as it came", body);
}

function answerTo(event) {
  const who = "acknowledge";
  const { id } = object(who, "event", event);
  if (!Number.isSafeInteger(id) && typeof id !== "bigint") {
    throw mistake(who, "event.id", "must be a whole number that JavaScript counts exactly, or a bigint");
  }
  return atOnce(who, (library) => library.acknowledgement(BigInt(id)));
}

function handler(given, options = {}) {
  const who = "webhookHandler";
  const handlers = members(who, "handlers", given, [...ACTIONS, "other", "onError"]);
  for (const name of Object.keys(handlers)) optional(callback, who, `handlers.${name}`, handlers[name]);
  const limits = { ...LIMITS };
  const chosen = members(who, "options", options, Object.keys(LIMITS));
  for (const name of Object.keys(chosen)) {
    limits[name] = optional(positive, who, `options.${name}`, chosen[name]) ?? LIMITS[name];
  }
  const read = bodyReader(limits);
  const underWay = new Map();

  const tell = async (error, event) => {
    try {
      await within(limits.handlerTimeoutMs, handlers.onError?.(error, event));
    } catch (failed) {
      // The gateway gets its answer all the same.
      console.error("webhookHandler: onError failed:", failed);
    }
  };
  const handle = async (event) => {
    await handlers[event.event_action]?.(event);
  };
  /** Waits for the work on an event; one that comes again meanwhile starts no second one. */
  const done = async (event) => {
    const key = await identity(event);
    if (!underWay.has(key)) underWay.set(key, handle(event).finally(() => underWay.delete(key)));
    return within(limits.handlerTimeoutMs, underWay.get(key));
  };

  return async (request) => {
    if (!request?.headers?.get) throw wrong(who, "request", "must be a Request, as fetch takes it", request);
    // As for a path that is not there, so that nothing tells a guessed one.
    if (request.method !== "POST") return reply(404, "");
    try {
      await whenLoaded();
    } catch (error) {
      await tell(error, undefined);
      return reply(500, "the library could not be loaded");
    }
    let event;
    let body;
    try {
      body = await read(request);
      event = parseWebhook(body.bytes);
    } catch (error) {
      body?.release();
      await tell(error, undefined);
      return reply(error.status ?? 400, error.message);
    }
    try {
      // Before the function is called: an event that cannot be acknowledged would come again.
      const acknowledgement = acknowledge(event);
      await done(event);
      return reply(200, acknowledgement, { "content-type": "application/json" });
    } catch (error) {
      // Without an acknowledgement the gateway sends the event again.
      await tell(error, event);
      return reply(500, "the event was not handled");
    } finally {
      body.release();
    }
  };
}

/** What tells an event from others. The number alone would not do: a false event under it would get the true one acknowledged. */
async function identity({ id, whatsapp_id, event_action, action, event_data, raw }) {
  let text;
  try {
    text = JSON.stringify([id, whatsapp_id, event_action, action, event_data]);
  } catch {
    // It is nested deeper than JavaScript writes it.
    text = raw;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))).toString();
}

/** The promise, or an error once so much time has passed. */
async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function reply(status, body, headers = { "content-type": "text/plain; charset=utf-8" }) {
  return new Response(body, { status, headers });
}
