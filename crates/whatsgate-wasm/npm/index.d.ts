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
 * Loads the WebAssembly, which the first call does otherwise: call it to load early, or from elsewhere. In pages it is
 * needed before {@link parseWebhook} and {@link acknowledge}, which do not wait; in Node, workerd and with
 * `whatsgate/inline` it never is. Later calls return the same promise; after a failure a call tries again.
 *
 * Throws a `WhatsgateError` of kind `connection` when the file cannot be had now, and a `TypeError` when something else
 * lies there.
 *
 * @param source where the `.wasm` file is, if not beside the module; `file:` URLs in Node only
 */
export function init(source?: InitSource): Promise<void>;

/** How patient a client is with failures that may pass. Sends are never repeated when they may have taken effect. */
export interface RetryOptions {
  /** The most tries, the first included, at least 1; 4 by default, 1 means no retries. */
  maxTries?: number | undefined;
  /** The longest first pause, doubled with each try; 500 by default. */
  firstPauseMs?: number | undefined;
  /** The longest pause of all; 10,000 by default. */
  longestPauseMs?: number | undefined;
  /** When to give up, counted from the first try; 60,000 by default. */
  deadlineMs?: number | undefined;
}

/** The most bytes that a reply may have. A larger one is an error of kind `unexpectedReply`, and is not read to its end. */
export interface ReplyLimits {
  /** A word, a message, a session; 1 MiB by default. */
  small?: number | undefined;
  /** Chats, a page of events or sessions; 64 MiB by default. */
  list?: number | undefined;
  /** A file as base64; 256 MiB by default. */
  file?: number | undefined;
}

/** A request that goes out, as hooks are told of it. Nothing in it is private. */
export interface RequestInfo {
  /** The command, such as `send`. */
  readonly command: string;
  /** How many requests it is for the same command since one succeeded, from 1. */
  readonly try: number;
}

/** The end of a request, as hooks are told of it. */
export interface ResponseInfo extends RequestInfo {
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** The HTTP status, if a response came. */
  readonly status?: number | undefined;
  /** What went wrong, as far as the status and the connection tell; absent after a success. */
  readonly kind?: ErrorKind | undefined;
}

/** A request that will be made again, as hooks are told of it. */
export interface RetryInfo extends RequestInfo {
  /** How long the client waits until then, in milliseconds. */
  readonly pauseMs: number;
  /** The HTTP status of the request before, if a response came. */
  readonly status?: number | undefined;
  /** What went wrong with the request before. */
  readonly kind?: ErrorKind | undefined;
}

/** What every client takes, of a gateway or of a relay. */
export interface SharedOptions {
  /** How long one try may take, in milliseconds; 60,000 by default, 600,000 for files. */
  timeoutMs?: number | undefined;
  /** How failures that may pass are met; `false` means that nothing is tried twice. */
  retry?: RetryOptions | boolean | undefined;
  /** How large replies may be. */
  replyLimits?: ReplyLimits | undefined;
  /** Headers of all requests, beside the client's own `X-Api-Key` and `Content-Type`. */
  headers?: Headers | Record<string, string> | readonly (readonly [string, string])[] | undefined;
  /**
   * What is called in the place of `fetch`, such as that of a proxy. It must not follow redirects. The body of a request is text,
   * that of a file a `Blob`.
   */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** Is told of every request that goes out, for logs and metrics. What it throws is written to the console. */
  onRequest?: ((request: RequestInfo) => void) | undefined;
  /** Is told of the end of every request. What it throws is written to the console. */
  onResponse?: ((response: ResponseInfo) => void) | undefined;
  /** Is told that a request is made again, before the pause. What it throws is written to the console. */
  onRetry?: ((retry: RetryInfo) => void) | undefined;
}

