// All that this page asks of the package "whatsgate", in one place: with it, the file is also an example of its use.

import { Client, init, isWhatsgateError } from "whatsgate";
import type { Chat, Event, Message, Session, SessionInfo, WhatsgateError } from "whatsgate";

export { isWhatsgateError };
export type { Chat, Event, Message, Session, SessionInfo, WhatsgateError };

/** How often the gateway is asked for events. A local sandbox may be asked more often than the service. */
const INTERVAL = { local: 700, remote: 5000 };
/** How far back events are read when a session is opened: the service has no other history of messages. */
const HISTORY_DAYS = 3;

export interface Account {
  baseUrl: string;
  apiKey: string;
}

/** Who hears of each reply and failure while events are followed. */
export interface Watch {
  onReply: () => void;
  onError: (error: unknown) => void;
}

/** What `sendFile` needs beside the file. */
export interface FileOptions {
  caption: string;
  quote: string | undefined;
  /** `doc` sends a picture or a sound as a document. */
  type: "doc" | undefined;
  /** From 0 to 1, while the file is read. */
  onProgress: (share: number) => void;
}

export class Gateway {
  readonly #account: Account;
  readonly #client: Client;
  readonly #isLocal: boolean;

  /** Loads the WebAssembly the first time; throws a `WhatsgateError` when the base URL or the key cannot be one. */
  static async connect(account: Account): Promise<Gateway> {
    await init();
    return new Gateway(account);
  }

  private constructor(account: Account) {
    this.#client = new Client(account);
    this.#account = account;
    this.#isLocal = ["localhost", "127.0.0.1"].includes(new URL(account.baseUrl).hostname);
  }

  async sessions(): Promise<SessionInfo[]> {
    const sessions: SessionInfo[] = [];
    for await (const session of this.#client.sessions()) sessions.push(session);
    return sessions;
  }

  createSession(name: string, pairingNumber?: string): Promise<SessionInfo> {
    return this.#client.createSession(pairingNumber ? { name, pairingNumber } : { name });
  }

  session(id: string): Session {
    return this.#client.session(id);
  }

  /** Waits until the session is linked, telling of every change on the way. */
  waitUntilReady(id: string, onChange: (info: SessionInfo) => void, signal: AbortSignal): Promise<SessionInfo> {
    const intervalMs = this.#isLocal ? INTERVAL.local : 2000;
    return this.session(id).waitUntilReady({ onChange, signal, intervalMs, deadlineMs: 30 * 60_000 });
  }

  /** The session's events, first those of the last days, then new ones until the signal. */
  async *events(id: string, watch: Watch, signal: AbortSignal): AsyncGenerator<Event> {
    const date = new Date(Date.now() - HISTORY_DAYS * 24 * 60 * 60_000);
    const intervalMs = this.#isLocal ? INTERVAL.local : INTERVAL.remote;
    // Its own client, to see every reply and to hear of a failure at once: the next question is the retry.
    const client = new Client({
      ...this.#account,
      retry: false,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (response.ok) watch.onReply();
        return response;
      },
    });
    try {
      yield* client.session(id).followEvents({ date }, { onError: watch.onError, signal, intervalMs });
    } finally {
      client.free();
    }
  }

  async sendText(id: string, to: string, body: string, quote: string | undefined): Promise<Message | undefined> {
    const result = await this.session(id).sendText(to, body, quote ? { quote } : {});
    return result.queued ? undefined : result.message;
  }

  async sendFile(id: string, to: string, file: File, options: FileOptions): Promise<Message | undefined> {
    const { caption, quote, type, onProgress } = options;
    const result = await this.session(id).sendFile(to, file, {
      ...(caption && { caption }),
      ...(quote && { quote }),
      ...(type && { type }),
      onProgress: ({ done, total }) => onProgress(total > 0 ? done / total : 1),
    });
    return result.queued ? undefined : result.message;
  }

  free(): void {
    this.#client.free();
  }
}
