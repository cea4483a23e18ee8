// Which message answers which. The gateway does not tell of it again, so that the page remembers it for its own.

import { keep, kept } from "../kept";

/** So many are remembered. */
const MOST = 500;

export class Quotes {
  readonly #name: string;
  readonly #byMessage: Map<string, string>;

  constructor(name: string) {
    this.#name = name;
    this.#byMessage = new Map(kept<[string, string][]>(name, []));
  }

  of(message: string): string | undefined {
    return this.#byMessage.get(message);
  }

  remember(message: string, quoted: string): void {
    if (this.#byMessage.get(message) === quoted) return;
    this.#byMessage.set(message, quoted);
    keep(this.#name, [...this.#byMessage].slice(-MOST));
  }
}
