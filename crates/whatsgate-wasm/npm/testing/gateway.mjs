import { mistake } from "../lib/error.mjs";
import { replies } from "./fixtures.mjs";

export function fakeGateway() {
  const calls = [];
  const scripts = new Map();

  const fetch = async (url, { headers, body, signal }) => {
    signal?.throwIfAborted();
    const command = String(url).split("/").at(-1);
    const call = { command, body: JSON.parse(await new Response(body).text()), headers: visible(headers) };
    calls.push(call);
    const script = scripts.get(command) ?? [replies[command]];
    // The last reply stays.
    const reply = script.length > 1 ? script.shift() : script[0];
    if (reply === undefined) throw mistake("fakeGateway", undefined, `there is no reply for ${command}: set one with reply()`);
    return answer(typeof reply === "function" ? await reply(call, signal) : reply);
  };

  return {
    fetch,
    calls,
    reply(command, ...script) {
      if (!Object.hasOwn(replies, command)) throw mistake("reply", "command", `must be one of ${Object.keys(replies).join(", ")}`);
      if (script.length === 0) throw mistake("reply", "replies", "are none");
      scripts.set(command, script);
      return this;
    },
    clear() {
      calls.length = 0;
      scripts.clear();
    },
  };
}

export function failure(status, message, { name = "Error", headers } = {}) {
  return () => Response.json({ name, message, code: 0, status }, { status, headers });
}

export function broken() {
  return () => {
    throw new TypeError("fetch failed", { cause: new Error("the other side closed the connection") });
  };
}

export function notConnected() {
  return () => {
    throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }) });
  };
}

export function hanging() {
  return (_, signal) =>
    new Promise((_, reject) => {
      const abort = () => reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort);
    });
}

function answer(reply) {
  return reply instanceof Response ? reply.clone() : Response.json(reply);
}

/** The headers of a request, without the key. */
function visible(headers) {
  const { "x-api-key": _, ...others } = Object.fromEntries(new Headers(headers));
  return others;
}
