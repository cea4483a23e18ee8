// What this page sends: in the order written, never into a connection that is known to be down, and never a second time
// where the first may have arrived. What is not sent is kept until a person decides.

import { effect, untracked } from "@preact/signals";
import type { Gateway, Message } from "../gateway";
import { t } from "../i18n";
import { keep, kept } from "../kept";
import { PageError, type Problem, toMessageProblem } from "../problem";
import type { ConnectionState } from "./connection";
import { type Entry, type Outgoing, toDraft } from "./entry";
import type { Messages } from "./messages";
import { reach } from "./steps";

/** Larger files are not sent: the gateway's own limit is not documented. */
export const FILE_LIMIT = 64 * 1024 * 1024;

interface Needs {
  gateway: Gateway;
  session: string;
  messages: Messages;
  connection: ConnectionState;
  /** The number of the last event. */
  lastEvent: () => number;
  beforeSend: (chat: string, tag: string) => Promise<void>;
  onSent: (message: Message) => void;
  onFailed: () => void;
}

/** A message as it is kept over a reload; a file cannot be. */
interface Kept extends Pick<Entry, "key" | "chat" | "body" | "type" | "timestamp" | "quote" | "after"> {
  /** Whether the gateway may have it. */
  perhaps: boolean;
  hadFile: boolean;
}

export class Outbox {
  readonly #needs: Needs;
  readonly #name: string;
  /** The last message that each chat is sending; it never fails. */
  readonly #turns = new Map<string, Promise<void>>();
  readonly #ends: (() => void)[] = [];

  constructor(needs: Needs) {
    this.#needs = needs;
    this.#name = `unsent.${needs.session}`;
    const { messages, connection } = needs;
    for (const message of kept<Kept[]>(this.#name, [])) messages.insert(restored(message));
    this.#ends.push(effect(() => keep(this.#name, messages.unsent().map(toKept))));
    this.#ends.push(
      effect(() => {
        if (!connection.isDown.value) untracked(() => this.#sendWaiting());
      }),
    );
  }

  close(): void {
    this.#ends.forEach((end) => end());
  }

  /** Sends; what goes wrong stands at the message itself. */
  async send(chat: string, outgoing: Outgoing): Promise<void> {
    const draft = toDraft(chat, outgoing);
    this.#needs.messages.insert(draft);
    await this.#inTurn(draft);
  }

  async sendAgain(draft: Entry): Promise<void> {
    this.#needs.messages.change(draft, { problem: undefined });
    await this.#inTurn(draft);
  }

  /** Sends all that certainly was not sent and can be. */
  sendAllAgain(): void {
    for (const entry of this.#needs.messages.unsent()) if (entry.problem?.mayRepeat) void this.sendAgain(entry);
  }

  /** What is not sent, or perhaps not, and is not on its way either. */
  stuck(): readonly Entry[] {
    return this.#needs.messages.unsent().filter((entry) => entry.isWaiting || entry.problem);
  }

  #sendWaiting(): void {
    for (const entry of this.#needs.messages.unsent()) {
      if (!entry.isWaiting) continue;
      this.#needs.messages.change(entry, { isWaiting: false });
      void this.#inTurn(entry);
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
    const { gateway, session, messages, connection, lastEvent, beforeSend, onSent, onFailed } = this.#needs;
    const { key, chat, body, quote, file } = draft;
    if (connection.isDown.value) {
      messages.change(draft, { isWaiting: true });
      return;
    }
    await beforeSend(chat, key);
    messages.change(draft, { after: lastEvent(), progress: file ? 0 : undefined });
    try {
      if (file && file.size > FILE_LIMIT) throw new PageError("problem.file", "advice.file", limits(file));
      const onProgress = (progress: number) => messages.change(draft, { progress });
      const options = { caption: body, quote, type: outgoingType(draft), onProgress };
      const message = file
        ? await gateway.sendFile(session, chat, file, options, key)
        : await gateway.sendText(session, chat, body, quote, key);
      if (message) {
        messages.identify(draft, message.id);
        onSent(message);
      }
      reach("write");
    } catch (error) {
      // An event may have told meanwhile that it was sent.
      if (!messages.isSent(draft)) messages.change(draft, { problem: toMessageProblem(error), progress: undefined });
      onFailed();
    }
  }
}

/** What the gateway is to take the file for, where its MIME type does not say. */
function outgoingType({ type }: Entry): "doc" | "voice" | undefined {
  return type === "document" ? "doc" : type === "ptt" ? "voice" : undefined;
}

function limits(file: File): Record<string, string | number> {
  return { name: file.name, limit: `${FILE_LIMIT / 1024 / 1024} MB` };
}

function toKept({ key, chat, body, type, timestamp, quote, after, file, isWaiting, problem }: Entry): Kept {
  const perhaps = problem ? problem.perhaps === true : !isWaiting;
  return { key, chat, body, type, timestamp, quote, after, perhaps, hadFile: file !== undefined };
}

/** Never sent by itself: the same tab may have been opened twice. */
function restored({ perhaps, hadFile, ...message }: Kept): Entry {
  const certain = hadFile
    ? { what: t("problem.fileForgotten"), advice: t("advice.fileForgotten"), mayRepeat: false }
    : { what: t("problem.waited"), advice: t("advice.waited"), mayRepeat: true };
  const uncertain = { what: t("problem.reloaded"), advice: t("advice.perhapsSent"), mayRepeat: false, perhaps: true };
  const problem: Problem = perhaps ? uncertain : certain;
  return {
    ...message,
    id: undefined,
    isOutgoing: true,
    ack: 0,
    hasMedia: hadFile,
    isForwarded: false,
    from: "",
    file: undefined,
    progress: undefined,
    problem,
    isWaiting: false,
  };
}
