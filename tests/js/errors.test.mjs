// Failures on the way and bad replies: what they are called, whether the command may have taken effect, and that nothing
// private shows.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { acknowledge, Client, init, isWhatsgateError, parseWebhook, WhatsgateError } from "whatsgate";
import { KEY, PHONE, server, SESSION, TEXT } from "./support.mjs";

await init();
let answers;
const place = await server(after, (request) => (answers.length > 1 ? answers.shift() : answers[0])?.(request));
const QUICK = { firstPauseMs: 1, longestPauseMs: 2 };
const client = new Client({ apiKey: KEY, baseUrl: place.baseUrl, retry: QUICK });
const session = client.session(SESSION);
const OK = { body: '{"result":"OK","data":true}' };

beforeEach(() => {
  place.requests.length = 0;
});

async function failure(call, options = {}) {
  answers = options.answers;
  const error = await call().then(() => assert.fail("it succeeded"), (error) => error);
  assert.ok(error instanceof WhatsgateError, error.stack);
  assert.ok(isWhatsgateError(error));
  const shown = [error.message, error.stack, String(error), JSON.stringify(error), inspect(error, { depth: 9 })].join();
  for (const secret of [KEY, TEXT, PHONE]) assert.ok(!shown.includes(secret), `${secret} shows in ${shown}`);
  assert.ok(error.advice.length > 3);
  return error;
}

const check = () => session.isRegistered(PHONE);
const send = () => session.sendText(PHONE, TEXT);
const envelope = { name: "Bad", message: TEXT, code: 0 };
const status = (status, body = JSON.stringify(envelope), headers) => () => ({ status, body, headers });

const replies = [
  ["401", [status(401)], "unauthorized", "notSent", 401],
  ["404 with HTML", [status(404, "<html>")], "refused", "notSent", 404],
  ["500 with the envelope", [status(500)], "service", "unknown", 500],
  ["502 without a body", [status(502, "")], "service", "unknown", 502],
  ["an error with status 200", [status(200)], "service", "unknown", 200],
  ["a success that is not JSON", [status(200, "<html>")], "unexpectedReply", "unknown", 200],
  ["a redirect", [status(302, "", { location: "/elsewhere" })], "refused", "unknown", 302, /a redirect \(status 302\), which is not followed/],
  ["a 502 that says 401", [status(502, '{"name":"Unauthorized","message":"no","code":0}')], "service", "unknown", 502],
  ["an error in the result", [status(200, '{"result":"error"}')], "service", "unknown", 200],
  ["an empty word", [status(200, '{"result":""}')], "unexpectedReply", "unknown", 200],
  ["sent but not described", [status(500, "Evaluation failed: x (reading 'serialize')")], "sentWithoutReply", "unknown", 500],
  ["a broken connection", [() => ({ destroy: true })], "connection", "unknown", undefined],
];
for (const [name, answers, kind, outcome, code, words = /^send: /] of replies) {
  test(`send: ${name}`, async () => {
    const error = await failure(send, { answers });
    assert.deepEqual([error.kind, error.outcome, error.status, error.command], [kind, outcome, code, "send"]);
    assert.match(error.message, words);
    assert.equal(error.retryable, false);
    assert.equal(place.requests.length, 1, "a send is never repeated after an ambiguous failure");
  });
}

test("a success without a body, or with half of one, is said to be so", async () => {
  const empty = await failure(send, { answers: [status(200, "")] });
  assert.match(empty.message, /the reply \(status 200\) cannot be read: it is empty;/);
  const half = await failure(send, { answers: [status(200, '{"result":')] });
  assert.match(half.message, /cannot be read: it breaks off at line 1 column 10;/);
});

test("the body of a bad reply is there for whoever asks", async () => {
  const error = await failure(send, { answers: [status(500)] });
  assert.deepEqual(JSON.parse(error.raw), envelope);
  assert.ok(!Object.keys(error).includes("raw"));
});

test("a read is repeated until it succeeds", async () => {
  answers = [status(503, ""), () => ({ destroy: true }), () => OK];
  assert.equal(await check(), true);
  assert.equal(place.requests.length, 3);
});

test("a read gives up after the tries of the policy", async () => {
  const error = await failure(check, { answers: [status(503, "")] });
  assert.deepEqual([error.kind, error.outcome, error.retryable, error.tries], ["service", "notSent", true, 4]);
  assert.equal(place.requests.length, 4);
});

