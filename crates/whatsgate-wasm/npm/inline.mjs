// For whatever does not find the .wasm file: it comes along, packed into a script.
import { bytes } from "./lib/embedded.mjs";
import { source } from "./lib/source.mjs";

export * from "./lib/public.mjs";

source.now = bytes;
