// Where a bot is: which events are behind it, by number, and from which date on to ask for more.

import { mistake } from "../lib/error.mjs";

// The events of a phone that was offline come with old dates.
const BACK_MS = 48 * 3600 * 1000;
// As many gaps between numbers are kept; what is in lower ones counts as behind.
const MOST_RANGES = 1000;

const DATE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

export class Position {
  #date;
  /** Pairs of the first and the last number, ascending, with gaps between them. */
  #ranges;

  /** `given` is a position as `toJSON` wrote it; without it all begins at `since`. */
  constructor(who, given, since) {
    this.#date = given?.date ?? since;
    const isOne = (range) => Array.isArray(range) && range.length === 2 && range.every(Number.isSafeInteger);
    if (given !== undefined && !(DATE.test(given.date) && Array.isArray(given.seen) && given.seen.every(isOne))) {
      throw mistake(who, "options.position", "is none that savePosition was given");
    }
    this.#ranges = (given?.seen ?? []).map(([first, last]) => [first, last]);
  }

  get date() {
    return this.#date;
  }

  /** Whether the event with this number is behind. */
  has(id) {
    const range = this.#ranges[this.#before(id)];
    return range !== undefined && id <= range[1];
  }

  /** Puts an event behind. */
  add({ id, event_date: date }) {
    if (!this.has(id)) this.#insert(id);
    const at = DATE.test(date ?? "") ? Date.parse(`${date.replace(" ", "T")}Z`) : Number.NaN;
    // A date of the future would keep out what comes until then.
    const from = Math.min(at, Date.now()) - BACK_MS;
    if (!Number.isNaN(from)) {
      const text = new Date(from).toISOString().slice(0, 19).replace("T", " ");
      if (text > this.#date) this.#date = text;
    }
  }

  toJSON() {
    return { date: this.#date, seen: this.#ranges.map(([first, last]) => [first, last]) };
  }

  #insert(id) {
    const at = this.#before(id);
    const [below, above] = [this.#ranges[at], this.#ranges[at + 1]];
    const joinsBelow = below?.[1] === id - 1;
    const joinsAbove = above?.[0] === id + 1;
    if (joinsBelow && joinsAbove) this.#ranges.splice(at, 2, [below[0], above[1]]);
    else if (joinsBelow) below[1] = id;
    else if (joinsAbove) above[0] = id;
    else this.#ranges.splice(at + 1, 0, [id, id]);
    if (this.#ranges.length > MOST_RANGES) this.#ranges.splice(0, 2, [this.#ranges[0][0], this.#ranges[1][1]]);
  }

  /** The place of the last range that begins at this number or below it, -1 if there is none. */
  #before(id) {
    let [low, high] = [-1, this.#ranges.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#ranges[middle][0] <= id) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
