// What the phone of the other side shows. It asks the sandbox every second; the sandbox is on this computer.

import { signal } from "@preact/signals";
import type { Phone, PhoneChat, PhoneMessage, PhoneSession } from "../phone";
import { readFile } from "../phone";
import { type Problem, toProblem } from "../problem";

const INTERVAL_MS = 800;

export class PhoneScreen {
  readonly sessions = signal<readonly PhoneSession[]>([]);
  readonly chats = signal<readonly PhoneChat[]>([]);
  readonly messages = signal<readonly PhoneMessage[]>([]);
  /** Whose phone it is, as the id of the chat; in a group one of its members. */
  readonly chat = signal<string | undefined>(undefined);
  readonly problem = signal<Problem | undefined>(undefined);

  readonly #phone: Phone;
  #session: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  /** The last message; it never fails. */
  #written = Promise.resolve();

  constructor(phone: Phone) {
    this.#phone = phone;
    void this.#tick();
  }

  close(): void {
    this.#isClosed = true;
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
    void this.#act(async () => {});
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

  /** Writes; whoever writes has read what came before. */
  write(body: string, file: File | undefined): Promise<void> {
    const chat = this.chat.value;
    const write = async (session: string) => {
      if (chat === undefined) return;
      const media = file && (await readFile(file));
      await this.#phone.write(session, chat, media ? { body, media } : { body });
      await this.#phone.read(session, chat);
    };
    // In the order written, however long a file takes.
    this.#written = this.#written.then(() => this.#inSession(write));
    return this.#written;
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
    if (document.visibilityState === "visible") await this.#refresh();
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
