// The chats and messages of one session, kept up to date by its events.

import { signal } from "@preact/signals";
import type { Chat, Event, Gateway, Message, SessionInfo } from "../gateway";
import type { Key } from "../i18n/en";
import { PageError, type Problem, toMessageProblem, toProblem } from "../problem";
import { type Entry, type Outgoing, toDraft } from "./entry";
import { Files } from "./files";
import { Messages } from "./messages";
import { reach } from "./steps";

/** Larger files are not sent: the gateway's own limit is not documented. */
export const FILE_LIMIT = 64 * 1024 * 1024;
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
  /** Why new messages do not come. */
  readonly live = signal<Problem | undefined>(undefined);
  /** What else went wrong last. */
  readonly problem = signal<Problem | undefined>(undefined);
  readonly messages = new Messages();
  readonly files: Files;
  /** What the other side gets to see: every file as the gateway delivers it. */
  readonly delivered: Files;

  readonly #gateway: Gateway;
  readonly #end = new AbortController();
  readonly #handled = new Set<number>();
  /** The last message that each chat is sending; it never fails. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #startedAt = Date.now() / 1000;
  #refreshTimer: ReturnType<typeof setTimeout> | undefined;
  #typedAt = 0;

  constructor(gateway: Gateway, session: SessionInfo) {
    this.#gateway = gateway;
    this.session = signal(session);
    const fetch = (message: string) => gateway.session(session.unique_id).messageMedia(message);
    this.files = new Files(fetch);
    this.delivered = new Files(fetch);
    void this.#load();
    void this.#follow();
  }

  close(): void {
    this.#end.abort();
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
    const isRegistered = await this.#gateway.session(this.#id).isRegistered(number);
    if (!isRegistered) throw new PageError("problem.number", "advice.number", { number: `+${number}` });
    const id = `${number}@c.us`;
    if (!this.chat(id)) this.chats.value = [newChat(id, `+${number}`), ...this.chats.value];
    this.open(id);
  }

  /** Sends; what goes wrong stands at the message itself. */
  async send(chat: string, outgoing: Outgoing): Promise<void> {
    const draft = toDraft(chat, outgoing);
    this.messages.insert(draft);
    await this.#inTurn(draft);
  }

  async sendAgain(draft: Entry): Promise<void> {
    this.messages.change(draft, { problem: undefined, progress: draft.file ? 0 : undefined });
    await this.#inTurn(draft);
  }

  /** Tells the other side that somebody types. */
  typed(chat: string): void {
    if (Date.now() - this.#typedAt < TYPING_MS) return;
    this.#typedAt = Date.now();
    // Nobody misses the sign when it does not come.
    this.#gateway.session(this.#id).showTyping({ id: chat }).catch(() => {});
  }

  get #id(): string {
    return this.session.value.unique_id;
  }

  async #load(): Promise<void> {
    try {
      this.chats.value = await this.#gateway.session(this.#id).chats();
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
      onReply: () => (this.live.value = undefined),
      onError: (error: unknown) => (this.live.value = toProblem(error)),
    };
    try {
      for await (const event of this.#gateway.events(this.#id, watch, this.#end.signal)) this.#take(event);
    } catch (error) {
      if (!this.#end.signal.aborted) this.live.value = toProblem(error);
    }
  }

  #take(event: Event): void {
    if (this.#handled.has(event.id)) return;
    this.#handled.add(event.id);
    if (!event.readable) return;
    switch (event.event_action) {
      case "message":
        this.#put(event.event_data.message);
        this.#arrived(event.event_data.message);
        break;
      case "media":
      case "sent":
      case "create":
      case "ack":
        this.#put(event.event_data.message);
        break;
      case "disconnect":
        this.#ended("problem.gone", event.event_data.reason);
        break;
    }
  }

  #put(message: Message): void {
    const { file } = this.messages.put(message) ?? {};
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
      const chats = await this.#gateway.session(this.#id).chats();
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
      await this.#gateway.session(this.#id).markAsRead({ id: chat });
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Sends a message once those before it in its chat are through, so that they arrive in the order written. */
  #inTurn(draft: Entry): Promise<void> {
    const before = this.#turns.get(draft.chat) ?? Promise.resolve();
    const turn = before.then(() => this.#send(draft));
    this.#turns.set(draft.chat, turn);
    return turn;
  }

  async #send(draft: Entry): Promise<void> {
    const { chat, body, quote, file } = draft;
    try {
      if (file && file.size > FILE_LIMIT) throw new PageError("problem.file", "advice.file", limits(file));
      const onProgress = (progress: number) => this.messages.change(draft, { progress });
      const type = file && draft.type === "document" ? ("doc" as const) : undefined;
      const message = file
        ? await this.#gateway.sendFile(this.#id, chat, file, { caption: body, quote, type, onProgress })
        : await this.#gateway.sendText(this.#id, chat, body, quote);
      if (message) {
        this.messages.identify(draft, message.id);
        this.#put(message);
      }
      reach("write");
    } catch (error) {
      // An event may have told meanwhile that it was sent.
      if (!this.messages.isSent(draft)) {
        this.messages.change(draft, { problem: toMessageProblem(error), progress: undefined });
      }
      void this.#look();
    }
  }

  #failed(error: unknown): void {
    if (this.#end.signal.aborted) return;
    this.problem.value = toProblem(error);
    void this.#look();
  }

  /** After a failure: looks whether the session is still there. Nothing tells of one that another program deleted. */
  async #look(): Promise<void> {
    try {
      if ((await this.#gateway.session(this.#id).info()) !== undefined || this.#end.signal.aborted) return;
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

function limits(file: File): Record<string, string | number> {
  return { name: file.name, limit: `${FILE_LIMIT / 1024 / 1024} MB` };
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
