// What every call has: errors whose stack begins where it was made, and its reply as it came for whoever asks.

import { cancelled } from "./argument.mjs";
import { isWhatsgateError, named } from "./error.mjs";

let latest;

/** The state of a call, which the transport is given. Methods begin theirs before they wait for anything. */
export function begin(setup, signal, timeoutMs) {
  latest = { setup, signal, timeoutMs, tries: 0, keeps: false };
  return latest;
}

/** Puts this around the methods of a class. Of those named, which return at once, only the errors are looked at. */
export function traced({ prototype }, direct) {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name === "constructor") continue;
    const { value: method, ...property } = Object.getOwnPropertyDescriptor(prototype, name);
    const run = async (self, first, second, third) => {
      try {
        return await method.call(self, first, second, third);
      } catch (error) {
        throw located(named(name, error), call, run);
      }
    };
    const call = direct.includes(name)
      ? function (first, second) {
          try {
            return method.call(this, first, second);
          } catch (error) {
            throw located(named(name, error), call);
          }
        }
      : function (first, second, third) {
          latest = undefined;
          const promise = run(this, first, second, third);
          const state = latest;
          promise.withResponse = () => withResponse(promise, state);
          return promise;
        };
    Object.defineProperty(call, "name", { value: name });
    Object.defineProperty(prototype, name, { ...property, value: call });
  }
}

/** A function that returns at once, and whose errors' stacks begin where it was called. */
export function direct(work) {
  const call = (...args) => {
    try {
      return work(...args);
    } catch (error) {
      throw located(error, call);
    }
  };
  return call;
}

async function withResponse(promise, state) {
  // Asked for before anything is sent, so that of other calls nothing is kept.
  if (state) state.keeps = true;
  const data = await promise;
  return { data, response: state.response };
}

/** A promise of what is done before anything is sent, or of an error once the call is aborted. */
export async function beforeAbort(who, signal, promise) {
  if (!signal) return promise;
  let abort;
  const aborted = new Promise((_, reject) => {
    abort = () => reject(cancelled(who, signal.reason));
  });
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** The error with a stack that leaves out whatever is above the first of these functions that is in it. */
export function located(error, ...functions) {
  // What callers' own functions throw stays as it is, and so does all where stacks are not V8's.
  const { stack } = isWhatsgateError(error) ? error : {};
  if (!Error.captureStackTrace || !stack?.includes("\n    at ")) return error;
  for (const function_ of functions) {
    Error.captureStackTrace(error, function_);
    const [above, ...below] = error.stack.split(/(?=\n {4}at )/);
    // Node's own frames, which run what was waited for.
    const first = below.findIndex((frame) => !frame.includes("(node:internal/"));
    if (first < 0) continue;
    error.stack = [above, ...below.slice(first)].join("");
    return error;
  }
  error.stack = stack;
  return error;
}