/** The options of a client of the gateway. */
export interface GatewayOptions extends SharedOptions {
  /**
   * The secret key of the account: itself, or a function that is asked before every request. When the function fails, the
   * call fails with kind `key`; `signal` ends the wait for it, `timeoutMs` does not. Without either the environment's variable `WHATSGATE_API_KEY` is taken, where there is one.
   *
   * In a web page it is public: whoever opens the page can read it and send messages in your name. Let the page talk to
   * a relay of your own instead, which checks who is asking, holds the key and passes the request on: see `relay`.
   */
  apiKey?: (string | (() => string | Promise<string>)) | undefined;
  /**
   * Where the gateway is: `"ru"`, `"org"`, or a URL such as a sandbox's. Without it the variable `WHATSGATE_BASE_URL` is
   * taken, and then `"ru"`.
   */
  baseUrl?: "ru" | "org" | (string & {}) | URL | undefined;
  /** Of a page's client only. */
  relay?: undefined;
  /** Of a page's client only. */
  token?: undefined;
}

/** A token as `whatsgate serve` makes it, of which nothing else is needed. */
export interface RelayToken {
  /** What admits to the relay. */
  token: string;
  /** When it ends, in milliseconds since 1970. */
  expires_at?: number | undefined;
}

/** The options of a page's client, which talks to a relay and never sees the key. */
export interface RelayClientOptions extends SharedOptions {
  /** Where the relay is, such as `https://shop.test/relay/v1`. */
  relay: string | URL;
  /**
   * What admits to it: a token, or a function that gets one from your server. The function is asked at first, when the token
   * has ended, and when the relay refuses it, one time for all calls that wait. Tokens of `whatsgate serve` are renewed
   * before they end, beside a call that finds it due; nothing is renewed while nothing is called.
   */
  token: string | (() => string | RelayToken | Promise<string | RelayToken>);
  /** Of a client of the gateway only. */
  apiKey?: undefined;
  /** Of a client of the gateway only. */
  baseUrl?: undefined;
}

/** The options of a client. */
export type ClientOptions = GatewayOptions | RelayClientOptions;

/** A call that was made: a promise of its result. */
export interface Call<T> extends Promise<T> {
  /**
   * The result with the reply as it came, of which headers and text can be read; of several tries that of the last. Call it
   * at once: only then the reply is kept. `response` is `undefined` where no request was needed.
   */
  withResponse(): Promise<{ data: T; response: Response | undefined }>;
}

/** What every call takes. */
export interface CallOptions {
  /** Cancels the call. Whether a command that was on its way took effect stays unknown. */
  signal?: AbortSignal | null | undefined;
  /** How long one try may take, in milliseconds, at least 1. */
  timeoutMs?: number | undefined;
}

/** What iterators take. */
export interface ListOptions extends CallOptions {
  /**
   * Is told of an element that cannot be read, after which the iteration goes on; without it the iterator throws. A page
   * that fails is asked for again as `retry` says, and then the iterator throws in any case, so that no list ends as if it
   * were complete. `followEvents`, which never is, tells of failed requests too and asks again at the next interval; for
   * the kinds that cannot pass, `unauthorized`, `invalidRequest` and `key`, and for `cancelled` it throws.
   */
  onError?: ((error: WhatsgateError) => void | Promise<void>) | undefined;
}

/** What `followEvents` takes. */
export interface FollowOptions extends ListOptions {
  /** How often to ask, in milliseconds; 5,000 by default. */
  intervalMs?: number | undefined;
}

/** What `send` takes. */
export interface SendOptions extends CallOptions {
  /** Whether to wait only until the message is queued; the message follows in a `sent` event if a webhook is set. */
  async?: boolean | undefined;
}

/** What `sendText` takes. */
export interface SendTextOptions extends SendOptions {
  /** The long id of the message that this one answers. */
  quote?: string | undefined;
}

/** What `sendFile` takes. */
export interface SendFileOptions extends SendTextOptions {
  /** The file's name; needed unless the file is a `File` or a `Response` with one. Only the last part of a path is sent. */
  filename?: string | undefined;
  /** The MIME type; otherwise told by the content and by the type of the `Blob`. */
  mimetype?: string | undefined;
  /** What kind of message it becomes; otherwise told by the MIME type. */
  type?: OutgoingType | undefined;
  /** The text below the file. */
  caption?: string | undefined;
  /**
   * Is told how many bytes of the file are ready to go, and waited for; when it throws or rejects, nothing is sent. Not called
   * for `{ base64 }`, which is ready. The transfer itself cannot be watched with `fetch`.
   */
  onProgress?: ((progress: { done: number; total: number }) => unknown) | undefined;
}

