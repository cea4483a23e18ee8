// A file on its way out: read in pieces, so that it is never in memory as one text.

import { base64 as checked, cancelled, read, wrong } from "./argument.mjs";
import { beforeAbort } from "./call.mjs";
import { isWhatsgateError, mistake } from "./error.mjs";
import { blobOf, isStream, nameOf } from "./streams.mjs";

// Base64 of each piece joins to the base64 of the whole only if its length divides by 3.
const PIECE = 3 * 1024 * 1024;
// What tells the type of a file; a multiple of 4 in base64.
const HEAD = 8 * 1024;
const WHO = "sendFile";

export class File {
  #source;
  #stream;
  #base64;
  #onProgress;
  #signal;
  #parts;

  /** `content` is a Blob or File, bytes, `{ base64 }`, a stream of bytes or a Response. */
  constructor(content, onProgress, signal) {
    this.#onProgress = onProgress;
    this.#signal = signal;
    if (content instanceof Blob) {
      this.#hold(content);
      this.name = content.name;
      this.type = content.type || undefined;
    } else if (content instanceof ArrayBuffer || ArrayBuffer.isView(content)) {
      this.#hold(bytesOf(content));
    } else if (content instanceof Response) {
      this.#respond(content);
    } else if (read(WHO, "file", () => isStream(content))) {
      this.#stream = content;
    } else {
      const base64 = read(WHO, "file", () => content?.base64);
      if (base64 !== undefined) {
        this.#base64 = checked(WHO, "file.base64", base64);
        return;
      }
      const what = "must be a Blob, a File, an ArrayBuffer, bytes, a stream, a Response or { base64 }";
      throw wrong(WHO, "file", what, content);
    }
  }

  #respond(response) {
    const { ok, status, bodyUsed, body, headers } = response;
    if (!ok) throw mistake(WHO, "file", `is a Response with status ${status}, which is no file`);
    if (bodyUsed) throw mistake(WHO, "file", "is a Response whose body was read already");
    if (body) this.#stream = body;
    else this.#hold(new Blob([]));
    this.name = nameOf(response);
    this.type = headers.get("content-type") ?? undefined;
  }

  #hold(source) {
    this.#source = source;
    this.size = source.size ?? source.length;
  }

  /** The beginning of the content. */
  async head() {
    if (this.#stream) this.#hold(await blobOf(WHO, this.#stream, this.#signal));
    if (this.#base64 === undefined) return this.#read(0, Math.min(this.size, HEAD));
    return Uint8Array.from(atob(this.#base64.slice(0, HEAD)), (letter) => letter.charCodeAt(0));
  }

  /** The body of the request: the content between two pieces of JSON. */
  async body(prefix, suffix) {
    // A repeated try uses the pieces again.
    this.#parts ??= this.#base64 === undefined ? await this.#encode() : [this.#base64];
    return new Blob([prefix, ...this.#parts, suffix], { type: "application/json" });
  }

  async #encode() {
    const parts = [];
    for (let start = 0; start < this.size; start += PIECE) {
      if (this.#signal?.aborted) throw cancelled(WHO, this.#signal.reason);
      const end = Math.min(start + PIECE, this.size);
      // As a Blob a piece leaves the memory of the page.
      parts.push(new Blob([base64(await this.#read(start, end))]));
      await this.#tell({ done: end, total: this.size });
    }
    return parts;
  }

  async #tell(progress) {
    try {
      await beforeAbort(WHO, this.#signal, this.#onProgress?.(progress));
    } catch (cause) {
      if (cause?.kind === "cancelled" && isWhatsgateError(cause)) throw cause;
      throw mistake(WHO, "options.onProgress", "threw; nothing was sent", cause);
    }
  }

  async #read(start, end) {
    let piece;
    if (this.#source instanceof Blob) {
      try {
        piece = new Uint8Array(await this.#source.slice(start, end).arrayBuffer());
      } catch (cause) {
        throw mistake(WHO, "file", "cannot be read; nothing was sent", cause);
      }
    } else if (this.#source.length === this.size) {
      // A copy, which nobody takes away before it is used.
      piece = this.#source.slice(start, end);
    }
    if (piece?.length !== end - start) {
      throw mistake(WHO, "file", "changed or was detached while it was read; nothing was sent");
    }
    return piece;
  }
}

function bytesOf(content) {
  try {
    return ArrayBuffer.isView(content)
      ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
      : new Uint8Array(content);
  } catch (cause) {
    throw mistake(WHO, "file", "is a detached buffer; it was transferred to another thread", cause);
  }
}

function base64(bytes) {
  if (bytes.toBase64) return bytes.toBase64();
  if (globalThis.Buffer) return globalThis.Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
  let binary = "";
  // More arguments than this overflow the stack.
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}
