// Pages of other origins: those that are named may ask, and no others.

import { wrong } from "../lib/argument.mjs";
import { mistake } from "../lib/error.mjs";
import { forbidden } from "./answer.mjs";

const HEADERS = "accept, authorization, content-type, x-api-key";

/** Reads the list; a mistake in it would open the relay to nobody, or to all. */
export function readOrigins(who, origins = []) {
  if (!Array.isArray(origins)) throw wrong(who, "options.origins", "must be an array", origins);
  for (const [at, origin] of origins.entries()) {
    if (typeof origin !== "string" || !URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw mistake(who, `options.origins[${at}]`, 'must be an origin such as "https://shop.test"');
    }
  }
  return new Set(origins);
}

/** The headers that let the page read the answer. */
export function originHeaders(origins, request) {
  const origin = request.headers.get("origin");
  const vary = origins.size ? { vary: "origin" } : {};
  if (!origins.has(origin)) return vary;
  return { ...vary, "access-control-allow-origin": origin, "access-control-expose-headers": "date, retry-after" };
}

/** Throws for a page of an origin that is not among those named, or not the relay's own. What is no page names none. */
export function admit(origins, request) {
  const origin = request.headers.get("origin");
  // Browsers say it by themselves, and a page cannot change it.
  const isForeign = ["cross-site", "same-site"].includes(request.headers.get("sec-fetch-site"));
  if (origins.size ? origin !== null && !origins.has(origin) : isForeign) {
    throw forbidden("origin", "pages from there may not ask");
  }
}

/** The answer to a browser that asks whether the page may ask, or `undefined` if it is another request. */
export function preflight(origins, request) {
  if (request.method !== "OPTIONS" || !origins.has(request.headers.get("origin"))) return undefined;
  const allowed = { "access-control-allow-methods": "POST", "access-control-allow-headers": HEADERS };
  return new Response(null, { status: 204, headers: { ...allowed, "access-control-max-age": "600" } });
}
