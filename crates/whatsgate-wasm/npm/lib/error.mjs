const brand = Symbol.for("whatsgate.error");

export class WhatsgateError extends Error {
  constructor(message, details = {}, options) {
    super(message, options);
    // What JSON and most loggers show. The raw body stays out of it, because it may hold private messages.
    const { kind, outcome, status, retryable, advice, command, tries } = details;
    Object.assign(this, { kind, outcome, retryable, advice, tries });
    if (command !== undefined) this.command = command;
    if (status !== undefined) this.status = status;
    hide(this, brand, true);
  }

  get name() {
    return "WhatsgateError";
  }
}

export function isWhatsgateError(value) {
  return typeof value === "object" && value !== null && value[brand] === true;
}

/** Called by the WebAssembly. */
export function makeError(json, raw, cause) {
  const { message: said, ...details } = JSON.parse(json);
  // A file that could not be read: only the cause says why.
  const message = details.kind === "invalidRequest" && cause ? `${cause.message}; nothing was sent` : said;
  const error = new WhatsgateError(message, details, cause === undefined ? undefined : { cause });
  if (raw !== undefined) hide(error, "raw", raw);
  return error;
}

/** Sets a property that enumeration, JSON and most loggers pass over. */
export function hide(object, name, value) {
  Object.defineProperty(object, name, { value, configurable: true });
}
