// For Node, where fetch does not read files.
import { readFile } from "node:fs/promises";
import { initialise } from "./lib/runtime.mjs";

export * from "./lib/public.mjs";

export function init(source) {
  return initialise(() => source ?? readFile(new URL("./whatsgate_bg.wasm", import.meta.url)));
}
