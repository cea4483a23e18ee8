// The platform below the protocol, imported by the WebAssembly: one request, one pause. It retries nothing and decides
// nothing.

const MINUTE = 60_000;
const NOT_CONNECTED = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * Posts a body. Resolves with `{ status, retryAfter, date, body }` or with `{ failure, cause }`.
 *
 * `bytes` is memory of the WebAssembly, so it is copied before anything is waited for.
 */
export async function post(url, headers, bytes, isMedia, options) {
  return exchange(url, headers, bytes.slice(), isMedia ? 10 * MINUTE : MINUTE, options);
}

/** The same for a body with a file between two pieces of memory. */
export async function postFile(url, headers, prefix, file, suffix, options) {
  let body;
  try {
    body = await file.body(prefix.slice(), suffix.slice(), options.signal);
  } catch (cause) {
    return { failure: options.signal?.aborted ? "cancelled" : "invalid", cause };
  }
  return exchange(url, headers, body, 10 * MINUTE, options);
}

async function exchange(url, headers, body, limitMs, options) {
  const { signal, timeoutMs = limitMs, fetch = globalThis.fetch } = options;
  const controller = new AbortController();
  let timedOut = false;
  const abort = () => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort(new DOMException(`no reply within ${timeoutMs} ms`, "TimeoutError"));
  }, timeoutMs);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  try {
    // A redirect would take the key along.
    const init = { method: "POST", headers, body, redirect: "manual", signal: controller.signal };
    const response = await fetch(url, init);
    return {
      // The browser hides which redirect it was.
      status: response.type === "opaqueredirect" ? 302 : response.status,
      retryAfter: seconds(response.headers.get("retry-after")),
      date: Date.parse(response.headers.get("date") ?? ""),
      body: new Uint8Array(await response.arrayBuffer()),
    };
  } catch (cause) {
    if (signal?.aborted) return { failure: "cancelled", cause };
    if (timedOut) return { failure: "timeout", cause };
    return { failure: isConnect(cause?.cause) ? "connect" : "connection", cause };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** Whether no connection was made. Browsers do not tell; whoever does not tell may have sent. */
function isConnect(reason) {
  // Node refuses some ports without a code.
  return NOT_CONNECTED.has(reason?.code) || reason?.message === "bad port";
}

/** Waits, or until the call is aborted. */
export function sleep(milliseconds, { signal }) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}

function seconds(header) {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined;
}
