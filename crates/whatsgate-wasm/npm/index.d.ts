import type {
  Chat,
  Event,
  EventAction,
  AckEvent,
  CreateEvent,
  DisconnectEvent,
  ErrorEvent,
  MediaEvent,
  MessageEvent,
  OtherEvent,
  ReadyEvent,
  SentEvent,
  Media as WireMedia,
  Message,
  OutgoingMessage,
  OutgoingType,
  Recipient as WireRecipient,
  Session as SessionInfo,
  SessionStatus,
} from "./model.d.ts";

export type {
  AckEvent,
  Chat,
  ContactChat,
  CreateEvent,
  Disconnect,
  DisconnectEvent,
  ErrorEvent,
  ErrorReport,
  Event,
  EventAction,
  GroupChat,
  GroupMetadata,
  MediaEvent,
  Message,
  MessageEvent,
  MessageType,
  OtherEvent,
  OutgoingMedia,
  OutgoingMessage,
  OutgoingType,
  Participant,
  Ready,
  ReadyEvent,
  SentEvent,
  Session as SessionInfo,
  SessionStatus,
} from "./model.d.ts";

/** `WebAssembly.Module` where the program's types know of it; Node's own do not. */
type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } } ? Module : never;

/** Where the `.wasm` file is: its URL, its bytes, a response or a compiled module. */
export type InitSource =
  | string
  | URL
  | Request
  | Response
  | Promise<Response>
  | ArrayBuffer
  | ArrayBufferView
  | CompiledModule;

/**
 * Loads the WebAssembly. Call it once before anything else; later calls return the same promise, and a call after a
 * failure tries again.
 *
 * @param source where the `.wasm` file is, if not beside the module; `file:` URLs in Node only
 */
export function init(source?: InitSource): Promise<void>;

/** How patient a client is with failures that may pass. Sends are never repeated when they may have taken effect. */
export interface RetryOptions {
  /** The most tries, the first included, at least 1; 4 by default, 1 means no retries. */
  maxTries?: number;
  /** The longest first pause, doubled with each try; 500 by default. */
  firstPauseMs?: number;
  /** The longest pause of all; 10,000 by default. */
  longestPauseMs?: number;
  /** When to give up, counted from the first try; 60,000 by default. */
  deadlineMs?: number;
}

/** The most bytes that a reply may have. A larger one is an error of kind `unexpectedReply`, and is not read to its end. */
export interface ReplyLimits {
  /** A word, a message, a session; 1 MiB by default. */
  small?: number;
  /** Chats, a page of events or sessions; 64 MiB by default. */
  list?: number;
  /** A file as base64; 256 MiB by default. */
  file?: number;
}

