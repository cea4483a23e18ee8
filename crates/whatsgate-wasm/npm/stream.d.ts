import type { CallOptions, Event, Session, WhatsgateError } from "./index.d.ts";

/** What `streamEvents` takes. */
export interface StreamOptions extends CallOptions {
  /** The position after which to begin, as `onPosition` told it; without it the stream begins with what comes next. */
  after?: string | null | undefined;
  /**
   * Is told where the stream stands, once the loop has asked for the next event and so is done with the one before. Keep it,
   * and give it as `after` when the page is loaded again.
   */
  onPosition?: ((position: string) => void | Promise<void>) | undefined;
  /**
   * Is told that events may be missing, for the page was away too long: read them with `session.events()`. Without it the
   * iterator throws an error of kind `gap`.
   */
  onGap?: (() => void | Promise<void>) | undefined;
  /**
   * Is told of a connection that failed or broke, after which another is made, a second later and less and less often.
   * Without it the iterator throws if there was no stream yet; so it does for the kinds that cannot pass, such as
   * `unauthorized`, `refused`, `unexpectedReply`, `key` and `gap`, for `cancelled`, and for what this function throws.
   */
  onError?: ((error: WhatsgateError) => void | Promise<void>) | undefined;
}

/**
 * The events of a page's relay, of the chats that its token allows, as they come. Only the relay of `whatsgate serve`
 * has such a stream; `relayHandler` is asked with `session.followEvents()`.
 *
 * It never ends by itself: leave the loop with `break`, or abort `signal`. The token is renewed and exchanged as in every
 * other call. Throws an error of kind `invalidRequest` unless the session is that of a client with `relay`.
 *
 * ```js
 * for await (const event of streamEvents(session, { after: position, onPosition: keep })) {
 *   if (event.event_action === "message") console.log(event.event_data.message.body);
 * }
 * ```
 */
export function streamEvents(session: Session, options?: StreamOptions): AsyncGenerator<Event, void, undefined>;
