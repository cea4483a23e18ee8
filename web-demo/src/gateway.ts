// All that this page asks of the package "whatsgate", in one place: with it, the file is also an example of its use.

import { Client, init, isWhatsgateError } from "whatsgate";
import type { Chat, Event, Media, Message, SessionInfo, WhatsgateError } from "whatsgate";
import * as code from "./code";
import { hiding, watched } from "./exchange";
import { type Beginning, type Call, Calls } from "./state/calls";

export { isWhatsgateError };
export type { Chat, Event, Message, SessionInfo, WhatsgateError };

/** How often the gateway is asked for events. A local sandbox may be asked more often than the service. */
const INTERVAL = { local: 700, remote: 5000 };
/** How far back events are read when a session is opened: the service has no other history of messages. */
const HISTORY_DAYS = 3;

export interface Account {
  baseUrl: string;
  apiKey: string;
}

/** Who hears of each reply and failure while events are followed. */
export interface Watch {
  onReply: () => void;
  onError: (error: unknown) => void;
}

/** What `sendFile` needs beside the file. */
export interface FileOptions {
  caption: string;
  quote: string | undefined;
  /** `doc` sends a picture or a sound as a document, `voice` a sound as a voice message. */
  type: "doc" | "voice" | undefined;
  /** From 0 to 1, while the file is read. */
  onProgress: (share: number) => void;
}

export class Gateway {
  /** What was asked. */
  readonly calls: Calls;
  readonly #account: Account;
  readonly #hide: (text: string) => string;
  readonly #isLocal: boolean;

  /** Loads the WebAssembly the first time; throws a `WhatsgateError` when the base URL or the key cannot be one. */
  static async connect(account: Account): Promise<Gateway> {
    await init();
    new Client(account).free();
    return new Gateway(account);
  }

