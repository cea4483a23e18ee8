// The webhook: what it answers, and what it does not let others take.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { init, isWhatsgateError, parseWebhook, webhookHandler, WhatsgateError } from "whatsgate";

await init();
const EVENT = '{"id":3,"event_action":"news","event_data":[]}';
const ACKNOWLEDGEMENT = '{"result":"OK","id":3}';

const request = (body) => new Request("http://127.0.0.1/hook", { method: "POST", body, duplex: "half" });
const answer = async (response) => [response.status, await response.text()];

/** A body that yields these pieces, then never ends; says how many were taken and whether it was broken off. */
function endless(piece, pieces = Infinity) {
  const body = { taken: 0, brokenOff: false };
  body.stream = new ReadableStream(
    {
      pull(controller) {
        if (body.taken === pieces) return new Promise(() => {});
        body.taken++;
        controller.enqueue(piece);
      },
      cancel() {
        body.brokenOff = true;
      },
    },
    { highWaterMark: 0 },
  );
  return body;
}

test("a webhook's body that is not an event", () => {
  for (const [body, message] of [
    ["", /empty/],
    ["[object Object]", /parsed already/],
    ["{", /not JSON/],
    ["[]", /not an event/],
    ['{"event_action":"message"}', /not an event/],
  ]) {
    assert.throws(() => parseWebhook(body), (error) => isWhatsgateError(error) && error.kind === "webhook" && message.test(error.message));
  }
});

test("the webhook handler answers as the gateway wants it", async () => {
  const calls = [];
  const errors = [];
  const handle = webhookHandler({
    message: () => Promise.reject(new Error("busy")),
    ready: (event) => calls.push(event.event_data.number),
    other: (event) => calls.push(event.action),
    onError: (error, event) => errors.push([error.message, event?.id]),
  });
  const post = async (body) => {
    const response = await handle(new Request("http://127.0.0.1/hook", { method: "POST", body }));
    return [response.status, await response.text()];
  };
  assert.deepEqual(await post('{"id":19,"event_action":"ready","event_data":{"number":"79991112233"}}'), [200, '{"result":"OK","id":19}']);
  assert.deepEqual(await post('{"id":20,"event_action":"news"}'), [200, '{"result":"OK","id":20}']);
  assert.deepEqual(await post('{"id":21,"event_action":"ack","event_data":{"message":{"id":"true_1@c.us_A"}}}'), [200, '{"result":"OK","id":21}']);
  const message = '{"id":22,"event_action":"message","event_data":{"message":{"id":"false_1@c.us_A"}}}';
  assert.equal((await post(message))[0], 500);
  assert.equal((await post("no event"))[0], 400);
  assert.equal((await handle(new Request("http://127.0.0.1/hook"))).status, 404);
  assert.deepEqual(calls, ["79991112233", "news"]);
  assert.deepEqual(errors[0], ["busy", 22]);
  assert.match(errors[1][0], /not JSON/);
});

test("a body that is too large is not read to its end", async () => {
  const errors = [];
  const handle = webhookHandler({ onError: (error) => errors.push(error) }, { maxBytes: 100_000 });
  const body = endless(new Uint8Array(10_000).fill(32));
  assert.deepEqual(await answer(await handle(request(body.stream))), [413, "the body is too large"]);
  assert.ok(body.taken <= 11 && body.brokenOff, `${body.taken} pieces`);
  assert.ok(errors[0] instanceof WhatsgateError && errors[0].kind === "webhook" && errors[0].status === 413);
  const promising = endless(new Uint8Array(1));
  const headers = { "content-length": "100001" };
  const refused = await handle(new Request("http://127.0.0.1/", { method: "POST", body: promising.stream, duplex: "half", headers }));
  assert.deepEqual([refused.status, promising.taken], [413, 0]);
  assert.deepEqual(await answer(await handle(request(EVENT.padEnd(100_000)))), [200, ACKNOWLEDGEMENT]);
});

test("a body that does not come is not waited for", async () => {
  const handle = webhookHandler({}, { bodyTimeoutMs: 50 });
  const body = endless(new TextEncoder().encode(EVENT.slice(0, 9)), 1);
  assert.deepEqual(await answer(await handle(request(body.stream))), [408, "the body did not come in time"]);
  assert.ok(body.brokenOff);
});

test("slow bodies make room", async () => {
  const handle = webhookHandler({}, { maxBytesInAll: 30_000 });
  const slow = [1, 2, 3].map(() => endless(new Uint8Array(9_000).fill(32), 1));
  const answers = slow.map((body) => handle(request(body.stream)));
  while (slow.some((body) => body.taken === 0)) await new Promise(setImmediate);
  assert.deepEqual(await answer(await handle(request(EVENT.padEnd(20_000)))), [200, ACKNOWLEDGEMENT]);
  assert.deepEqual(await answer(await answers[0]), [503, "too much at a time"]);
  assert.ok(slow[0].brokenOff && slow[1].brokenOff && !slow[2].brokenOff);
  assert.equal((await handle(request(EVENT.padEnd(30_001)))).status, 503);
});

