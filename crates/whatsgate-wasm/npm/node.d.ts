/** A request of `node:http`, Express or another framework over it. */
export interface NodeRequest {
  /** The method. */
  method?: string | undefined;
  /** The path with what follows it. */
  url?: string | undefined;
  /** The same before a router cut it, in Express. */
  originalUrl?: string | undefined;
  /** The headers. */
  headers: { [name: string]: string | string[] | undefined };
  /** What a parser made of the body. */
  body?: unknown | undefined;
}

/** A response of `node:http`, Express or another framework over it. */
export interface NodeResponse {
  /** The status. */
  statusCode: number;
  /** Sets a header. */
  setHeader(name: string, value: string | string[]): unknown;
  /** Sends the body. */
  end(body?: Uint8Array): unknown;
}

/** A request of Fastify. */
export interface FastifyRequest {
  /** The request below it. */
  raw: NodeRequest;
  /** What Fastify made of the body. */
  body?: unknown | undefined;
}

/** A reply of Fastify. */
export interface FastifyReply {
  /** The response below it. */
  raw: NodeResponse;
  /** Sets the status. */
  code(status: number): unknown;
  /** Sets a header. */
  header(name: string, value: string | string[]): unknown;
  /** Sends the body. */
  send(body: unknown): unknown;
}

/** A handler that takes a `Request`: that of `webhookHandler()`, of `relayHandler()` or your own. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/** A listener of `node:http`, and middleware of Express. */
export type NodeListener = (request: NodeRequest, response: NodeResponse, next?: (error?: unknown) => void) => Promise<void>;

/** A route of Fastify. */
export type FastifyRoute = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** What `nodeHandler` takes. */
export interface NodeOptions {
  /** The one path that the handler is for; others are handed to `next`, or answered with 404. */
  path?: string | undefined;
}

/**
 * Makes a listener for `node:http`, or middleware for Express, of a handler that takes a `Request`.
 *
 * The body is handed on as it comes. Where `express.json()` or another parser has read it before, it is written anew of
 * `request.body`: then `raw` is that text, numbers beyond 2^53 have lost their last digits, and the parser's own limit holds,
 * 100 kB in Express. What the handler throws goes to `next`, or to the console and is answered with 500.
 *
 * ```js
 * createServer(nodeHandler(webhookHandler({ message }), { path: "/hook/A_LONG_RANDOM_SECRET" })).listen(8080);
 * ```
 */
export function nodeHandler(handler: FetchHandler, options?: NodeOptions): NodeListener;

/**
 * Makes a route of Fastify of a handler that takes a `Request`. Fastify parses the body before; what is lost by that is what
 * `nodeHandler` says, and Fastify's `bodyLimit` holds, 1 MiB by default.
 *
 * ```js
 * app.post("/hook/A_LONG_RANDOM_SECRET", { bodyLimit: 16 << 20 }, fastifyHandler(webhookHandler({ message })));
 * ```
 */
export function fastifyHandler(handler: FetchHandler): FastifyRoute;

/**
 * A file on the disk, for `sendFile`, which reads it in pieces. Throws an error of kind `invalidRequest` if it cannot be
 * opened, or if the runtime has no `fs.openAsBlob`.
 *
 * ```js
 * await session.sendFile("79999999999", await fileFromPath("report.pdf"));
 * ```
 */
export function fileFromPath(path: string | URL): Promise<Blob & { readonly name: string }>;
