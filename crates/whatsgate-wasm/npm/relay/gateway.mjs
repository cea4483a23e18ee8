// The gateway as the relay asks it. Only here is the key, and nothing that comes back may hold it.

import { mistake } from "../lib/error.mjs";
import { Refusal } from "./answer.mjs";
import { isObject } from "./members.mjs";

const HOSTS = { ru: "https://whatsgate.ru/api/v1", org: "https://whatsgate.org/api/v1" };
// The longest words of the gateway's that are passed on: longer ones, and those with addresses, show its insides.
const LONGEST = 1000;
const FAILED = "the gateway answered with an error";
const REMOVED = "[removed]";

/** The address of the gateway, without a slash at its end. */
export function gatewayUrl(who, baseUrl) {
  const given = Object.hasOwn(HOSTS, baseUrl) ? HOSTS[baseUrl] : baseUrl instanceof URL ? baseUrl.href : baseUrl;
  if (!URL.canParse(given) || !/^https?:[^?#]*$/i.test(given)) {
    throw mistake(who, "options.baseUrl", 'must be "ru", "org" or a URL');
  }
  return given.replace(/\/+$/, "");
}

/** A function that writes a value as JSON without the key. */
export function scrubber(apiKey) {
  // As JSON writes it, and as an address does.
  const forms = new Set([JSON.stringify(apiKey).slice(1, -1), encodeURIComponent(apiKey)]);
  return (value) => {
    let text;
    try {
      text = JSON.stringify(value);
    } catch {
      throw gone(502, "the gateway's reply cannot be read");
    }
    for (const form of forms) text = text.replaceAll(form, REMOVED);
    return text;
  };
}

/**
 * A function that sends a command to the gateway: resolves with `{ headers, value }` of a success, whose `value` is an
 * object. Throws a `Refusal` otherwise, with the gateway's own words where it is the gateway that refuses.
 */
export function gateway({ apiKey, url, fetch, maxReplyBytes }) {
  const { host } = new URL(url);
  return async (command, body, deadline) => {
    let response;
    let text;
    try {
      response = await fetch(`${url}/${command}`, {
        method: "POST",
        headers: { "x-api-key": apiKey, "content-type": "application/json", accept: "application/json" },
        body: JSON.stringify(body),
        // A redirect would take the key along.
        redirect: "manual",
        signal: deadline.signal,
      });
      text = await take(response, maxReplyBytes);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (deadline.isOver()) throw gone(504, "the gateway did not answer in time");
      throw gone(502, "the gateway cannot be reached", code(error));
    }
    return read(response, text, host);
  };
}

function read(response, text, host) {
  const { status } = response;
  const value = parse(text);
  const headers = passed(response);
  // Otherwise it would look as if it were the visitor who may not.
  if ([401, 403, 407].includes(status) || (!Object.hasOwn(value ?? {}, "result") && isUnauthorized(value))) {
    throw gone(502, "the gateway does not admit the relay", `status ${status}`);
  }
  if (response.ok && isObject(value) && !isError(value)) return { headers, value };
  // An error may come as a success.
  const failed = response.ok && isError(value) ? 500 : status;
  if (failed < 400 || failed > 599) throw gone(502, "the gateway's reply cannot be read", `status ${status}`);
  if (isObject(value) && typeof value.message === "string") {
    const title = typeof value.name === "string" ? value.name : undefined;
    const code = Number.isInteger(value.code) ? value.code : undefined;
    if (!isFit(value.message, host) || !isFit(title ?? "", host)) throw new Refusal(failed, FAILED, { headers });
    throw new Refusal(failed, value.message, { headers, title, code });
  }
  // Its own words for a message that went out and cannot be described.
  if (status === 500 && text.includes("Evaluation failed") && text.includes("serialize")) {
    throw new Refusal(status, "Evaluation failed: (reading 'serialize')", { headers });
  }
  if (status === 429) throw new Refusal(429, "the gateway is asked too often", { headers });
  // A proxy's page, which is nobody's business here.
  throw gone(502, "the gateway's reply cannot be read", `status ${status}`);
}

function isError(value) {
  return isObject(value) && !Object.hasOwn(value, "result") && typeof value.message === "string";
}

function isFit(words, host) {
  return words.length <= LONGEST && !words.includes("://") && !words.includes(host);
}

function isUnauthorized(value) {
  return value?.name === "Unauthorized" || Number(value?.status) === 401;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A body as text, unless it is larger than it may be. */
async function take(response, most) {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for (let next; reader && !(next = await reader.read()).done; ) {
    size += next.value.length;
    if (size > most) {
      reader.cancel().catch(() => {});
      throw gone(502, "the gateway's reply is too large");
    }
    text += decoder.decode(next.value, { stream: true });
  }
  return text + decoder.decode();
}

/** The headers that a client reads: the service's clock, and how long to wait. */
function passed({ status, headers }) {
  const wait = headers.get("retry-after") ?? (status === 429 ? headers.get("x-rate-limit-reset") : null);
  const read = { date: date(headers.get("date")), "retry-after": /^\d{1,9}$/.test(wait) ? wait : date(wait) };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

function date(header) {
  const time = Date.parse(header ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toUTCString();
}

/** What may be said of an error: the rest of it may hold anything. */
function code(error) {
  const word = error?.cause?.code ?? error?.code;
  return typeof word === "string" && /^[A-Z_]{1,40}$/.test(word) ? word : undefined;
}

function gone(status, message, detail) {
  return new Refusal(status, message, { reason: new Error(detail ? `${message} (${detail})` : message) });
}
