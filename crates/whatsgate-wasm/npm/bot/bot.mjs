import { callback, count, members, object, optional, positive } from "../lib/argument.mjs";
import { mistake } from "../lib/error.mjs";
import { wireDate } from "../lib/lists.mjs";
import { sleep } from "../lib/transport.mjs";
import { ACTIONS, webhookHandler } from "../lib/webhook.mjs";
import { Position } from "./position.mjs";

const WHO = "Bot";
const KNOWN = [...ACTIONS, "other"];
const TIMES = { intervalMs: 5000, firstPauseMs: 1000, longestPauseMs: 60_000 };
const OPTIONS = ["position", "savePosition", "since", "maxTries", "onError", "onGiveUp", ...Object.keys(TIMES)];

export class Bot {
  #session;
  #options;
  #handlers = {};
  #position;
  #underWay = new Map();
  #saving = Promise.resolve();
  #isSaved = false;
  #end;

  constructor(session, given) {
    if (typeof object(WHO, "session", session).followEvents !== "function") {
      throw mistake(WHO, "session", "must come from client.session(id)");
    }
    const options = members(WHO, "options", given, OPTIONS);
    for (const name of Object.keys(TIMES)) {
      options[name] = optional(count, WHO, `options.${name}`, options[name]) ?? TIMES[name];
    }
    options.maxTries = optional(positive, WHO, "options.maxTries", options.maxTries) ?? 5;
    for (const name of ["onError", "onGiveUp"]) optional(callback, WHO, `options.${name}`, options[name]);
    callback(WHO, "options.savePosition", options.savePosition);
    options.onError ??= (error) => console.error("Bot:", error);
    const since = wireDate(WHO, "options.since", options.since ?? new Date());
    this.#session = session;
    this.#options = options;
    this.#position = new Position(WHO, options.position ?? undefined, since);
  }

  get position() {
    return this.#position.toJSON();
  }

  on(action, handler) {
    if (!KNOWN.includes(action)) throw mistake("on", "action", `must be one of ${KNOWN.join(", ")}`);
    if (this.#handlers[action]) throw mistake("on", "action", "has a handler already");
    this.#handlers[action] = callback("on", "handler", handler);
    return this;
  }

  async start() {
    if (this.#end) throw mistake("start", undefined, "the bot is at work already");
    const end = (this.#end = new AbortController());
    const { intervalMs, onError } = this.#options;
    const options = { intervalMs, signal: end.signal, onError: (error) => onError(error, undefined) };
    try {
      // Before there is an event: it begins here, also when it is started again.
      await this.#save();
      for await (const event of this.#session.followEvents({ date: this.#position.date }, options)) {
        await this.#untilDone(event, end.signal);
      }
    } catch (error) {
      if (!end.signal.aborted) throw error;
    } finally {
      this.#end = undefined;
    }
  }

  stop() {
    this.#end?.abort();
  }

  webhook(options) {
    const handler = (event) => this.#deliver(event);
    const handlers = Object.fromEntries(KNOWN.map((action) => [action, handler]));
    return webhookHandler({ ...handlers, onError: (error, event) => this.#options.onError(error, event) }, options);
  }

  /** Tries an event until its handler is done with it, or somebody else takes it. */
  async #untilDone(event, signal) {
    const { maxTries, firstPauseMs, longestPauseMs, onError, onGiveUp } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#deliver(event);
      } catch (error) {
        await onError(error, event);
        // It is not behind, so that it comes again.
        if (signal.aborted) throw error;
        if (tries >= maxTries) {
          if (!onGiveUp) throw error;
          await onGiveUp(event, error);
          return await this.#passed(event);
        }
      }
      await sleep(Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs), { signal, setup: {} });
      if (signal.aborted) throw signal.reason;
    }
  }

  /** Hands an event over once; one that comes again meanwhile waits for that. */
  async #deliver(event) {
    const { id } = event;
    if (this.#position.has(id)) return this.#isSaved ? undefined : this.#save();
    if (!this.#underWay.has(id)) {
      const work = async () => this.#handlers[event.event_action]?.(event);
      this.#underWay.set(id, work().then(() => this.#passed(event)).finally(() => this.#underWay.delete(id)));
    }
    return this.#underWay.get(id);
  }

  #passed(event) {
    this.#position.add(event);
    return this.#save();
  }

  /** Lets the caller keep the position: one at a time, so that no older one comes after a newer. */
  #save() {
    this.#isSaved = false;
    const save = async () => {
      await this.#options.savePosition(this.position);
      this.#isSaved = true;
    };
    const saved = this.#saving.then(save);
    this.#saving = saved.catch(() => {});
    return saved;
  }
}
