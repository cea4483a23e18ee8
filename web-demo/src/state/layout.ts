// What of the page is in sight: the half that a narrow window shows, and the view behind the scenes.

import { signal } from "@preact/signals";

export type Half = "messenger" | "phone" | "backstage";
export type Backstage = "calls" | "faults";

/** Which part a narrow window shows. */
export const half = signal<Half>("messenger");
/** What is shown behind the scenes, if it is open. */
export const backstage = signal<Backstage | undefined>(undefined);
/** The number of the call that is looked at; the newest if none is. */
export const chosenCall = signal<number | undefined>(undefined);

export function showBackstage(view: Backstage): void {
  backstage.value = view;
  half.value = "backstage";
}

export function showCall(number: number): void {
  chosenCall.value = number;
  showBackstage("calls");
}

export function closeBackstage(): void {
  backstage.value = undefined;
  if (half.value === "backstage") half.value = "messenger";
}

export function showHalf(wanted: Half): void {
  if (wanted === "backstage") showBackstage(backstage.value ?? "calls");
  else half.value = wanted;
}
