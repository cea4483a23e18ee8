// What the page asked of the package, and what came of it: the calls behind its actions, newest first.

import { signal } from "@preact/signals";
import { type Event, isWhatsgateError } from "../gateway";
import type { Exchange } from "../exchange";
import type { Snippet } from "../snippet";

/** So many calls are kept. */
const MOST = 100;
/** So many events are kept, and exchanges of a call that goes on asking. */
const MOST_EVENTS = 300;
const MOST_EXCHANGES = 6;

/** What came of a call. */
export type Result =
  | { isGood: true; value: string }
  | { isGood: false; kind: string; outcome: string; retryable: boolean; tries: number; message: string; advice: string };

export interface Call {
  readonly number: number;
  /** The method, such as `sendText`. */
  readonly method: string;
  readonly code: Snippet;
  /** When it began, in milliseconds. */
  readonly at: number;
  /** The last requests; a call may make several. */
  readonly exchanges: readonly Exchange[];
  /** How many requests there were. */
  readonly requests: number;
  /** Nothing while it goes on. */
  readonly result: Result | undefined;
  /** The message or the session that it made or is about, whose events belong to it. */
  readonly about: string | undefined;
  /** What the caller knows it by. */
  readonly tag: string | undefined;
  /** The message to be sent, to be looked for at the other side. */
  readonly sent: { readonly chat: string; readonly body: string } | undefined;
  /** Whether it goes on until it is told to end. */
  readonly isStream: boolean;
}

/** An event, and what it is about. */
export interface Heard {
  readonly id: number;
  readonly action: string;
  readonly at: number;
  readonly about: string | undefined;
  readonly text: string;
}

export type Beginning = Pick<Call, "method" | "code"> & Partial<Pick<Call, "about" | "tag" | "sent" | "isStream">>;

export class Calls {
  readonly all = signal<readonly Call[]>([]);
  readonly heard = signal<readonly Heard[]>([]);
  /** The numbers of calls by their tags; apart, because these change rarely. */
  readonly #tagged = signal<ReadonlyMap<string, number>>(new Map());
  /** How often the gateway listed an event at most in one reply, by the event's number. */
  readonly #copies = new Map<number, number>();
  readonly #hide: (text: string) => string;
  #count = 0;

  constructor(hide: (text: string) => string) {
    this.#hide = hide;
  }

  begin(beginning: Beginning): Call {
    const call: Call = {
      about: undefined,
      tag: undefined,
      sent: undefined,
      isStream: false,
      ...beginning,
      code: { js: this.#hide(beginning.code.js), rust: this.#hide(beginning.code.rust) },
      number: ++this.#count,
      at: Date.now(),
      exchanges: [],
      requests: 0,
      result: undefined,
    };
    const kept = this.all.value.filter((other, place) => place < MOST - 1 || (other.isStream && !other.result));
    this.all.value = [call, ...kept];
    if (call.tag !== undefined) this.#tagged.value = new Map(this.#tagged.value).set(call.tag, call.number);
    return call;
  }

  /** Notes a request of a call, or what is new about it. */
  exchange({ number }: Call, exchange: Exchange): void {
    this.#change(number, (call) => {
      const known = call.exchanges.some((other) => other.number === exchange.number);
      const exchanges = known
        ? call.exchanges.map((other) => (other.number === exchange.number ? exchange : other))
        : [...call.exchanges, exchange].slice(-MOST_EXCHANGES);
      return { exchanges, requests: call.requests + (known ? 0 : 1) };
    });
    for (const [id, copies] of exchange.listed ?? []) {
      this.#copies.set(id, Math.max(copies, this.#copies.get(id) ?? 0));
    }
  }

  /** Notes what a call is about, once that is known. */
  tell({ number }: Call, about: string): void {
    this.#change(number, () => ({ about }));
  }

  succeed({ number }: Call, value: unknown): void {
    const shown = this.#hide(shorten(valueText(value)));
    this.#change(number, () => ({ result: { isGood: true, value: shown } }));
  }

  fail({ number }: Call, error: unknown): void {
    const known = isWhatsgateError(error) ? error : undefined;
    const { kind = "TypeError", outcome = "notSent", retryable = false, tries = 0, advice = "" } = known ?? {};
    const message = this.#hide(error instanceof Error ? error.message : String(error));
    const result = { isGood: false as const, kind, outcome, retryable, tries, message, advice: this.#hide(advice) };
    this.#change(number, () => ({ result }));
  }

  /** Notes which message came of the call with this tag. */
  identify(tag: string, about: string): void {
    const call = this.all.value.find(({ number }) => number === this.#tagged.value.get(tag));
    if (call && call.about !== about) this.tell(call, about);
  }

  hear(event: Event): void {
    const { raw } = event as { raw?: unknown };
    const text = typeof raw === "string" ? raw : JSON.stringify(raw ?? event);
    const action = event.event_action;
    const heard = { id: event.id, action, at: Date.now(), about: aboutOf(event), text: this.#hide(pretty(text)) };
    this.heard.value = [heard, ...this.heard.value].slice(0, MOST_EVENTS);
  }

  /** The events that belong to a call, oldest first. */
  eventsOf(call: Call): readonly Heard[] {
    const heard = call.isStream ? this.heard.value.slice(0, 20) : this.heard.value.filter(({ about }) => about === call.about);
    return call.about === undefined ? [] : heard.toReversed();
  }

  copiesOf(event: number): number {
    return this.#copies.get(event) ?? 0;
  }

  /** The number of the last call with this tag. */
  byTag(tag: string): number | undefined {
    return this.#tagged.value.get(tag);
  }

  clear(): void {
    this.all.value = this.all.value.filter((call) => call.isStream && !call.result);
  }

  #change(number: number, change: (call: Call) => Partial<Call>): void {
    this.all.value = this.all.value.map((call) => (call.number === number ? { ...call, ...change(call) } : call));
  }
}

function aboutOf(event: Event): string | undefined {
  const { message } = (event.event_data ?? {}) as { message?: { id?: unknown } };
  if (typeof message?.id === "string") return message.id;
  return (event as { whatsapp_id?: string }).whatsapp_id;
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2);
  } catch {
    return json;
  }
}

/** A result as text. A file's content is not for reading. */
function valueText(value: unknown): string {
  const isContent = (name: string, member: unknown) => name === "data" && typeof member === "string" && member.length > 200;
  const show = (name: string, member: unknown) => (isContent(name, member) ? `${String(member).slice(0, 60)}…` : member);
  return value === undefined ? "undefined" : JSON.stringify(value, show, 2);
}

function shorten(text: string): string {
  return text.length > 20_000 ? `${text.slice(0, 20_000)}…` : text;
}