test("Retry-After is waited for", async () => {
  answers = [status(429, "", { "retry-after": "1" }), () => OK];
  const start = performance.now();
  assert.equal(await check(), true);
  assert.ok(performance.now() - start >= 1000);
});

test("Retry-After may be a date, and Yii2 has a header of its own", async () => {
  const date = new Date(Math.floor(Date.now() / 1000) * 1000);
  const until = new Date(date.getTime() + 1000).toUTCString();
  for (const headers of [{ date: date.toUTCString(), "retry-after": until }, { "x-rate-limit-reset": "1" }]) {
    answers = [status(429, "", headers), () => OK];
    const start = performance.now();
    assert.equal(await check(), true);
    assert.ok(performance.now() - start >= 1000, JSON.stringify(headers));
  }
});

test("a reply that is larger than it may be is not read to its end, nor asked for again", async () => {
  const small = new Client({ apiKey: KEY, baseUrl: place.baseUrl, retry: QUICK, replyLimits: { small: 10 } });
  const error = await failure(() => small.session(SESSION).isRegistered(PHONE), { answers: [() => OK] });
  assert.deepEqual([error.kind, error.tries, error.raw], ["unexpectedReply", 1, OK.body.slice(0, 10)]);
  assert.match(error.message, /more than the 10 bytes/);
  const long = await failure(check, { answers: [status(400, "x".repeat(2_000_000))] });
  assert.deepEqual([long.status, long.raw.length], [400, 1024 * 1024]);
});

test("a reply is read as ever when the WebAssembly's memory moves meanwhile", async () => {
  answers = [() => OK];
  // Another call, which needs more memory than there is.
  const grow = () => session.sendText(PHONE, "x".repeat(32 << 20)).catch(() => {});
  const fetch = async (...request) => {
    await grow();
    return globalThis.fetch(...request);
  };
  const moved = new Client({ apiKey: KEY, baseUrl: place.baseUrl, retry: false, fetch }).session(SESSION);
  assert.equal(await moved.isRegistered(PHONE), true);
});

test("a session that was deleted need not be described", async () => {
  answers = [() => ({ body: '{"result":"OK"}' })];
  assert.equal(await session.delete(), undefined);
});

test("retry: false tries once", async () => {
  const once = new Client({ apiKey: KEY, baseUrl: place.baseUrl, retry: false }).session(SESSION);
  await failure(() => once.isRegistered(PHONE), { answers: [status(503, "")] });
  assert.equal(place.requests.length, 1);
});

test("a refused connection is no send", async () => {
  // A port that nobody listens at any more.
  let close;
  const gone = await server((stop) => (close = stop), () => OK);
  close();
  const nowhere = new Client({ apiKey: KEY, baseUrl: gone.baseUrl, retry: QUICK }).session(SESSION);
  const error = await failure(() => nowhere.sendText(PHONE, TEXT));
  assert.deepEqual([error.kind, error.outcome, error.retryable, error.tries], ["connect", "notSent", true, 4]);
  assert.ok(error.cause instanceof TypeError);
});

test("a port that fetch refuses is no send", async () => {
  const wrong = new Client({ apiKey: KEY, baseUrl: "http://127.0.0.1:6000/api/v1", retry: false }).session(SESSION);
  const error = await failure(() => wrong.sendText(PHONE, TEXT));
  assert.deepEqual([error.kind, error.outcome, error.cause.cause.message], ["connect", "notSent", "bad port"]);
});

test("a time limit", async () => {
  const never = [() => new Promise(() => {})];
  const error = await failure(() => session.sendText(PHONE, TEXT, { timeoutMs: 50 }), { answers: never });
  assert.deepEqual([error.kind, error.outcome], ["timeout", "unknown"]);
  assert.equal(error.cause.name, "TimeoutError");
});

test("a signal during the request", async () => {
  const controller = new AbortController();
  const hang = [() => new Promise(() => controller.abort())];
  const error = await failure(() => session.sendText(PHONE, TEXT, { signal: controller.signal }), { answers: hang });
  assert.deepEqual([error.kind, error.outcome], ["cancelled", "unknown"]);
});