/** The options of a client. */
export interface ClientOptions {
  /**
   * The secret key of the account.
   *
   * In a web page it is public: whoever opens the page can read it and send messages in your name. Let the page talk to
   * a relay of your own instead, which checks who is asking, holds the key and passes the request on; give the relay's
   * address as `baseUrl` and the visitor's own token here.
   */
  apiKey: string;
  /** Where the gateway is: `"ru"` (the default), `"org"`, or a URL such as a sandbox's or a relay's. */
  baseUrl?: "ru" | "org" | (string & {});
  /** How long one try may take; 60,000 by default, 600,000 for files. */
  timeoutMs?: number;
  /** How failures that may pass are met; `false` means that nothing is tried twice. */
  retry?: RetryOptions | boolean;
  /** How large replies may be. */
  replyLimits?: ReplyLimits;
  /** What is called in the place of `fetch`, for a proxy or for headers of a relay. It must not follow redirects. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** What every call takes. */
export interface CallOptions {
  /** Cancels the call. Whether a command that was on its way took effect stays unknown. */
  signal?: AbortSignal | null;
  /** How long one try may take, in milliseconds, at least 1. */
  timeoutMs?: number;
}

/** What iterators take. */
export interface ListOptions extends CallOptions {
  /**
   * Is told of a failed request and of an element that cannot be read, after which the iteration goes on. Without it
   * the iterator throws, which ends a `for await`; so it does for the kinds that cannot pass, `unauthorized` and
   * `invalidRequest`, and for `cancelled`.
   */
  onError?: (error: WhatsgateError) => void | Promise<void>;
}

/** What `followEvents` takes. */
export interface FollowOptions extends ListOptions {
  /** How often to ask, in milliseconds; 5,000 by default. */
  intervalMs?: number;
}

/** What `send` takes. */
export interface SendOptions extends CallOptions {
  /** Whether to wait only until the message is queued; the message follows in a `sent` event if a webhook is set. */
  async?: boolean;
}

/** What `sendText` takes. */
export interface SendTextOptions extends SendOptions {
  /** The long id of the message that this one answers. */
  quote?: string;
}

/** What `sendFile` takes. */
export interface SendFileOptions extends SendTextOptions {
  /** The file's name; needed unless the file is a `File`. Only the last part of a path is sent. */
  filename?: string;
  /** The MIME type; otherwise told by the content and by the type of the `Blob`. */
  mimetype?: string;
  /** What kind of message it becomes; otherwise told by the MIME type. */
  type?: OutgoingType;
  /** The text below the file. */
  caption?: string;
  /**
   * Is told how many bytes of the file are ready to go; when it throws, nothing is sent. The transfer itself cannot be
   * watched with `fetch`.
   */
  onProgress?: (progress: { done: number; total: number }) => void;
}

/** What `waitUntilReady` takes. */
export interface WaitOptions extends CallOptions {
  /** When to give up; 300,000 by default. */
  deadlineMs?: number;
  /** How often to ask; 2,000 by default. */
  intervalMs?: number;
  /** Is called with the session at first and whenever its state, its QR link or its pairing code changes. */
  onChange?: (session: SessionInfo) => void;
}

/** Which sessions are listed. */
export interface SessionFilter {
  /** Only this session. */
  session?: string;
  /** Only sessions with this label. */
  name?: string;
  /** Only sessions in this state. */
  status?: SessionStatus;
  /** Sessions a page. */
  pageSize?: number;
  /** The page to begin with, from 1. */
  page?: number;
}

/** Which events of a session are listed. */
export interface EventFilter {
  /** Only events from this date on: `YYYY-MM-DD HH:MM:SS` by the service's clock, or a `Date`, which is written in UTC. */
  date?: string | Date;
  /** Only events of this action. */
  action?: EventAction;
  /** Events a page, at most 100. */
  pageSize?: number;
  /** The page to begin with, from 1. */
  page?: number;
}

/** Which events of the account are listed. */
export interface AccountEventFilter extends EventFilter {
  /** Only events of this session. */
  session?: string;
}

/** The session to create. */
export interface NewSession {
  /** A label. */
  name: string;
  /** The URL that events are posted to; can be set later with `setHook`. */
  callback?: string;
  /** Links the phone with this number by a pairing code instead of a QR code. */
  pairingNumber?: string;
}

/**
 * Whom a command is for: a WhatsApp id (text with an `@`), a phone number (any other text), or an object that says which.
 *
 * Numbers are international. Without a leading `+`, one that may lack its country code is refused: 11 digits that start
 * with `8`, and 10 that no country's mobile numbers have.
 */
export type Recipient = string | WireRecipient;

/** A file to send. */
export type FileContent = Blob | ArrayBufferView | ArrayBuffer | { base64: string };

/** What became of a message. Either may come in either mode. */
export type SendResult =
  | { queued: false; message: Message; reply?: undefined }
  | { queued: true; message?: undefined; /** The service's word for it. */ reply: string };

/** An element of a list that could not be read. */
export interface Unreadable {
  /** Its place in the list, from 0. */
  index: number;
  /** Why it could not be read. */
  reason: string;
  /** The element as it came. Does not show when it is printed. */
  readonly raw: unknown;
}

/** A page of a list. */
export interface Page<T> {
  /** How many pages there are, if the service says so. */
  pages: number | null;
  /** How many elements all pages have together, if the service says so. */
  elements: number | null;
  /** The number of this page, from 1, if the service says so. */
  page: number | null;
  /** The elements that could be read. */
  items: T[];
  /** The elements that could not. */
  unreadable: Unreadable[];
}

/**
 * An account of the gateway.
 *
 * ```js
 * await init();
 * const client = new Client({ apiKey: "YOUR_API_KEY" });
 * const { message } = await client.session("YOUR_WHATSAPP_ID").sendText("79999999999", "Hello!");
 * ```
 */
export class Client {
  /** Nothing is sent. Throws when the key or the URL cannot be right, and before `await init()`. */
  constructor(options: ClientOptions);

