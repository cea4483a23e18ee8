// The client in Node against the sandbox.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { acknowledge, Client, init, isWhatsgateError, Media, webhookHandler } from "whatsgate";
import { nodeHandler } from "whatsgate/node";
import { example, installed, PHONE, sandbox } from "./support.mjs";

await init();
const place = await sandbox(after);
const client = new Client({ apiKey: place.apiKey, baseUrl: place.baseUrl });
const session = client.session(place.session);

test("init is done once", () => assert.equal(init(), init()));

test("a text is sent and quoted", async () => {
  const first = await session.sendText(PHONE, "Hello!");
  assert.equal(first.queued, false);
  assert.equal(first.message.body, "Hello!");
  const answer = await session.sendText({ number: "+7 999 999-99-99" }, "Again", { quote: first.message.id });
  assert.match(answer.message.id, /^true_79999999999@c\.us_/);
});

test("an asynchronous send tells that it was queued", async () => {
  assert.deepEqual(await session.sendText(PHONE, "Later", { async: true }), { queued: true, reply: "OK" });
});

test("files of every kind come back as they were", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(10_000));
  const base64 = Buffer.from(bytes).toString("base64");
  const contents = [
    new Blob([bytes]),
    new File([bytes], "named.bin"),
    bytes,
    bytes.buffer,
    new DataView(bytes.buffer),
    { base64 },
  ];
  for (const content of contents) {
    const { message } = await session.sendFile(PHONE, content, { filename: "data.bin", caption: "Look" });
    assert.equal(message.body, "Look");
    assert.equal(message.hasMedia, true);
    const media = await session.messageMedia(message.id);
    assert.ok(media instanceof Media);
    assert.equal(media.filename, "data.bin");
    assert.equal(media.mimetype, "application/octet-stream");
    assert.deepEqual(media.bytes(), bytes);
    assert.equal((await media.blob().arrayBuffer()).byteLength, bytes.length);
    assert.deepEqual((await session.media(message.mediaKey)).bytes(), bytes);
  }
});

test("a file of several pieces is joined rightly and its progress told", async () => {
  const bytes = new Uint8Array(7 * 1024 * 1024 + 1).map((_, at) => at * 7);
  const told = [];
  const onProgress = (progress) => told.push(progress);
  const { message } = await session.sendFile(PHONE, bytes, { filename: "large.bin", onProgress });
  const { done, total } = told.at(-1);
  assert.deepEqual([told.length, done, total], [3, bytes.length, bytes.length]);
  assert.deepEqual((await session.messageMedia(message.id)).bytes(), bytes);
});

test("a picture is sent as a picture and a type can be chosen", async () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52]);
  const picture = await session.sendFile(PHONE, png, { filename: "C:\\photos\\cat" });
  assert.equal(picture.message.type, "image");
  const media = await session.messageMedia(picture.message.id);
  assert.deepEqual([media.mimetype, media.filename], ["image/png", "cat"]);
  const document = await session.sendFile(PHONE, png, { filename: "cat.png", type: "doc", mimetype: "image/x-cat" });
  assert.equal(document.message.type, "document");
});

test("small commands", async () => {
  assert.equal(await session.isRegistered(PHONE), true);
  assert.equal(await session.isRegistered("79999990000"), false);
  assert.equal(await session.markAsRead(PHONE), undefined);
  assert.equal(await session.showTyping({ id: "79999999999@c.us" }), undefined);
});

test("chats are contacts or groups", async () => {
  const chats = await session.chats();
  assert.deepEqual(chats.unreadable, []);
  assert.ok(chats.some((chat) => !chat.isGroup));
  const group = chats.find((chat) => chat.isGroup);
  assert.ok(group.groupMetadata.participants.length > 0);
});

test("a session is created, waited for, renamed, hooked and deleted", async () => {
  const created = await client.createSession({ name: "Branch", pairingNumber: "79991112233" });
  const branch = client.session(created.unique_id);
  const seen = [];
  const ready = await branch.waitUntilReady({ intervalMs: 20, onChange: (info) => seen.push(info) });
  assert.equal(ready.status, "READY");
  assert.ok(seen.some((info) => info.code));
  await branch.rename("Office");
  await branch.setHook(new URL("http://127.0.0.1:9/hook"));
  assert.equal((await branch.info()).callback, "http://127.0.0.1:9/hook");
  await branch.clearHook();
  const info = await branch.info();
  assert.deepEqual([info.name, info.callback], ["Office", undefined]);
  const all = [];
  for await (const item of client.sessions({ pageSize: 1 })) all.push(item.unique_id);
  assert.deepEqual(all.sort(), [place.session, created.unique_id].sort());
  assert.equal((await client.sessionsPage({ name: "Office" })).items.length, 1);
  assert.equal((await branch.delete()).unique_id, created.unique_id);
  assert.equal(await branch.info(), undefined);
});

test("what onChange throws comes out of the wait", async () => {
  const created = await client.createSession({ name: "Short" });
  const wait = client.session(created.unique_id).waitUntilReady({
    onChange() {
      throw new RangeError("no more");
    },
  });
  await assert.rejects(wait, RangeError);
  const later = async () => {
    throw new RangeError("no more");
  };
  await assert.rejects(client.session(created.unique_id).waitUntilReady({ onChange: later, intervalMs: 20 }), RangeError);
  await client.session(created.unique_id).delete();
});