test("a signal during the pause between two tries", async () => {
  const controller = new AbortController();
  const patient = new Client({ apiKey: KEY, baseUrl: place.baseUrl, retry: { firstPauseMs: 36e5, longestPauseMs: 36e5, deadlineMs: 36e6 } });
  const call = () => patient.session(SESSION).isRegistered(PHONE, { signal: controller.signal });
  const busy = () => {
    setTimeout(() => controller.abort(), 20);
    return { status: 503 };
  };
  const error = await failure(call, { answers: [busy] });
  assert.equal(error.kind, "cancelled");
  assert.equal(place.requests.length, 1);
});

test("a hook that cancels is in time", async () => {
  const controller = new AbortController();
  const hasty = new Client({ apiKey: KEY, baseUrl: place.baseUrl, onRequest: () => controller.abort() });
  const call = () => hasty.session(SESSION).sendText(PHONE, TEXT, { signal: controller.signal });
  const error = await failure(call, { answers: [status(200)] });
  assert.deepEqual([error.kind, error.outcome, error.tries, place.requests.length], ["cancelled", "notSent", 0, 0]);
});

test("who cancels between two tries of a send is told of the one that was made", async () => {
  const call = async (answers, method) => {
    const controller = new AbortController();
    const started = [];
    const patient = new Client({
      apiKey: KEY,
      baseUrl: place.baseUrl,
      retry: { firstPauseMs: 36e5, longestPauseMs: 36e5, deadlineMs: 36e6 },
      onRequest: (request) => started.push(request),
      onRetry: () => setTimeout(() => controller.abort()),
    });
    const error = await failure(() => method(patient.session(SESSION), { signal: controller.signal }), { answers });
    assert.deepEqual([error.kind, error.tries, started.length], ["cancelled", 1, 1]);
    return error;
  };
  const send = await call([status(429)], (session, options) => session.sendText(PHONE, TEXT, options));
  assert.equal(send.outcome, "notSent");
  assert.ok(!send.message.includes("may have"), send.message);
  // What may be done twice is asked for again after a failure that leaves open whether it was done.
  const seen = await call([status(503, "")], (session, options) => session.markAsRead(PHONE, options));
  assert.equal(seen.outcome, "unknown");
  assert.match(seen.message, /an earlier try may have taken effect/);
});

test("fetch can be another function", async () => {
  const seen = [];
  const own = (url, init) => {
    seen.push([url, init.method, init.redirect]);
    return Promise.resolve(new Response(OK.body));
  };
  const other = new Client({ apiKey: KEY, baseUrl: "org", fetch: own });
  assert.equal(await other.session(SESSION).isRegistered(PHONE), true);
  assert.deepEqual(seen, [["https://whatsgate.org/api/v1/check", "POST", "manual"]]);
});

test("a fetch of one's own that answers with Response.error() may have sent", async () => {
  const other = new Client({ apiKey: KEY, fetch: async () => Response.error() });
  const error = await failure(() => other.session(SESSION).sendText(PHONE, TEXT));
  assert.deepEqual([error.kind, error.outcome, error.status], ["connection", "unknown", undefined]);
});

test("a list hands over what cannot be read and goes on", async () => {
  const page = { result: "OK", pages: 1, data: [{ unique_id: "a" }, { name: TEXT }, { unique_id: "b" }] };
  answers = [() => ({ body: JSON.stringify(page) })];
  const errors = [];
  const ids = [];
  for await (const item of client.sessions({}, { onError: (error) => errors.push(error) })) ids.push(item.unique_id);
  assert.deepEqual(ids, ["a", "b"]);
  assert.deepEqual([errors[0].kind, JSON.parse(errors[0].raw)], ["unexpectedReply", { name: TEXT }]);
  const thrown = await failure(async () => {
    for await (const item of client.sessions()) assert.equal(item.unique_id, "a");
  }, { answers });
  assert.equal(thrown.kind, "unexpectedReply");

  answers = [() => ({ body: JSON.stringify({ result: "OK", data: [{ id: "79999999999@c.us" }, { name: TEXT }] }) })];
  const chats = await session.chats();
  assert.deepEqual([chats.length, chats.unreadable[0].index, JSON.parse(chats.unreadable[0].raw)], [1, 1, { name: TEXT }]);
  assert.ok(!inspect(chats, { depth: 9 }).includes(TEXT));
});

