// The chats and messages of one session, kept up to date by its events.

import { computed, signal } from "@preact/signals";
import type { Chat, Event, Gateway, Message, SessionInfo } from "../gateway";
import type { Key } from "../i18n/en";
import { PageError, type Problem, toProblem } from "../problem";
import { ConnectionState } from "./connection";
import { Drafts } from "./drafts";
import type { Entry } from "./entry";
import { Files } from "./files";
import { Messages } from "./messages";
import { Outbox } from "./outbox";
import { Quotes } from "./quotes";
import { reach } from "./steps";

/** How long the gateway shows the sign of typing. */
const TYPING_MS = 15_000;

export class Inbox {
  readonly session;
  readonly chats = signal<readonly Chat[]>([]);
  readonly isLoading = signal(true);
  /** The id of the chat that is open. */
  readonly openChat = signal<string | undefined>(undefined);
  /** Why the session is of no more use. */
  readonly gone = signal<Problem | undefined>(undefined);
  readonly connection = new ConnectionState();
  /** What else went wrong last. */
  readonly problem = signal<Problem | undefined>(undefined);
  readonly messages: Messages;
  readonly drafts: Drafts;
  readonly outbox: Outbox;
  /** How many messages nobody has read. */
  readonly unread = computed(() => this.chats.value.reduce((sum, { unreadCount }) => sum + unreadCount, 0));
  readonly files: Files;
  /** What the other side gets to see: every file as the gateway delivers it. */
  readonly delivered: Files;

  readonly #gateway: Gateway;
  readonly #end = new AbortController();
  readonly #handled = new Set<number>();
  #lastEvent = 0;
  readonly #startedAt = Date.now() / 1000;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #typedAt = 0;

