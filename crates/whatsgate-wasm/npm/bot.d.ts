import type {
  AckEvent,
  CreateEvent,
  DisconnectEvent,
  ErrorEvent,
  Event,
  MediaEvent,
  MessageEvent,
  OtherEvent,
  ReadyEvent,
  SentEvent,
  Session,
  WebhookOptions,
} from "./index.d.ts";

/** Where a bot is, as JSON: which events are behind it. Keep it as it is. */
export interface BotPosition {
  /** From when on events are asked for. */
  date: string;
  /** The numbers that are behind, from and to. */
  seen: [first: number, last: number][];
}

/** The events that a bot may have a handler for, by action. */
export interface BotEvents {
  /** A message came in. */
  message: MessageEvent;
  /** An asynchronous send is done. */
  sent: SentEvent;
  /** A message's delivery state changed. */
  ack: AckEvent;
  /** A file came in. */
  media: MediaEvent;
  /** A message went out. */
  create: CreateEvent;
  /** The session was linked and is usable. */
  ready: ReadyEvent;
  /** Something went wrong. */
  error: ErrorEvent;
  /** WhatsApp disconnected the session. */
  disconnect: DisconnectEvent;
  /** An event of a kind that this version does not know, or whose data cannot be read. */
  other: OtherEvent;
}

/** The options of a bot. */
export interface BotOptions {
  /** Where the bot was, as `savePosition` was given it; without it the bot begins at `since`. */
  position?: BotPosition | null | undefined;
  /**
   * Keeps the position. It is called at the beginning, and after each event once its handler has finished; the next event waits
   * for it. When it throws, it is tried again as a handler is.
   */
  savePosition: (position: BotPosition) => unknown;
  /** From when on there are events for a bot that has no position yet; from now on unless told otherwise. */
  since?: string | Date | undefined;
  /** How often to ask, in milliseconds; 5,000 by default. */
  intervalMs?: number | undefined;
  /** How often the handler of one event is called before the bot gives up; 5 by default. */
  maxTries?: number | undefined;
  /** How long to wait before a handler is called again, in milliseconds, doubled each time; 1,000 by default. */
  firstPauseMs?: number | undefined;
  /** The longest wait of all, in milliseconds; 60,000 by default. */
  longestPauseMs?: number | undefined;
  /** Is told of what a handler threw, and of requests that failed and are made again; otherwise the console is. */
  onError?: ((error: unknown, event: Event | undefined) => unknown) | undefined;
  /**
   * Takes an event whose handler failed at every try, after which it is behind. Without it `start()` rejects with what the
   * handler threw, and a bot that is started again tries the event again.
   */
  onGiveUp?: ((event: Event, error: unknown) => unknown) | undefined;
}

/**
 * Handlers of a session's events by their action, each event at least once, over restarts: what is behind the bot is in a
 * position that you keep.
 *
 * Events are handled one after another, in the order of their numbers within a round of asking. An event whose handler
 * throws is tried again and never passed over silently. One is handled twice if the program ends between its handler and
 * `savePosition`. An event without a handler is passed over. What is listed more than 48 hours after its date may be missed.
 *
 * ```js
 * const bot = new Bot(session, { position: await load(), savePosition: save });
 * bot.on("message", async ({ event_data: { message } }) => {
 *   if (message.from) await session.sendText({ id: message.from }, "Thank you!");
 * });
 * await bot.start();
 * ```
 */
export class Bot {
  /** Nothing is sent. Throws an error of kind `invalidRequest` when an option is wrong. */
  constructor(session: Session, options: BotOptions);

  /** Where the bot is. */
  readonly position: BotPosition;

  /** Sets what is done with the events of an action. Throws if it has a handler already. */
  on<Action extends keyof BotEvents>(action: Action, handler: (event: BotEvents[Action]) => unknown): this;

  /** Asks for events until `stop()`. Rejects when it cannot go on. */
  start(): Promise<void>;

  /** Lets `start()` resolve once the handler at work has finished. */
  stop(): void;

  /**
   * A handler of the session's webhook, as `webhookHandler()` makes it, with the same handlers and the same position. It can
   * be used beside `start()`, which then finds what the webhook missed; alone, the gateway repeats an event that was
   * not handled three times at most.
   */
  webhook(options?: WebhookOptions): (request: Request) => Promise<Response>;
}
