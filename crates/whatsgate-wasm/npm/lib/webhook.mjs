import { acknowledgement, parseEvent } from "../whatsgate.js";
import { callback, members, object, optional, wrong } from "./argument.mjs";
import { toEvent } from "./lists.mjs";
import { needInit } from "./runtime.mjs";

const ACTIONS = ["message", "sent", "ack", "media", "create", "ready", "error", "disconnect"];

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
  if (!Number.isSafeInteger(id)) throw wrong("acknowledge", "event.id must be a whole number", id);
  return acknowledgement(id);
}

export function webhookHandler(handlers) {
  const who = "webhookHandler";
  needInit(who);
  members(who, "handlers", handlers, [...ACTIONS, "other", "onError"]);
  for (const name of Object.keys(handlers)) optional(callback, who, `handlers.${name}`, handlers[name]);
  return async (request) => {
    if (request.method !== "POST") return reply(405, "events come by POST", { allow: "POST" });
    let event;
    try {
      event = parseWebhook(new Uint8Array(await request.arrayBuffer()));
    } catch (error) {
      await handlers.onError?.(error, undefined);
      return reply(400, error.message);
    }
    try {
      const handle = event.readable ? handlers[event.event_action] : handlers.other;
      await handle?.(event);
    } catch (error) {
      // Without an acknowledgement the gateway sends the event again.
      await handlers.onError?.(error, event);
      return reply(500, "the event was not handled");
    }
    return reply(200, acknowledge(event), { "content-type": "application/json" });
  };
}

function reply(status, body, headers = { "content-type": "text/plain; charset=utf-8" }) {
  return new Response(body, { status, headers });
}