/** What `waitUntilReady` takes. */
export interface WaitOptions extends CallOptions {
  /** When to give up; 300,000 by default. */
  deadlineMs?: number | undefined;
  /** How often to ask; 2,000 by default. */
  intervalMs?: number | undefined;
  /**
   * Is called with the session as it is at first, unless it is ready, and whenever its state, its QR link or its pairing code
   * changes. When it throws or rejects, the wait ends with that.
   */
  onChange?: ((session: SessionInfo) => void) | undefined;
}

/** Which sessions are listed. */
export interface SessionFilter {
  /** Only this session. */
  session?: string | undefined;
  /** Only sessions with this label. */
  name?: string | undefined;
  /** Only sessions in this state. */
  status?: SessionStatus | undefined;
  /** Sessions a page. */
  pageSize?: number | undefined;
  /** The page to begin with, from 1. */
  page?: number | undefined;
}

/** Which events of a session are listed. */
export interface EventFilter {
  /** Only events from this date on: `YYYY-MM-DD HH:MM:SS` by the service's clock, or a `Date`, which is written in UTC. */
  date?: string | Date | undefined;
  /** Only events of this action. */
  action?: EventAction | undefined;
  /** Events a page, at most 100. */
  pageSize?: number | undefined;
  /** The page to begin with, from 1. */
  page?: number | undefined;
}

/** Which events of the account are listed. */
export interface AccountEventFilter extends EventFilter {
  /** Only events of this session. */
  session?: string | undefined;
}

/** The session to create. */
export interface NewSession {
  /** A label. */
  name: string;
  /** The URL that events are posted to; can be set later with `setHook`. */
  callback?: string | URL | undefined;
  /** Links the phone with this number by a pairing code instead of a QR code. */
  pairingNumber?: string | undefined;
}

/**
 * Whom a command is for: a WhatsApp id (text with an `@`), a phone number (any other text), or an object that says which.
 *
 * Numbers are international. Without a leading `+`, one that may lack its country code is refused: 11 digits that start
 * with `8`, and 10 that no country's mobile numbers have.
 */
export type Recipient = string | WireRecipient;

/**
 * A file to send.
 *
 * A `Blob`, a `File` and bytes are read in pieces of 3 MiB: leave bytes as they are until the call has ended. A stream is read
 * to its end before anything is sent, so that one that fails half-way sends nothing; the platform makes a `Blob` of it. A
 * `Response` brings its name and its type along. What is a `Blob`, the request with the file as base64 too, is not in the memory
 * of the page in a browser; Node keeps it in memory, a stream's content beside its base64: give it large files by `fileFromPath`
 * of `whatsgate/node`.
 */
