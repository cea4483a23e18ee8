// What the phone of the other side shows. It asks the sandbox every second; the sandbox is on this computer.

import { signal } from "@preact/signals";
import type { Phone, PhoneChat, PhoneMessage, PhoneSession } from "../phone";
import { type Problem, toProblem } from "../problem";
import { Drafts } from "./drafts";
import { isOnline } from "./network";
import { type PhoneDraft, PhoneOutbox } from "./phone-outbox";

const INTERVAL_MS = 800;

export class PhoneScreen {
  readonly sessions = signal<readonly PhoneSession[]>([]);
  readonly chats = signal<readonly PhoneChat[]>([]);
  readonly messages = signal<readonly PhoneMessage[]>([]);
  /** Which chat it shows; a person's also says whose phone it is. */
  readonly chat = signal<string | undefined>(undefined);
  /** Whose phone it is in a group, by the group. */
  readonly #members = signal<ReadonlyMap<string, string>>(new Map());
  readonly drafts = new Drafts("phone-drafts");
  readonly outbox: PhoneOutbox;
  readonly problem = signal<Problem | undefined>(undefined);

  readonly #phone: Phone;
  #session: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(phone: Phone) {
    this.#phone = phone;
    this.outbox = new PhoneOutbox(phone, () => this.#refresh());
    void this.#tick();
  }

  close(): void {
    this.#isClosed = true;
    this.outbox.close();
    clearTimeout(this.#timer);
  }

  /** Which session the phone belongs to, and which chat it shows; the one it shows already if none is told. */
  show(session: string | undefined, chat: string | undefined): void {
    if (session !== this.#session) {
      this.#session = session;
      this.chats.value = [];
      this.choose(undefined);
    }
    if (chat !== undefined) this.choose(chat);
  }

  /** Shows another chat. */
  choose(chat: string | undefined): void {
    if (chat === this.chat.value) return;
    this.chat.value = chat;
    this.messages.value = [];
    void this.#refresh();
  }

  link(session: string): Promise<void> {
    return this.#act(() => this.#phone.link(session));
  }

  logout(): Promise<void> {
    return this.#inSession((session) => this.#phone.disconnect(session));
  }

  read(): Promise<void> {
    return this.#inChat((session, chat) => this.#phone.read(session, chat));
  }

  switch(on: boolean): Promise<void> {
    return this.#inChat((session, chat) => this.#phone.switch(session, chat, on));
  }

  /** The people of a group beside the session's own account. */
  membersOf(chat: PhoneChat): readonly { id: string; name: string }[] {
    const own = this.sessions.value.find((session) => session.unique_id === this.#session)?.wid;
    const others = (chat.participants ?? []).filter(({ id }) => id !== own);
    return others.map(({ id }) => ({ id, name: this.nameOf(id) }));
  }

  /** Whose phone it is: the person of the chat, or the chosen member of the group. */
  memberOf(chat: PhoneChat): string {
    const members = this.membersOf(chat);
    const chosen = this.#members.value.get(chat.id);
    return members.find(({ id }) => id === chosen)?.id ?? members[0]?.id ?? chat.id;
  }

  chooseMember(chat: PhoneChat, member: string): void {
    this.#members.value = new Map(this.#members.value).set(chat.id, member);
  }

  nameOf(id: string): string {
    return this.chats.value.find((chat) => chat.id === id)?.name || `+${id.split("@")[0]}`;
  }

  /** Writes; what goes wrong stands at the message itself. */
  async write(body: string, file: File | undefined): Promise<void> {
    const [session, id] = [this.#session, this.chat.value];
    const chat = this.chats.value.find((other) => other.id === id);
    if (session === undefined || !chat) return;
    const author = chat.isGroup ? this.memberOf(chat) : undefined;
    await this.outbox.write({ session, chat: chat.id, body, file, author });
  }

  /** What is written here and has not arrived. */
  unsent(chat: string): readonly PhoneDraft[] {
    return this.outbox.all.value.filter((draft) => draft.session === this.#session && draft.chat === chat);
  }

  #inSession(act: (session: string) => Promise<void>): Promise<void> {
    const session = this.#session;
    return this.#act(async () => (session === undefined ? undefined : act(session)));
  }

  #inChat(act: (session: string, chat: string) => Promise<void>): Promise<void> {
    const chat = this.chat.value;
    return this.#inSession(async (session) => (chat === undefined ? undefined : act(session, chat)));
  }

  /** Does something and shows at once what came of it. */
  async #act(act: () => Promise<void>): Promise<void> {
    try {
      await act();
      this.problem.value = undefined;
    } catch (error) {
      this.problem.value = toProblem(error);
    }
    await this.#refresh();
  }

  async #tick(): Promise<void> {
    if (document.visibilityState === "visible" && isOnline.value) await this.#refresh();
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#tick(), INTERVAL_MS);
  }

  async #refresh(): Promise<void> {
    const [session, chat] = [this.#session, this.chat.value];
    try {
      this.sessions.value = await this.#phone.sessions();
      const isLinked = this.sessions.value.some((other) => other.unique_id === session && other.status === "READY");
      if (session === undefined || !isLinked) {
        this.chats.value = [];
        this.messages.value = [];
        return;
      }
      const chats = await this.#phone.chats(session);
      const messages = chat === undefined ? [] : await this.#phone.messages(session, chat);
      // Another chat may have been chosen meanwhile.
      if (session !== this.#session || chat !== this.chat.value) return;
      this.chats.value = chats;
      this.messages.value = messages;
    } catch {
      // The messenger beside tells what is wrong with the connection; the next second tries again.
    }
  }
}
