// The members of a request, each read by name and checked: what is not asked for here goes no further.

import { Refusal } from "./answer.mjs";

/** A member that the object itself has; null counts as absent. */
function own(object, name) {
  return (Object.hasOwn(object, name) ? object[name] : undefined) ?? undefined;
}

export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function part(object, name) {
  const value = own(object, name);
  if (value !== undefined && !isObject(value)) throw new Refusal(400, `${name} must be an object`);
  return value;
}

export function text(object, name, pattern) {
  const value = own(object, name);
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw new Refusal(400, `${name} must be text`);
  if (pattern && !pattern.test(value)) throw new Refusal(400, `${name} is not of the form it must have`);
  return value;
}

export function flag(object, name) {
  const value = own(object, name);
  if (value !== undefined && typeof value !== "boolean") throw new Refusal(400, `${name} must be true or false`);
  return value;
}

/** A whole number from 1, which may also be written as text. */
export function count(object, name, most) {
  const value = own(object, name);
  if (value === undefined || value === "") return undefined;
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (!Number.isInteger(number) || number < 1 || number > most) {
    throw new Refusal(400, `${name} must be a whole number from 1 to ${most}`);
  }
  return number;
}

export function needed(name, value) {
  if (value === undefined) throw new Refusal(400, `${name} is missing`);
  return value;
}
