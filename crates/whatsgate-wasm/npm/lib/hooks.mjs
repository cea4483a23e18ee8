// What programs are told of requests, for logs and metrics. Nothing in it is private: no key, no address, no text.

/** The functions that are told, and what they are told of a call. */
export class Hooks {
  #functions;

  constructor(functions) {
    this.#functions = functions;
  }

  /** A request goes out. Returns what `end` needs. */
  begin(url, call) {
    const command = url.slice(url.lastIndexOf("/") + 1);
    call.tries += 1;
    this.#tell("onRequest", { command, try: call.tries });
    return { command, try: call.tries, start: performance.now() };
  }

  /** Its response came, or it failed. */
  end({ start, ...request }, { status, failure }, call) {
    const kind = failure ?? kindOf(status);
    const told = { ...request, durationMs: performance.now() - start };
    if (status !== undefined) told.status = status;
    if (kind !== undefined) told.kind = kind;
    call.failed = kind === undefined ? undefined : told;
    // A list goes on with the next page.
    if (kind === undefined) call.tries = 0;
    this.#tell("onResponse", told);
  }

  /** The client waits; what failed before is asked for again then. */
  pause(pauseMs, { failed, tries }) {
    if (!failed) return;
    const { durationMs, ...before } = failed;
    this.#tell("onRetry", { ...before, try: tries + 1, pauseMs });
  }

  #tell(name, what) {
    // The call goes on all the same, and waits for nothing.
    const report = (error) => console.error(`Client: ${name} failed:`, error);
    try {
      Promise.resolve(this.#functions[name]?.(what)).catch(report);
    } catch (error) {
      report(error);
    }
  }
}

function kindOf(status) {
  if (status < 300) return undefined;
  if (status === 401) return "unauthorized";
  return status < 500 ? "refused" : "service";
}
