import { callback, optional, text } from "../lib/argument.mjs";
import { hide, isWhatsgateError, mistake, WhatsgateError } from "../lib/error.mjs";
import { beginOf, Session } from "../lib/session.mjs";
import { sleep } from "../lib/transport.mjs";
import { parseWebhook } from "../lib/webhook.mjs";
import { messages } from "./messages.mjs";

const WHO = "streamEvents";
const OPTIONS = ["after", "onPosition", "onGap", "onError"];
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const CONNECT_MS = 60_000;

export function streamEvents(session, given) {
  if (!(session instanceof Session)) throw mistake(WHO, "session", "must come from client.session(id), of the same copy of whatsgate");
  const call = beginOf(session, WHO, given, OPTIONS);
  const { options, transport } = call;
  if (!transport.setup.relay) throw mistake(WHO, "session", "must be that of a client with options.relay");
  if (!/^\d+$/.test(optional(text, WHO, "options.after", options.after) ?? "0")) {
    throw mistake(WHO, "options.after", "is no position that onPosition was told");
  }
  for (const name of OPTIONS.slice(1)) optional(callback, WHO, `options.${name}`, options[name]);
  return events(options, transport);
}

async function* events({ after, onPosition, onGap, onError }, call) {
  let position = after ?? undefined;
  let opened = false;
  let failures = 0;
  for (;;) {
    try {
      // What came while there was no stream, and no position to go on from, nobody has seen.
      if (opened && position === undefined) await missed(onGap);
      for await (const { type, id, data } of connect(call, position)) {
        opened = true;
        failures = 0;
        if (type === "gap") await missed(onGap);
        if (type !== "event") continue;
        yield parseWebhook(data);
        // Whoever asks for the next one is done with this one.
        position = id;
        await onPosition?.(position);
      }
    } catch (error) {
      if (call.signal?.aborted) throw ended(call.signal.reason);
      // An event that cannot be read is no reason to miss the others.
      const isLasting = !isWhatsgateError(error) || !(error.retryable || error.kind === "webhook");
      if (isLasting || (!onError && !opened)) throw error;
      await onError?.(error);
    }
    failures += 1;
    await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS), call);
    if (call.signal?.aborted) throw ended(call.signal.reason);
  }
}

/** The messages of one connection, until it ends. A token that has ended is exchanged for another, if there is one. */
async function* connect(call, position) {
  const { setup, signal, timeoutMs = CONNECT_MS } = call;
  const { keys, relay, fetch = globalThis.fetch } = setup;
  const headers = [["accept", "text/event-stream"], ...(setup.headers ?? [])];
  if (position !== undefined) headers.push(["last-event-id", position]);
  await keys.sign(headers);
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  signal?.addEventListener("abort", abort);
  try {
    for (let again = false; ; again = true) {
      const init = { method: "GET", headers, redirect: "manual", signal: controller.signal };
      const response = await fetch(`${relay}/events/stream`, init).catch((cause) => {
        throw failed("connection", "the connection to the relay failed", { cause });
      });
      if (!response.ok || !response.body) {
        if (response.status === 401 && !again && (await keys.renew(headers))) continue;
        throw refusal(await response.text().catch(() => ""), response.status);
      }
      if (!/^text\/event-stream\b/i.test(response.headers.get("content-type"))) {
        throw failed("unexpectedReply", "what answered is no stream of events", undefined, response.status);
      }
      clearTimeout(timer);
      // With what comes, be it a sign of life, the token is renewed when that is due.
      for await (const message of messages(response.body, () => keys.sign(headers).catch(() => {}))) {
        if (message.type === "error") {
          const refused = refusal(message.data);
          if (refused.status === 401 && (await keys.renew(headers))) return;
          throw refused;
        }
        yield message;
      }
      return;
    }
  } catch (error) {
    if (isWhatsgateError(error)) throw error;
    throw failed("connection", "the stream broke off", { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    controller.abort();
  }
}

async function missed(onGap) {
  if (!onGap) throw failed("gap", "events may be missing: read them with events()");
  await onGap();
}

/** What the relay says instead of events, as the error that it is. */
function refusal(raw, status = statusOf(raw)) {
  const kind = status === 401 ? "unauthorized" : status < 500 ? "refused" : "service";
  const error = failed(kind, `the relay answered with status ${status}`, undefined, status);
  hide(error, "raw", raw);
  return error;
}

function statusOf(raw) {
  try {
    return JSON.parse(raw).status ?? 500;
  } catch {
    return 500;
  }
}

const ADVICE = {
  unauthorized: "Give the page another token.",
  gap: "Read the events that are missing, then go on.",
  refused: "Check the options, and that the relay has a stream.",
  unexpectedReply: "Check options.relay of the client.",
  cancelled: "Nothing, unless it was cancelled by mistake.",
};

function failed(kind, why, options, status) {
  const details = {
    kind,
    outcome: "notSent",
    retryable: kind === "connection" || kind === "service" || status === 429,
    advice: ADVICE[kind] ?? "Try again.",
    tries: 1,
    status,
    command: "events/stream",
    safety: "read",
  };
  return new WhatsgateError(`events/stream: ${why}`, details, options);
}

function ended(reason) {
  return failed("cancelled", "cancelled", { cause: reason });
}
