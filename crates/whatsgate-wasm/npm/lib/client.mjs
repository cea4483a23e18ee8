import { Commands, checkSession } from "../whatsgate.js";
import { callback, count, members, optional, options, positive, text, wrong } from "./argument.mjs";
import { eventFilter, iterate, sessionFilter, toPage, toEvent } from "./lists.mjs";
import { needInit } from "./runtime.mjs";
import { makeSession } from "./session.mjs";

const OPTIONS = ["apiKey", "baseUrl", "timeoutMs", "retry", "replyLimits", "fetch"];
const LIMITS = ["small", "list", "file"];
const RETRY = ["maxTries", "firstPauseMs", "longestPauseMs", "deadlineMs"];

export class Client {
  #commands;
  #defaults;

  constructor(config) {
    const who = "Client";
    needInit(who);
    members(who, "options", config, OPTIONS);
    const apiKey = text(who, "options.apiKey", config.apiKey);
    const baseUrl = optional(text, who, "options.baseUrl", config.baseUrl) ?? "ru";
    this.#defaults = {
      timeoutMs: optional(positive, who, "options.timeoutMs", config.timeoutMs),
      fetch: optional(callback, who, "options.fetch", config.fetch),
    };
    const retry = JSON.stringify(retryPolicy(who, config.retry));
    this.#commands = new Commands(apiKey, baseUrl, retry, ...replyLimits(who, config.replyLimits));
  }

  session(id) {
    checkSession(text("session", "id", id));
    return makeSession(id, (who, given, own) => this.#begin(who, given, own));
  }

  async createSession(config, given) {
    const who = "createSession";
    const call = this.#begin(who, given);
    members(who, "session", config, ["name", "callback", "pairingNumber"]);
    const name = text(who, "session.name", config.name);
    const hook = optional(text, who, "session.callback", config.callback);
    const number = optional(text, who, "session.pairingNumber", config.pairingNumber);
    return JSON.parse(await call.commands.createSession(call.transport, name, hook, number));
  }

  async sessionsPage(filter, given) {
    const call = this.#begin("sessionsPage", given);
    return toPage(await call.commands.sessionsPage(call.transport, sessionFilter("sessionsPage", filter)));
  }

  sessions(filter, given) {
    const call = this.#begin("sessions", given, ["onError"]);
    return iterate(call, call.commands.sessions(call.transport, sessionFilter("sessions", filter)));
  }

  async eventsPage(filter, given) {
    const call = this.#begin("eventsPage", given);
    return toPage(await call.commands.eventsPage(call.transport, eventFilter("eventsPage", filter)), toEvent);
  }

  events(filter, given) {
    const call = this.#begin("events", given, ["onError"]);
    return iterate(call, call.commands.events(call.transport, eventFilter("events", filter)), toEvent);
  }

  followEvents(filter, given) {
    const who = "followEvents";
    const call = this.#begin(who, given, ["onError", "intervalMs"]);
    const interval = optional(count, who, "options.intervalMs", call.options.intervalMs) ?? 5000;
    const stream = call.commands.followEvents(call.transport, eventFilter(who, filter), interval);
    return iterate(call, stream, toEvent);
  }

  free() {
    this.#commands?.free();
    this.#commands = undefined;
  }

  /** Checks the options of a call and returns what it needs. */
  #begin(who, given, own) {
    if (!this.#commands) throw new TypeError(`${who}: the client was freed; make a new one`);
    const checked = options(who, given, own);
    optional(callback, who, "options.onError", checked.onError);
    const { signal, timeoutMs = this.#defaults.timeoutMs } = checked;
    const transport = { signal: signal ?? undefined, timeoutMs, fetch: this.#defaults.fetch };
    return { commands: this.#commands, options: checked, transport, who };
  }
}

function replyLimits(who, limits = {}) {
  members(who, "options.replyLimits", limits, LIMITS);
  return LIMITS.map((name) => optional(positive, who, `options.replyLimits.${name}`, limits[name]));
}

function retryPolicy(who, retry) {
  if (retry === undefined || retry === true) return {};
  if (retry === false) return { maxTries: 1 };
  if (typeof retry !== "object" || retry === null) throw wrong(who, "options.retry must be an object or false", retry);
  members(who, "options.retry", retry, RETRY);
  for (const name of RETRY) {
    optional(name === "maxTries" ? positive : count, who, `options.retry.${name}`, retry[name]);
  }
  return retry;
}
