// A page's client: how it gets its token, renews it, and exchanges one that is refused; and the stream of events.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, beforeEach, mock, test } from "node:test";
import { Client, init, isWhatsgateError } from "whatsgate";
import { relayHandler } from "whatsgate/relay";
import { streamEvents } from "whatsgate/stream";
import { ofServe } from "./relays.mjs";
import { KEY, listen, PHONE, sandbox, server, SESSION, TEXT } from "./support.mjs";

await init();
const OK = { body: '{"result":"OK","data":true}' };
const SECOND = 1000;
const NOW = Date.UTC(2026, 0, 1);

/** What the relay answers: tokens that it knows, and what becomes of a renewal. */
let valid;
let renewal;
const place = await server(after, ({ url, headers }) => {
  if (url.endsWith("/token-renew")) return renewal(headers["x-api-key"]);
  const isValid = valid.has(headers["x-api-key"]);
  return isValid ? OK : { status: 401, body: '{"name":"Unauthorized","message":"no","code":0,"status":401}' };
});
beforeEach(() => {
  place.requests.length = 0;
  valid = new Set(["first", "second", "wgr_a", "wgr_b"]);
  renewal = () => assert.fail("it was renewed");
});

const relay = place.baseUrl;
const page = (token, options) => new Client({ relay, token, retry: false, ...options }).session(SESSION);
const seen = () => place.requests.map(({ url, headers }) => `${url.split("/").at(-1)} ${headers["x-api-key"]}`);
const failure = (promise) => promise.then(() => assert.fail("it succeeded"), (error) => error);

/** Lets the test say what time it is. */
function clock(t) {
  mock.timers.enable({ apis: ["Date"], now: NOW });
  t.after(() => mock.timers.reset());
  return (milliseconds) => mock.timers.tick(milliseconds);
}

const renewed = (seconds) => ({
  body: JSON.stringify({ result: "OK", expires_at: Date.now() + seconds * SECOND }),
  headers: { date: new Date().toUTCString() },
});

async function settled() {
  for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
}

test("a token is a string or comes from a function, asked once for all who wait", async () => {
  assert.equal(await page("first").isRegistered(PHONE), true);
  let asked = 0;
  const session = page(async () => {
    asked += 1;
    await new Promise(setImmediate);
    return "second";
  });
  await Promise.all([1, 2, 3].map(() => session.isRegistered(PHONE)));
  await session.isRegistered(PHONE);
  assert.equal(asked, 1);
  assert.deepEqual(seen(), ["check first", ...Array(4).fill("check second")]);
});

test("a token that is refused is exchanged for another, once", async () => {
  const tokens = ["gone", "second"];
  const session = page(() => tokens.shift());
  await Promise.all([session.isRegistered(PHONE), session.isRegistered(PHONE)]);
  assert.deepEqual([tokens, seen().filter((what) => what.includes("second")).length], [[], 2]);
  valid.clear();
  const error = await failure(page(() => "gone").isRegistered(PHONE));
  assert.deepEqual([error.kind, error.status, error.tries], ["unauthorized", 401, 1]);
  assert.equal((await failure(page("gone").isRegistered(PHONE))).kind, "unauthorized");
});

test("a send that is refused is made once more with another token, and then no more", async () => {
  const tokens = ["gone", "gone-too"];
  const error = await failure(page(() => tokens.shift()).sendText(PHONE, TEXT));
  assert.deepEqual([error.kind, error.outcome, seen()], ["unauthorized", "notSent", ["send gone", "send gone-too"]]);
});

test("a function that fails sends nothing", async () => {
  const cause = new Error("offline");
  const error = await failure(page(() => Promise.reject(cause)).sendText(PHONE, TEXT));
  assert.deepEqual([error.kind, error.outcome, error.cause], ["key", "notSent", cause]);
  assert.match(error.message, /supplies the token failed; nothing was sent/);
  assert.equal(place.requests.length, 0);
});

test("a token of serve is renewed before it ends, by one call at a time", async (t) => {
  const tick = clock(t);
  const answers = [];
  renewal = (token) => (answers.push(token), renewed(120));
  const session = page("wgr_a");
  // It says how long it lasts when it is renewed for the first time.
  await Promise.all([session.isRegistered(PHONE), session.isRegistered(PHONE)]);
  await settled();
  assert.deepEqual(answers, ["wgr_a"]);
  tick(79 * SECOND);
  await session.isRegistered(PHONE);
  await settled();
  assert.equal(answers.length, 1);
  tick(2 * SECOND);
  await Promise.all([session.isRegistered(PHONE), session.isRegistered(PHONE)]);
  await settled();
  assert.equal(answers.length, 2);
  // The new end counts.
  tick(79 * SECOND);
  await session.isRegistered(PHONE);
  await settled();
  assert.equal(answers.length, 2);
  assert.ok(place.requests.every(({ headers }) => headers["x-api-key"] === "wgr_a"));
});

