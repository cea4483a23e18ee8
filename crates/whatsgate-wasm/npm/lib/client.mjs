import { address, callback, count, members, optional, options, positive, text, wrong } from "./argument.mjs";
import { begin, located, traced } from "./call.mjs";
import { mistake, named } from "./error.mjs";
import { Hooks } from "./hooks.mjs";
import { Keys, LATER, variable } from "./keys.mjs";
import { eventFilter, iterate, sessionFilter, toPage, toEvent } from "./lists.mjs";
import { Account, ifLoaded } from "./runtime.mjs";
import { makeSession } from "./session.mjs";
import { Tokens } from "./tokens.mjs";

const HOOKS = ["onRequest", "onResponse", "onRetry"];
const OPTIONS = ["apiKey", "baseUrl", "relay", "token", "timeoutMs", "retry", "replyLimits", "headers", "fetch", ...HOOKS];
const OWN = /^(x-api-key|content-type|content-length|connection|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/;
const LIMITS = ["small", "list", "file"];
const RETRY = ["maxTries", "firstPauseMs", "longestPauseMs", "deadlineMs"];

export class Client {
  #account;
  #setup;
  #timeoutMs;

  constructor(given = {}) {
    try {
      this.#configure("Client", given);
    } catch (error) {
      throw located(named("Client", error), new.target);
    }
  }

  #configure(who, given) {
    const config = members(who, "options", given, OPTIONS);
    const fetch = optional(callback, who, "options.fetch", config.fetch);
    const { baseUrl, apiKey, keys, relay } = place(who, config, fetch);
    this.#timeoutMs = optional(positive, who, "options.timeoutMs", config.timeoutMs);
    this.#setup = { fetch, keys, relay, headers: headerList(who, config.headers), hooks: hooks(who, config) };
    const settings = { apiKey, baseUrl, ...retryPolicy(who, config.retry), ...replyLimits(who, config.replyLimits) };
    this.#account = new Account(JSON.stringify(settings));
  }

  session(id) {
    text("session", "id", id);
    ifLoaded((library) => library.checkSession(id));
    return makeSession(id, (who, given, own) => this.#begin(who, given, own));
  }

  async createSession(config, given) {
    const who = "createSession";
    const call = this.#begin(who, given);
    const session = members(who, "session", config, ["name", "callback", "pairingNumber"]);
    const name = text(who, "session.name", session.name);
    const hook = optional(address, who, "session.callback", session.callback);
    const number = optional(text, who, "session.pairingNumber", session.pairingNumber);
    return await call.run("createSession", JSON.stringify({ name, callback: hook, pairingNumber: number }));
  }

  async sessionsPage(filter, given) {
    const call = this.#begin("sessionsPage", given);
    return toPage(await call.run("sessionsPage", sessionFilter("sessionsPage", filter)));
  }

  sessions(filter, given) {
    const who = "sessions";
    const call = this.#begin(who, given, ["onError"]);
    return iterate(call, call.open("sessions", sessionFilter(who, filter)));
  }

  async eventsPage(filter, given) {
    const call = this.#begin("eventsPage", given);
    return toPage(await call.run("eventsPage", eventFilter("eventsPage", filter)), toEvent);
  }

  events(filter, given) {
    const who = "events";
    const call = this.#begin(who, given, ["onError"]);
    return iterate(call, call.open("events", eventFilter(who, filter)), toEvent);
  }

  followEvents(filter, given) {
    const who = "followEvents";
    const call = this.#begin(who, given, ["onError", "intervalMs"]);
    const interval = optional(count, who, "options.intervalMs", call.options.intervalMs) ?? 5000;
    const stream = call.open("events", eventFilter(who, filter), interval);
    return iterate(call, stream, toEvent, true);
  }

  free() {
    this.#account?.free();
    this.#account = undefined;
  }

  /** Checks the options of a call and returns what it needs. */
  #begin(who, given, own) {
    if (!this.#account) throw mistake(who, undefined, "the client was freed; make a new one");
    const checked = options(who, given, own);
    const { signal, timeoutMs = this.#timeoutMs, onError } = checked;
    if (onError !== undefined) optional(callback, who, "options.onError", onError);
    const transport = begin(this.#setup, signal ?? undefined, timeoutMs ?? undefined);
    return new Call(this.#account, who, checked, transport);
  }
}

/** A call of a method, with its options and what the transport is given of it. */
class Call {
  constructor(account, who, options, transport) {
    this.account = account;
    this.who = who;
    this.options = options;
    this.transport = transport;
  }

  run(name, ...args) {
    return this.account.run(name, this.transport, args);
  }

  open(name, ...args) {
    return this.account.open(name, this.transport, args);
  }
}

traced(Client, ["session", "sessions", "events", "followEvents", "free"]);

/** Where the gateway is, or the relay, and what admits there. */
function place(who, { apiKey, baseUrl, relay, token }, fetch) {
  if (relay !== undefined || token !== undefined) {
    for (const [name, other] of Object.entries({ apiKey, baseUrl })) {
      if (other !== undefined) throw mistake(who, `options.${name}`, "has no place beside options.relay and options.token");
    }
    const url = address(who, "options.relay", relay);
    const { username, password, search, hash } = parsed(url) ?? {};
    if (!/^https?:\/\/./i.test(url) || username !== "" || password !== "" || search !== "" || hash !== "") {
      throw mistake(who, "options.relay", "must be a URL that starts with http:// or https://, without a user, a query or a fragment");
    }
    if (typeof token !== "function" && !/^[!-~]+$/.test(text(who, "options.token", token))) {
      throw mistake(who, "options.token", "is empty or has characters that no token has");
    }
    return { apiKey: LATER, baseUrl: url, keys: new Tokens(token, url, fetch), relay: url.replace(/\/+$/, "") };
  }
  const url = optional(address, who, "options.baseUrl", baseUrl) ?? variable("WHATSGATE_BASE_URL") ?? "ru";
  if (/^https?:/i.test(url) && !parsed(url)) throw mistake(who, "options.baseUrl", "is not a URL: look at its host and port");
  const key = apiKey ?? variable("WHATSGATE_API_KEY");
  if (typeof key === "function") return { apiKey: LATER, baseUrl: url, keys: new Keys(key) };
  if (key === undefined) throw mistake(who, "options.apiKey", "is needed: a string, a function, or the variable WHATSGATE_API_KEY");
  return { apiKey: text(who, "options.apiKey", key), baseUrl: url };
}

function parsed(text) {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function headerList(who, given) {
  if (given === undefined || given === null) return undefined;
  if (typeof given === "function") throw wrong(who, "options.headers", "must be names and values", given);
  let list;
  try {
    list = [...new Headers(given)];
  } catch {
    // The platform's own error repeats the value, which may be a secret.
    throw mistake(who, "options.headers", "must be names and values that headers can have");
  }
  const [own] = list.find(([name]) => OWN.test(name)) ?? [];
  if (own) throw mistake(who, `options.headers.${own}`, "is set by the client itself, or by fetch");
  return list;
}

function hooks(who, config) {
  const functions = {};
  for (const name of HOOKS) {
    const hook = optional(callback, who, `options.${name}`, config[name]);
    if (hook) functions[name] = hook;
  }
  return Object.keys(functions).length ? new Hooks(functions) : undefined;
}

function replyLimits(who, given) {
  const limits = given === undefined ? {} : members(who, "options.replyLimits", given, LIMITS);
  for (const name of LIMITS) optional(positive, who, `options.replyLimits.${name}`, limits[name]);
  return limits;
}

function retryPolicy(who, given) {
  if (given === undefined || given === true) return {};
  if (given === false) return { maxTries: 1 };
  if (typeof given !== "object" || given === null) throw wrong(who, "options.retry", "must be an object or false", given);
  const retry = members(who, "options.retry", given, RETRY);
  for (const name of RETRY) {
    optional(name === "maxTries" ? positive : count, who, `options.retry.${name}`, retry[name]);
  }
  return retry;
}
