// For Node, Deno and Bun: the .wasm file is read from beside this one, at once.
import { readFileSync } from "node:fs";
import { source } from "./lib/source.mjs";

export * from "./lib/public.mjs";

source.read = (url) => readFileSync(new URL(url));
source.now = () => readFileSync(new URL("./whatsgate_bg.wasm", import.meta.url));
