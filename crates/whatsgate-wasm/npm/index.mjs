// For browsers and their bundlers: the .wasm file is fetched from beside this one.
import { source } from "./lib/source.mjs";

export * from "./lib/public.mjs";

source.later = () => new URL("./whatsgate_bg.wasm", import.meta.url);
