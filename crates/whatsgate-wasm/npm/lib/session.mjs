import { callback, count, flag, members, object, optional, recipient, text } from "./argument.mjs";
import { hide } from "./error.mjs";
import { File } from "./file.mjs";
import { eventFilter, iterate, toEvent, toPage, unreadable } from "./lists.mjs";
import { Media } from "./media.mjs";

const MESSAGE = ["type", "body", "quote", "media"];
const MEDIA = ["mimetype", "data", "filename", "filesize"];
const FILE = ["filename", "mimetype", "type", "caption", "quote", "async", "onProgress"];

let allowed = false;

/** Sessions come from `client.session(id)` only. */
export function makeSession(id, begin) {
  allowed = true;
  try {
    return new Session(id, begin);
  } finally {
    allowed = false;
  }
}

export class Session {
  #begin;

  constructor(id, begin) {
    if (!allowed) throw new TypeError("Session: call client.session(id) instead");
    this.#begin = begin;
    Object.defineProperty(this, "id", { value: id, enumerable: true });
  }

  async sendText(to, body, given) {
    const who = "sendText";
    const call = this.#begin(who, given, ["async", "quote"]);
    const quote = optional(text, who, "options.quote", call.options.quote);
    return this.#send(call, to, { type: "text", body: text(who, "text", body), quote });
  }

  async send(to, message, given) {
    const who = "send";
    const call = this.#begin(who, given, ["async"]);
    members(who, "message", message, MESSAGE);
    for (const name of ["type", "body", "quote"]) optional(text, who, `message.${name}`, message[name]);
    if (message.media !== undefined && message.media !== null) {
      members(who, "message.media", message.media, MEDIA);
      text(who, "message.media.data", message.media.data);
    }
    return this.#send(call, to, message);
  }

  async sendFile(to, content, given) {
    const who = "sendFile";
    const call = this.#begin(who, given, FILE);
    const { options } = call;
    const details = {};
    for (const name of ["filename", "mimetype", "type", "caption", "quote"]) {
      details[name] = optional(text, who, `options.${name}`, options[name]);
    }
    const file = new File(content, optional(callback, who, "options.onProgress", options.onProgress));
    details.filename ??= file.name;
    if (details.filename === undefined) throw new TypeError(`${who}: options.filename is needed, for file has no name`);
    details.claimed = file.type;
    const head = await file.head();
    const args = [this.id, recipient(who, to), file, JSON.stringify(details), head, queued(call)];
    return toResult(await call.commands.sendFile(call.transport, ...args));
  }

  async markAsRead(to, given) {
    const call = this.#begin("markAsRead", given);
    await call.commands.seen(call.transport, this.id, recipient("markAsRead", to));
  }

  async showTyping(to, given) {
    const call = this.#begin("showTyping", given);
    await call.commands.typing(call.transport, this.id, recipient("showTyping", to));
  }

  async isRegistered(number, given) {
    const call = this.#begin("isRegistered", given);
    return JSON.parse(await call.commands.check(call.transport, this.id, text("isRegistered", "number", number)));
  }

  async chats(given) {
    const call = this.#begin("chats", given);
    const list = JSON.parse(await call.commands.chats(call.transport, this.id));
    hide(list.items, "unreadable", list.unreadable.map(unreadable));
    return list.items;
  }

  async messageMedia(message, given) {
    const call = this.#begin("messageMedia", given);
    const id = text("messageMedia", "message", message);
    return new Media(JSON.parse(await call.commands.messageMedia(call.transport, this.id, id)));
  }

  async media(key, given) {
    const call = this.#begin("media", given);
    return new Media(JSON.parse(await call.commands.media(call.transport, this.id, text("media", "key", key))));
  }

  async eventsPage(filter, given) {
    const call = this.#begin("eventsPage", given);
    return toPage(await call.commands.eventsPage(call.transport, this.#filter("eventsPage", filter)), toEvent);
  }

  events(filter, given) {
    const call = this.#begin("events", given, ["onError"]);
    return iterate(call, call.commands.events(call.transport, this.#filter("events", filter)), toEvent);
  }

  followEvents(filter, given) {
    const who = "followEvents";
    const call = this.#begin(who, given, ["onError", "intervalMs"]);
    const interval = optional(count, who, "options.intervalMs", call.options.intervalMs) ?? 5000;
    return iterate(call, call.commands.followEvents(call.transport, this.#filter(who, filter), interval), toEvent);
  }

  async rename(name, given) {
    const call = this.#begin("rename", given);
    await call.commands.rename(call.transport, this.id, text("rename", "name", name));
  }

  async setHook(url, given) {
    const call = this.#begin("setHook", given);
    const address = url instanceof URL ? url.href : text("setHook", "url", url);
    if (address === "") throw new TypeError("setHook: url is empty; clearHook() removes the hook");
    await call.commands.setHook(call.transport, this.id, address);
  }

  async clearHook(given) {
    const call = this.#begin("clearHook", given);
    await call.commands.setHook(call.transport, this.id, "");
  }

  async delete(given) {
    const call = this.#begin("delete", given);
    return JSON.parse(await call.commands.delete(call.transport, this.id)) ?? undefined;
  }

  async info(given) {
    const call = this.#begin("info", given);
    return JSON.parse(await call.commands.info(call.transport, this.id)) ?? undefined;
  }

  async waitUntilReady(given) {
    const who = "waitUntilReady";
    const call = this.#begin(who, given, ["deadlineMs", "intervalMs", "onChange"]);
    const { deadlineMs, intervalMs, onChange } = call.options;
    optional(count, who, "options.deadlineMs", deadlineMs);
    optional(count, who, "options.intervalMs", intervalMs);
    optional(callback, who, "options.onChange", onChange);
    // What onChange throws ends the wait and comes out of it.
    const ended = new AbortController();
    const { signal } = call.transport;
    const abort = () => ended.abort(signal.reason);
    signal?.addEventListener("abort", abort);
    let thrown;
    const changed = (info) => {
      try {
        onChange?.(JSON.parse(info));
      } catch (error) {
        thrown = { error };
        ended.abort(error);
      }
    };
    try {
      const transport = { ...call.transport, signal: ended.signal };
      const wait = [this.id, deadlineMs ?? undefined, intervalMs ?? undefined, changed];
      return JSON.parse(await call.commands.waitUntilReady(transport, ...wait));
    } catch (error) {
      throw thrown ? thrown.error : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  async #send(call, to, message) {
    const outgoing = JSON.stringify(message);
    const { commands, transport, who } = call;
    return toResult(await commands.send(transport, this.id, recipient(who, to), outgoing, queued(call)));
  }

  #filter(who, filter = {}) {
    if ("session" in object(who, "filter", filter)) {
      throw new TypeError(`${who}: filter has no member "session" here; client.${who}() takes one`);
    }
    return eventFilter(who, { ...filter, session: this.id });
  }
}

function queued({ who, options }) {
  return optional(flag, who, "options.async", options.async) ?? false;
}

function toResult(json) {
  const result = JSON.parse(json);
  return typeof result === "string" ? { queued: true, reply: result } : { queued: false, message: result };
}
