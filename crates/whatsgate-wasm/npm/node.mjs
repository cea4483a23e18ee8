// For Node, where fetch does not read files.
import { readFile } from "node:fs/promises";
import { initialise } from "./lib/runtime.mjs";

export * from "./lib/public.mjs";

export function init(source) {
  return initialise(() => read(source ?? new URL("./whatsgate_bg.wasm", import.meta.url)));
}

function read(source) {
  const isFile = (typeof source === "string" || source instanceof URL) && /^file:/i.test(source);
  return isFile ? readFile(new URL(source)) : source;
}
