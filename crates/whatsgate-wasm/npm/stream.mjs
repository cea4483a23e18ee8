// Events of a relay as they come, for pages that need not ask again and again.
export { streamEvents } from "./stream/events.mjs";
