// For servers: the relay between a page and the gateway. It needs no WebAssembly.
export { relayHandler } from "./relay/handler.mjs";
