// What the relay answers: JSON, and for whatever is refused the gateway's own envelope, which clients know.

const NAMES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/**
 * Thrown to end a call with this status. The message is for the visitor; `reason`, which says more, is for the server.
 * `title` and `code` are the gateway's own, where it is the one who refuses.
 */
export class Refusal extends Error {
  constructor(status, message, { headers, reason, title = NAMES[status], code = 0 } = {}) {
    super(message);
    Object.assign(this, { status, headers, reason, title, code });
  }

  /** The body of the answer. */
  envelope() {
    return { name: this.title, message: this.message, code: this.code, status: this.status };
  }
}

/** What is refused to the visitor, in the first word. */
export function forbidden(what, why) {
  return new Refusal(403, `${what}: ${why}; nothing was done`);
}

export function json(status, text, headers) {
  const own = { "content-type": "application/json", "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return new Response(text, { status, headers: { ...headers, ...own } });
}