test("a body that was read or parsed before is explained", async () => {
  const handle = webhookHandler({});
  const used = request(EVENT);
  await used.text();
  assert.deepEqual(await answer(await handle(used)), [500, "the body was read already by something before the handler"]);
  await assert.rejects(handle({ method: "POST", body: { id: 3 } }), /^WhatsgateError: webhookHandler: request must be a Request/);
});

test("an onError that fails changes no answer", async () => {
  const log = mock.method(console, "error", () => {});
  for (const onError of [() => { throw new Error("no log"); }, () => Promise.reject(new Error("no log"))]) {
    const handle = webhookHandler({ other: () => Promise.reject(new Error("busy")), onError });
    assert.equal((await handle(request(EVENT))).status, 500);
    assert.equal((await handle(request("no event"))).status, 400);
  }
  assert.equal(log.mock.callCount(), 4);
  assert.match(log.mock.calls[0].arguments.join(" "), /onError failed: Error: no log/);
  log.mock.restore();
});

test("a second delivery waits for the first", async () => {
  const calls = [];
  const handle = webhookHandler({ other: (event) => new Promise((done) => calls.push([event.event_data, done])) });
  const first = handle(request(EVENT));
  const second = handle(request(EVENT.replace("{", '{"status_code":500,')));
  const forged = handle(request(EVENT.replace("[]", '["forged"]')));
  while (calls.length < 2) await new Promise(setImmediate);
  assert.deepEqual(calls.map(([data]) => data), [[], ["forged"]]);
  for (const [, done] of calls) done();
  for (const delivery of [first, second, forged]) assert.deepEqual(await answer(await delivery), [200, ACKNOWLEDGEMENT]);
  const again = handle(request(EVENT));
  while (calls.length < 3) await new Promise(setImmediate);
  calls[2][1]();
  assert.equal((await again).status, 200);
});

test("functions at work keep the room of their bodies", async () => {
  const calls = [];
  const handle = webhookHandler({ other: () => new Promise((done) => calls.push(done)) }, { maxBytesInAll: 30_000 });
  const first = handle(request(EVENT.padEnd(20_000)));
  while (calls.length < 1) await new Promise(setImmediate);
  assert.deepEqual(await answer(await handle(request(EVENT.padEnd(20_001)))), [503, "too much at a time"]);
  calls[0]();
  assert.deepEqual(await answer(await first), [200, ACKNOWLEDGEMENT]);
  const again = handle(request(EVENT.padEnd(20_001)));
  while (calls.length < 2) await new Promise(setImmediate);
  calls[1]();
  assert.equal((await again).status, 200);
});

test("an event whose number no number of JavaScript holds is acknowledged all the same", async () => {
  const ids = [];
  const handle = webhookHandler({ other: (event) => ids.push(event.id) });
  const answered = await handle(request(EVENT.replace(/"id": *\d+/, '"id":9007199254740993')));
  assert.deepEqual(await answer(answered), [200, '{"result":"OK","id":9007199254740993}']);
  assert.deepEqual(ids, [9007199254740993n]);
});

test("an event may be nested deeper than JavaScript writes", async () => {
  let data;
  const handle = webhookHandler({ other: (event) => void (data = event) });
  const deep = "[".repeat(20_000) + "]".repeat(20_000);
  assert.equal((await handle(request(EVENT.replace("[]", deep)))).status, 200);
  assert.equal(data.id, JSON.parse(EVENT).id);
});

test("a function that takes too long has not handled its event", async () => {
  const errors = [];
  const calls = [];
  const other = () => new Promise((done) => calls.push(done));
  const onError = (error) => errors.push(error.message);
  const handle = webhookHandler({ other, onError }, { handlerTimeoutMs: 50 });
  assert.equal((await handle(request(EVENT))).status, 500);
  assert.deepEqual(errors, ["not done after 50 ms"]);
  assert.equal((await handle(request(EVENT))).status, 500);
  assert.equal(calls.length, 1, "it is still at work on the first delivery");
  calls[0]();
  await new Promise(setImmediate);
  assert.equal((await handle(request(EVENT))).status, 500);
  assert.equal(calls.length, 2);
});

test("mistakes in the options are named", () => {
  assert.throws(() => webhookHandler({}, { maxBytes: 0 }), /options\.maxBytes must be a whole number from 1/);
  assert.throws(() => webhookHandler({}, { limit: 1 }), /options has no member "limit"/);
});