test("a renewal that fails is tried again, and in the end another token is asked for", async (t) => {
  const tick = clock(t);
  const tokens = [{ token: "wgr_a", expires_at: Date.now() + 120 * SECOND, id: "7" }, "wgr_b"];
  let renewals = 0;
  renewal = () => (renewals++, { status: 503 });
  const session = page(() => tokens.shift());
  await session.isRegistered(PHONE);
  await settled();
  assert.equal(renewals, 0);
  tick(81 * SECOND);
  for (let call = 0; call < 3; call += 1) {
    await session.isRegistered(PHONE);
    await settled();
    tick(6 * SECOND);
  }
  assert.equal(renewals, 3);
  tick(60 * SECOND);
  renewal = () => ({ status: 403, body: '{"message":"renewal: no"}' });
  await session.isRegistered(PHONE);
  assert.equal(seen().at(-1).endsWith("wgr_b") || seen().at(-2).endsWith("wgr_b"), true);
  assert.deepEqual(tokens, []);
});

test("one that may not be renewed is not asked for it again", async (t) => {
  const tick = clock(t);
  let renewals = 0;
  renewal = () => (renewals++, { status: 403, body: '{"message":"renewal: no"}' });
  const session = page("wgr_a");
  for (let call = 0; call < 3; call += 1) {
    await session.isRegistered(PHONE);
    await settled();
    tick(10 * SECOND);
  }
  assert.equal(renewals, 1);
});

test("mistakes in the options are named, without the token", () => {
  for (const [options, argument] of [
    [{ relay }, "options.token"],
    [{ token: KEY }, "options.relay"],
    [{ relay, token: 5 }, "options.token"],
    [{ relay, token: `${KEY} x` }, "options.token"],
    [{ relay: "shop.test", token: KEY }, "options.relay"],
    [{ relay: "https://shop.test:99999", token: KEY }, "options.relay"],
    [{ relay: "https://a:b@shop.test", token: KEY }, "options.relay"],
    [{ relay: "https://shop.test/?x=1", token: KEY }, "options.relay"],
    [{ relay, token: KEY, apiKey: KEY }, "options.apiKey"],
    [{ relay, token: KEY, baseUrl: "ru" }, "options.baseUrl"],
  ]) {
    assert.throws(() => new Client(options), (error) => error.argument === argument && !error.stack.includes(KEY));
  }
});

test("the relay in JavaScript takes the client as it is", async () => {
  const gateway = await server(after, () => OK);
  const grant = { session: SESSION, commands: ["check"], chats: [PHONE] };
  const authorize = (_, { token }) => token === "fresh" && grant;
  const handle = relayHandler({ apiKey: KEY, baseUrl: gateway.baseUrl, authorize });
  const fetch = (url, init) => handle(new Request(url, init));
  const tokens = ["old", "fresh"];
  const client = new Client({ relay: new URL("https://shop.test/relay/"), token: () => tokens.shift(), fetch });
  assert.equal(await client.session(SESSION).isRegistered(PHONE), true);
  assert.equal(gateway.requests[0].headers["x-api-key"], KEY);
});

/** A relay whose streams are given one after another: lists of what is written. */
async function streaming(streams) {
  const asked = [];
  const http = createServer((request, response) => {
    asked.push([request.headers["x-api-key"], request.headers["last-event-id"]]);
    const stream = streams.shift() ?? "wait";
    if (typeof stream === "number") return response.writeHead(stream).end(JSON.stringify({ status: stream, message: "no" }));
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (stream === "wait") return response.flushHeaders();
    for (const part of stream) response.write(part);
    response.end();
  });
  await listen(http, after);
  return { asked, relay: `http://127.0.0.1:${http.address().port}/relay/v1` };
}

const message = (position, id = position) =>
  `id: ${position}\nevent: event\ndata: {"id":${id},"event_action":"news","event_data":[]}\n\n`;