  /**
   * The commands of one session. Nothing is sent; whether the session exists shows with the first command. Throws when it
   * cannot be an id.
   */
  session(id: string): Session;

  /**
   * Creates a session and starts linking an account to it: `session-create`. Follow it with
   * `client.session(created.unique_id).waitUntilReady()`.
   */
  createSession(session: NewSession, options?: CallOptions): Promise<SessionInfo>;

  /** One page of the account's active sessions: `sessions-get`. */
  sessionsPage(filter?: SessionFilter, options?: CallOptions): Promise<Page<SessionInfo>>;

  /** All active sessions, page by page, each once. */
  sessions(filter?: SessionFilter, options?: ListOptions): AsyncGenerator<SessionInfo, void, undefined>;

  /** One page of past events of all sessions: `events-get`. */
  eventsPage(filter?: AccountEventFilter, options?: CallOptions): Promise<Page<Event>>;

  /** Past events of all sessions, page by page, each once. */
  events(filter?: AccountEventFilter, options?: ListOptions): AsyncGenerator<Event, void, undefined>;

  /**
   * Past events of all sessions, from `filter.date` on, and then new ones as they come, each once. Never ends by itself:
   * `options.signal` makes it throw an error of kind `cancelled`, a wrong key one of kind `unauthorized`.
   */
  followEvents(filter?: AccountEventFilter, options?: FollowOptions): AsyncGenerator<Event, void, undefined>;

  /** Frees the memory at once instead of some time after the last use. Calls that are on their way finish. */
  free(): void;
}

/** One WhatsApp account linked to the gateway; made by `client.session(id)`. */
export class Session {
  private constructor();

  /** The session's id. */
  readonly id: string;

  /**
   * Sends a text: `send`.
   *
   * Never repeated after a failure that leaves its outcome unknown: look at `error.outcome` before you repeat it.
   */
  sendText(recipient: Recipient, text: string, options?: SendTextOptions): Promise<SendResult>;

  /** Sends any message: `send`. For a file that is not base64 yet, `sendFile` needs far less memory. */
  send(recipient: Recipient, message: OutgoingMessage, options?: SendOptions): Promise<SendResult>;

  /** Sends a file with an optional caption: `send`. It is read in pieces and never held in memory as one text. */
  sendFile(recipient: Recipient, file: FileContent, options?: SendFileOptions): Promise<SendResult>;

  /** Marks the latest messages of a chat as read: `seen`. */
  markAsRead(recipient: Recipient, options?: CallOptions): Promise<void>;

  /** Shows the typing sign to the recipient for 15 seconds: `typing`. */
  showTyping(recipient: Recipient, options?: CallOptions): Promise<void>;

  /** Whether a phone number is registered on WhatsApp: `check`. A reply that does not say is an error, never a "no". */
  isRegistered(number: string, options?: CallOptions): Promise<boolean>;

  /** All chats: `get-chats`. Those that cannot be read are in the array's property `unreadable`. */
  chats(options?: CallOptions): Promise<Chat[] & { readonly unreadable: Unreadable[] }>;

  /** The file of a message, by the message's long id: `get-messagemedia`. Held in memory whole. */
  messageMedia(message: string, options?: CallOptions): Promise<Media>;

