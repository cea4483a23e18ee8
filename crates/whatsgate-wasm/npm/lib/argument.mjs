// Checks of what TypeScript would have checked, so that a mistake in plain JavaScript is named and not sent. Each says who
// was called and the path of what is wrong, and repeats no value.

import { mistake, WhatsgateError } from "./error.mjs";

const CALL = ["signal", "timeoutMs"];
const NOTHING = Object.freeze({});

export function text(who, name, value) {
  if (typeof value !== "string") throw wrong(who, name, "must be a string", value);
  if (value.isWellFormed?.() === false) throw mistake(who, name, "has half of a character: a surrogate without the other");
  return value;
}

export function optional(check, who, name, value) {
  return value === undefined || value === null ? undefined : check(who, name, value);
}

export function flag(who, name, value) {
  if (typeof value !== "boolean") throw wrong(who, name, "must be true or false", value);
  return value;
}

export function callback(who, name, value) {
  if (typeof value !== "function") throw wrong(who, name, "must be a function", value);
  return value;
}

export function object(who, name, value) {
  if (kindOf(value) !== "object") throw wrong(who, name, "must be an object", value);
  return value;
}

/** Base64 as the wire has it: of the alphabet alone, with its padding. Anything else in a body would be more than a value. */
export function base64(who, name, value) {
  text(who, name, value);
  if (value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value)) return value;
  throw mistake(who, name, 'is not base64, or has line breaks or no padding; leave out a prefix such as "data:image/png;base64,"');
}

/** A number of milliseconds or pages: whole, and small enough for a timer. */
export function count(who, name, value) {
  return whole(who, name, value, 0);
}

/** A number of tries, or of milliseconds in which something must happen. */
export function positive(who, name, value) {
  return whole(who, name, value, 1);
}

function whole(who, name, value, least) {
  if (Number.isInteger(value) && value >= least && value <= 0x7fff_ffff) return value;
  const what = `must be a whole number from ${least} to 2147483647`;
  throw typeof value === "number" ? mistake(who, name, what) : wrong(who, name, what, value);
}

/** Where something is: a string or a `URL`. */
export function address(who, name, value) {
  return value instanceof URL ? value.href : text(who, name, value);
}

/** A copy of an object all of whose names are known; each member is read once. */
export function members(who, name, value, known) {
  object(who, name, value);
  const copy = {};
  for (const key of read(who, name, () => Object.keys(value))) {
    if (!known.includes(key)) throw mistake(who, name, `has no member ${word(key)}; it has ${known.join(", ")}`);
  }
  for (const key of known) {
    const member = read(who, `${name}.${key}`, () => value[key]);
    if (member !== undefined) copy[key] = member;
  }
  return copy;
}

/** What a getter or a proxy says, unless it throws. */
export function read(who, name, get) {
  try {
    return get();
  } catch (cause) {
    throw mistake(who, name, "cannot be read: its getter threw", cause);
  }
}

/** A name as it may be shown: one that is long or a number may be no name but a value. */
function word(key) {
  return /^[a-z_$][\w$]{0,23}$/i.test(key) ? `"${key}"` : "of this name";
}

/** The options of a call: those that every call has, and its own. */
export function options(who, value, own = []) {
  if (value === undefined) return NOTHING;
  const checked = members(who, "options", value, [...own, ...CALL]);
  const { signal } = checked;
  if (signal !== undefined && signal !== null && !read(who, "options.signal", () => isSignal(signal))) {
    throw wrong(who, "options.signal", "must be an AbortSignal", signal);
  }
  optional(positive, who, "options.timeoutMs", checked.timeoutMs);
  if (signal?.aborted) throw cancelled(who, signal.reason);
  return checked;
}

/** A recipient as the WebAssembly reads it: text, or a copy of the object. */
export function recipient(who, value) {
  if (typeof value === "string") return text(who, "recipient", value);
  if (kindOf(value) !== "object") throw wrong(who, "recipient", "must be a string or an object", value);
  const names = ["id", "number", "type"];
  const copy = members(who, "recipient", value, names);
  for (const name of names) optional(text, who, `recipient.${name}`, copy[name]);
  if (copy.id && copy.number) throw mistake(who, "recipient", "has both id and number; give one of them");
  return copy;
}

export function wrong(who, name, what, value) {
  return mistake(who, name, `${what}, not ${kindOf(value)}`);
}

/** In a word what a value is: `object` is one with members of its own. */
function kindOf(value) {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  try {
    if (Array.isArray(value)) return "an array";
    const [, tag] = /^\[object ([A-Z][A-Za-z]{1,24})\]$/.exec(Object.prototype.toString.call(value)) ?? [];
    return tag === "Object" ? "object" : tag ? `${/^[AEIO]/.test(tag) ? "an" : "a"} ${tag}` : "another kind of object";
  } catch {
    return "an object that cannot be read";
  }
}

export function cancelled(who, reason, when = "before anything was sent") {
  const details = {
    kind: "cancelled",
    outcome: "notSent",
    retryable: false,
    advice: "Nothing, unless it was cancelled by mistake.",
    tries: 0,
  };
  return new WhatsgateError(`${who}: cancelled ${when}`, details, { cause: reason });
}

function isSignal(value) {
  return typeof value.aborted === "boolean" && typeof value.addEventListener === "function";
}
