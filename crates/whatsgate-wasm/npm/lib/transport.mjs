// The platform below the protocol, imported by the WebAssembly: one request, one pause. It retries nothing and decides
// nothing.

import { beforeAbort } from "./call.mjs";

const MINUTE = 60_000;
const decoder = new TextDecoder();
const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * Posts a body, and answers with `{ status, retryAfter, date, body, cut }` or with `{ failure, cause }` under this number.
 *
 * At most `most` bytes are read of a success and `mostOfError` of another reply; `cut` is the one that there are more than.
 *
 * `bytes` are memory of the WebAssembly, so they are copied before anything is waited for: it may move when another call
 * needs more of it, and be used for something else. They become text, of which Node makes a request at two thirds of the cost.
 */
export function post(url, headers, bytes, isMedia, most, mostOfError, call, id) {
  const limitMs = isMedia ? 10 * MINUTE : MINUTE;
  answer(exchange(url, headers, decoder.decode(bytes), limitMs, [most, mostOfError], call), call, id);
}

/** The same for a body with a file between two pieces of memory. */
export function postFile(url, headers, prefix, file, suffix, most, mostOfError, call, id) {
  const whole = file.body(prefix.slice(), suffix.slice());
  const reply = whole.then(
    (body) => exchange(url, headers, body, 10 * MINUTE, [most, mostOfError], call),
    (cause) => ({ failure: "invalid", cause }),
  );
  answer(reply, call, id);
}

function answer(promise, call, id) {
  promise.then(
    (reply) => tell(reply, call, id),
    (cause) => tell({ failure: "connection", cause }, call, id),
  );
}

function tell({ failure, cause, status, retryAfter, date, cut, body } = {}, call, id) {
  call.cause = cause;
  call.library.answer(id, failure, status, retryAfter, date, cut, body);
}

function exchange(url, headers, body, limitMs, limits, call) {
  // Between two tries: of this one nothing goes out.
  if (call.signal?.aborted) return Promise.resolve({ failure: "unsent", cause: call.signal.reason });
  const { setup, timeoutMs = limitMs } = call;
  // They are the account's own, so what others may change is a copy.
  if (setup.fetch || setup.keys) headers = headers.map((header) => [...header]);
  if (setup.headers) headers = [...headers, ...setup.headers];
  const send = setup.keys || setup.hooks ? signed : once;
  return send(url, headers, body, timeoutMs, limits, call);
}

/** A request whose key comes from a function, or of which somebody is told. */
async function signed(url, headers, body, timeoutMs, limits, call) {
  const { keys, hooks } = call.setup;
  let told;
  try {
    await beforeAbort(url.slice(url.lastIndexOf("/") + 1), call.signal, keys?.sign(headers));
  } catch (cause) {
    return { failure: "invalid", cause };
  }
  if (hooks) told = hooks.begin(url, call);
  let reply = await once(url, headers, body, timeoutMs, limits, call);
  // Whoever is not admitted has done nothing, so that with another token it may be asked again.
  if (reply.status === 401 && keys?.renew && (await keys.renew(headers).catch(() => false))) {
    reply = await once(url, headers, body, timeoutMs, limits, call);
  }
  if (told) hooks.end(told, reply, call);
  return reply;
}

async function once(url, headers, body, timeoutMs, limits, call) {
  const { setup, signal } = call;
  // A hook may have done it.
  if (signal?.aborted) return { failure: "unsent", cause: signal.reason };
  const { fetch = globalThis.fetch } = setup;
  // A caller's own function may keep the signal.
  const controller = (!setup.fetch && spare.pop()) || new AbortController();
  const timer = setTimeout(late, timeoutMs, controller, timeoutMs);
  const abort = signal && (() => controller.abort(signal.reason));
  signal?.addEventListener("abort", abort);
  try {
    // A redirect would take the key along.
    const init = { method: "POST", headers, body, redirect: "manual", signal: controller.signal };
    const response = await fetch(url, init);
    const { status, headers: told } = response;
    // What a caller's own fetch may answer with; it says no more.
    if (response.type === "error") throw new TypeError("the answer is a Response.error()");
    const date = parsed(told.get("date"));
    const reply = await take(response, limits);
    // A browser shows 0 for a redirect, so that nobody learns which it was.
    reply.status = status || 302;
    // After a success nobody waits.
    if (!response.ok) reply.retryAfter = retryAfter(status, told, date);
    reply.date = date;
    if (call.keeps) keep(call, response, reply);
    return reply;
  } catch (cause) {
    let failure = isConnect(cause?.cause) ? "connect" : "connection";
    if (controller.signal.aborted) failure = signal?.aborted ? "cancelled" : "timeout";
    return { failure, cause };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    if (!setup.fetch) again(controller);
  }
}

// Making one costs Node more than all else that is done here for a request.
const spare = [];

/** Keeps a controller that nothing aborted for the next request; not for ever, because each leaves a listener behind. */
function again(controller) {
  controller.served = (controller.served ?? 0) + 1;
  if (!controller.signal.aborted && controller.served < 50 && spare.length < 50) spare.push(controller);
}

function late(controller, timeoutMs) {
  controller.abort(new DOMException(`no reply within ${timeoutMs} ms`, "TimeoutError"));
}

/** Keeps a reply as it came, for `withResponse`. */
function keep(call, { statusText, headers }, { status, body }) {
  const none = body.length === 0 || [204, 205, 304].includes(status);
  call.response = new Response(none ? null : body.slice(), { status, statusText, headers });
}

/** Whether no connection was made. Browsers do not tell; whoever does not tell may have sent. */
function isConnect(reason) {
  // Node refuses some ports without a code.
  return NOT_CONNECTED.has(reason?.code) || reason?.message === "bad port";
}

/** Waits, and answers under this number. */
export function pause(milliseconds, call, id) {
  answer(sleep(milliseconds, call), call, id);
}

/** Waits, or until the call is aborted. */
export function sleep(milliseconds, call) {
  const { setup, signal } = call;
  setup.hooks?.pause(milliseconds, call);
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
  const reader = response.body?.getReader?.();
  const parts = [];
  let size = 0;
  if (reader) {
    for (let next; size <= limit && !(next = await reader.read()).done; ) {
      parts.push(next.value);
      size += next.value.length;
    }
  } else {
    // What a caller's own fetch returns need not be a stream.
    const all = new Uint8Array(await response.arrayBuffer());
    parts.push(all);
    size = all.length;
  }
  const cut = size > limit ? limit : undefined;
  // Nobody waits for it, and whoever sends without an end need not agree.
  if (cut !== undefined) reader?.cancel().catch(() => {});
  return { body: joined(parts, cut === undefined ? size : Math.min(limit, mostOfError)), cut };
}

/** So much of these pieces in one. */
function joined(parts, size) {
  if (parts.length === 1) return parts[0].subarray(0, size);
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    const rest = part.subarray(0, size - at);
    all.set(rest, at);
    at += rest.length;
  }
  return all;
}

let latest = null;
let latestDate = NaN;

/** A header `Date`, which many replies in a row have in common. */
function parsed(header) {
  if (header !== latest) {
    latest = header;
    latestDate = Date.parse(header ?? "");
  }
  return latestDate;
}

/** In seconds, or until a date by the service's clock. */
function retryAfter(status, headers, date) {
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
