import { address, callback, members, optional, positive, text, wrong } from "../lib/argument.mjs";
import { bodyReader } from "../lib/bodies.mjs";
import { mistake } from "../lib/error.mjs";
import { forbidden, json, Refusal } from "./answer.mjs";
import { ACCOUNT_WIDE, COMMANDS } from "./commands.mjs";
import { gateway, gatewayUrl, scrubber } from "./gateway.mjs";
import { check, readGrant } from "./grant.mjs";
import { deadline, gate } from "./limits.mjs";
import { chats, events } from "./lists.mjs";
import { isObject, text as member } from "./members.mjs";
import { admit, originHeaders, preflight, readOrigins } from "./origins.mjs";

const OPTIONS = ["apiKey", "authorize", "baseUrl", "mount", "origins", "spend", "onError", "fetch"];
// Less time than the client gives to a try, so that the page is told what happened.
const LIMITS = {
  maxBytes: 16 << 20,
  maxBytesInAll: 64 << 20,
  bodyTimeoutMs: 30_000,
  maxReplyBytes: 64 << 20,
  timeoutMs: 50_000,
  fileTimeoutMs: 540_000,
  maxAtOnce: 64,
  maxAtOncePerVisitor: 8,
};
// What may tell a visitor from others.
const CREDENTIALS = ["x-api-key", "authorization", "cookie"];
const LISTS = { "get-chats": chats, "events-get": events };
const WHO = "relayHandler";

export function relayHandler(options) {
  const parts = prepare(options);
  const { origins } = parts;
  return async (request) => {
    if (!request?.headers?.get) throw wrong(WHO, "request", "must be a Request, as fetch takes it", request);
    const response = preflight(origins, request) ?? (await answer(parts, request));
    for (const [name, value] of Object.entries(originHeaders(origins, request))) response.headers.set(name, value);
    return response;
  };
}

function prepare(given) {
  const options = members(WHO, "options", given, [...OPTIONS, ...Object.keys(LIMITS)]);
  const apiKey = text(WHO, "options.apiKey", options.apiKey);
  // Before fetch finds it: its error would show the key.
  if (!/^[!-~]+$/.test(apiKey)) {
    throw mistake(WHO, "options.apiKey", "is empty or has characters that no key has");
  }
  const limits = { ...LIMITS };
  for (const name of Object.keys(LIMITS)) {
    limits[name] = optional(positive, WHO, `options.${name}`, options[name]) ?? LIMITS[name];
  }
  const mount = optional(text, WHO, "options.mount", options.mount)?.replace(/\/+$/, "");
  if (mount && !mount.startsWith("/")) throw mistake(WHO, "options.mount", "must begin with /");
  const url = gatewayUrl(WHO, optional(address, WHO, "options.baseUrl", options.baseUrl) ?? "ru");
  const fetch =
    optional(callback, WHO, "options.fetch", options.fetch) ?? ((...request) => globalThis.fetch(...request));
  return {
    authorize: callback(WHO, "options.authorize", options.authorize),
    spend: optional(callback, WHO, "options.spend", options.spend),
    onError: optional(callback, WHO, "options.onError", options.onError),
    mount,
    ask: gateway({ apiKey, url, fetch, maxReplyBytes: limits.maxReplyBytes }),
    read: bodyReader(limits),
    enter: gate(limits.maxAtOnce, limits.maxAtOncePerVisitor),
    scrub: scrubber(apiKey),
    origins: readOrigins(WHO, options.origins ?? undefined),
    limits,
  };
}

/** The answer to a request, whatever happens. */
async function answer(parts, request) {
  let command;
  try {
    admit(parts.origins, request);
    command = commandOf(request, parts.mount);
    const { headers, value } = await relay(parts, command, request);
    return json(200, parts.scrub(value), headers);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, "the relay failed", { reason: error ?? new Error("nothing was thrown") });
    if (refusal.reason) await tell(parts.onError, refusal.reason, command);
    return json(refusal.status, parts.scrub(refusal.envelope()), refusal.headers);
  }
}

function commandOf({ method, url, headers }, mount) {
  const path = new URL(url).pathname;
  const end = path.lastIndexOf("/");
  const command = path.slice(end + 1);
  const isKnown = COMMANDS.has(command) || ACCOUNT_WIDE.has(command);
  if (!isKnown || (mount !== undefined && path.slice(0, end) !== mount)) {
    throw new Refusal(404, "there is no such command");
  }
  if (method !== "POST") throw new Refusal(405, "commands are sent with POST", { headers: { allow: "POST" } });
  // A form of another site can post anything but this without asking first.
  const [type] = (headers.get("content-type") ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") throw new Refusal(415, "the body must be application/json");
  if (ACCOUNT_WIDE.has(command)) throw forbidden("command", "nobody may use this one here");
  return command;
}

async function relay(parts, command, request) {
  const token = request.headers.get("x-api-key");
  const leave = parts.enter(CREDENTIALS.map((name) => request.headers.get(name)).join("\n"));
  let body;
  try {
    body = await parts.read(request).catch(unread);
    const given = parsed(body.bytes);
    const session = member(given, "WhatsappID") || undefined;
    const call = { command, token, session, bytes: body.bytes.length, ...COMMANDS.get(command)(given) };
    const grant = await permitted(parts, request, call);
    return await sent(parts, grant, call, request.signal);
  } finally {
    body?.release();
    leave();
  }
}

function unread(error) {
  throw error.status ? new Refusal(error.status, error.message) : new Refusal(400, "the body broke off");
}

/** An object, and nothing else. */
function parsed(bytes) {
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, "the body is not JSON");
  }
  if (!isObject(value)) throw new Refusal(400, "the body must be an object");
  return value;
}

/** What the visitor may do, once it is certain that this is among it. */
async function permitted({ authorize, spend }, request, call) {
  const { command, session, token, bytes, chats } = call;
  const given = await authorize(request, { command, session, chat: chats[0], token });
  if (!given) throw new Refusal(401, "who asks may not ask here");
  const grant = readGrant(WHO, given);
  check(grant, call);
  const isAllowed = await spend?.(given, { command, sends: command === "send" ? 1 : 0, bytes });
  if (isAllowed === false) throw forbidden("budget", "it is used up");
  return grant;
}

async function sent({ ask, limits }, grant, { command, members, isLarge }, signal) {
  const time = deadline(isLarge ? limits.fileTimeoutMs : limits.timeoutMs, signal);
  let headers;
  // A list may take several.
  const once = async (asked) => {
    const reply = await ask(command, { WhatsappID: grant.session, ...asked }, time);
    ({ headers } = reply);
    return reply.value;
  };
  try {
    const value = await (LISTS[command] ?? whole)(once, grant, members);
    return { headers, value };
  } finally {
    time.end();
  }
}

function whole(once, _, members) {
  return once(members);
}

async function tell(onError, error, command) {
  try {
    await onError?.(error, { command });
  } catch {
    // What it threw may hold anything.
    console.error(`${WHO}: onError failed`);
  }
}
