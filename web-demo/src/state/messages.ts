// All messages of a session, by chat and by id.

import { signal } from "@preact/signals";
import type { Message } from "../gateway";
import { chatOf, type Entry, isOutgoing, isUnsent, toEntry } from "./entry";
import type { Quotes } from "./quotes";

export class Messages {
  readonly #byChat = new Map<string, Entry[]>();
  readonly #byId = new Map<string, Entry>();
  readonly #unsent = new Map<string, Entry>();
  /** Rises with every change of the messages, which are too many to be copied for each. */
  readonly #revision = signal(0);

  readonly #quotes: Quotes;

  constructor(quotes: Quotes) {
    this.#quotes = quotes;
  }

  /** What this page wrote and is not known to be sent, in the order written. */
  unsent(): readonly Entry[] {
    this.#revision.value;
    return [...this.#unsent.values()];
  }

  /** The messages of a chat, oldest first. */
  ofChat(chat: string): readonly Entry[] {
    this.#revision.value;
    return this.#byChat.get(chat) ?? [];
  }

  /** The message with this long id. */
  get(id: string): Entry | undefined {
    this.#revision.value;
    return this.#byId.get(id);
  }

  insert(entry: Entry): void {
    const entries = this.#byChat.get(entry.chat) ?? [];
    const isLast = entry.timestamp >= (entries.at(-1)?.timestamp ?? 0);
    entries.push(entry);
    if (!isLast) entries.sort((one, other) => one.timestamp - other.timestamp);
    this.#byChat.set(entry.chat, entries);
    this.#note(entry);
  }

  /** Puts a changed copy in the place of an entry, also if that was changed meanwhile, and returns it. */
  change({ key, chat }: Entry, change: Partial<Entry>): Entry | undefined {
    const entries = this.#byChat.get(chat) ?? [];
    const place = entries.findLastIndex((entry) => entry.key === key);
    const old = entries[place];
    if (!old) return undefined;
    const entry = { ...old, ...change };
    entries[place] = entry;
    this.#note(entry);
    return entry;
  }

  remove(entry: Entry): void {
    const entries = this.#byChat.get(entry.chat)?.filter((other) => other.key !== entry.key);
    this.#byChat.set(entry.chat, entries ?? []);
    this.#unsent.delete(entry.key);
    this.#revision.value += 1;
  }

  /** Adds a message, or what is new about it, and returns what is known of it now. `event` is the one that told. */
  put(message: Message, event?: number): Entry | undefined {
    const chat = chatOf(message);
    if (!chat) return undefined;
    const known = this.#byId.get(message.id) ?? this.#draftOf(message, chat, event);
    if (!known) {
      const entry = toEntry(message, chat, this.#quotes.of(message.id));
      this.insert(entry);
      return entry;
    }
    const { id, type, ack = 0, hasMedia, timestamp } = message;
    return this.change(known, {
      id,
      // The clock of this computer may be wrong.
      timestamp: timestamp ?? known.timestamp,
      // Events may come in any order, and a message only gets further.
      ack: ack === -1 ? -1 : Math.max(known.ack, ack),
      type: type ?? known.type,
      hasMedia: known.hasMedia || hasMedia,
      progress: undefined,
      problem: undefined,
      isWaiting: false,
    });
  }

  /** Notes the id that a draft got. */
  identify(draft: Entry, id: string): void {
    const known = this.#byId.get(id);
    if (!known) this.change(draft, { id });
    // An event was quicker, and was taken for another draft with the same text.
    else if (known.key !== draft.key) this.remove(draft);
  }

  isSent(draft: Entry): boolean {
    return this.#byChat.get(draft.chat)?.find((entry) => entry.key === draft.key)?.id !== undefined;
  }

  /** A draft that this message is the outcome of: events may be quicker than the reply, or come instead of it. */
  #draftOf(message: Message, chat: string, event: number | undefined): Entry | undefined {
    if (!isOutgoing(message)) return undefined;
    return this.#byChat.get(chat)?.find((entry) => {
      const isTried = isUnsent(entry) && !entry.isWaiting && !entry.problem?.mayRepeat;
      const mayBe = isTried && (event === undefined || event > (entry.after ?? 0));
      return mayBe && entry.body === message.body && entry.hasMedia === message.hasMedia;
    });
  }

  #note(entry: Entry): void {
    if (isUnsent(entry)) this.#unsent.set(entry.key, entry);
    else this.#unsent.delete(entry.key);
    if (entry.id) {
      this.#byId.set(entry.id, entry);
      if (entry.quote) this.#quotes.remember(entry.id, entry.quote);
    }
    this.#revision.value += 1;
  }
}
