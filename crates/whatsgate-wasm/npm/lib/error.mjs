const brand = Symbol.for("whatsgate.error");

export class WhatsgateError extends Error {
  constructor(message, details = {}, options) {
    super(message, options);
    // What JSON and most loggers show. The raw body stays out of it, because it may hold private messages.
    const { kind, outcome, retryable, advice, tries, ...optional } = details;
    Object.assign(this, { kind, outcome, retryable, advice, tries });
    for (const [name, value] of Object.entries(optional)) {
      if (value !== null && value !== undefined) this[name] = value;
    }
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
export function makeError(json, advice, raw, cause) {
  const { message: said, ...failure } = JSON.parse(json);
  const details = { ...failure, advice };
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
