// The chats and messages of one session, kept up to date by its events.

import { signal } from "@preact/signals";
import type { Chat, Event, Gateway, Message, SessionInfo } from "../gateway";
import type { Key } from "../i18n/en";
import { PageError, type Problem, toProblem } from "../problem";
import { chatOf, type Entry, isOutgoing, type Outgoing, toDraft, toEntry } from "./entry";
import { Files } from "./files";
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
  readonly files: Files;
  /** What the other side gets to see: every file as the gateway delivers it. */
  readonly delivered: Files;

  readonly #gateway: Gateway;
  readonly #end = new AbortController();
  readonly #entries = new Map<string, Entry[]>();
  readonly #byId = new Map<string, Entry>();
  readonly #handled = new Set<number>();
  /** The last message that each chat is sending; it never fails. */
  readonly #turns = new Map<string, Promise<void>>();
  /** Rises with every change of the messages, which are too many to be copied for each. */
  readonly #revision = signal(0);
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

  /** The messages of a chat, oldest first. */
  entries(chat: string): readonly Entry[] {
    this.#revision.value;
    return this.#entries.get(chat) ?? [];
  }

  entry(id: string): Entry | undefined {
    this.#revision.value;
    return this.#byId.get(id);
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
    this.#insert(draft);
    await this.#inTurn(draft);
  }

  async sendAgain(draft: Entry): Promise<void> {
    this.#change(draft, { problem: undefined, progress: draft.file ? 0 : undefined });
    await this.#inTurn(draft);
  }

  /** Takes a message that was not sent away. */
  dismiss(entry: Entry): void {
    const entries = this.#entries.get(entry.chat)?.filter((other) => other.key !== entry.key);
    this.#entries.set(entry.chat, entries ?? []);
    this.#revision.value += 1;
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
      if (first && !this.openChat.value && matchMedia("(min-width: 721px)").matches) this.open(first.id);
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

  /** Adds a message, or what is new about it. */
  #put(message: Message): void {
    const chat = chatOf(message);
    if (!chat) return;
    const known = this.#byId.get(message.id) ?? this.#draftOf(message, chat);
    if (!known) {
      this.#insert(toEntry(message, chat));
      return;
    }
    const { id, type, ack = 0, hasMedia, timestamp } = message;
    if (known.file && !this.files.has(id)) this.files.keep(id, known.file);
    this.#change(known, {
      id,
      // The clock of this computer may be wrong.
      timestamp: timestamp ?? known.timestamp,
      // Events may come in any order, and a message only gets further.
      ack: ack === -1 ? -1 : Math.max(known.ack, ack),
      type: type ?? known.type,
      hasMedia: known.hasMedia || hasMedia,
      progress: undefined,
      problem: undefined,
    });
  }

  /** A draft that this message is the outcome of: events may be quicker than the reply, or come instead of it. */
  #draftOf(message: Message, chat: string): Entry | undefined {
    if (!isOutgoing(message)) return undefined;
    return this.#entries.get(chat)?.find((entry) => {
      const mayBe = entry.id === undefined && !entry.problem?.mayRepeat;
      return mayBe && entry.body === message.body && entry.hasMedia === message.hasMedia;
    });
  }

  #insert(entry: Entry): void {
    const entries = this.#entries.get(entry.chat) ?? [];
    const isLast = entry.timestamp >= (entries.at(-1)?.timestamp ?? 0);
    entries.push(entry);
    if (!isLast) entries.sort((one, other) => one.timestamp - other.timestamp);
    this.#entries.set(entry.chat, entries);
    if (entry.id) this.#byId.set(entry.id, entry);
    this.#revision.value += 1;
  }

  /** Puts a changed copy in the place of an entry, also if that was changed meanwhile. */
  #change({ key, chat }: Entry, change: Partial<Entry>): void {
    const entries = this.#entries.get(chat) ?? [];
    const place = entries.findLastIndex((entry) => entry.key === key);
    const old = entries[place];
    if (!old) return;
    const entry = { ...old, ...change };
    entries[place] = entry;
    if (entry.id) this.#byId.set(entry.id, entry);
    this.#revision.value += 1;
  }

  #arrived(message: Message): void {
    const chat = chatOf(message);
    if ((message.timestamp ?? 0) + 1 >= this.#startedAt) reach("answer");
    if (chat && chat === this.openChat.value && document.visibilityState === "visible") {
      void this.#markAsRead(chat);
    }
    // The gateway counts what is unread. Many messages at once need one answer only.
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = setTimeout(() => void this.#refresh(), 200);
  }

  async #refresh(): Promise<void> {
    try {
      const chats = await this.#gateway.session(this.#id).chats();
      const isNew = (chat: Chat) => !chats.some((other) => other.id === chat.id);
      this.chats.value = [...this.chats.value.filter(isNew), ...chats];
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
      const onProgress = (progress: number) => this.#change(draft, { progress });
      const type = file && draft.type === "document" ? ("doc" as const) : undefined;
      const message = file
        ? await this.#gateway.sendFile(this.#id, chat, file, { caption: body, quote, type, onProgress })
        : await this.#gateway.sendText(this.#id, chat, body, quote);
      if (message) {
        const known = this.#byId.get(message.id);
        if (!known) this.#change(draft, { id: message.id });
        // An event was quicker, and was taken for another draft with the same text.
        else if (known.key !== draft.key) this.dismiss(draft);
        this.#put(message);
      }
      reach("write");
    } catch (error) {
      const now = this.#entries.get(chat)?.find((entry) => entry.key === draft.key);
      // An event may have told meanwhile that it was sent.
      if (!now?.id) this.#change(draft, { problem: toProblem(error), progress: undefined });
      await this.#look();
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
