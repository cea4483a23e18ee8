// A running WebAssembly. A mistake in it ends it: it then does nothing more, and all that waits for it is told.

import { bindings } from "../whatsgate.js";

// What the bindings read as no numbers, no error and no value.
const NOTHING = Object.freeze([]);

// They manage memory only, and are called for each value that crosses the border.
const HELPER = /^__(externref_|wbindgen_(malloc|realloc|free|exn_store)$)/;

const DONE = Promise.resolve();

/** As `queueMicrotask`, which in Node costs several times as much. */
function later(task) {
  DONE.then(task);
}

export class Instance {
  #cause;
  #library;
  #onEnd;
  #waiting = new Set();

  constructor(onEnd) {
    this.#onEnd = onEnd;
    // Bindings of its own, so that what is left of one that ended reaches no other.
    this.#library = bindings((exports) => this.#guard(exports), later);
  }

  start(module) {
    return this.#started(new WebAssembly.Instance(module, this.#library.imports()));
  }

  /** The same for pages whose browser starts none of this size at once. */
  async startLater(module) {
    return this.#started(await WebAssembly.instantiate(module, this.#library.imports()));
  }

  get ended() {
    return this.#cause !== undefined;
  }

  /** Does something with the library that is done at once. */
  use(work) {
    if (this.ended) throw this.#failure();
    let result;
    try {
      result = work(this.#library);
    } catch (error) {
      // No memory, or no stack.
      if (!this.ended && (error instanceof WebAssembly.RuntimeError || error instanceof RangeError)) this.#end(error);
      throw this.ended ? this.#failure() : error;
    }
    if (this.ended) throw this.#failure();
    return result;
  }

  /** Begins something with the library, which tells `waiting` how it ends. */
  run(work) {
    return new Promise((resolve, reject) => {
      // Ends when the WebAssembly says so, or with it.
      const end = (how) => (value) => {
        this.#waiting.delete(waiting);
        how(value);
      };
      const waiting = { resolve: end(resolve), reject: end(reject) };
      this.#waiting.add(waiting);
      try {
        this.use((library) => work(library, waiting));
      } catch (error) {
        waiting.reject(error);
      }
    });
  }

  #started(instance) {
    this.#library.start(instance);
    if (this.ended) throw this.#failure();
    return this;
  }

  /** Whatever leaves a function of Rust other than by its end leaves the memory half changed, for nothing unwinds here. */
  #guard(exports) {
    const guarded = {};
    for (const [name, member] of Object.entries(exports)) {
      const watched = typeof member === "function" && !HELPER.test(name);
      guarded[name] = watched ? (...args) => this.#enter(member, args) : member;
    }
    return guarded;
  }

  /** Throws nothing, for it may be the platform that calls; `use` looks whether all went well. */
  #enter(call, args) {
    if (this.ended) return NOTHING;
    try {
      return call(...args);
    } catch (error) {
      if (!this.ended) this.#end(error);
      return NOTHING;
    }
  }

  #end(cause) {
    this.#cause = cause ?? new Error("nothing was thrown");
    this.#onEnd(this);
    for (const waiting of this.#waiting) waiting.reject(this.#failure());
  }

  #failure() {
    const advice = "please report it. What was under way may have taken effect; the next call starts afresh";
    return new Error(`whatsgate stopped by a mistake of its own (${this.#cause}): ${advice}`, { cause: this.#cause });
  }
}
