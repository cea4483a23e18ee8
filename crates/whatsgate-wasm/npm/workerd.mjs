// For Cloudflare's workers, which compile what they import, and nothing else.
import { source } from "./lib/source.mjs";
import module from "./whatsgate_bg.wasm";

export * from "./lib/public.mjs";

source.now = () => module;