  /** A file by its media key: `get-media`, which the service calls deprecated in favour of `messageMedia`. */
  media(key: string, options?: CallOptions): Promise<Media>;

  /** One page of past events of this session: `events-get`. */
  eventsPage(filter?: EventFilter, options?: CallOptions): Promise<Page<Event>>;

  /** Past events of this session, page by page, each once. */
  events(filter?: EventFilter, options?: ListOptions): AsyncGenerator<Event, void, undefined>;

  /**
   * Past events of this session, from `filter.date` on, and then new ones as they come, each once. Never ends by itself:
   * `options.signal` makes it throw an error of kind `cancelled`, a wrong key one of kind `unauthorized`.
   */
  followEvents(filter?: EventFilter, options?: FollowOptions): AsyncGenerator<Event, void, undefined>;

  /** Changes the session's label: `set-name`. */
  rename(name: string, options?: CallOptions): Promise<void>;

  /** Posts the session's events to a URL: `set-hook`. Put a secret into the URL, because the service signs nothing. */
  setHook(url: string | URL, options?: CallOptions): Promise<void>;

  /** Posts the session's events nowhere: `set-hook` with an empty URL. */
  clearHook(options?: CallOptions): Promise<void>;

  /**
   * Unlinks the account, removes the session's data and frees its slot in the plan: `session-delete`. Resolves with the
   * session as it was, if the reply has it.
   */
  delete(options?: CallOptions): Promise<SessionInfo | undefined>;

  /** What the gateway tells of the session now: `sessions-get`. `undefined` if it is not among the active ones. */
  info(options?: CallOptions): Promise<SessionInfo | undefined>;