export type FileContent =
  | Blob
  | ArrayBufferView
  | ArrayBuffer
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | ArrayBuffer | string>
  | Response
  /** Without line breaks, and with its padding. */
  | { base64: string };

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
  /** The JSON text of the element as it came. Does not show when it is printed. */
  readonly raw: string;
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
 * const client = new Client({ apiKey: "YOUR_API_KEY" });
 * const { message } = await client.session("YOUR_WHATSAPP_ID").sendText("79999999999", "Hello!");
 * ```
 */
export class Client {
  /**
   * Nothing is sent. Throws when the key or the URL cannot be right; where the WebAssembly is yet to be loaded, the first
   * call does that.
   */
  constructor(options?: ClientOptions);

  /**
   * The commands of one session. Nothing is sent; whether the session exists shows with the first command. Throws when it
   * cannot be an id.
   */
  session(id: string): Session;

  /**
   * Creates a session and starts linking an account to it: `session-create`. Follow it with
   * `client.session(created.unique_id).waitUntilReady()`.
   */
  createSession(session: NewSession, options?: CallOptions): Call<SessionInfo>;

  /** One page of the account's active sessions: `sessions-get`. */
  sessionsPage(filter?: SessionFilter, options?: CallOptions): Call<Page<SessionInfo>>;

  /** All active sessions, page by page, each once. */
  sessions(filter?: SessionFilter, options?: ListOptions): AsyncGenerator<SessionInfo, void, undefined>;

  /** One page of past events of all sessions: `events-get`. */
  eventsPage(filter?: AccountEventFilter, options?: CallOptions): Call<Page<Event>>;

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
  sendText(recipient: Recipient, text: string, options?: SendTextOptions): Call<SendResult>;

  /** Sends any message: `send`. For a file that is not base64 yet, `sendFile` needs far less memory. */
  send(recipient: Recipient, message: OutgoingMessage, options?: SendOptions): Call<SendResult>;

  /**
   * Sends a file with an optional caption: `send`. It is read in pieces and never held in memory as one text; `timeoutMs`
   * limits the request, not the reading.
   */
  sendFile(recipient: Recipient, file: FileContent, options?: SendFileOptions): Call<SendResult>;

  /** Marks the latest messages of a chat as read: `seen`. */
  markAsRead(recipient: Recipient, options?: CallOptions): Call<void>;

  /** Shows the typing sign to the recipient for 15 seconds: `typing`. */
  showTyping(recipient: Recipient, options?: CallOptions): Call<void>;

  /** Whether a phone number is registered on WhatsApp: `check`. A reply that does not say is an error, never a "no". */
  isRegistered(number: string, options?: CallOptions): Call<boolean>;

  /** All chats: `get-chats`. Those that cannot be read are in the array's property `unreadable`. */
  chats(options?: CallOptions): Call<Chat[] & { readonly unreadable: Unreadable[] }>;

  /** The file of a message, by the message's long id: `get-messagemedia`. Held in memory whole. */
  messageMedia(message: string, options?: CallOptions): Call<Media>;

  /** A file by its media key: `get-media`, which the service calls deprecated in favour of `messageMedia`. */
  media(key: string, options?: CallOptions): Call<Media>;

  /** One page of past events of this session: `events-get`. */
  eventsPage(filter?: EventFilter, options?: CallOptions): Call<Page<Event>>;

  /** Past events of this session, page by page, each once. */
  events(filter?: EventFilter, options?: ListOptions): AsyncGenerator<Event, void, undefined>;

  /**
   * Past events of this session, from `filter.date` on, and then new ones as they come, each once. Never ends by itself:
   * `options.signal` makes it throw an error of kind `cancelled`, a wrong key one of kind `unauthorized`.
   */
  followEvents(filter?: EventFilter, options?: FollowOptions): AsyncGenerator<Event, void, undefined>;

  /** Changes the session's label: `set-name`. */
  rename(name: string, options?: CallOptions): Call<void>;

  /** Posts the session's events to a URL: `set-hook`. Put a secret into the URL, because the service signs nothing. */
  setHook(url: string | URL, options?: CallOptions): Call<void>;

  /** Posts the session's events nowhere: `set-hook` with an empty URL. */
  clearHook(options?: CallOptions): Call<void>;

  /**
   * Unlinks the account, removes the session's data and frees its slot in the plan: `session-delete`. Resolves with the
   * session as it was, if the reply has it.
   */
  delete(options?: CallOptions): Call<SessionInfo | undefined>;

  /** What the gateway tells of the session now: `sessions-get`. `undefined` if it is not among the active ones. */
  info(options?: CallOptions): Call<SessionInfo | undefined>;

  /**
   * Waits until the account is linked. Fails with kind `notReady` at the deadline and with `sessionEnded` when the session
   * is deleted meanwhile.
   */
  waitUntilReady(options?: WaitOptions): Call<SessionInfo>;
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
  /** The call has a mistake, most often in an argument: see `argument`. Nothing was sent. */
  | "invalidRequest"
  /** The function that supplies the key or the token failed; nothing was sent. */
  | "key"
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
  /** The service, or a proxy before it, failed (5xx). It answers 500 to mistakes too: see `serviceMessage`. */
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

/**
 * A failure, also one of an argument. Neither its message nor its JSON shows a key, a body, a phone number or the service's
 * own words. Where the platform can do it, as V8 does, the stack begins in the file of whoever awaits the call.
 */
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
  /** The path of the argument that is wrong, such as `message.media.mimetype`, if the mistake is one argument's. */
  readonly argument?: string | undefined;
  /** The HTTP status, if a response came. */
  readonly status?: number | undefined;
  /** The command that failed, such as `send`. */
  readonly command?: string | undefined;
  /** What a repetition of the command does: nothing, the same as once, something else. */
  readonly safety?: "read" | "idempotent" | "once" | undefined;
  /** When it failed, in milliseconds since 1970, as `Date.now()` counts. */
  readonly failedAt?: number | undefined;
  /** The place in its list, from 0, of the one element that could not be read, if that is the failure. */
  readonly element?: number | undefined;
  /**
   * The service's own words, if it said why. They may repeat what the request held, so that they do not show when the error
   * is printed or written as JSON; to see them, print them: `console.error(error.message, error.serviceMessage)`.
   */
  readonly serviceMessage: string | undefined;
  /** The body of the response as it came. May hold private data; does not show when the error is printed. */
  readonly raw?: string | undefined;
}

/** Whether a value is a `WhatsgateError`, also one of another copy of this package. */
export function isWhatsgateError(value: unknown): value is WhatsgateError;

/**
 * Reads an event from the body of a webhook request, as it came. Throws an error of kind `webhook` if it is none, and in
 * pages a `TypeError` before `await init()`.
 */
export function parseWebhook(body: string | Uint8Array | ArrayBuffer): Event;

/**
 * The body of the reply that acknowledges an event. A plain status 200 is not enough for the gateway. In pages it throws a
 * `TypeError` before `await init()`.
 */
export function acknowledge(event: { id: number | bigint }): string;

/** What is done with the events of a webhook. An action without a function is acknowledged and passed over. */
export interface WebhookHandlers {
  /** A message came in. */
  message?: ((event: MessageEvent) => unknown) | undefined;
  /** An asynchronous send is done. */
  sent?: ((event: SentEvent) => unknown) | undefined;
  /** A message's delivery state changed. */
  ack?: ((event: AckEvent) => unknown) | undefined;
  /** A file came in. */
  media?: ((event: MediaEvent) => unknown) | undefined;
  /** A message went out. */
  create?: ((event: CreateEvent) => unknown) | undefined;
  /** The session was linked and is usable. */
  ready?: ((event: ReadyEvent) => unknown) | undefined;
  /** Something went wrong. */
  error?: ((event: ErrorEvent) => unknown) | undefined;
  /** WhatsApp disconnected the session, which is gone. */
  disconnect?: ((event: DisconnectEvent) => unknown) | undefined;
  /** An event of a kind that this version does not know, or whose data cannot be read. */
  other?: ((event: OtherEvent) => unknown) | undefined;
  /**
   * Is told why a request was not acknowledged: what a function threw, or what is wrong with the body. What it throws itself is
   * written to the console and changes no answer.
   */
  onError?: ((error: unknown, event: Event | undefined) => unknown) | undefined;
}

/** What a webhook's handler lets others take of memory and time. */
export interface WebhookOptions {
  /** The bytes that a body may have: 16 MiB unless told otherwise. */
  maxBytes?: number | undefined;
  /**
   * The bytes that all bodies may have together, being read or with their function at work: 32 MiB unless told otherwise.
   * The slowest to come make room; where that does not do, the answer is 503, and the gateway sends the event again.
   */
  maxBytesInAll?: number | undefined;
  /** How long a body may take to come: 30 seconds unless told otherwise. */
  bodyTimeoutMs?: number | undefined;
  /**
   * How long a function may take before its event counts as not handled: 15 seconds unless told otherwise, less than the
   * 20 seconds after which the gateway repeats an event.
   */
  handlerTimeoutMs?: number | undefined;
}

/**
 * A fetch-style handler for the requests of a webhook, for Deno, Bun, workers and Node frameworks that take one.
 *
 * It acknowledges an event after its function has finished. When that throws, rejects or takes too long, the answer is 500
 * and the gateway sends the event again, three times at most; an event that comes while its function is still at work
 * waits for it and does not call it again, so that a function that never ends keeps its event from being tried again: give
 * what it waits for an end. The gateway signs nothing: check a secret of your own in the URL before you
 * pass a request on.
 *
 * ```js
 * const handle = webhookHandler({ message: (event) => console.log(event.event_data.message.body) });
 * export default { fetch: handle };
 * ```
 */
export function webhookHandler(handlers: WebhookHandlers, options?: WebhookOptions): (request: Request) => Promise<Response>;