  private constructor(account: Account) {
    this.#account = account;
    this.#hide = hiding(account.apiKey);
    this.calls = new Calls(this.#hide);
    this.#isLocal = ["localhost", "127.0.0.1"].includes(new URL(account.baseUrl).hostname);
  }

  sessions(): Promise<SessionInfo[]> {
    return this.#call({ method: "sessions", code: code.sessions(this.#url) }, async (client) => {
      const sessions: SessionInfo[] = [];
      for await (const session of client.sessions()) sessions.push(session);
      return sessions;
    });
  }

  createSession(name: string, pairingNumber?: string): Promise<SessionInfo> {
    const beginning = { method: "createSession", code: code.createSession(this.#url, name, pairingNumber) };
    return this.#call(
      beginning,
      (client) => client.createSession(pairingNumber ? { name, pairingNumber } : { name }),
      (call, created) => this.calls.tell(call, created.unique_id),
    );
  }

  info(id: string): Promise<SessionInfo | undefined> {
    return this.#call({ method: "info", code: code.info(this.#url, id) }, (client) => client.session(id).info());
  }

  rename(id: string, name: string): Promise<void> {
    return this.#call({ method: "rename", code: code.rename(this.#url, id, name) }, (client) => client.session(id).rename(name));
  }

  async delete(id: string): Promise<void> {
    const beginning = { method: "delete", code: code.remove(this.#url, id), about: id };
    await this.#call(beginning, (client) => client.session(id).delete());
  }

  /** Waits until the session is linked, telling of every change on the way. */
  waitUntilReady(id: string, onChange: (info: SessionInfo) => void, signal: AbortSignal): Promise<SessionInfo> {
    const intervalMs = this.#isLocal ? INTERVAL.local : 2000;
    const beginning = { method: "waitUntilReady", code: code.waitUntilReady(this.#url, id), about: id, isStream: true };
    return this.#call(beginning, (client) =>
      client.session(id).waitUntilReady({ onChange, signal, intervalMs, deadlineMs: 30 * 60_000 }),
    );
  }

  /** The session's events, first those of the last days, then new ones until the signal. */
  async *events(id: string, watch: Watch, signal: AbortSignal): AsyncGenerator<Event> {
    const date = new Date(Date.now() - HISTORY_DAYS * 24 * 60 * 60_000);
    const intervalMs = this.#isLocal ? INTERVAL.local : INTERVAL.remote;
    const call = this.calls.begin({ method: "followEvents", code: code.followEvents(this.#url, id), about: id, isStream: true });
    // Its own client, to see every reply and to hear of a failure at once: the next question is the retry.
    const look = this.#watched(call);
    const client = new Client({
      ...this.#account,
      retry: false,
      fetch: async (input, init) => {
        const response = await look(input, init);
        if (response.ok) watch.onReply();
        return response;
      },
    });
    try {
      for await (const event of client.session(id).followEvents({ date }, { onError: watch.onError, signal, intervalMs })) {
        this.calls.hear(event);
        yield event;
      }
    } catch (error) {
      this.calls.fail(call, error);
      throw error;
    } finally {
      client.free();
    }
  }

  chats(id: string): Promise<Chat[]> {
    return this.#call({ method: "chats", code: code.chats(this.#url, id) }, (client) => client.session(id).chats());
  }

  isRegistered(id: string, number: string): Promise<boolean> {
    const beginning = { method: "isRegistered", code: code.isRegistered(this.#url, id, number) };
    return this.#call(beginning, (client) => client.session(id).isRegistered(number));
  }

  markAsRead(id: string, chat: string): Promise<void> {
    const beginning = { method: "markAsRead", code: code.markAsRead(this.#url, id, chat) };
    return this.#call(beginning, (client) => client.session(id).markAsRead({ id: chat }));
  }

  showTyping(id: string, chat: string): Promise<void> {
    const beginning = { method: "showTyping", code: code.showTyping(this.#url, id, chat) };
    return this.#call(beginning, (client) => client.session(id).showTyping({ id: chat }));
  }

  /** `tag` is what the caller knows the message by before it has an id. */
  async sendText(id: string, to: string, body: string, quote: string | undefined, tag: string): Promise<Message | undefined> {
    const sent = { chat: to, body };
    const beginning = { method: "sendText", code: code.sendText(this.#url, id, to, body, quote), tag, sent };
    const result = await this.#call(beginning, (client) =>
      client.session(id).sendText({ id: to }, body, quote ? { quote } : {}),
    );
    return result.queued ? undefined : result.message;
  }

  /** `tag` as above. */
  async sendFile(id: string, to: string, file: File, options: FileOptions, tag: string): Promise<Message | undefined> {
    const { caption, quote, type, onProgress } = options;
    const sent = { chat: to, body: caption };
    const beginning = { method: "sendFile", code: code.sendFile(this.#url, id, to, file, options), tag, sent };
    const result = await this.#call(beginning, (client) =>
      client.session(id).sendFile({ id: to }, file, {
        ...(caption && { caption }),
        ...(quote && { quote }),
        ...(type && { type }),
        onProgress: ({ done, total }) => onProgress(total > 0 ? done / total : 1),
      }),
    );
    return result.queued ? undefined : result.message;
  }

  messageMedia(id: string, message: string): Promise<Media> {
    const beginning = { method: "messageMedia", code: code.messageMedia(this.#url, id, message), about: message };
    return this.#call(beginning, (client) => client.session(id).messageMedia(message));
  }

  get #url(): string {
    return this.#account.baseUrl;
  }

  /** Makes a call with a client of its own, so that its requests are told from those of others. */
  async #call<T>(
    beginning: Beginning,
    act: (client: Client) => Promise<T>,
    note?: (call: Call, result: T) => void,
  ): Promise<T> {
    const call = this.calls.begin(beginning);
    const client = new Client({ ...this.#account, fetch: this.#watched(call) });
    try {
      const result = await act(client);
      note?.(call, result);
      this.calls.succeed(call, result);
      return result;
    } catch (error) {
      this.calls.fail(call, error);
      throw error;
    } finally {
      client.free();
    }
  }

  #watched(call: Call): (url: string, init: RequestInit) => Promise<Response> {
    return watched(this.#hide, (exchange) => this.calls.exchange(call, exchange));
  }
}