  /**
   * Waits until the account is linked. Fails with kind `notReady` at the deadline and with `sessionEnded` when the session
   * is deleted meanwhile.
   */
  waitUntilReady(options?: WaitOptions): Promise<SessionInfo>;
}

/** A file that came with a message. */
export class Media implements WireMedia {
  private constructor();
  /** The content as base64. */
  readonly data: string;
  /** The MIME type. */
  readonly mimetype?: string;
  /** The file's name. */
  readonly filename?: string;
  /** The size in bytes, in some replies only. */
  readonly filesize?: number;
  /** The content. */
  bytes(): Uint8Array<ArrayBuffer>;
  /** The content with its MIME type. */
  blob(): Blob;
}

/** What went wrong, in one word. */
export type ErrorKind =
  /** The request has a mistake; nothing was sent. */
  | "invalidRequest"
  /** No connection could be made; nothing was sent. Browsers do not tell, and say `connection`. */
  | "connect"
  /** No complete reply came in time. */
  | "timeout"
  /** The connection broke before the reply was complete; in browsers also every other failure of `fetch`. */
  | "connection"
  /** `signal` was aborted. */
  | "cancelled"
  /** The service does not accept the key. */
  | "unauthorized"
  /** The service, or a proxy before it, refuses the request (4xx), or sends it elsewhere (3xx). */
  | "refused"
  /** The service, or a proxy before it, failed (5xx). It answers 500 to mistakes in the request too: see `raw`. */
  | "service"
  /** The service sent the message but could not describe it. */
  | "sentWithoutReply"
  /** A success that cannot be read, or is larger than it may be. */
  | "unexpectedReply"
  /** A session did not become ready in time. */
  | "notReady"
  /** A session ended while it was waited for. */
  | "sessionEnded"
  /** The body of a webhook request does not hold an event, is too large, or does not come. */
  | "webhook"
  | (string & {});

/** A failure. Neither its message nor its JSON shows a key, a body, a phone number or the service's own words. */
export class WhatsgateError extends Error {
  private constructor();
  /** What went wrong. */
  readonly kind: ErrorKind;
  /** Whether the command may have taken effect: certainly not, or perhaps. */
  readonly outcome: "notSent" | "unknown";
  /** Whether the same call may be made again at once without doing anything twice, with a chance to succeed. */
  readonly retryable: boolean;
  /** What to do next, as a sentence. */
  readonly advice: string;
  /** How often the request went out. */
  readonly tries: number;
  /** The HTTP status, if a response came. */
  readonly status?: number;
  /** The command that failed, such as `send`. */
  readonly command?: string;
  /** What a repetition of the command does: nothing, the same as once, something else. */
  readonly safety?: "read" | "idempotent" | "once";
  /** When it failed, in milliseconds since 1970, as `Date.now()` counts. */
  readonly failedAt?: number;
  /** The place in its list, from 0, of the one element that could not be read, if that is the failure. */
  readonly element?: number;
  /**
   * The body of the response as it came, which is where the service's own message is. May hold private data; does not show
   * when the error is printed.
   */
  readonly raw?: string;
}

/** Whether a value is a `WhatsgateError`, also one of another copy of this package. */
export function isWhatsgateError(value: unknown): value is WhatsgateError;

/** Reads an event from the body of a webhook request, as it came. Throws an error of kind `webhook` if it is none. */
export function parseWebhook(body: string | Uint8Array | ArrayBuffer): Event;

/** The body of the reply that acknowledges an event. A plain status 200 is not enough for the gateway. */
export function acknowledge(event: { id: number }): string;

/** What is done with the events of a webhook. An action without a function is acknowledged and passed over. */
export interface WebhookHandlers {
  /** A message came in. */
  message?: (event: MessageEvent) => unknown;
  /** An asynchronous send is done. */
  sent?: (event: SentEvent) => unknown;
  /** A message's delivery state changed. */
  ack?: (event: AckEvent) => unknown;
  /** A file came in. */
  media?: (event: MediaEvent) => unknown;
  /** A message went out. */
  create?: (event: CreateEvent) => unknown;
  /** The session was linked and is usable. */
  ready?: (event: ReadyEvent) => unknown;
  /** Something went wrong. */
  error?: (event: ErrorEvent) => unknown;
  /** WhatsApp disconnected the session, which is gone. */
  disconnect?: (event: DisconnectEvent) => unknown;
  /** An event of a kind that this version does not know, or whose data cannot be read. */
  other?: (event: OtherEvent) => unknown;
  /**
   * Is told why a request was not acknowledged: what a function threw, or what is wrong with the body. What it throws itself is
   * written to the console and changes no answer.
   */
  onError?: (error: unknown, event: Event | undefined) => unknown;
}

/** What a webhook's handler lets others take of memory and time. */
export interface WebhookOptions {
  /** The bytes that a body may have: 16 MiB unless told otherwise. */
  maxBytes?: number;
  /**
   * The bytes that all bodies may have together, being read or with their function at work: 32 MiB unless told otherwise.
   * The slowest to come make room; where that does not do, the answer is 503, and the gateway sends the event again.
   */
  maxBytesInAll?: number;
  /** How long a body may take to come: 30 seconds unless told otherwise. */
  bodyTimeoutMs?: number;
  /**
   * How long a function may take before its event counts as not handled: 15 seconds unless told otherwise, less than the
   * 20 seconds after which the gateway repeats an event.
   */
  handlerTimeoutMs?: number;
}

/**
 * A fetch-style handler for the requests of a webhook, for Deno, Bun, workers and Node frameworks that take one.
 *
 * It acknowledges an event after its function has finished. When that throws, rejects or takes too long, the answer is 500
 * and the gateway sends the event again, three times at most; an event that comes while its function is still at work
 * waits for it and does not call it again, so that a function that never ends keeps its event from being tried again: give
 * what it waits for an end. The gateway signs nothing: check a secret of your own in the URL before you
 * pass a request on. Throws before `await init()`.
 *
 * ```js
 * await init();
 * const handle = webhookHandler({ message: (event) => console.log(event.event_data.message.body) });
 * export default { fetch: handle };
 * ```
 */
export function webhookHandler(handlers: WebhookHandlers, options?: WebhookOptions): (request: Request) => Promise<Response>;
