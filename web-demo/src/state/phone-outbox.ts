// What is written on the phone of the other side and has not arrived at the sandbox yet.

import { effect, type Signal, signal, untracked } from "@preact/signals";
import { t } from "../i18n";
import { keep, kept } from "../kept";
import { type Phone, PhoneError, readFile } from "../phone";
import { type Problem, toProblem } from "../problem";
import { isOnline } from "./network";

export interface PhoneDraft {
  readonly key: string;
  readonly session: string;
  readonly chat: string;
  readonly body: string;
  readonly author: string | undefined;
  readonly file: File | undefined;
  readonly problem: Problem | undefined;
  readonly isWaiting: boolean;
}

type Written = Omit<PhoneDraft, "key" | "problem" | "isWaiting">;

/** A message as it is kept over a reload. */
interface Kept extends Pick<PhoneDraft, "key" | "session" | "chat" | "body" | "author"> {
  /** Whether the sandbox may have it. */
  perhaps: boolean;
}

const NAME = "phone-unsent";

export class PhoneOutbox {
  readonly all: Signal<readonly PhoneDraft[]>;
  readonly #phone: Phone;
  readonly #onArrived: () => Promise<void>;
  readonly #ends: (() => void)[] = [];
  /** The last message; it never fails. */
  #turn = Promise.resolve();

  /** `onArrived` shows a message that the sandbox has, and only then it goes from here. */
  constructor(phone: Phone, onArrived: () => Promise<void>) {
    this.#phone = phone;
    this.#onArrived = onArrived;
    this.all = signal(kept<Kept[]>(NAME, []).map(restored));
    this.#ends.push(effect(() => keep(NAME, this.all.value.filter(({ file }) => !file).map(toKept))));
    this.#ends.push(
      effect(() => {
        if (isOnline.value) untracked(() => this.#sendWaiting());
      }),
    );
  }

  close(): void {
    this.#ends.forEach((end) => end());
  }

  write(written: Written): Promise<void> {
    const draft = { ...written, key: crypto.randomUUID(), problem: undefined, isWaiting: false };
    this.all.value = [...this.all.value, draft];
    return this.#inTurn(draft);
  }

  again(draft: PhoneDraft): Promise<void> {
    this.#change(draft, { problem: undefined, isWaiting: false });
    return this.#inTurn(draft);
  }

  remove({ key }: PhoneDraft): void {
    this.all.value = this.all.value.filter((draft) => draft.key !== key);
  }

  #sendWaiting(): void {
    for (const draft of this.all.value) if (draft.isWaiting) void this.again(draft);
  }

  /** In the order written, however long a file takes. */
  #inTurn(draft: PhoneDraft): Promise<void> {
    this.#turn = this.#turn.then(() => this.#send(draft));
    return this.#turn;
  }

  async #send(draft: PhoneDraft): Promise<void> {
    if (!isOnline.value) return this.#change(draft, { isWaiting: true });
    const { session, chat, body, author, file } = draft;
    let before: ReadonlySet<string> | undefined;
    try {
      before = await this.#ids(session, chat);
      const media = file && (await readFile(file));
      await this.#phone.write(session, chat, { body, ...(media && { media }), ...(author !== undefined && { author }) });
    } catch (error) {
      const hasNoReply = error instanceof PhoneError && error.status === undefined;
      const isThere = before && hasNoReply ? await this.#arrived(draft, before) : false;
      if (isThere === undefined) return this.#change(draft, { problem: uncertain() });
      if (!isThere) return this.#change(draft, { problem: toProblem(error), isWaiting: !isOnline.value });
    }
    await this.#onArrived();
    this.remove(draft);
    // Whoever writes has read what came before; when that fails, the button is still there.
    await this.#phone.read(session, chat).catch(() => {});
  }

  /** Whether it arrived although no reply came: the sandbox is asked, and knows if it answers. */
  async #arrived({ session, chat, body }: PhoneDraft, before: ReadonlySet<string>): Promise<boolean | undefined> {
    try {
      const messages = await this.#phone.messages(session, chat);
      return messages.some((message) => !before.has(message.id) && message.body === body);
    } catch {
      return undefined;
    }
  }

  async #ids(session: string, chat: string): Promise<ReadonlySet<string>> {
    return new Set((await this.#phone.messages(session, chat)).map(({ id }) => id));
  }

  #change({ key }: PhoneDraft, change: Partial<PhoneDraft>): void {
    this.all.value = this.all.value.map((draft) => (draft.key === key ? { ...draft, ...change } : draft));
  }
}

function toKept({ key, session, chat, body, author, problem, isWaiting }: PhoneDraft): Kept {
  return { key, session, chat, body, author, perhaps: problem ? problem.perhaps === true : !isWaiting };
}

/** Never sent by itself: the same tab may have been opened twice. */
function restored({ perhaps, ...draft }: Kept): PhoneDraft {
  const problem: Problem = perhaps
    ? { ...uncertain(), what: t("problem.reloaded") }
    : { what: t("problem.waited"), advice: t("advice.waited"), mayRepeat: true };
  return { ...draft, file: undefined, problem, isWaiting: false };
}

function uncertain(): Problem {
  return { what: t("problem.connection"), advice: t("advice.perhapsSent"), mayRepeat: false, perhaps: true };
}
