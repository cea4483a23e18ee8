// For browsers, workers and bundlers: the .wasm file is fetched from beside this one.
import { initialise } from "./lib/runtime.mjs";

export * from "./lib/public.mjs";

export function init(source) {
  return initialise(() => source ?? new URL("./whatsgate_bg.wasm", import.meta.url));
}
