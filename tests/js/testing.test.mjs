// What the package gives for the tests of others.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { Client, init, parseWebhook } from "whatsgate";
import { broken, events, failure, fakeGateway, hanging, notConnected, replies } from "whatsgate/testing";
import { fixtures } from "./fixtures.mjs";
import { KEY, PHONE, SESSION, TEXT } from "./support.mjs";

await init();
const refused = (promise) => promise.then(() => assert.fail("it succeeded"), (error) => error);

function fake(options) {
  const gateway = fakeGateway();
  const client = new Client({ apiKey: KEY, fetch: gateway.fetch, retry: false, ...options });
  return { gateway, client, session: client.session(SESSION) };
}

test("the fixtures are those of the repository", async () => {
  const text = await readFile(new URL("../../crates/whatsgate-wasm/npm/testing/fixtures.mjs", import.meta.url), "utf8");
  assert.ok(text === (await fixtures()), "run `npm run fixtures` in tests/js");
  assert.deepEqual(Object.keys(events), ["message", "sent", "ack", "media", "create", "ready", "error", "disconnect"]);
  for (const [action, event] of Object.entries(events)) assert.equal(parseWebhook(JSON.stringify(event)).event_action, action);
  assert.throws(() => (events.message.event_data.message.body = "x"), TypeError);
});

test("every command has a reply", async () => {
  const { gateway, client, session } = fake();
  await session.sendText(PHONE, TEXT);
  await session.sendFile(PHONE, new Blob(["x"]), { filename: "a.txt" });
  await session.markAsRead(PHONE);
  await session.showTyping(PHONE);
  await session.isRegistered(PHONE);
  await session.chats();
  await session.messageMedia(replies.send.result.id);
  await session.media("key");
  await session.eventsPage();
  await client.sessionsPage();
  await client.createSession({ name: "x" });
  await session.delete();
  await session.setHook("https://shop.test/");
  await session.rename("x");
  assert.deepEqual(new Set(gateway.calls.map(({ command }) => command)), new Set(Object.keys(replies)));
  const [{ body, headers }] = gateway.calls;
  assert.deepEqual([body.message.body, headers["content-type"]], [TEXT, "application/json"]);
  assert.ok(!JSON.stringify(gateway.calls).includes(KEY));
});

test("replies come one after another, and the last stays", async () => {
  const { gateway, session } = fake({ retry: { firstPauseMs: 1 } });
  gateway.reply("check", failure(503, TEXT), { result: "OK", data: false }, ({ body }) => ({ result: "OK", data: body.number === PHONE }));
  assert.equal(await session.isRegistered(PHONE), false);
  assert.equal(await session.isRegistered(PHONE), true);
  assert.equal(await session.isRegistered("79990000000"), false);
  assert.equal(gateway.calls.length, 4);
  gateway.clear();
  assert.equal(await session.isRegistered("79990000000"), true);
  assert.equal(gateway.calls.length, 1);
  gateway.reply("check", new Response('{"result":"OK","data":true}'));
  assert.deepEqual([await session.isRegistered(PHONE), await session.isRegistered(PHONE)], [true, true]);
});

test("failures are those of a gateway", async () => {
  const { gateway, session } = fake();
  for (const [reply, kind, outcome] of [
    [failure(401, "no"), "unauthorized", "notSent"],
    [failure(500, TEXT), "service", "unknown"],
    [broken(), "connection", "unknown"],
    [notConnected(), "connect", "notSent"],
    [hanging(), "timeout", "unknown"],
  ]) {
    gateway.reply("send", reply);
    const error = await refused(session.sendText(PHONE, TEXT, { timeoutMs: 20 }));
    assert.deepEqual([error.kind, error.outcome], [kind, outcome]);
    if (kind === "service") assert.equal(error.serviceMessage, TEXT);
  }
  gateway.reply("check", failure(429, "slow", { name: "Too Many Requests", headers: { "retry-after": "1" } }));
  const { response } = await session.isRegistered(PHONE).withResponse().catch(({ raw, status }) => ({ response: [status, JSON.parse(raw).name] }));
  assert.deepEqual(response, [429, "Too Many Requests"]);
  assert.throws(() => gateway.reply("send"), { argument: "replies" });
});
