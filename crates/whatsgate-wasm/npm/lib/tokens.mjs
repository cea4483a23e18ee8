// A page's token for a relay: asked for when there is none, renewed before it ends, asked for anew when it is refused.

import { keyOf, setKey, supplied } from "./keys.mjs";

// What the tokens of `whatsgate serve` begin with: those can be renewed, and say then how long they last.
const RENEWABLE = "wgr_";
const AGAIN_MS = 5_000;
const RENEWAL_MS = 30_000;

export class Tokens {
  #ask;
  #renewal;
  #fetch;
  #token;
  /** When it ends and when to renew it, by this side's clock. */
  #until = Infinity;
  #due = Infinity;
  #asking;
  #renewing;

  /** `source` is the token or a function that gets one; `url` that of the relay. */
  constructor(source, url, fetch) {
    this.#renewal = `${url.replace(/\/+$/, "")}/token-renew`;
    this.#fetch = fetch;
    if (typeof source === "function") this.#ask = source;
    else this.#take({ token: source });
  }

  /** Puts the token into the headers of a request. */
  async sign(headers) {
    const isOver = Date.now() >= this.#until;
    if (this.#ask && (this.#token === undefined || isOver)) await this.#refresh();
    else if (Date.now() >= this.#due) this.#renewing ??= this.#renew(this.#token);
    setKey(headers, this.#token);
  }

  /** Puts another token into the headers of a request that was refused; says whether there is one. */
  async renew(headers) {
    const refused = keyOf(headers);
    if (!this.#ask) return false;
    // Another call may have got it meanwhile.
    if (refused === this.#token) await this.#refresh();
    setKey(headers, this.#token);
    return refused !== this.#token;
  }

  #refresh() {
    this.#asking ??= supplied("token", this.#ask)
      .then((answer) => this.#take(typeof answer === "string" ? { token: answer } : answer))
      .finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  #take({ token, expires_at: end }) {
    this.#token = token;
    this.#until = this.#due = Infinity;
    if (Number.isFinite(end)) this.#last(end - Date.now());
    // It says how long it lasts when it is renewed.
    else if (token.startsWith(RENEWABLE)) this.#due = 0;
  }

  #last(milliseconds) {
    this.#until = Date.now() + milliseconds;
    this.#due = this.#token.startsWith(RENEWABLE) ? Date.now() + (milliseconds * 2) / 3 : Infinity;
  }

  /** Renews the token beside the call that found it due. What fails is tried again, and in the end `token` is asked. */
  async #renew(token) {
    this.#due = Date.now() + AGAIN_MS;
    try {
      const fetch = this.#fetch ?? globalThis.fetch;
      const response = await fetch(this.#renewal, {
        method: "POST",
        headers: [["content-type", "application/json"], ["x-api-key", token]],
        body: "{}",
        redirect: "manual",
        signal: AbortSignal.timeout(RENEWAL_MS),
      });
      const said = response.ok ? await response.json() : undefined;
      if (token !== this.#token) return;
      // By the relay's clock, where the browser shows it.
      const now = Date.parse(response.headers.get("date") ?? "") || Date.now();
      if (Number.isFinite(said?.expires_at)) this.#last(Math.max(said.expires_at - now, 0));
      // It may not be renewed, or no longer.
      else if (response.status < 500 && response.status !== 429) this.#due = Infinity;
    } catch {
      // The token lasts a while yet.
    } finally {
      this.#renewing = undefined;
    }
  }
}
