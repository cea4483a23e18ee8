// The bodies of requests that come in, with an end to how large and how slow they may be.

import { WhatsgateError } from "./error.mjs";

/**
 * Reads bodies. When they are too large together, the one that has been slow for longest makes room. A body that was read
 * keeps its room until it is released.
 */
export function bodyReader({ maxBytes, maxBytesInAll, bodyTimeoutMs }) {
  // The oldest first.
  const reading = new Set();
  const tooMuch = () => [...reading].reduce((sum, { size }) => sum + size, 0) > maxBytesInAll;

  return async (request) => {
    if (request.bodyUsed) throw refusal(500, "the body was read already by something before the handler");
    if (request.headers.get("content-length") > maxBytes) throw refusal(413, TOO_LARGE);
    const reader = request.body?.getReader();
    // An array of the pieces would be many times as large as they are, if they are small.
    let bytes = new Uint8Array();
    let length = 0;
    const body = {
      size: 0,
      refuse(status, message) {
        body.refused ??= refusal(status, message);
        reading.delete(body);
        // Ends the read that is under way.
        reader.cancel(body.refused).catch(() => {});
      },
    };
    const timer = setTimeout(() => body.refuse(408, "the body did not come in time"), bodyTimeoutMs);
    reading.add(body);
    try {
      while (reader) {
        const { done, value } = await reader.read();
        if (done || body.refused) break;
        const needed = length + value.length;
        if (needed > maxBytes) body.refuse(413, TOO_LARGE);
        else if (needed > bytes.length) {
          body.size = Math.min(Math.max(needed, bytes.length * 2, 4096), maxBytes);
          for (const other of reading) if (tooMuch() && other !== body && other.size && !other.read) other.refuse(503, NO_ROOM);
          if (tooMuch()) body.refuse(503, NO_ROOM);
        }
        if (body.refused) break;
        if (body.size > bytes.length) {
          const smaller = bytes;
          bytes = new Uint8Array(body.size);
          bytes.set(smaller);
        }
        bytes.set(value, length);
        length = needed;
      }
      if (body.refused) throw body.refused;
      body.read = true;
      return { bytes: bytes.subarray(0, length), release: () => reading.delete(body) };
    } finally {
      clearTimeout(timer);
      if (!body.read) reading.delete(body);
    }
  };
}

const TOO_LARGE = "the body is too large";
const NO_ROOM = "too much at a time";

function refusal(status, message) {
  const advice = "Nothing, if it was not the gateway that sent it.";
  return new WhatsgateError(message, { kind: "webhook", outcome: "notSent", retryable: false, advice, tries: 0, status });
}
