// The sandbox's admin API: being the other side. It belongs to the sandbox and not to the service, so the package does not
// know it.

export interface PhoneSession {
  unique_id: string;
  name: string;
  status: string;
  /** The text of the QR code while one is shown. */
  qr: string | null;
  /** The pairing code, for a session linked by number. */
  code: string | null;
  number: string;
  /** The account's WhatsApp id, once it is linked. */
  wid: string | null;
}

export interface PhoneChat {
  id: string;
  name: string;
  isGroup: boolean;
  isReadOnly: boolean;
  participants: { id: string }[] | null;
  /** How many messages of the session this side has not read. */
  unread: number;
  /** Whether the session types here. */
  typing: boolean;
  /** Whether this side's phone is switched on. */
  on: boolean;
}

export interface PhoneMessage {
  id: string;
  body: string;
  type?: string;
  ack?: number;
  hasMedia?: boolean;
  timestamp?: number;
  author?: string;
  quote: string | null;
}

export interface PhoneFile {
  mimetype: string;
  filename: string;
  /** Base64 text. */
  data: string;
}

/** What goes wrong at the sandbox: the command concerned, the kind, and what that needs. */
export type FaultRule = { on?: string; kind: string } & Record<string, unknown>;

export class PhoneError extends Error {
  override readonly name = "PhoneError";
  constructor(
    message: string,
    /** None if no reply came. */
    readonly status?: number,
  ) {
    super(message);
  }
}

/** The other side of the sessions of one account. */
export class Phone {
  readonly #base: URL;
  readonly #key: string;

  constructor(baseUrl: string, apiKey: string) {
    this.#base = new URL("/admin/v1/", baseUrl);
    this.#key = apiKey;
  }

  sessions(): Promise<PhoneSession[]> {
    return this.#data("sessions", {});
  }

  /** Scans the QR code of a session, or types its pairing code in. */
  link(session: string): Promise<void> {
    return this.#done("link", { WhatsappID: session });
  }

  /** Logs out on the phone that the session is linked to. */
  disconnect(session: string): Promise<void> {
    return this.#done("disconnect", { WhatsappID: session });
  }

  chats(session: string): Promise<PhoneChat[]> {
    return this.#data("chats", { WhatsappID: session });
  }

  messages(session: string, chat: string): Promise<PhoneMessage[]> {
    return this.#data("messages", { WhatsappID: session, chat });
  }

  write(session: string, chat: string, message: { body: string; media?: PhoneFile; author?: string }): Promise<void> {
    return this.#done("write", { WhatsappID: session, chat, message });
  }

  read(session: string, chat: string): Promise<void> {
    return this.#done("read", { WhatsappID: session, chat });
  }

  switch(session: string, chat: string, on: boolean): Promise<void> {
    return this.#done("switch", { WhatsappID: session, chat, on });
  }

  faults(): Promise<FaultRule[]> {
    return this.#data("faults", {});
  }

  setFaults(rules: readonly FaultRule[]): Promise<void> {
    return this.#done("set-faults", { rules });
  }

  async #data<T>(command: string, body: object): Promise<T> {
    return ((await this.#post(command, body)) as { data: T }).data;
  }

  async #done(command: string, body: object): Promise<void> {
    await this.#post(command, body);
  }

  async #post(command: string, body: object): Promise<unknown> {
    const request = {
      method: "POST",
      headers: { "X-Api-Key": this.#key, "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    };
    const response = await fetch(new URL(command, this.#base), request).catch((error: unknown) => {
      throw new PhoneError(String(error));
    });
    const reply: unknown = await response.json().catch(() => undefined);
    if (!response.ok) {
      const message = (reply as { message?: unknown } | undefined)?.message;
      throw new PhoneError(typeof message === "string" ? message : `status ${response.status}`, response.status);
    }
    return reply;
  }
}

/**
 * The phone of a sandbox, or none.
 *
 * Only this computer and the page's own server are asked: no other server has any business with a path of the sandbox.
 */
export async function findPhone(baseUrl: string, apiKey: string): Promise<Phone | undefined> {
  const { hostname, origin } = new URL(baseUrl);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (!isLocal && origin !== location.origin) return undefined;
  const phone = new Phone(baseUrl, apiKey);
  return phone.sessions().then(
    (sessions) => (Array.isArray(sessions) ? phone : undefined),
    () => undefined,
  );
}

/** Reads a file as the sandbox wants it. Small files only: the whole text is held in memory. */
export function readFile(file: File): Promise<PhoneFile> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error);
    reader.onload = () => {
      const data = String(reader.result);
      resolve({
        mimetype: file.type || "application/octet-stream",
        filename: file.name,
        data: data.slice(data.indexOf(",") + 1),
      });
    };
    reader.readAsDataURL(file);
  });
}
