// When the WebAssembly is loaded: at once where that is possible, otherwise before the first call that waits.

import { beforeAbort } from "./call.mjs";
import { Instance } from "./instance.mjs";
import { atHand, compile } from "./load.mjs";

let module;
let instance;
let loading;
// Where `init` was told that it lies, if that can be asked again.
let told;

/** Loads the WebAssembly if it is not there; a failure may be tried again. */
export function init(place) {
  if (!loading) told = typeof place === "string" || place instanceof URL ? place : undefined;
  return begin(place);
}

/** Loads it for a call that waits. */
export function whenLoaded() {
  return begin(told);
}

function begin(place) {
  if (!loading) {
    const attempt = load(place);
    loading = attempt;
    attempt.catch(() => {
      if (loading === attempt) loading = undefined;
    });
  }
  return loading;
}

async function load(place) {
  if (place === undefined && ready()) return;
  module ??= await compile(place);
  instance ??= await new Instance(forget).startLater(module);
}

/** The next call makes a new instance. */
function forget(ended) {
  if (instance === ended) instance = loading = undefined;
}

/** The instance, if there is one or one can be had at once. */
function ready() {
  if (instance || loading) return instance;
  try {
    if (!module && told === undefined) {
      const place = atHand();
      module = isBytes(place) ? new WebAssembly.Module(place) : place;
    }
    if (module) instance = new Instance(forget).start(module);
  } catch (error) {
    // Some browsers do neither with one of this size while a page waits.
    if (!(error instanceof RangeError)) throw error;
  }
  return instance;
}

function isBytes(value) {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

/** The same, for what has the first call tell why there is none. */
function ifReady() {
  try {
    return ready();
  } catch {
    return undefined;
  }
}

/** Does something with the library at once, or throws because it is not there yet. */
export function atOnce(who, work) {
  const found = ready();
  if (!found) throw new TypeError(`${who}: the library is not loaded yet; call \`await init()\` first`);
  return found.use(work);
}

/** Does something with the library if it is there. */
export function ifLoaded(work) {
  return ifReady()?.use(work);
}

/** The commands of an account, for which the WebAssembly is loaded when the first is called. */
export class Account {
  #commands;
  #home;
  #settings;

  /** Mistakes in the settings are thrown here if the WebAssembly is there, otherwise by the first command. */
  constructor(settings) {
    this.#settings = settings;
    const found = ifReady();
    if (found) found.use((library) => this.#of(found, library));
  }

  free() {
    if (this.#home?.ended === false) this.#commands.free();
  }

  /** Carries out a command, by its name in the WebAssembly. */
  run(name, call, args) {
    const found = ready();
    if (found) return this.#on(found, name, call, args);
    return beforeAbort(name, call.signal, whenLoaded()).then(() => this.#on(ready(), name, call, args));
  }

  /** A list that comes element by element, opened when the first is asked for. */
  open(name, call, args) {
    let home = ready();
    let stream;
    const open = (library) => {
      call.library = library;
      stream = this.#of(home, library)[name](call, ...args);
    };
    if (home) home.use(open);
    return {
      next: async () => {
        if (!home) {
          await beforeAbort(name, call.signal, whenLoaded());
          home = ready();
          home.use(open);
        }
        return home.run((_, waiting) => stream.next(waiting));
      },
      free: () => home?.ended === false && stream?.free(),
    };
  }

  #on(found, name, call, args) {
    return found.run((library, waiting) => {
      call.library = library;
      this.#of(found, library)[name](waiting, call, ...args);
    });
  }

  #of(found, library) {
    if (this.#home !== found) {
      this.#commands = new library.Commands(this.#settings);
      this.#home = found;
    }
    return this.#commands;
  }
}
