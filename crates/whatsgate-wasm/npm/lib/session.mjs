import { address, base64, callback, count, flag, members, optional, recipient, text } from "./argument.mjs";
import { traced } from "./call.mjs";
import { hide, mistake } from "./error.mjs";
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

/** Begins a call of a session, for entries beside this one. */
export let beginOf;

export class Session {
  #begin;

  static {
    beginOf = (session, ...call) => session.#begin(...call);
  }

  constructor(id, begin) {
    if (!allowed) throw mistake("Session", undefined, "call client.session(id) instead");
    this.#begin = begin;
    Object.defineProperty(this, "id", { value: id, enumerable: true });
  }

  // Sends wait for nothing but the WebAssembly: each layer that waits costs as much as all that these do.
  sendText(to, body, given) {
    const who = "sendText";
    const call = this.#begin(who, given, ["async", "quote"]);
    const quote = optional(text, who, "options.quote", call.options.quote);
    return this.#send(call, to, { type: "text", body: text(who, "text", body), quote });
  }

  send(to, message, given) {
    const who = "send";
    const call = this.#begin(who, given, ["async"]);
    return this.#send(call, to, outgoing(who, message));
  }

  async sendFile(to, content, given) {
    const who = "sendFile";
    const call = this.#begin(who, given, FILE);
    const { options } = call;
    const details = { session: this.id };
    for (const name of ["filename", "mimetype", "type", "caption", "quote"]) {
      details[name] = optional(text, who, `options.${name}`, options[name]);
    }
    const onProgress = optional(callback, who, "options.onProgress", options.onProgress);
    details.recipient = recipient(who, to);
    const isQueued = queued(call);
    const file = new File(content, onProgress, call.transport.signal);
    details.filename ??= file.name;
    if (details.filename === undefined) throw mistake(who, "options.filename", "is needed, for file has no name");
    details.claimed = file.type;
    return await call.run("sendFile", file, JSON.stringify(details), await file.head(), isQueued);
  }

  async markAsRead(to, given) {
    const call = this.#begin("markAsRead", given);
    await call.run("onSession", "seen", this.id, JSON.stringify(recipient("markAsRead", to)));
  }

  async showTyping(to, given) {
    const call = this.#begin("showTyping", given);
    await call.run("onSession", "typing", this.id, JSON.stringify(recipient("showTyping", to)));
  }

  async isRegistered(number, given) {
    const call = this.#begin("isRegistered", given);
    return await call.run("onSession", "check", this.id, text("isRegistered", "number", number));
  }

  async chats(given) {
    const call = this.#begin("chats", given);
    const list = await call.run("onSession", "get-chats", this.id, "");
    hide(list.items, "unreadable", list.unreadable.map(unreadable));
    return list.items;
  }

  async messageMedia(message, given) {
    const call = this.#begin("messageMedia", given);
    const id = text("messageMedia", "message", message);
    return new Media(await call.run("onSession", "get-messagemedia", this.id, id));
  }

  async media(key, given) {
    const call = this.#begin("media", given);
    return new Media(await call.run("onSession", "get-media", this.id, text("media", "key", key)));
  }

  async eventsPage(filter, given) {
    const call = this.#begin("eventsPage", given);
    return toPage(await call.run("eventsPage", eventFilter("eventsPage", filter, this.id)), toEvent);
  }

  events(filter, given) {
    const who = "events";
    const call = this.#begin(who, given, ["onError"]);
    return iterate(call, call.open("events", eventFilter(who, filter, this.id)), toEvent);
  }

  followEvents(filter, given) {
    const who = "followEvents";
    const call = this.#begin(who, given, ["onError", "intervalMs"]);
    const interval = optional(count, who, "options.intervalMs", call.options.intervalMs) ?? 5000;
    const stream = call.open("events", eventFilter(who, filter, this.id), interval);
    return iterate(call, stream, toEvent, true);
  }

  async rename(name, given) {
    const call = this.#begin("rename", given);
    await call.run("onSession", "set-name", this.id, text("rename", "name", name));
  }

  async setHook(url, given) {
    const call = this.#begin("setHook", given);
    const place = address("setHook", "url", url);
    if (place === "") throw mistake("setHook", "url", "is empty; clearHook() removes the hook");
    await call.run("onSession", "set-hook", this.id, place);
  }

  async clearHook(given) {
    const call = this.#begin("clearHook", given);
    await call.run("onSession", "set-hook", this.id, "");
  }

  async delete(given) {
    const call = this.#begin("delete", given);
    return (await call.run("onSession", "session-delete", this.id, "")) ?? undefined;
  }

  async info(given) {
    const call = this.#begin("info", given);
    return (await call.run("onSession", "sessions-get", this.id, "")) ?? undefined;
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
    const stop = (error) => {
      thrown ??= { error };
      ended.abort(error);
    };
    const changed = (info) => {
      try {
        Promise.resolve(onChange?.(info)).catch(stop);
      } catch (error) {
        stop(error);
      }
    };
    try {
      // The state stays the call's own, so that its reply is kept where it is looked for.
      call.transport.signal = ended.signal;
      const wait = [this.id, deadlineMs ?? undefined, intervalMs ?? undefined, changed];
      return await call.run("waitUntilReady", ...wait);
    } catch (error) {
      throw thrown ? thrown.error : error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #send(call, to, message) {
    const what = { session: this.id, recipient: recipient(call.who, to), message };
    return call.run("send", JSON.stringify(what), queued(call));
  }
}

traced(Session, ["events", "followEvents"]);

/** A message as it may be written: each of its members was read once and is of its type. */
function outgoing(who, given) {
  const message = members(who, "message", given, MESSAGE);
  for (const name of ["type", "body", "quote"]) optional(text, who, `message.${name}`, message[name]);
  if (message.media !== undefined && message.media !== null) {
    const media = members(who, "message.media", message.media, MEDIA);
    base64(who, "message.media.data", media.data);
    for (const name of ["mimetype", "filename"]) optional(text, who, `message.media.${name}`, media[name]);
    optional(count, who, "message.media.filesize", media.filesize);
    message.media = media;
  }
  return message;
}

function queued({ who, options }) {
  return optional(flag, who, "options.async", options.async) ?? false;
}
