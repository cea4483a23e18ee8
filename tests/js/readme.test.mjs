// The other examples of the README, word by word but for addresses and accounts. Those of sends, the webhook and the relay
// are run where these are tested.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fastify from "fastify";
import { Client, init, webhookHandler } from "whatsgate";
import { Bot } from "whatsgate/bot";
import { fastifyHandler, fileFromPath } from "whatsgate/node";
import { streamEvents } from "whatsgate/stream";
import { events, failure, fakeGateway, replies } from "whatsgate/testing";
import { example, installed, listen, PHONE, sandbox } from "./support.mjs";

await init();
const README = await readFile(`${installed}README.md`, "utf8");

/** Runs the example that has this in it, with these names; `change` puts in what is not the reader's. */
function run(holding, names, change = (code) => code) {
  const code = change(example(README, "js", holding).replace(/^import .*;$/gm, ""));
  return new Function(...Object.keys(names), `return (async () => { ${code} })()`)(...Object.values(names));
}

test("files of the disk and of the web", async (t) => {
  const place = await sandbox((stop) => t.after(stop));
  const session = new Client({ apiKey: place.apiKey, baseUrl: place.baseUrl }).session(place.session);
  const folder = await mkdtemp(join(tmpdir(), "whatsgate-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "report.pdf"), "%PDF-1.7");
  const fetch = async () => Object.defineProperty(new Response("a;b\n"), "url", { value: "https://shop.test/prices.csv" });
  await run("fileFromPath(", { session, fileFromPath: (path) => fileFromPath(join(folder, path)), fetch });
  const names = [];
  for await (const { event_action, event_data } of session.events()) {
    if (event_action === "create") names.push((await session.messageMedia(event_data.message.id)).filename);
  }
  assert.deepEqual(names.sort(), ["prices.csv", "report.pdf"]);
});

test("a page's client", async () => {
  const asked = [];
  const fetch = async (path, init) => {
    asked.push([path, init.method]);
    return Response.json({ token: "wgr_a", expires_at: Date.now() + 60_000, id: "1" });
  };
  const own = (options) => new Client({ ...options, fetch: gateway.fetch });
  const gateway = fakeGateway();
  const made = { client: undefined };
  await run("getToken", { Client: function (options) { return (made.client = own(options)); }, fetch });
  assert.equal(await made.client.session("x").isRegistered(PHONE), true);
  assert.deepEqual(asked, [["/visitor-token", "POST"]]);
});

test("a handler in the style of fetch", async () => {
  const lines = [];
  const console = { log: (...line) => lines.push(line) };
  const names = { init, webhookHandler, console };
  const { fetch } = await run("export default { fetch: handle }", names, (code) => code.replace("export default", "return"));
  for (const event of [events.message, { id: 99, event_action: "news" }]) {
    const answer = await fetch(new Request("https://shop.test/", { method: "POST", body: JSON.stringify(event) }));
    assert.deepEqual(await answer.json(), { result: "OK", id: event.id });
  }
  assert.deepEqual(lines, [[events.message.event_data.message.body], ["not known yet:", "news"]]);
});

test("Fastify", async (t) => {
  const app = fastify();
  t.after(() => app.close());
  const got = [];
  const handle = webhookHandler({ message: ({ id }) => got.push(id) });
  await run("fastifyHandler(handle)", { app, path: "/hook", handle, fastifyHandler });
  const body = JSON.stringify(events.message);
  const { statusCode } = await app.inject({ method: "POST", url: "/hook", headers: { "content-type": "application/json" }, body });
  assert.deepEqual([statusCode, got], [200, [events.message.id]]);
});

/** A session whose gateway lists these events once, and then does not admit it. */
function listing(...listed) {
  const gateway = fakeGateway();
  const list = { result: "OK", pages: 1, data: listed };
  gateway.reply("events-get", list, failure(401, "no"));
  const session = new Client({ apiKey: "test", fetch: gateway.fetch, retry: false }).session("x");
  return { gateway, session };
}

test("asking for events", async () => {
  const { gateway, session } = listing(events.message, { id: 99, event_action: "news", event_data: [] });
  const lines = [];
  const console = { log: (...line) => lines.push(line.join(" ")), error() {} };
  const quick = { followEvents: (filter, options) => session.followEvents(filter, { ...options, intervalMs: 1 }) };
  await assert.rejects(run("session.followEvents(filter", { session: quick, console }), { kind: "unauthorized" });
  assert.deepEqual(lines, [events.message.event_data.message.body, "cannot be read: news this version does not know the action"]);
  assert.match(gateway.calls[0].body.date, /^20\d\d-/);
});

test("a bot", async (t) => {
  const { gateway, session } = listing(events.message);
  const folder = await mkdtemp(join(tmpdir(), "whatsgate-"));
  t.after(() => rm(folder, { recursive: true }));
  const names = {
    session,
    Bot: function (session, options) {
      return new Bot(session, { ...options, intervalMs: 1 });
    },
    readFile: (name, ...rest) => readFile(join(folder, name), ...rest),
    rename: (from, to) => rename(join(folder, from), join(folder, to)),
    writeFile: (name, ...rest) => writeFile(join(folder, name), ...rest),
  };
  await assert.rejects(run("new Bot(", names), { kind: "unauthorized" });
  const { body } = gateway.calls.find(({ command }) => command === "send");
  assert.deepEqual([body.message.body, body.recipient.id], ["Thank you!", events.message.event_data.message.from]);
  const { seen } = JSON.parse(await readFile(join(folder, "position.json"), "utf8"));
  assert.deepEqual(seen, [[events.message.id, events.message.id]]);
});

test("a stream in a page", async () => {
  const http = createServer((request, response) => {
    if (request.headers["last-event-id"] !== "6") return response.writeHead(401).end("{}");
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`event: gap\ndata: {}\n\nid: 7\nevent: event\ndata: ${JSON.stringify(events.message)}\n\n`);
  });
  await listen(http, after);
  const relay = `http://127.0.0.1:${http.address().port}`;
  const session = new Client({ relay, token: "a" }).session("x");
  const kept = new Map([["position", "6"]]);
  const localStorage = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  const lines = [];
  const console = { log: (line) => lines.push(line), error() {} };
  await assert.rejects(run("streamEvents(session", { session, streamEvents, localStorage, console }), { kind: "unauthorized" });
  assert.deepEqual([kept.get("position"), lines], ["7", ["away for too long: read session.events()", events.message.event_data.message.body]]);
});

test("the service's own words, by choice", async () => {
  const gateway = fakeGateway().reply("send", failure(500, "the number is no number"));
  const session = new Client({ apiKey: "test", fetch: gateway.fetch }).session("x");
  const lines = [];
  await run("error.serviceMessage);", { session, console: { error: (...line) => lines.push(line) } });
  assert.match(lines[0][0], /^send: the gateway answered with an error/);
  assert.equal(lines[0][1], "the number is no number");
});

test("the client's options", async () => {
  const gateway = fakeGateway().reply("check", failure(503, "busy"), () =>
    Response.json(replies.check, { headers: { "x-rate-limit-remaining": "9" } }),
  );
  const logged = [];
  const names = {
    Client: function (options) {
      return new Client({ ...options, retry: { firstPauseMs: 1 }, fetch: gateway.fetch });
    },
    vault: { read: async (name) => `key-of-${name}` },
    log: (what) => logged.push(what),
  };
  await run("vault.read", names);
  assert.deepEqual(logged.map(({ durationMs, pauseMs, ...rest }) => JSON.parse(JSON.stringify(rest))), [
    { command: "check", count: 1, status: 503, kind: "service" },
    { command: "check" },
    { command: "check", count: 2, status: 200 },
    { data: true, limit: "9" },
  ]);
  assert.equal(gateway.calls[0].headers["x-trace"], "shop");
});

test("tests of one's own", async () => {
  const lines = [];
  const console = { log: (...line) => lines.push(line) };
  await run("fakeGateway()", { events, failure, fakeGateway, replies, Client, webhookHandler, console });
  assert.deepEqual(lines, [[false, 2, "79999999999"], [events.message.event_data.message.body]]);
});

test("every example in JavaScript is run by a test", async () => {
  const run = ["sendFile(", "session.setHook", "relayHandler({"];
  const own = (await readFile(new URL(import.meta.url), "utf8")).matchAll(/ await (?:assert\.rejects\()?run\("([^"]+)"/gm);
  const blocks = [...README.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code);
  const seen = new Set([...run, ...[...own].map(([, holding]) => holding)].map((holding) => example(README, "js", holding)));
  assert.deepEqual(blocks.filter((code) => !seen.has(code)), []);
});
