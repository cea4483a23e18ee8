// What a client takes: where the key comes from, headers, what hooks are told, and replies as they came.

import assert from "node:assert/strict";
import { after, beforeEach, mock, test } from "node:test";
import { Client, init, isWhatsgateError } from "whatsgate";
import { KEY, PHONE, server, SESSION, TEXT } from "./support.mjs";

await init();
let answers;
const OK = { body: '{"result":"OK","data":true}' };
const place = await server(after, () => (answers.length > 1 ? answers.shift() : answers[0]));
const retry = { firstPauseMs: 1, longestPauseMs: 2 };
beforeEach(() => {
  answers = [OK];
  place.requests.length = 0;
});

const session = (options) => new Client({ apiKey: KEY, baseUrl: place.baseUrl, retry, ...options }).session(SESSION);
const keys = () => place.requests.map(({ headers }) => headers["x-api-key"]);
const failure = (promise) => promise.then(() => assert.fail("it succeeded"), (error) => error);

test("the key may come from a function, which is asked before every request", async () => {
  let asked = 0;
  const each = session({ apiKey: async () => `key-${++asked}` });
  answers = [{ status: 503 }, OK];
  assert.equal(await each.isRegistered(PHONE), true);
  assert.equal(await session({ apiKey: () => KEY }).isRegistered(PHONE), true);
  assert.deepEqual(keys(), ["key-1", "key-2", KEY]);
});

test("a function without a key sends nothing and is no wrong argument", async () => {
  const cause = new Error("the vault is closed");
  const throws = () => {
    throw cause;
  };
  const wrong = [throws, () => Promise.reject(cause), () => undefined, () => "two words", () => `${KEY}\n`, () => ({})];
  for (const apiKey of wrong) {
    const error = await failure(session({ apiKey }).sendText(PHONE, TEXT));
    assert.ok(isWhatsgateError(error));
    assert.deepEqual([error.kind, error.outcome, error.retryable, error.argument], ["key", "notSent", false, undefined]);
    assert.match(error.message, /^the function that supplies the key (failed|returned none|returned white space, .*); nothing was sent$/);
    assert.match(error.advice, /function that supplies the key/);
  }
  assert.equal((await failure(session({ apiKey: throws }).sendText(PHONE, TEXT))).cause, cause);
  assert.equal(place.requests.length, 0);
});

test("a function that is waited for ends with the call's signal, and nothing was sent", async () => {
  const controller = new AbortController();
  const apiKey = () => new Promise(() => setTimeout(() => controller.abort(new Error("enough")), 5));
  const error = await failure(session({ apiKey }).sendText(PHONE, TEXT, { signal: controller.signal }));
  assert.deepEqual([error.kind, error.outcome, error.cause.message], ["cancelled", "notSent", "enough"]);
  assert.equal(place.requests.length, 0);
});

test("key and place may come from the environment", async (t) => {
  const { WHATSGATE_API_KEY, WHATSGATE_BASE_URL, ...rest } = process.env;
  const { env } = process;
  t.after(() => (process.env = env));
  process.env = { ...rest, WHATSGATE_API_KEY: "from-the-environment", WHATSGATE_BASE_URL: place.baseUrl };
  await new Client().session(SESSION).isRegistered(PHONE);
  await session({ apiKey: undefined }).isRegistered(PHONE);
  await session({}).isRegistered(PHONE);
  assert.deepEqual(keys(), ["from-the-environment", "from-the-environment", KEY]);
  process.env = rest;
  assert.throws(() => new Client(), { argument: "options.apiKey", message: /WHATSGATE_API_KEY/ });
});

test("the key may come from the environment of Deno, if it lets the program look", async (t) => {
  const { process } = globalThis;
  t.after(() => {
    globalThis.process = process;
    delete globalThis.Deno;
  });
  globalThis.process = undefined;
  globalThis.Deno = { env: { get: (name) => (name === "WHATSGATE_API_KEY" ? "from-deno" : undefined) } };
  const asked = session({ apiKey: undefined });
  globalThis.Deno.env.get = () => {
    throw new Error("not allowed");
  };
  assert.throws(() => new Client(), { argument: "options.apiKey" });
  globalThis.process = process;
  await asked.isRegistered(PHONE);
  assert.deepEqual(keys(), ["from-deno"]);
});

test("the base may be a URL object", async () => {
  assert.equal(await session({ baseUrl: new URL(place.baseUrl) }).isRegistered(PHONE), true);
  assert.equal(place.requests[0].url, "/api/v1/check");
});