test("events come page by page, each once, and go on until the signal", async () => {
  const ids = [];
  for await (const event of session.events({ pageSize: 3 })) ids.push(event.id);
  assert.ok(ids.length > 6);
  assert.equal(new Set(ids).size, ids.length);
  const page = await client.eventsPage({ session: place.session, pageSize: 2, date: new Date(0) });
  assert.equal(page.items.length, 2);

  const controller = new AbortController();
  const text = `follow ${Date.now()}`;
  let found;
  const follow = async () => {
    for await (const event of session.followEvents({}, { intervalMs: 20, signal: controller.signal })) {
      if (event.readable && event.event_action === "ack" && event.event_data.message.body === text) {
        found = event;
        controller.abort();
      }
    }
  };
  const following = assert.rejects(follow(), { name: "WhatsgateError", kind: "cancelled" });
  await session.sendText(PHONE, text);
  await following;
  assert.equal(JSON.parse(found.raw).id, found.id);
  assert.ok(!JSON.stringify(found).includes('"raw"'));
});

test("an aborted list ends at once, and not at the end of its page", async () => {
  const reason = new Error("enough");
  for (const list of ["events", "followEvents"]) {
    const controller = new AbortController();
    const seen = [];
    const read = async () => {
      const options = { signal: controller.signal };
      for await (const event of session[list](list === "events" ? { pageSize: 3 } : { date: new Date(0) }, options)) {
        seen.push(event.id);
        controller.abort(reason);
      }
    };
    await assert.rejects(read(), {
      kind: "cancelled",
      message: `${list}: cancelled while the list was read`,
      cause: reason,
    });
    assert.equal(seen.length, 1, list);
  }
});

test("breaking off an iteration frees it", async () => {
  const events = session.events();
  for await (const event of events) {
    assert.ok(event.id);
    break;
  }
  assert.deepEqual(await events.next(), { value: undefined, done: true });
});

test("the webhook handler receives and acknowledges what the gateway posts", async () => {
  const got = [];
  const failing = new Set();
  const handle = webhookHandler({
    ack(event) {
      got.push(event.event_data.message.body);
      if (!failing.has(event.id)) {
        failing.add(event.id);
        throw new Error("not now");
      }
    },
  });
  // The README's example word by word, but for the address.
  const code = example(await readFile(`${installed}README.md`, "utf8"), "js", "session.setHook")
    .replace(/^import .*;$/gm, "")
    .replace("createServer(", "const http = createServer(")
    .replace("listen(8080)", 'listen(0, "127.0.0.1")')
    .replace("await session", 'await once(http, "listening"); await session')
    .replace("https://shop.test", "http://127.0.0.1:${http.address().port}");
  const run = `return (async () => { ${code} return http; })()`;
  const http = await new Function("createServer", "nodeHandler", "once", "handle", "session", run)(
    createServer,
    nodeHandler,
    once,
    handle,
    session,
  );
  const elsewhere = await fetch(`http://127.0.0.1:${http.address().port}/hook`, { method: "POST", body: '{"id":1}' });
  assert.equal(elsewhere.status, 404);
  await session.sendText(PHONE, "watched");
  // The first try of the first event fails, so that it has to come again.
  while (got.filter((body) => body === "watched").length < 2) await once(http, "request");
  await session.clearHook();
  http.close();
  http.closeAllConnections();
});

test("the key is refused when it is wrong", async () => {
  const stranger = new Client({ apiKey: "WRONG", baseUrl: place.baseUrl });
  const error = await stranger.session(place.session).chats().catch((error) => error);
  assert.ok(isWhatsgateError(error));
  assert.deepEqual([error.kind, error.outcome, error.status], ["unauthorized", "notSent", 401]);
});

test("the example of the README sends a text with a file", async () => {
  const readme = await readFile(`${installed}README.md`, "utf8");
  const lines = [];
  const code = example(readme, "js", "sendFile")
    .replace(/import \{[^}]*\} from "whatsgate";/, "")
    .replace('apiKey: "YOUR_API_KEY"', "apiKey, baseUrl")
    .replace('"YOUR_WHATSAPP_ID"', "id");
  const run = `return (async () => { ${code} })()`;
  const names = ["Client", "isWhatsgateError", "apiKey", "baseUrl", "id", "console"];
  const console = { log: (line) => lines.push(line), error: (line) => lines.push(line) };
  await new Function(...names, run)(Client, isWhatsgateError, place.apiKey, place.baseUrl, place.session, console);
  assert.match(lines[0], /^sent as true_79999999999@c\.us_/);
  assert.equal(acknowledge({ id: 18 }), '{"result":"OK","id":18}');
});

// What aborts a request serves many, one after another.
test("a call that is late or cancelled disturbs no other, before it or after", async () => {
  const held = [];
  const server = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (text) => {
      if (text.includes("held")) held.push(response);
      else response.end('{"result":"OK"}');
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const other = new Client({ apiKey: "key", baseUrl: `http://127.0.0.1:${server.address().port}` }).session("s");
  const outcome = (promise) => promise.then(({ reply }) => reply, ({ kind }) => kind);
  for (let round = 0; round < 4; round += 1) {
    const outcomes = await Promise.all(Array.from({ length: 150 }, (_, index) => {
      if (index % 3 === 0) return outcome(other.sendText(PHONE, "held", { timeoutMs: 40 }));
      if (index % 3 === 1) return outcome(other.sendText(PHONE, "held", { signal: AbortSignal.timeout(40) }));
      return outcome(other.sendText(PHONE, "at once"));
    }));
    assert.deepEqual(outcomes, Array.from({ length: 50 }, () => ["timeout", "cancelled", "OK"]).flat(), `round ${round}`);
    // These take the controllers that served the ones before.
    const after = await Promise.all(Array.from({ length: 100 }, () => outcome(other.sendText(PHONE, "at once"))));
    assert.deepEqual(new Set(after), new Set(["OK"]), `round ${round}`);
  }
  server.closeAllConnections();
  server.close();
});