test("followEvents goes on after a failure that may pass and ends with one that cannot", async () => {
  const errors = [];
  const follow = async () => {
    const onError = (error) => {
      if (errors.push(error.kind) > 2) throw error;
    };
    for await (const event of session.followEvents({}, { intervalMs: 1, onError })) assert.fail(`event ${event.id}`);
  };
  const busy = status(500);
  const error = await failure(follow, { answers: [busy, busy, status(401)] });
  assert.deepEqual([error.kind, error.outcome, errors], ["unauthorized", "notSent", ["service", "service"]]);
  assert.equal(place.requests.length, 3);
});

test("an iteration ends with a filter that is refused, whether or not there is onError", async () => {
  const iterate = async () => {
    const onError = () => assert.fail("onError was told");
    for await (const event of session.events({ pageSize: 101 }, { onError })) assert.fail(`event ${event.id}`);
  };
  assert.equal((await failure(iterate)).kind, "invalidRequest");
});

test("an unknown event and one that cannot be read are events", () => {
  const unknown = parseWebhook('{"id":1,"event_action":"news","event_data":[1]}');
  const { readable, event_action, action, event_data } = unknown;
  assert.deepEqual([readable, event_action, action, event_data], [false, "other", "news", [1]]);
  const bad = parseWebhook(new TextEncoder().encode('{"id":2,"event_action":"message","event_data":{"message":{"body":1}}}'));
  assert.deepEqual([bad.readable, bad.event_action, bad.action], [false, "other", "message"]);
  assert.match(bad.reason, /id/);
});

test("the service's own words are there for whoever asks, and show by choice only", async () => {
  const error = await failure(send, { answers: [status(500)] });
  assert.equal(error.serviceMessage, TEXT);
  assert.ok(!("serviceMessage" in { ...error }) && !JSON.stringify(error).includes(TEXT));
  const unfit = [{ field: "number", message: "is no number" }, { field: "text", message: "is empty" }, 5, null];
  for (const [body, words] of [
    [JSON.stringify(unfit), "is no number; is empty"],
    ["<html>", undefined],
    ["", undefined],
    ['{"message":5}', undefined],
    ["null", undefined],
  ]) {
    assert.equal((await failure(send, { answers: [status(422, body)] })).serviceMessage, words);
  }
  // What a message in a list says is not the service's word.
  answers = [() => ({ body: JSON.stringify({ result: "OK", data: [{ message: TEXT }] }) })];
  const element = await failure(() => client.sessions().next(), { answers });
  assert.deepEqual([element.element, element.serviceMessage], [0, undefined]);
});

test("stacks begin where the call was made", async () => {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const calls = {
    async sends() {
      await send();
    },
    async asks() {
      await session.waitUntilReady();
    },
    async mistakes() {
      await session.sendText(PHONE, 5);
    },
    async lists() {
      for await (const item of client.sessions()) assert.fail(item.unique_id);
    },
    async misses() {
      await wait(1);
      client.session("a b");
    },
    async parses() {
      parseWebhook("[");
    },
    async acknowledges() {
      acknowledge({ id: 1.5 });
    },
  };
  for (const [name, call] of Object.entries(calls)) {
    const { stack } = await failure(call, { answers: [status(401)] });
    const first = stack.split("\n").filter((line) => /^ {4}at /.test(line))[0];
    assert.ok(first.includes("errors.test.mjs"), `${name}: ${stack}`);
    if (name !== "sends") assert.ok(first.includes(name), `${name}: ${stack}`);
  }
});

test("where the platform cannot do that, errors are what they were", async (t) => {
  const { captureStackTrace } = Error;
  t.after(() => (Error.captureStackTrace = captureStackTrace));
  Error.captureStackTrace = undefined;
  const error = await failure(send, { answers: [status(401)] });
  assert.equal(error.kind, "unauthorized");
  assert.match(error.stack, /^WhatsgateError: send: /);
});

test("a list whose page fails throws, also with onError, and never ends as if it were complete", async () => {
  const event = (id) => ({ id, event_action: "news" });
  const page = (...ids) => JSON.stringify({ result: "OK", pages: 3, data: ids.map(event) });
  const onError = () => assert.fail("onError was told");
  for (const list of [() => client.events({}, { onError }), () => session.events({}, { onError })]) {
    const got = [];
    const read = async () => {
      for await (const { id } of list()) got.push(id);
    };
    answers = [() => ({ body: page(1) }), status(503, ""), () => ({ body: page(2) }), status(503, "")];
    const error = await failure(read, { answers });
    assert.deepEqual([got, error.kind, error.tries], [[1, 2], "service", 4]);
  }
});
