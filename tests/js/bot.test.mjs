// The bot: every event at least once, over failures and restarts, from the list and from the webhook.

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Client, init } from "whatsgate";
import { Bot } from "whatsgate/bot";
import { events, fakeGateway, failure } from "whatsgate/testing";
import { KEY, SESSION } from "./support.mjs";

await init();
const NOW = "2026-01-02 12:00:00";
const quick = { intervalMs: 1, firstPauseMs: 1, longestPauseMs: 2, since: NOW };

/** A gateway that lists these events, and a session there. */
function listing(...listed) {
  const gateway = fakeGateway();
  const list = { listed };
  gateway.reply("events-get", () => ({ result: "OK", pages: 1, data: list.listed }));
  const client = new Client({ apiKey: KEY, fetch: gateway.fetch, retry: false });
  return { gateway, list, session: client.session(SESSION) };
}

const message = (id, date = NOW) => ({ ...events.message, id, event_date: date });
const ack = (id, date = NOW) => ({ ...events.ack, id, event_date: date });

test("events go to the handler of their action, in order, and the position after each", async () => {
  const { session, gateway } = listing(ack(8), message(7), { ...message(9), event_action: "news" }, message(10));
  const done = [];
  const savePosition = (position) => done.push(position.seen.flat().at(-1) ?? "begin");
  const bot = new Bot(session, { ...quick, savePosition });
  bot
    .on("message", ({ id }) => void done.push(`message ${id}`) || (id === 10 && bot.stop()))
    .on("ack", async ({ id }) => void (await null, done.push(`ack ${id}`)))
    .on("other", ({ action }) => void done.push(action));
  await bot.start();
  assert.deepEqual(done, ["begin", "message 7", 7, "ack 8", 8, "news", 9, "message 10", 10]);
  assert.equal(gateway.calls[0].body.date, NOW);
  assert.deepEqual(bot.position, { date: NOW, seen: [[7, 10]] });
});

test("what is behind stays behind over a restart, and events without a handler are passed over", async () => {
  const { session, list } = listing(message(1), ack(2), message(3));
  let kept;
  const run = async (end) => {
    const got = [];
    const bot = new Bot(session, { ...quick, since: undefined, position: kept, savePosition: (position) => (kept = JSON.parse(JSON.stringify(position))) });
    bot.on("message", ({ id }) => void got.push(id) || (id === end && bot.stop()));
    await bot.start();
    return got;
  };
  kept = { date: NOW, seen: [] };
  assert.deepEqual(await run(3), [1, 3]);
  list.listed = [message(1), ack(2), message(3), message(4), message(6)];
  assert.deepEqual(await run(6), [4, 6]);
  assert.deepEqual(kept.seen, [[1, 4], [6, 6]]);
});

test("an event whose handler throws is tried again, before all others", async () => {
  const { session } = listing(message(1), message(2));
  const [tried, told, saved] = [[], [], []];
  const bot = new Bot(session, {
    ...quick,
    savePosition: ({ seen }) => saved.push(seen.flat().at(-1)),
    onError: (error, event) => told.push([error.message, event.id]),
  });
  bot.on("message", ({ id }) => {
    tried.push(id);
    if (tried.length < 3) throw new Error("busy");
    if (id === 2) bot.stop();
  });
  await bot.start();
  assert.deepEqual(tried, [1, 1, 1, 2]);
  assert.deepEqual(told, [["busy", 1], ["busy", 1]]);
  assert.deepEqual(saved, [undefined, 1, 2]);
});

test("one that fails every time stops the bot, which stands before it", async () => {
  const { session } = listing(message(1), message(2));
  const cause = new Error("never");
  const errors = mock.method(console, "error", () => {});
  const bot = new Bot(session, { ...quick, maxTries: 3, savePosition: () => {} });
  let tries = 0;
  bot.on("message", ({ id }) => {
    if (id === 1) return;
    tries += 1;
    throw cause;
  });
  await assert.rejects(bot.start(), cause);
  assert.deepEqual([tries, bot.position.seen, errors.mock.callCount()], [3, [[1, 1]], 3]);
  errors.mock.restore();
  // And can be started again.
  const again = bot.start();
  await assert.rejects(bot.start(), { kind: "invalidRequest", message: /at work already/ });
  bot.stop();
  await again;
});

test("onGiveUp takes an event that fails every time, and the bot goes on", async () => {
  const { session } = listing(message(1), message(2));
  const gone = [];
  const bot = new Bot(session, {
    ...quick,
    maxTries: 2,
    savePosition: () => {},
    onError: () => {},
    onGiveUp: ({ id }, error) => gone.push([id, error.message]),
  });
  bot.on("message", ({ id }) => {
    if (id === 1) throw new Error("never");
    bot.stop();
  });
  await bot.start();
  assert.deepEqual([gone, bot.position.seen], [[[1, "never"]], [[1, 2]]]);
});

