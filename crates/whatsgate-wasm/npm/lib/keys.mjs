// Where the key comes from: a function is asked before every request, so that a key can live in a vault and change.

import { WhatsgateError } from "./error.mjs";

const NAME = "x-api-key";

/** What the WebAssembly is given in the place of a key that is not known yet. */
export const LATER = "later";

export class Keys {
  #ask;

  constructor(ask) {
    this.#ask = ask;
  }

  /** Puts the key into the headers of a request. */
  async sign(headers) {
    setKey(headers, await supplied("key", this.#ask));
  }
}

/** What a caller's function says, which must be fit for a header. */
export async function supplied(what, ask) {
  let answer;
  try {
    answer = await ask();
  } catch (cause) {
    throw failed(what, "failed", { cause });
  }
  const key = answer?.token ?? answer;
  if (typeof key !== "string") throw failed(what, "returned none");
  if (!/^[!-~]+$/.test(key)) throw failed(what, "returned white space, or letters that no header takes");
  return answer;
}

function failed(what, why, options) {
  const advice = `Look at the function that supplies the ${what}.`;
  const details = { kind: "key", outcome: "notSent", retryable: false, advice, tries: 0 };
  return new WhatsgateError(`the function that supplies the ${what} ${why}; nothing was sent`, details, options);
}

export function setKey(headers, key) {
  const header = headers.find(([name]) => name.toLowerCase() === NAME);
  if (header) header[1] = key;
  else headers.push([NAME, key]);
}

export function keyOf(headers) {
  return headers.find(([name]) => name.toLowerCase() === NAME)?.[1];
}

/** What a variable of the environment says, where there is one. Bundlers find nothing here to write in. */
export function variable(name) {
  const { process, Deno } = globalThis;
  try {
    return (process?.env?.[name] ?? Deno?.env?.get(name)) || undefined;
  } catch {
    // Deno was not allowed to look.
    return undefined;
  }
}
