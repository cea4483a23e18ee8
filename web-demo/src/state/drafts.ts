// What is being written, chat by chat: it stays when another chat is opened, and its text when the page is loaded anew.

import { type Signal, signal } from "@preact/signals";
import { keep, kept } from "../kept";

export interface Draft {
  readonly text: string;
  readonly file: File | undefined;
  /** Whether a picture or a sound goes out as a document. */
  readonly asDocument: boolean;
  /** The long id of the message that this one answers. */
  readonly quote: string | undefined;
}

const EMPTY: Draft = { text: "", file: undefined, asDocument: false, quote: undefined };

export class Drafts {
  readonly #name: string;
  readonly #byChat = new Map<string, Signal<Draft>>();

  constructor(name: string) {
    this.#name = name;
    for (const [chat, { text, quote }] of Object.entries(kept<Record<string, Partial<Draft>>>(name, {}))) {
      this.#byChat.set(chat, signal({ ...EMPTY, text: text ?? "", quote }));
    }
  }

  of(chat: string): Signal<Draft> {
    let draft = this.#byChat.get(chat);
    if (!draft) this.#byChat.set(chat, (draft = signal(EMPTY)));
    return draft;
  }

  change(chat: string, change: Partial<Draft>): void {
    const draft = this.of(chat);
    draft.value = { ...draft.value, ...change };
    this.#keep();
  }

  clear(chat: string): void {
    this.change(chat, EMPTY);
  }

  /** Puts something back that was to be sent, below what is written already. */
  putBack(chat: string, { text, ...others }: Draft): void {
    const { text: written } = this.of(chat).value;
    this.change(chat, { ...others, text: written && text ? `${written}\n${text}` : written || text });
  }

  /** A file cannot be kept over a reload. */
  get holdsFile(): boolean {
    return [...this.#byChat.values()].some((draft) => draft.peek().file !== undefined);
  }

  #keep(): void {
    const all = [...this.#byChat].map(([chat, draft]) => [chat, draft.peek()] as const);
    const written = all.filter(([, { text, quote }]) => text !== "" || quote !== undefined);
    keep(this.#name, Object.fromEntries(written.map(([chat, { text, quote }]) => [chat, { text, quote }])));
  }
}
