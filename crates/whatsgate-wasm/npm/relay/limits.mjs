// How much goes on at a time, and how long. Nothing of it outlives a call.

import { Refusal } from "./answer.mjs";

/** Counts calls that are under way, in all and of each visitor. `enter` returns what ends one, or throws. */
export function gate(most, mostOfVisitor) {
  const underWay = new Map();
  let all = 0;
  return (visitor) => {
    const own = underWay.get(visitor) ?? 0;
    if (all >= most || own >= mostOfVisitor) {
      throw new Refusal(429, "too many calls at a time", { headers: { "retry-after": "1" } });
    }
    all += 1;
    underWay.set(visitor, own + 1);
    return () => {
      all -= 1;
      const left = underWay.get(visitor) - 1;
      if (left === 0) underWay.delete(visitor);
      else underWay.set(visitor, left);
    };
  };
}

/** Ends when the time is over or when whoever asked has gone. */
export function deadline(milliseconds, signal) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let over = false;
  const timer = setTimeout(() => {
    over = true;
    abort();
  }, milliseconds);
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  return {
    signal: controller.signal,
    isOver: () => over,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}
