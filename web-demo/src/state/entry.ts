// Messages as the page shows them, from whatever tells of them: an event, a reply, or this page that is still sending.

import type { Message } from "../gateway";
import type { Problem } from "../problem";

export interface Entry {
  /** Stays the same while the message is sent and gets its id. */
  readonly key: string;
  /** The long id; none before the gateway has given one. */
  readonly id: string | undefined;
  readonly chat: string;
  readonly isOutgoing: boolean;
  readonly body: string;
  readonly type: string;
  readonly timestamp: number;
  readonly ack: number;
  readonly hasMedia: boolean;
  readonly isForwarded: boolean;
  /** Who wrote it. */
  readonly from: string;
  /** The long id of the message it answers, if this page knows. */
  readonly quote: string | undefined;
  /** The file this page sends. */
  readonly file: File | undefined;
  /** From 0 to 1 while a file is read; 1 while the gateway works on it. */
  readonly progress: number | undefined;
  readonly problem: Problem | undefined;
  /** Whether it waits for a connection. It was not given to the gateway yet. */
  readonly isWaiting: boolean;
  /** Of a message being sent: the last event before. Only a later one can tell what became of it. */
  readonly after: number | undefined;
}

/** The chat of a message: who it is from, or to if the session sent it. */
export function chatOf(message: Message): string | undefined {
  return isOutgoing(message) ? message.to : message.from;
}

export function toEntry(message: Message, chat: string, quote: string | undefined): Entry {
  return {
    key: message.id,
    id: message.id,
    chat,
    isOutgoing: isOutgoing(message),
    body: message.body,
    type: message.type ?? "chat",
    timestamp: message.timestamp ?? Date.now() / 1000,
    ack: message.ack ?? 0,
    hasMedia: message.hasMedia,
    isForwarded: message.isForwarded,
    from: message.from_name ?? "",
    quote,
    file: undefined,
    progress: undefined,
    problem: undefined,
    isWaiting: false,
    after: undefined,
  };
}

/** A message that somebody wants to send. */
export interface Outgoing {
  body: string;
  file: File | undefined;
  /** Whether a picture or a sound goes out as a document. */
  asDocument: boolean;
  /** Whether a sound was spoken into the microphone. */
  isVoice?: boolean;
  quote: string | undefined;
}

/** A message that is being sent. */
export function toDraft(chat: string, { body, file, asDocument, isVoice, quote }: Outgoing): Entry {
  const type = isVoice ? "ptt" : file && !asDocument ? typeOf(file) : "document";
  return {
    key: crypto.randomUUID(),
    id: undefined,
    chat,
    isOutgoing: true,
    body,
    type: file ? type : "chat",
    // Whole seconds, as the gateway counts them: what is written in the same second keeps its order.
    timestamp: Math.floor(Date.now() / 1000),
    ack: 0,
    hasMedia: file !== undefined,
    isForwarded: false,
    from: "",
    quote,
    file,
    progress: undefined,
    problem: undefined,
    isWaiting: false,
    after: undefined,
  };
}

/** Whether the message is this page's own and nothing is known yet of its having been sent. */
export function isUnsent(entry: Entry): boolean {
  return entry.isOutgoing && entry.id === undefined;
}

/** Whether the session sent the message. */
export function isOutgoing(message: Message): boolean {
  return message.id.startsWith("true_");
}

function typeOf(file: File): string {
  const kind = file.type.split("/")[0];
  if (kind === "image" || kind === "video" || kind === "audio") return kind;
  return "document";
}