  /** `beforeSend` is waited for before a message goes out, which its tag tells from others. */
  constructor(gateway: Gateway, session: SessionInfo, beforeSend: (chat: string, tag: string) => Promise<void>) {
    this.#gateway = gateway;
    this.session = signal(session);
    const { unique_id: id } = session;
    this.messages = new Messages(new Quotes(`quotes.${id}`));
    this.drafts = new Drafts(`drafts.${id}`);
    this.outbox = new Outbox({
      gateway,
      session: id,
      messages: this.messages,
      connection: this.connection,
      lastEvent: () => this.#lastEvent,
      beforeSend,
      onSent: (message) => this.#put(message),
      onFailed: () => void this.#look(),
    });
    const fetch = (message: string) => gateway.messageMedia(id, message);
    this.files = new Files(fetch);
    this.delivered = new Files(fetch);
    document.addEventListener("visibilitychange", this.#onVisible);
    void this.#load();
    void this.#follow();
  }

  close(): void {
    this.#end.abort();
    document.removeEventListener("visibilitychange", this.#onVisible);
    this.outbox.close();
    clearTimeout(this.#refreshTimer);
    this.files.clear();
    this.delivered.clear();
  }

  chat(id: string): Chat | undefined {
    return this.chats.value.find((chat) => chat.id === id);
  }

  open(id: string | undefined): void {
    this.openChat.value = id;
    if (id && this.chat(id)?.unreadCount) void this.#markAsRead(id);
  }

  /** Checks a number and opens a chat with it. */
  async openNumber(text: string): Promise<void> {
    const number = text.replace(/[\s()+-]/g, "");
    const isRegistered = await this.#gateway.isRegistered(this.#id, number);
    if (!isRegistered) throw new PageError("problem.number", "advice.number", { number: `+${number}` });
    const id = `${number}@c.us`;
    if (!this.chat(id)) this.chats.value = [newChat(id, `+${number}`), ...this.chats.value];
    this.open(id);
  }

  /** Takes a message back that is not known to be sent, and lets it be written anew. */
  takeBack(entry: Entry): void {
    this.messages.remove(entry);
    const { chat, body: text, file, quote } = entry;
    this.drafts.putBack(chat, { text, file, quote, asDocument: file !== undefined && entry.type === "document" });
  }

  /** Asks for the chats anew. */
  async reload(): Promise<void> {
    await this.#refresh();
  }

  /** Tells the other side that somebody types. */
  typed(chat: string): void {
    if (this.connection.isDown.value || Date.now() - this.#typedAt < TYPING_MS) return;
    this.#typedAt = Date.now();
    // Nobody misses the sign when it does not come.
    this.#gateway.showTyping(this.#id, chat).catch(() => {});
  }

  get #id(): string {
    return this.session.value.unique_id;
  }

  async #load(): Promise<void> {
    try {
      this.chats.value = await this.#gateway.chats(this.#id);
      const first = this.chats.value.find((chat) => !chat.isGroup) ?? this.chats.value[0];
      if (first && !this.openChat.value) this.open(first.id);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.isLoading.value = false;
    }
  }

  async #follow(): Promise<void> {
    const watch = {
      onReply: () => this.connection.answered(),
      onError: (error: unknown) => this.connection.failed(error),
    };
    try {
      for await (const event of this.#gateway.events(this.#id, watch, this.#end.signal)) this.#take(event);
    } catch (error) {
      if (!this.#end.signal.aborted) this.connection.failed(error);
    }
  }

  #take(event: Event): void {
    if (this.#handled.has(event.id)) return;
    this.#handled.add(event.id);
    this.#lastEvent = Math.max(this.#lastEvent, event.id);
    if (!event.readable) return;
    switch (event.event_action) {
      case "message":
        this.#put(event.event_data.message, event.id);
        this.#arrived(event.event_data.message);
        break;
      case "media":
      case "sent":
      case "create":
      case "ack":
        this.#put(event.event_data.message, event.id);
        break;
      case "disconnect":
        this.#ended("problem.gone", event.event_data.reason);
        break;
    }
  }

  #put(message: Message, event?: number): void {
    const { key, file } = this.messages.put(message, event) ?? {};
    // Also when only an event told of it, because the reply got lost.
    if (key) this.#gateway.calls.identify(key, message.id);
    if (key && key !== message.id) reach("write");
    if (file && !this.files.has(message.id)) this.files.keep(message.id, file);
  }

  #arrived(message: Message): void {
    if ((message.timestamp ?? 0) + 1 >= this.#startedAt) reach("answer");
    // The gateway counts what is unread. Many messages at once need one answer only.
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = setTimeout(() => void this.#refresh(), 200);
  }

  async #refresh(): Promise<void> {
    try {
      const chats = await this.#gateway.chats(this.#id);
      // A chat that nobody wrote to yet is known to this page only.
      const isOwn = (chat: Chat) => !chats.some((other) => other.id === chat.id);
      this.chats.value = [...this.chats.value.filter(isOwn), ...chats];
      const open = this.openChat.value;
      const isSeen = open !== undefined && document.visibilityState === "visible";
      if (isSeen && this.chat(open)?.unreadCount) await this.#markAsRead(open);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #markAsRead(chat: string): Promise<void> {
    const seen = (other: Chat) => (other.id === chat ? { ...other, unreadCount: 0 } : other);
    this.chats.value = this.chats.value.map(seen);
    try {
      await this.#gateway.markAsRead(this.#id, chat);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Whoever comes back to the page sees the open chat. */
  readonly #onVisible = () => {
    const open = this.openChat.value;
    const isSeen = open !== undefined && document.visibilityState === "visible";
    if (isSeen && this.chat(open)?.unreadCount) void this.#markAsRead(open);
  };

  #failed(error: unknown): void {
    if (this.#end.signal.aborted) return;
    this.problem.value = toProblem(error);
    void this.#look();
  }

  /** After a failure: looks whether the session is still there. Nothing tells of one that another program deleted. */
  async #look(): Promise<void> {
    try {
      if ((await this.#gateway.info(this.#id)) !== undefined || this.#end.signal.aborted) return;
      this.#ended("problem.sessionEnded");
    } catch {
      // The failure itself is shown already.
    }
  }

  #ended(what: Key, reason?: string): void {
    const problem = toProblem(new PageError(what, "advice.gone"));
    this.gone.value = reason ? { ...problem, service: reason } : problem;
    this.problem.value = undefined;
    this.#end.abort();
  }
}

function newChat(id: string, name: string): Chat {
  return {
    id,
    name,
    isGroup: false,
    isReadOnly: false,
    unreadCount: 0,
    timestamp: Math.floor(Date.now() / 1000),
    pinned: false,
    isMuted: false,
  };
}
