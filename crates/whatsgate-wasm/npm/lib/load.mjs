// From a URL, bytes or a response to a compiled module, and what to say of something else.

import { WhatsgateError } from "./error.mjs";
import { source } from "./source.mjs";

const ELSEWHERE = 'import "whatsgate/inline", which needs no such file, or give init() the URL where whatsgate_bg.wasm lies';

/** Compiles what `init` was given, or what lies where the package expects it. */
export async function compile(place) {
  const given = await (place ?? atHand() ?? source.later());
  if (isModule(given)) return given;
  if (typeof Response === "function" && given instanceof Response) return compileResponse(given);
  if (typeof given === "string" || given instanceof URL || (typeof Request === "function" && given instanceof Request)) {
    if (source.read && /^file:/i.test(given)) return WebAssembly.compile(source.read(given));
    return compileResponse(await request(given), given);
  }
  return WebAssembly.compile(given);
}

/** What can be had at once, if anything can. */
export function atHand() {
  try {
    return source.now?.();
  } catch (cause) {
    throw new TypeError(`init: ${cause.message}: ${ELSEWHERE}`, { cause });
  }
}

/** One from another frame or worker is one too. */
function isModule(value) {
  return Object.prototype.toString.call(value) === "[object WebAssembly.Module]";
}

async function request(url) {
  try {
    return await fetch(url);
  } catch (cause) {
    throw unreachable(`${url.url ?? url} cannot be loaded`, { cause });
  }
}

async function compileResponse(response, asked = "the response") {
  const { status } = response;
  const name = response.url || asked.url || asked;
  // As with every other request, such a failure may pass.
  if (status >= 500 || status === 429) throw unreachable(`${name} came with status ${status}`, { status });
  const type = response.headers.get("content-type") ?? "no type";
  if (!response.ok) throw new TypeError(`init: ${name} came with status ${status}, ${type}: ${ELSEWHERE}`);
  if (/^application\/wasm\b/i.test(type) && WebAssembly.compileStreaming) return WebAssembly.compileStreaming(response);
  let bytes;
  try {
    bytes = new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw unreachable(`${name} did not come to its end`, { cause });
  }
  // "\0asm"
  if (bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[2] !== 0x73 || bytes[3] !== 0x6d) {
    throw new TypeError(`init: ${name} is no WebAssembly but ${type}, with status ${status}: ${ELSEWHERE}`);
  }
  return WebAssembly.compile(bytes);
}

function unreachable(what, { cause, status }) {
  const advice = "Call again once the server with the library's own files can be reached.";
  const details = { kind: "connection", outcome: "notSent", retryable: true, advice, tries: 0, status };
  return new WhatsgateError(`init: ${what}; nothing was sent`, details, cause && { cause });
}
