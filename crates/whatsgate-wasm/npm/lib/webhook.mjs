import { acknowledgement, parseEvent } from "../whatsgate.js";
import { callback, members, object, optional, positive, wrong } from "./argument.mjs";
import { bodyReader } from "./bodies.mjs";
import { toEvent } from "./lists.mjs";
import { needInit } from "./runtime.mjs";

const ACTIONS = ["message", "sent", "ack", "media", "create", "ready", "error", "disconnect"];
// Handlers have less time than the gateway waits before it repeats an event: 20 seconds.
const LIMITS = { maxBytes: 16 << 20, maxBytesInAll: 32 << 20, bodyTimeoutMs: 30_000, handlerTimeoutMs: 15_000 };

export function parseWebhook(body) {
  const who = "parseWebhook";
  needInit(who);
  if (typeof body === "string") return toEvent(JSON.parse(parseEvent(new TextEncoder().encode(body))));
  if (body instanceof Uint8Array) return toEvent(JSON.parse(parseEvent(body)));
  if (body instanceof ArrayBuffer) return toEvent(JSON.parse(parseEvent(new Uint8Array(body))));
  throw wrong(who, "body must be a string or bytes, as it came", body);
}

export function acknowledge(event) {
  needInit("acknowledge");
  const { id } = object("acknowledge", "event", event);
  if (!Number.isSafeInteger(id)) {
    throw wrong("acknowledge", "event.id must be a whole number that JavaScript counts exactly, below 2^53", id);
  }
  return acknowledgement(id);
}

export function webhookHandler(handlers, options = {}) {
  const who = "webhookHandler";
  needInit(who);
  members(who, "handlers", handlers, [...ACTIONS, "other", "onError"]);
  for (const name of Object.keys(handlers)) optional(callback, who, `handlers.${name}`, handlers[name]);
  const limits = { ...LIMITS };
  members(who, "options", options, Object.keys(LIMITS));
  for (const name of Object.keys(options)) {
    limits[name] = optional(positive, who, `options.${name}`, options[name]) ?? LIMITS[name];
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
    const handler = event.readable ? handlers[event.event_action] : handlers.other;
    await handler?.(event);
  };
  /** Waits for the work on an event; one that comes again meanwhile starts no second one. */
  const done = async (event) => {
    const key = await identity(event);
    if (!underWay.has(key)) underWay.set(key, handle(event).finally(() => underWay.delete(key)));
    return within(limits.handlerTimeoutMs, underWay.get(key));
  };

  return async (request) => {
    if (!request?.headers?.get) throw wrong(who, "the request must be a Request, as fetch takes it", request);
    // As for a path that is not there, so that nothing tells a guessed one.
    if (request.method !== "POST") return reply(404, "");
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
async function identity({ id, whatsapp_id, event_action, event_data, raw }) {
  let text;
  try {
    text = JSON.stringify([id, whatsapp_id, event_action, event_data]);
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