test("requests that fail are told of and made again, and those that always will stop the bot", async () => {
  const { session, gateway } = listing();
  gateway.reply("events-get", failure(503, "busy"), { result: "OK", pages: 1, data: [message(1)] }, failure(401, "no"));
  const told = [];
  const got = [];
  const bot = new Bot(session, { ...quick, savePosition: () => {}, onError: (error, event) => told.push([error.kind, event]) });
  bot.on("message", ({ id }) => void got.push(id));
  await assert.rejects(bot.start(), { kind: "unauthorized" });
  assert.deepEqual([told, got], [[["service", undefined]], [1]]);
});

test("a position that cannot be kept is tried again, and the event is handled once", async () => {
  const { session } = listing(message(1));
  const got = [];
  let saves = 0;
  const savePosition = () => {
    saves += 1;
    if (saves === 2) throw new Error("the disk is full");
  };
  const bot = new Bot(session, { ...quick, savePosition, onError: () => {} });
  bot.on("message", ({ id }) => void got.push(id));
  const run = bot.start();
  while (saves < 3) await new Promise(setImmediate);
  bot.stop();
  await run;
  assert.deepEqual(got, [1]);
});

test("the webhook has the same handlers and the same position", async () => {
  const { session } = listing(message(5), message(6));
  const got = [];
  const told = [];
  const bot = new Bot(session, { ...quick, savePosition: () => {}, onError: (error, event) => told.push([error.message, event?.id]) });
  bot.on("message", ({ id }) => {
    got.push(id);
    if (id === 7 && got.filter((other) => other === 7).length === 1) throw new Error("busy");
    if (id === 6) bot.stop();
  });
  const handle = bot.webhook();
  const post = (event) => handle(new Request("http://127.0.0.1/", { method: "POST", body: JSON.stringify(event) }));
  assert.equal((await post(message(5))).status, 200);
  assert.equal((await post(message(5))).status, 200);
  assert.equal((await post(message(7))).status, 500);
  assert.equal((await post(message(7))).status, 200);
  // What the webhook brought the list need not bring again.
  await bot.start();
  assert.deepEqual([got, told, bot.position.seen], [[5, 7, 7, 6], [["busy", 7]], [[5, 7]]]);
});

test("positions stay small, go on with the dates and distrust the future", async () => {
  const { session } = listing();
  const bot = new Bot(session, { ...quick, savePosition: () => {} });
  const handle = bot.webhook();
  const post = (id, date) => handle(new Request("http://127.0.0.1/", { method: "POST", body: JSON.stringify(message(id, date)) }));
  for (let id = 1; id <= 4001; id += 2) await post(id);
  for (const id of [4010, 4008, 4009]) await post(id);
  const { seen } = bot.position;
  assert.ok(seen.length <= 1000 && seen[0][0] === 1 && seen[0][1] > 1000);
  assert.deepEqual(seen.at(-1), [4008, 4010]);
  await post(5001, "2026-02-01 00:00:00");
  assert.equal(bot.position.date, "2026-01-30 00:00:00");
  await post(5002, "2999-01-01 00:00:00");
  const { date } = bot.position;
  assert.ok(date > "2026-01-30" && Date.parse(`${date.replace(" ", "T")}Z`) <= Date.now() - 47 * 3600e3);
  await post(5003, "no date");
  assert.equal(bot.position.date, date);
});

test("mistakes are named", () => {
  const { session } = listing();
  const savePosition = () => {};
  for (const [make, argument] of [
    [() => new Bot({}, { savePosition }), "session"],
    [() => new Bot(session, {}), "options.savePosition"],
    [() => new Bot(session), "options"],
    [() => new Bot(session, { savePosition, position: {} }), "options.position"],
    [() => new Bot(session, { savePosition, position: { date: NOW, seen: [1] } }), "options.position"],
    [() => new Bot(session, { savePosition, since: 5 }), "options.since"],
    [() => new Bot(session, { savePosition, maxTries: 0 }), "options.maxTries"],
    [() => new Bot(session, { savePosition }).on("news", () => {}), "action"],
    [() => new Bot(session, { savePosition }).on("ack", 5), "handler"],
    [() => new Bot(session, { savePosition }).on("ack", savePosition).on("ack", savePosition), "action"],
  ]) {
    assert.throws(make, { kind: "invalidRequest", argument });
  }
});