test("headers of all requests", async () => {
  for (const headers of [{ "X-Trace": "a" }, new Headers({ "x-trace": "a" }), [["X-TRACE", "a"]]]) {
    await session({ headers }).isRegistered(PHONE);
    const { headers: got } = place.requests.at(-1);
    assert.deepEqual([got["x-trace"], got["x-api-key"], got["content-type"]], ["a", KEY, "application/json"]);
  }
  answers = [{ status: 503 }, OK];
  await session({ headers: { "X-Trace": "a" } }).isRegistered(PHONE);
  assert.equal(place.requests.at(-1).headers["x-trace"], "a");
  for (const headers of [{ a: `${TEXT}\n${TEXT}` }, { "a b": TEXT }, TEXT, 5, [[TEXT]]]) {
    assert.throws(() => session({ headers }), (error) => error.argument === "options.headers" && !error.stack.includes(TEXT));
  }
  assert.throws(() => session({ headers: { "X-API-Key": "x" } }), { argument: "options.headers.x-api-key" });
});

test("hooks are told of requests, their ends and retries, and of nothing private", async () => {
  const told = [];
  const names = ["onRequest", "onResponse", "onRetry"];
  const hooks = Object.fromEntries(names.map((name) => [name, (what) => told.push([name, what])]));
  const watched = session({ ...hooks });
  answers = [{ status: 503, body: JSON.stringify({ message: TEXT }) }, { destroy: true }, OK];
  await watched.isRegistered(PHONE);
  const rest = told.map(([name, { durationMs, pauseMs, ...what }]) => {
    assert.equal(durationMs >= 0, name === "onResponse");
    assert.equal(pauseMs >= 0, name === "onRetry");
    return [name, what];
  });
  const command = "check";
  assert.deepEqual(rest, [
    ["onRequest", { command, try: 1 }],
    ["onResponse", { command, try: 1, status: 503, kind: "service" }],
    ["onRetry", { command, try: 2, status: 503, kind: "service" }],
    ["onRequest", { command, try: 2 }],
    ["onResponse", { command, try: 2, kind: "connection" }],
    ["onRetry", { command, try: 3, kind: "connection" }],
    ["onRequest", { command, try: 3 }],
    ["onResponse", { command, try: 3, status: 200 }],
  ]);
  answers = [{ status: 401 }];
  await failure(watched.sendText(PHONE, TEXT));
  assert.deepEqual(told.at(-1)[1].kind, "unauthorized");
  const shown = JSON.stringify(told);
  for (const secret of [KEY, PHONE, TEXT, SESSION]) assert.ok(!shown.includes(secret));
});

test("a hook that throws changes nothing", async () => {
  const log = mock.method(console, "error", () => {});
  const onRequest = () => {
    throw new Error("full");
  };
  assert.equal(await session({ onRequest }).isRegistered(PHONE), true);
  assert.equal(await session({ onRequest: async () => onRequest() }).isRegistered(PHONE), true);
  assert.match(log.mock.calls[0].arguments.join(" "), /Client: onRequest failed: Error: full/);
  log.mock.restore();
});

test("the reply as it came is there for whoever asks", async () => {
  answers = [{ status: 503 }, { ...OK, headers: { "x-request-id": "7" } }];
  const { data, response } = await session({}).isRegistered(PHONE).withResponse();
  assert.deepEqual([data, response.status, response.headers.get("x-request-id")], [true, 200, "7"]);
  assert.equal(await response.text(), OK.body);
  answers = [{ status: 401 }];
  const error = await failure(session({}).isRegistered(PHONE).withResponse());
  assert.equal(error.kind, "unauthorized");
  const refused = await failure(session({}).isRegistered(5).withResponse());
  assert.equal(refused.argument, "number");
});

test("two calls at a time do not get each other's replies", async () => {
  const one = session({});
  const replies = [true, false, true, false].map((data) => ({ body: JSON.stringify({ result: "OK", data }) }));
  const fetch = async (_, { body }) => {
    const at = Number(JSON.parse(body).number.at(-1));
    await new Promise((resolve) => setTimeout(resolve, (4 - at) * 5));
    return new Response(replies[at].body);
  };
  const own = session({ fetch });
  const calls = replies.map((_, at) => own.isRegistered(`7999999999${at}`).withResponse());
  for (const [at, call] of calls.entries()) assert.equal(await (await call).response.text(), replies[at].body);
  assert.equal(await one.isRegistered(PHONE), true);
});
