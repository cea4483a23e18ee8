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

  // Of the class, so that neither JSON nor a logger finds it in the error.
  get serviceMessage() {
    // The text of an element of a list is no reply.
    return this.element === undefined ? said(this.raw) : undefined;
  }
}

export function isWhatsgateError(value) {
  try {
    return typeof value === "object" && value !== null && value[brand] === true;
  } catch {
    return false;
  }
}

/** An error of a caller's: `argument` is the path of what is wrong, if it is one argument. */
export function mistake(who, argument, why, cause) {
  const advice = argument ? "Correct the argument." : "Correct the program.";
  const details = { kind: "invalidRequest", outcome: "notSent", retryable: false, advice, tries: 0, argument };
  const message = `${who}: ${argument ? `${argument} ` : ""}${why}`;
  return new WhatsgateError(message, details, cause === undefined ? undefined : { cause });
}

/** Called by the WebAssembly. */
export function makeError({ message: said, ...failure }, advice, raw, cause) {
  const details = { ...failure, advice };
  let message = said;
  if (details.kind === "invalidRequest") {
    // What failed here, while the request was made, says more than that it failed.
    if (isWhatsgateError(cause)) return cause;
    const own = said.replace(`${details.command ?? "sendFile"}: `, "");
    details.argument = /^([\w.]+): /.exec(own)?.[1];
    if (details.argument) message = own;
  }
  const error = new WhatsgateError(message, details, cause === undefined ? undefined : { cause });
  if (raw !== undefined) hide(error, "raw", raw);
  return error;
}

const FILTER = { session: "filter.session", date: "filter.date", page: "filter.page", page_cnt: "filter.pageSize" };
/** How callers name what the WebAssembly knows by another name. */
const NAMES = {
  Client: { apiKey: "options.apiKey", baseUrl: "options.baseUrl" },
  session: { session: "id" },
  sendText: { "message.body": "text", "message.quote": "options.quote" },
  sendFile: { mimetype: "options.mimetype", quote: "options.quote" },
  setHook: { callback: "url" },
  createSession: {
    name: "session.name",
    callback: "session.callback",
    number: "session.pairingNumber",
    pairingNumber: "session.pairingNumber",
  },
  sessions: FILTER,
  sessionsPage: FILTER,
  events: FILTER,
  eventsPage: FILTER,
  followEvents: FILTER,
};

/** The error that a method throws: an argument that the WebAssembly refused gets the name that the caller gave it. */
export function named(who, error) {
  const { argument, message } = isWhatsgateError(error) ? error : {};
  if (argument && message.startsWith(`${argument}: `)) {
    // A client's own options may be looked at as late as in its first call.
    const own = NAMES.Client[argument] ? "Client" : who;
    error.argument = NAMES[own]?.[argument] ?? argument;
    error.message = `${own}: ${error.argument}${message.slice(argument.length)}`;
  }
  return error;
}

/** The service's own words in the body of an error. */
function said(raw) {
  let body;
  try {
    body = JSON.parse(raw);
  } catch {
    return undefined;
  }
  // Yii2 lists what is wrong with the members of a request.
  const all = (Array.isArray(body) ? body : [body]).map((part) => part?.message).filter((text) => typeof text === "string");
  return all.length ? all.join("; ") : undefined;
}

/** Sets a property that enumeration, JSON and most loggers pass over. */
export function hide(object, name, value) {
  Object.defineProperty(object, name, { value, configurable: true });
}
