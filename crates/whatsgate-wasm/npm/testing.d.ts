import type { Event } from "./index.d.ts";

/** A request that came to a fake gateway. */
export interface FakeCall {
  /** The command, such as `send`. */
  readonly command: string;
  /** What was asked, as the gateway would have got it. */
  readonly body: { readonly [member: string]: unknown };
  /** The headers, without the key. */
  readonly headers: { readonly [name: string]: string };
}

/** A reply: JSON of a success, a `Response`, or a function that makes one of them or throws. */
export type FakeReply =
  | Response
  | { readonly [member: string]: unknown }
  | ((call: FakeCall, signal: AbortSignal) => unknown);

/** A gateway that is none: give its `fetch` to the client. */
export interface FakeGateway {
  /** What the client takes in the place of `fetch`. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** The requests so far, in their order. */
  readonly calls: FakeCall[];
  /** Says what is answered to a command: one reply after another, the last of which stays. */
  reply(command: string, ...replies: FakeReply[]): FakeGateway;
  /** Forgets requests and replies. */
  clear(): void;
}

/**
 * A gateway for tests. Nothing leaves the program; commands without a reply of yours are answered from `replies`.
 *
 * ```js
 * const gateway = fakeGateway();
 * const client = new Client({ apiKey: "test", fetch: gateway.fetch });
 * gateway.reply("send", failure(503, "busy"), replies.send);
 * ```
 */
export function fakeGateway(): FakeGateway;

/** A reply with this status and the gateway's own envelope around the message. */
export function failure(status: number, message: string, options?: { name?: string; headers?: Record<string, string> }): FakeReply;

/** No reply, for the connection breaks: the client's error is of kind `connection`, and a send's outcome is unknown. */
export function broken(): FakeReply;

/** No connection at all: the client's error is of kind `connect`, and nothing was sent. */
export function notConnected(): FakeReply;

/** No reply until the client gives up: its error is of kind `timeout`. */
export function hanging(): FakeReply;

/** A success of each command as the gateway's documentation shows it, frozen; copy what you change. */
export const replies: { readonly [command: string]: { readonly [member: string]: unknown } };

/** An event of each action as the gateway posts it, frozen; copy what you change, its `id` first of all. */
export const events: { readonly [Action in Exclude<Event["event_action"], "other">]: PostedEvent<Action> };

/** An event before it was read. */
export type PostedEvent<Action> = Omit<Extract<Event, { event_action: Action }>, "readable" | "raw">;
