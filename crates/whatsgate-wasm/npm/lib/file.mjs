// A file on its way out: read in pieces, so that it is never in memory as one text.

import { wrong } from "./argument.mjs";

// Base64 of each piece joins to the base64 of the whole only if its length divides by 3.
const PIECE = 3 * 1024 * 1024;
// What tells the type of a file; a multiple of 4 in base64.
const HEAD = 8 * 1024;
const WHO = "sendFile";

export class File {
  #source;
  #base64;
  #onProgress;
  #parts;

  /** `content` is a Blob or File, bytes, or `{ base64 }`. */
  constructor(content, onProgress) {
    this.#onProgress = onProgress;
    if (content instanceof Blob) {
      this.#source = content;
      this.name = content.name;
      this.type = content.type || undefined;
      this.size = content.size;
    } else if (content instanceof ArrayBuffer || ArrayBuffer.isView(content)) {
      this.#source = bytesOf(content);
      this.size = this.#source.length;
    } else if (typeof content?.base64 === "string") {
      this.#base64 = content.base64;
    } else {
      throw wrong(WHO, "file must be a Blob, a File, an ArrayBuffer, bytes or { base64 }", content);
    }
  }

  /** The beginning of the content. */
  async head() {
    if (this.#base64 === undefined) return this.#read(0, Math.min(this.size, HEAD));
    try {
      return Uint8Array.from(atob(this.#base64.slice(0, HEAD)), (letter) => letter.charCodeAt(0));
    } catch {
      throw new TypeError(`${WHO}: file.base64 is not base64; leave out a prefix such as "data:image/png;base64,"`);
    }
  }

  /** The body of the request: the content between two pieces of JSON. */
  async body(prefix, suffix, signal) {
    // A repeated try uses the pieces again.
    this.#parts ??= this.#base64 === undefined ? await this.#encode(signal) : [this.#base64];
    return new Blob([prefix, ...this.#parts, suffix], { type: "application/json" });
  }

  async #encode(signal) {
    const parts = [];
    for (let start = 0; start < this.size; start += PIECE) {
      signal?.throwIfAborted();
      const end = Math.min(start + PIECE, this.size);
      // As a Blob a piece leaves the memory of the page.
      parts.push(new Blob([base64(await this.#read(start, end))]));
      this.#tell({ done: end, total: this.size });
    }
    return parts;
  }

  #tell(progress) {
    try {
      this.#onProgress?.(progress);
    } catch (cause) {
      throw new Error(`${WHO}: options.onProgress threw`, { cause });
    }
  }

  async #read(start, end) {
    let piece;
    if (this.#source instanceof Blob) {
      piece = new Uint8Array(await this.#source.slice(start, end).arrayBuffer());
    } else if (this.#source.length === this.size) {
      piece = this.#source.subarray(start, end);
    }
    if (piece?.length !== end - start) throw new TypeError(`${WHO}: file changed or was detached while it was read`);
    return piece;
  }
}

function bytesOf(content) {
  try {
    return ArrayBuffer.isView(content)
      ? new Uint8Array(content.buffer, content.byteOffset, content.byteLength)
      : new Uint8Array(content);
  } catch (cause) {
    throw new TypeError(`${WHO}: file is a detached buffer; it was transferred to another thread`, { cause });
  }
}

function base64(bytes) {
  if (bytes.toBase64) return bytes.toBase64();
  if (globalThis.Buffer) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
  let binary = "";
  // More arguments than this overflow the stack.
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}
