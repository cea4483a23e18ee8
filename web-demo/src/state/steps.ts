// How far a newcomer has come.

import { signal } from "@preact/signals";

export type Step = "link" | "write" | "answer";
export const STEPS: readonly Step[] = ["link", "write", "answer"];

/** How many steps are done. */
export const done = signal(0);

/** Notes that a step is done, and all before it. */
export function reach(step: Step): void {
  done.value = Math.max(done.value, STEPS.indexOf(step) + 1);
}

export function reset(): void {
  done.value = 0;
}
