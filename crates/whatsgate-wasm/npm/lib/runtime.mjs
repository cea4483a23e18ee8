import load from "../whatsgate.js";

let loading;
let ready = false;

/** Loads the WebAssembly once; a failure may be tried again. `source` is a URL, bytes, a response or a module. */
export function initialise(source) {
  loading ??= (async () => {
    try {
      await load({ module_or_path: await source() });
      ready = true;
    } catch (error) {
      loading = undefined;
      throw error;
    }
  })();
  return loading;
}

/** Throws unless the WebAssembly is there. */
export function needInit(who) {
  if (!ready) {
    throw new TypeError(`${who}: the library is not loaded yet; call \`await init()\` first`);
  }
}
