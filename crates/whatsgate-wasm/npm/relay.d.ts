import type { Recipient as WireRecipient } from "./model.d.ts";

/** A command that a visitor may be granted. Those about the account as a whole, and hooks, are never passed on. */
export type RelayCommand =
  | "send"
  | "seen"
  | "typing"
  | "check"
  | "get-chats"
  | "get-messagemedia"
  /** Does not say of which chat the file is, so that it needs all chats. */
  | "get-media"
  | "events-get";

/** A call of a visitor's, as far as it is known before anything is allowed. All of it is the visitor's own word. */
export interface RelayCall {
  /** The command. */
  readonly command: RelayCommand;
  /** The session asked for; the grant's if it is absent. */
  readonly session: string | undefined;
  /** The chat it is about, such as `79999999999@c.us`, if it is about one. */
  readonly chat: string | undefined;
  /** What the page gave its client as the key. */
  readonly token: string | null;
}

/** What a visitor may do. It holds for one call: the next one asks anew. */
export interface Grant {
  /** The session, and no other. */
  session: string;
  /** The commands. */
  commands: readonly RelayCommand[];
  /** The chats, by id or phone number with its country code; of lists, the visitor sees what is of these. */
  chats: readonly (string | WireRecipient)[] | "all";
  /** The bytes that a request may have, if fewer than others may. A file needs a third more than it has. */
  maxBytes?: number | undefined;
}

/** What a call takes from a budget of yours. */
export interface Spending {
  /** The command. */
  readonly command: RelayCommand;
  /** The messages that it sends: 1 or 0. */
  readonly sends: number;
  /** The bytes of the request. */
  readonly bytes: number;
}

/** The options of a relay. */
export interface RelayOptions<G extends Grant = Grant> {
  /**
   * The secret key of the account. It is sent to the gateway only, and is in no answer and no error. Without one
   * `relayHandler` throws.
   */
  apiKey: string | undefined;
  /**
   * Says what a visitor may do, or nothing if it may nothing, which is answered with 401. It is asked at every call, so
   * that what is withdrawn is withdrawn at once. The request's body was read already. What it throws is told to `onError`
   * and answered with 500.
   */
  authorize: (
    request: Request,
    call: RelayCall,
  ) => G | null | undefined | false | Promise<G | null | undefined | false>;
  /** Where the gateway is: `"ru"` (the default), `"org"`, or a URL such as a sandbox's. */
  baseUrl?: "ru" | "org" | (string & {}) | URL | undefined;
  /** The path before the command, such as `/relay`. Without it whatever stands there is passed over. */
  mount?: string | undefined;
  /**
   * Origins whose pages may ask, such as `https://shop.test`. Without any, those of the relay's own origin may; with
   * some, name it too if it has pages that ask.
   */
  origins?: readonly string[] | undefined;
  /**
   * Is told what an allowed call takes, before it is sent; the answer is 403 if it returns `false`. Count in one step
   * what you check: two calls may come at a time. What is sent and fails is spent.
   */
  spend?: ((grant: G, spending: Spending) => unknown) | undefined;
  /**
   * Is told of what is no fault of a visitor's: your functions that throw, a wrong grant, a gateway that does not answer.
   * What it throws itself changes no answer.
   */
  onError?: ((error: unknown, call: { command: RelayCommand | undefined }) => unknown) | undefined;
  /** What is called in the place of `fetch`, for a proxy. It gets the key. */
  fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** The bytes that a request may have: 16 MiB unless told otherwise. */
  maxBytes?: number | undefined;
  /** The bytes that all requests under way may have together: 64 MiB unless told otherwise. */
  maxBytesInAll?: number | undefined;
  /** How long a request may take to come: 30 seconds unless told otherwise. */
  bodyTimeoutMs?: number | undefined;
  /** The bytes that a reply of the gateway's may have: 64 MiB unless told otherwise. */
  maxReplyBytes?: number | undefined;
  /** How long the gateway may take: 50 seconds unless told otherwise, less than a client waits. */
  timeoutMs?: number | undefined;
  /** The same for calls with a file: 9 minutes unless told otherwise. */
  fileTimeoutMs?: number | undefined;
  /** The calls that may be under way at a time: 64 unless told otherwise. */
  maxAtOnce?: number | undefined;
  /**
   * The same for each visitor, told from others by the headers `X-Api-Key`, `Authorization` and `Cookie`: 8 unless told
   * otherwise.
   */
  maxAtOncePerVisitor?: number | undefined;
}

/**
 * A fetch-style handler between the pages of your visitors and the gateway, for Node, Deno, Bun and workers: it holds
 * the key, asks your function what a visitor may do, and passes on that and nothing else.
 *
 * The page's client has the handler's address as `relay` and a token of yours as `token`. Requests are built
 * anew from the members that are known and checked. A refusal is what the gateway's own would be, so that the client's
 * errors have the right kind: `unauthorized` for 401, and `refused` for 403, whose message begins with what is not
 * allowed: `command`, `session`, `chat`, `budget` or `origin`.
 *
 * ```js
 * const handle = relayHandler({
 *   apiKey: process.env.WHATSGATE_API_KEY,
 *   authorize: async (request, { token }) => {
 *     const visitor = await visitorByToken(token);
 *     return visitor && { session: "YOUR_WHATSAPP_ID", commands: ["send"], chats: [visitor.phone] };
 *   },
 * });
 * ```
 */
export function relayHandler<G extends Grant = Grant>(options: RelayOptions<G>): (request: Request) => Promise<Response>;