test("the stream gives events, tells positions after them and goes on where it was", async (t) => {
  const text = message(7) + message(8);
  const { asked, relay } = await streaming([[": alive\n\n", text.slice(0, 30), text.slice(30)], [message(9).replaceAll("\n", "\r\n")]]);
  const controller = new AbortController();
  const session = new Client({ relay, token: "first" }).session(SESSION);
  const done = [];
  const onPosition = (position) => done.push(`at ${position}`);
  const onError = (error) => assert.fail(error);
  const read = async () => {
    for await (const event of streamEvents(session, { after: "6", onPosition, onError, signal: controller.signal })) {
      done.push(event.id);
      if (event.id === 9) setTimeout(() => controller.abort(), 10);
    }
  };
  const error = await failure(read());
  assert.deepEqual([error.kind, done], ["cancelled", [7, "at 7", 8, "at 8", 9, "at 9"]]);
  assert.deepEqual(asked.slice(0, 2), [["first", "6"], ["first", "8"]]);
});

test("a token that ends during the stream is exchanged", async () => {
  const end = 'event: error\ndata: {"name":"Unauthorized","message":"no","code":0,"status":401}\n\n';
  const { asked, relay } = await streaming([401, [message(1), end], [message(2)]]);
  const tokens = ["first", "second", "third"];
  const session = new Client({ relay, token: () => tokens.shift() }).session(SESSION);
  const ids = [];
  for await (const { id } of streamEvents(session)) if (ids.push(id) === 2) break;
  assert.deepEqual(ids, [1, 2]);
  assert.deepEqual(asked, [["first", undefined], ["second", undefined], ["third", "1"]]);
});

test("events that may be missing are told of, and a relay that fails", async () => {
  const gap = "event: gap\ndata: {}\n\n";
  const first = await streaming([[gap]]);
  const error = await failure(streamEvents(new Client({ relay: first.relay, token: "a" }).session(SESSION)).next());
  assert.deepEqual([error.kind, error.outcome], ["gap", "notSent"]);
  const second = await streaming([[gap, message(1)]]);
  let gaps = 0;
  const session = new Client({ relay: second.relay, token: "a" }).session(SESSION);
  for await (const { id } of streamEvents(session, { onGap: () => (gaps += 1) })) if (id === 1) break;
  assert.equal(gaps, 1);
  const third = await streaming([503, 401]);
  const refused = new Client({ relay: third.relay, token: "a" }).session(SESSION);
  const busy = await failure(streamEvents(refused).next());
  assert.deepEqual([busy.kind, busy.status, busy.serviceMessage], ["service", 503, "no"]);
  assert.equal((await failure(streamEvents(refused).next())).kind, "unauthorized");
});

test("what cannot pass ends the stream, whether anybody is told of errors or not", async () => {
  const pageOf = (answer) => {
    const fetch = async () => answer();
    return new Client({ relay: "https://shop.test/relay", token: "a", fetch }).session(SESSION);
  };
  const html = pageOf(() => new Response("<html>", { headers: { "content-type": "text/html" } }));
  const gone = pageOf(() => Response.json({ status: 404, message: "no" }, { status: 404 }));
  for (const [session, kind] of [[html, "unexpectedReply"], [gone, "refused"]]) {
    const error = await failure(streamEvents(session, { onError: () => {} }).next());
    assert.deepEqual([error.kind, error.retryable], [kind, false]);
  }
});

test("only a page's client has a stream", () => {
  const session = new Client({ apiKey: KEY, baseUrl: relay }).session(SESSION);
  assert.throws(() => streamEvents(session), { argument: "session", message: /options\.relay/ });
  assert.throws(() => streamEvents({}), { argument: "session" });
  for (const after of [5, "", "1\r\nX: y"]) {
    assert.throws(() => streamEvents(page("first"), { after }), { argument: "options.after" });
  }
});

test("tokens of whatsgate serve: sends, events asked for and streamed", { skip: !process.env.WHATSGATE }, async (t) => {
  const atEnd = (end) => t.after(end);
  const gateway = await sandbox(atEnd);
  const commands = ["send", "events-get"];
  const grant = { session: gateway.session, commands, chats: [PHONE], sends: 3 };
  const { baseUrl, token } = await ofServe(atEnd, gateway, "https://shop.test", grant);
  const client = new Client({ relay: baseUrl, token: () => token });
  const session = client.session(gateway.session);
  const stream = streamEvents(session);
  const next = stream.next();
  // The stream begins with what comes once it stands.
  let event;
  while (!event) {
    if (place.sent !== 3) await session.sendText(PHONE, "watched").then(() => (place.sent = (place.sent ?? 0) + 1));
    event = await Promise.race([next, new Promise((resolve) => setTimeout(resolve, 1000))]);
  }
  assert.equal(event.value.event_data.message.body, "watched");
  await stream.return();
  const listed = [];
  for await (const { event_data } of session.events()) listed.push(event_data.message.body);
  assert.ok(listed.includes("watched"));
  assert.ok(isWhatsgateError(await failure(session.isRegistered(PHONE))));
});
