// Files that come as streams: of the web, of Node, or anything else that yields bytes or text. The platform makes a Blob of
// them, which a browser keeps where it has room, and not in the memory of the page.

import { beforeAbort } from "./call.mjs";
import { isWhatsgateError, mistake } from "./error.mjs";

export function isStream(content) {
  return typeof (content?.getReader ?? content?.[Symbol.asyncIterator]) === "function";
}

/** All that a stream yields. Throws if it fails half-way. */
export async function blobOf(who, content, signal) {
  let end;
  try {
    if (content.locked) throw mistake(who, "file", "is a stream that something else reads already");
    // Not every browser iterates over streams.
    const reader = content.getReader?.() ?? content[Symbol.asyncIterator]();
    end = (reader.cancel ?? reader.return)?.bind(reader);
    const next = (reader.read ?? reader.next).bind(reader);
    const pull = async (stream) => {
      const { done, value } = await next();
      if (done) stream.close();
      else stream.enqueue(bytes(value));
    };
    return await beforeAbort(who, signal, new Response(new ReadableStream({ pull }, { highWaterMark: 0 })).blob());
  } catch (cause) {
    // Whether whoever sends can be told changes nothing.
    Promise.resolve(end?.()).catch(() => {});
    throw isWhatsgateError(cause) ? cause : mistake(who, "file", "broke off; nothing was sent", cause);
  }
}

function bytes(value) {
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw new TypeError("a piece of it is neither bytes nor text");
}

/** The name of what a response holds, by its header or its address. */
export function nameOf({ headers, url }) {
  const said = headers.get("content-disposition") ?? "";
  const [, encoded] = /filename\*\s*=\s*utf-8''([^;\s]+)/i.exec(said) ?? [];
  const [, quoted, plain] = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(said) ?? [];
  const path = /^[^?#]*\/([^/?#]*)/.exec(url)?.[1];
  return decoded(encoded) || quoted?.replace(/\\(.)/g, "$1") || plain || decoded(path) || undefined;
}

function decoded(text) {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
