// How a session's connection stands, as the requests for events show it: they go out all the time.

import { computed, signal } from "@preact/signals";
import { isWhatsgateError } from "../gateway";
import { type Problem, toProblem } from "../problem";
import { isOnline } from "./network";

export type Connection =
  /** Nothing is known yet. */
  | "connecting"
  | "connected"
  /** This computer has no network. */
  | "offline"
  /** The gateway does not answer. */
  | "unreachable"
  /** The gateway answers, but not with events. */
  | "failing";

const SILENT = ["connect", "connection", "timeout"];

export class ConnectionState {
  /** Why new messages do not come. */
  readonly problem = signal<Problem | undefined>(undefined);
  readonly #last = signal<"nothing" | "reply" | "silence" | "failure">("nothing");

  readonly state = computed<Connection>(() => {
    if (!isOnline.value) return "offline";
    const states = { nothing: "connecting", reply: "connected", silence: "unreachable", failure: "failing" } as const;
    return states[this.#last.value];
  });

  /** Whether whatever is sent now would get lost: it is better kept. */
  readonly isDown = computed(() => this.state.value === "offline" || this.state.value === "unreachable");

  /** A reply came. */
  answered(): void {
    this.problem.value = undefined;
    this.#last.value = "reply";
  }

  failed(error: unknown): void {
    this.problem.value = toProblem(error);
    this.#last.value = isWhatsgateError(error) && SILENT.includes(error.kind) ? "silence" : "failure";
  }
}
