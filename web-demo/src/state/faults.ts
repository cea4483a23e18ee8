// The switch of the sandbox's faults, and what the other side counts while one is on.

import { signal } from "@preact/signals";
import type { FaultRule, Phone } from "../phone";
import { type Problem, toProblem } from "../problem";
import type { Call } from "./calls";

export type Fault = "none" | "loseReply" | "loseAll" | "actLate" | "repeatEvents" | "failReads" | "kill";

export const FAULTS: Readonly<Record<Fault, readonly FaultRule[]>> = {
  none: [],
  // A byte of the reply, so that browsers do not take the connection for one that was closed before.
  loseReply: [{ on: "send", kind: "break_off", bytes: 1 }],
  loseAll: [{ on: "send", kind: "close_after" }],
  actLate: [
    { on: "send", kind: "late", ms: 6000 },
    { on: "send", kind: "error", form: "bad_gateway", acts: true },
  ],
  repeatEvents: [{ kind: "repeat_events" }],
  failReads: [{ on: "get-chats", kind: "error", form: "plain_text", times: 2 }],
  kill: [{ kind: "close_before" }],
};

const INTERVAL_MS = 1000;

export class FaultSwitch {
  /** Which fault is on; nothing if it is one that others set, or not known yet. */
  readonly on = signal<Fault | undefined>(undefined);
  /** When it was switched on, in milliseconds. */
  readonly since = signal(0);
  readonly problem = signal<Problem | undefined>(undefined);
  /** How often a message arrived at the other side, by the number of the call that sent it. */
  readonly arrived = signal<ReadonlyMap<number, number>>(new Map());

  readonly #phone: Phone;
  /** The messages that were there before, by the tag of the one to be sent. */
  readonly #before = new Map<string, ReadonlySet<string>>();
  /** What was chosen last; the sandbox may not have heard of it yet. */
  #chosen: Fault | undefined;
  #isSwitching = false;

  constructor(phone: Phone) {
    this.#phone = phone;
    void this.#find();
  }

  /** Goes from choice to choice until the last one holds: of requests under way at once, any may come last. */
  async switch(fault: Fault): Promise<void> {
    this.#chosen = fault;
    if (this.#isSwitching) return;
    this.#isSwitching = true;
    for (let sent: Fault | undefined; sent !== this.#chosen; ) {
      sent = this.#chosen;
      await this.#set(sent);
    }
    this.#isSwitching = false;
  }

  async #set(fault: Fault): Promise<void> {
    try {
      await this.#phone.setFaults(FAULTS[fault]);
      if (fault !== this.#chosen) return;
      this.on.value = fault;
      this.since.value = Date.now();
      this.problem.value = undefined;
    } catch (error) {
      this.problem.value = toProblem(error);
    }
  }

  /** Looks what is there before a message is sent, if a fault is on. */
  async beforeSend(session: string, chat: string, tag: string): Promise<void> {
    if (this.on.value === "none") return;
    try {
      this.#before.set(tag, new Set((await this.#phone.messages(session, chat)).map(({ id }) => id)));
    } catch {
      // Then nothing is counted.
    }
  }

  /** Counts at the sandbox what arrived of these calls, until told to end. */
  watch(session: string, calls: () => readonly Call[]): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isEnded = false;
    const count = async () => {
      for (const call of calls()) await this.#count(session, call);
      if (!isEnded) timer = setTimeout(() => void count(), INTERVAL_MS);
    };
    void count();
    return () => {
      isEnded = true;
      clearTimeout(timer);
    };
  }

  async #count(session: string, { number, tag, sent }: Call): Promise<void> {
    const before = tag && this.#before.get(tag);
    if (!before || !sent) return;
    try {
      const messages = await this.#phone.messages(session, sent.chat);
      const isIt = ({ id, body }: { id: string; body: string }) => id.startsWith("true_") && !before.has(id) && body === sent.body;
      const arrived = messages.filter(isIt).length;
      if (arrived !== this.arrived.value.get(number)) this.arrived.value = new Map(this.arrived.value).set(number, arrived);
    } catch {
      // The next second tries again.
    }
  }

  /** After a reload the sandbox still does what it was told. */
  async #find(): Promise<void> {
    try {
      const found = shape(await this.#phone.faults());
      if (this.#chosen === undefined) this.on.value = (Object.keys(FAULTS) as Fault[]).find((fault) => shape(FAULTS[fault]) === found);
    } catch {
      // A sandbox that tells nothing has no switch.
    }
  }
}

function shape(rules: readonly FaultRule[]): string {
  return rules.map(({ on, kind }) => `${on ?? ""}:${kind}`).join(" ");
}
