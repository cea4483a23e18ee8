// Checks of what TypeScript would have checked, so that a mistake in plain JavaScript is named and not sent.

import { WhatsgateError } from "./error.mjs";

const CALL = ["signal", "timeoutMs"];

export function text(who, name, value) {
  if (typeof value !== "string") throw wrong(who, `${name} must be a string`, value);
  return value;
}

export function optional(check, who, name, value) {
  return value === undefined || value === null ? undefined : check(who, name, value);
}

export function flag(who, name, value) {
  if (typeof value !== "boolean") throw wrong(who, `${name} must be true or false`, value);
  return value;
}

export function callback(who, name, value) {
  if (typeof value !== "function") throw wrong(who, `${name} must be a function`, value);
  return value;
}

export function object(who, name, value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(who, `${name} must be an object`, value);
  }
  return value;
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
  const what = `${name} must be a whole number from ${least} to 2147483647`;
  throw typeof value === "number" ? new TypeError(`${who}: ${what}, not ${value}`) : wrong(who, what, value);
}

/** An object all of whose names are known. */
export function members(who, name, value, known) {
  object(who, name, value);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new TypeError(`${who}: ${name} has no member "${key}"; it has ${known.join(", ")}`);
    }
  }
  return value;
}

/** The options of a call: those that every call has, and its own. */
export function options(who, value = {}, own = []) {
  members(who, "options", value, [...own, ...CALL]);
  const { signal } = value;
  if (signal !== undefined && signal !== null && !isSignal(signal)) {
    throw wrong(who, "options.signal must be an AbortSignal", signal);
  }
  optional(positive, who, "options.timeoutMs", value.timeoutMs);
  if (signal?.aborted) throw cancelled(who, signal.reason);
  return value;
}

/** A recipient as the WebAssembly reads it. */
export function recipient(who, value) {
  if (typeof value !== "string") {
    if (typeof value !== "object" || value === null) {
      throw wrong(who, "recipient must be a string or an object", value);
    }
    members(who, "recipient", value, ["id", "number", "type"]);
  }
  return JSON.stringify(value);
}

export function wrong(who, what, value) {
  const type = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  return new TypeError(`${who}: ${what}, not ${type}`);
}

export function cancelled(who, reason) {
  const details = {
    kind: "cancelled",
    outcome: "notSent",
    retryable: false,
    advice: "Nothing, unless it was cancelled by mistake.",
    tries: 0,
  };
  return new WhatsgateError(`${who}: cancelled before anything was sent`, details, { cause: reason });
}

function isSignal(value) {
  return typeof value.aborted === "boolean" && typeof value.addEventListener === "function";
}
