// The relay: what a visitor may not do, what reaches the gateway of what it may, and that the key is in no answer.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, beforeEach, mock, test } from "node:test";
import { inspect } from "node:util";
import { Client, init, isWhatsgateError } from "whatsgate";
import { nodeHandler } from "whatsgate/node";
import { relayHandler } from "whatsgate/relay";
import { example, installed, KEY, listen, PHONE, sandbox, server, SESSION, TEXT } from "./support.mjs";

const TOKEN = "a-visitors-token";
// WhatsApp's id of the person.
const CHAT = `${PHONE}@c.us`;
const STRANGER = "79990000000";
const OWN_ORIGIN = "https://shop.test";
const COMMANDS = ["send", "seen", "typing", "check", "get-chats", "get-messagemedia", "get-media", "events-get"];
const ACCOUNT_WIDE = ["sessions-get", "session-create", "session-delete", "set-hook", "set-name"];
const OK = { body: '{"result":"OK"}' };
const GRANT = { session: SESSION, commands: [...COMMANDS, ...ACCOUNT_WIDE], chats: [PHONE] };

let reply;
const gateway = await server(after, (request) => reply(request));
beforeEach(() => {
  gateway.requests.length = 0;
  reply = () => OK;
});

/** A relay that knows one token, with what the test changes; all it tells its owner is kept. */
function relay(options = {}, grant = GRANT) {
  const told = [];
  const authorize = (_, { token }) => (token === TOKEN ? grant : null);
  const handle = relayHandler({
    apiKey: KEY,
    baseUrl: gateway.baseUrl,
    authorize,
    onError: (error) => told.push(error),
    ...options,
  });
  return Object.assign(handle, { told });
}

function post(command, body, { token = TOKEN, ...headers } = {}) {
  const text = typeof body === "string" || body instanceof ReadableStream ? body : JSON.stringify(body);
  const all = { "content-type": "application/json", "x-api-key": token, ...headers };
  return new Request(`https://shop.test/relay/${command}`, {
    method: "POST",
    headers: all,
    body: text,
    duplex: "half",
  });
}

/** The status and the body of an answer, after a look whether the key is anywhere in it. */
async function read(response) {
  const text = await response.text();
  const all = [...response.headers].join() + text + JSON.stringify(text && JSON.parse(text));
  assert.ok(!all.includes(KEY), "the key is in the answer");
  return [response.status, text === "" ? undefined : JSON.parse(text)];
}

/** The answer to a request that must be refused: its message, after a look at its envelope and at what the gateway got. */
async function refused(handle, request, status, asked = 0) {
  const [code, body] = await read(await handle(request));
  assert.equal(code, status, JSON.stringify(body));
  assert.deepEqual(
    [Object.keys(body), typeof body.name, body.code, body.status],
    [["name", "message", "code", "status"], "string", 0, status],
  );
  assert.equal(gateway.requests.length, asked);
  return body.message;
}

/** What the gateway got for a request that must be let through. */
async function passed(handle, request) {
  const [status, body] = await read(await handle(request));
  assert.equal(status, 200, JSON.stringify(body));
  const { url, headers, body: text } = gateway.requests.at(-1);
  assert.equal(headers["x-api-key"], KEY);
  return [url.slice("/api/v1/".length), JSON.parse(text), body];
}

const recipient = { id: CHAT };
const text = (to = recipient) => ({
  WhatsappID: SESSION,
  async: false,
  recipient: to,
  message: { type: "text", body: TEXT },
});

test("a text goes out with the gateway's key and as it was checked", async () => {
  const [command, body] = await passed(relay(), post("send", text()));
  assert.deepEqual([command, body], ["send", text()]);
  assert.ok(!JSON.stringify(gateway.requests).includes(TOKEN));
  const { headers } = await relay()(post("send", text()));
  const kept = ["content-type", "cache-control", "x-content-type-options"].map((name) => headers.get(name));
  assert.deepEqual(kept, ["application/json", "no-store", "nosniff"]);
});

for (const to of [
  { id: CHAT },
  { id: `${PHONE}@C.US` },
  { id: `${PHONE}@s.whatsapp.net` },
  { number: PHONE },
  { number: `+${PHONE}`, type: "contact" },
]) {
  test(`the chat that is allowed, as ${Object.keys(to)} ${Object.values(to).map((value) => value.replace(PHONE, "…"))}`, async () => {
    const [, body] = await passed(relay(), post("seen", { recipient: to }));
    assert.deepEqual(body, { WhatsappID: SESSION, recipient: to.id ? { id: CHAT } : { number: PHONE } });
  });
}

test("a grant may name its chats in any form", async () => {
  const group = { recipient: { number: "120363-1", type: "group" } };
  for (const chats of [
    "all",
    [{ number: "120363-1", type: "group" }],
    ["120363-1@g.us"],
    [{ id: "120363-1@G.US" }, `+${PHONE}`],
  ]) {
    const [, body] = await passed(relay({}, { ...GRANT, chats }), post("typing", group));
    assert.deepEqual(body, { WhatsappID: SESSION, ...group });
  }
});

const OTHERS = [
  { id: `${STRANGER}@c.us` },
  { number: STRANGER },
  { number: `+${STRANGER}`, type: "contact" },
  // A group may have a phone's digits.
  { number: PHONE, type: "group" },
  { id: `${PHONE}@g.us` },
  { id: `${PHONE}@lid` },
  { id: "status@broadcast" },
];
for (const to of OTHERS) {
  test(`another chat is refused: ${JSON.stringify(to).replaceAll(PHONE, "…")}`, async () => {
    const handle = relay();
    for (const command of ["send", "seen", "typing"]) {
      assert.match(await refused(handle, post(command, text(to)), 403), /^chat: /);
    }
  });
}

const MISTAKEN = [
  undefined,
  null,
  CHAT,
  [],
  [recipient],
  {},
  { id: CHAT, number: STRANGER },
  { id: [CHAT] },
  { id: { toString: CHAT } },
  { id: `${CHAT},${STRANGER}@c.us` },
  { id: `${CHAT}\n` },
  { id: `${PHONE}:1@c.us` },
  { id: "@c.us" },
  { id: "somebody@c.us" },
  { number: Number(PHONE) },
  { number: CHAT },
  { number: PHONE, type: "Group" },
  { number: "１２３４５６７" },
];
for (const to of MISTAKEN) {
  test(`no recipient: ${JSON.stringify(to)?.replaceAll(PHONE, "…")}`, async () => {
    for (const command of ["send", "seen", "typing"])
      await refused(relay({}, { ...GRANT, chats: "all" }), post(command, { ...text(), recipient: to }), 400);
  });
}

test("no token, a wrong one and one that was withdrawn are refused", async () => {
  let grant = GRANT;
  const handle = relay({ authorize: (_, { token }) => token === TOKEN && grant });
  await refused(handle, post("send", text(), { token: "" }), 401);
  await refused(handle, post("send", text(), { token: KEY }), 401);
  await passed(handle, post("send", text()));
  grant = undefined;
  await refused(handle, post("send", text()), 401, 1);
});

test("authorize is told what is asked", async () => {
  const calls = [];
  const handle = relay({ authorize: (request, call) => void calls.push([request.headers.get("origin"), call]) });
  await refused(handle, post("send", text({ number: `+${PHONE}` }), { origin: OWN_ORIGIN }), 401);
  await refused(handle, post("get-chats", {}), 401);
  assert.deepEqual(calls, [
    [OWN_ORIGIN, { command: "send", session: SESSION, chat: CHAT, token: TOKEN }],
    [null, { command: "get-chats", session: undefined, chat: undefined, token: TOKEN }],
  ]);
});

test("commands that are not granted, and those of the account in any case", async () => {
  assert.match(await refused(relay({}, { ...GRANT, commands: ["seen"] }), post("send", text()), 403), /^command: /);
  const all = relay({}, { ...GRANT, chats: "all" });
  for (const command of ACCOUNT_WIDE) {
    assert.match(
      await refused(all, post(command, { WhatsappID: SESSION, name: "x", callback: "https://shop.test/" }), 403),
      /^command: /,
    );
  }
});

test("another session is refused, and the grant's is the one that is sent", async () => {
  const handle = relay({}, { ...GRANT, chats: "all" });
  for (const command of ["get-chats", "events-get", "send"]) {
    assert.match(await refused(handle, post(command, { ...text(), WhatsappID: "ANOTHER_SESSION" }), 403), /^session: /);
    await refused(handle, post(command, { ...text(), WhatsappID: [SESSION] }), 400);
  }
  reply = () => ({ body: '{"result":"OK","data":[]}' });
  for (const body of [{}, { WhatsappID: null }, { WhatsappID: "" }]) {
    const [, sent] = await passed(handle, post("events-get", body));
    assert.equal(sent.WhatsappID, SESSION);
  }
});

test("paths lead to the command at their end and nowhere else", async () => {
  const at = (path) =>
    new Request(`https://shop.test${path}`, {
      method: "POST",
      headers: post("send", text()).headers,
      body: JSON.stringify(text()),
    });
  const mounted = relay({ mount: "/relay/" });
  const anywhere = relay();
  await passed(mounted, at("/relay/send"));
  gateway.requests.length = 0;
  for (const path of ["/send", "/other/send", "/relay/x/send", "/relay//send", "/relay%2Fsend", "/RELAY/send"])
    await refused(mounted, at(path), 404);
  for (const handle of [mounted, anywhere]) {
    for (const path of [
      "/relay/",
      "/relay/Send",
      "/relay/send/",
      "/relay/send%00",
      "/relay/%73end",
      "/relay/..%2Fsessions-get",
      "/relay/x%2Fsend",
      "/relay/send;x",
      "/relay/constructor",
      "/relay/__proto__",
      "/relay/send?x=/../sessions-get/x".replace("?", "%3F"),
    ]) {
      await refused(handle, at(path), 404);
    }
  }
  await refused(anywhere, at("/relay/../sessions-get"), 403);
  await refused(mounted, at("/relay/../sessions-get"), 404);
  await refused(anywhere, at("/relay/%2e%2e/set-hook"), 403);
});

test("only POST, and only JSON", async () => {
  const handle = relay();
  for (const method of ["GET", "DELETE", "OPTIONS", "PUT"])
    await refused(handle, new Request("https://shop.test/relay/send", { method }), 405);
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json5",
    "",
  ]) {
    await refused(handle, post("send", text(), { "content-type": type }), 415);
  }
  await passed(handle, post("send", text(), { "content-type": "application/json; charset=utf-8" }));
});

test("a body that is no object is refused", async () => {
  const bodies = ["", "[]", "null", '"x"', "1", "{", "{}{}", "[".repeat(100_000), `[${JSON.stringify(text())}]`];
  for (const body of bodies) await refused(relay(), post("send", body), 400);
  const [start, end] = JSON.stringify(text()).split(TEXT);
  await refused(relay(), post("send", new Blob([start, new Uint8Array([0xff]), end]).stream()), 400);
  await refused(relay(), post("send", { ...text(), message: [text().message] }), 400);
  await refused(relay(), post("send", { ...text(), message: {} }), 400);
});

test("of members that come twice, the one that was checked goes on", async () => {
  const twice = (first, second) => `{"recipient":${JSON.stringify(first)},"recipient":${JSON.stringify(second)}}`;
  await refused(relay(), post("seen", twice(recipient, { number: STRANGER })), 403);
  const [, body] = await passed(relay(), post("seen", twice({ number: STRANGER }, recipient)));
  assert.deepEqual(body, { WhatsappID: SESSION, recipient });
  assert.ok(!gateway.requests.at(-1).body.includes(STRANGER));
  await refused(relay(), post("seen", `{"recipient":{"id":"${CHAT}","id":"${STRANGER}@c.us"}}`), 403, 1);
});

test("members that are not known go nowhere, those that reach for prototypes neither", async () => {
  const odd = `{"__proto__":{"recipient":{"id":"${STRANGER}@c.us"},"isLarge":true},"constructor":{"prototype":{"id":1}},"apiKey":"x",
    "WhatsappID":"${SESSION}","recipient":{"__proto__":{"number":"${STRANGER}"},"id":"${CHAT}","extra":1},
    "message":{"body":"x","__proto__":{"media":{}},"to":"${STRANGER}","media":null}}`;
  const [, body] = await passed(relay(), post("send", odd));
  assert.deepEqual(body, { WhatsappID: SESSION, async: false, recipient, message: { type: "text", body: "x" } });
  assert.equal(gateway.requests.at(-1).body, JSON.stringify(body));
  await refused(relay(), post("seen", `{"__proto__":{"recipient":{"id":"${CHAT}"}}}`), 400, 1);
  assert.deepEqual([{}.recipient, {}.number, {}.media], [undefined, undefined, undefined]);
  try {
    // As another library on the server may have been made to do.
    Object.prototype.recipient = recipient;
    await refused(relay(), post("seen", {}), 400, 1);
  } finally {
    delete Object.prototype.recipient;
  }
});

test("a file goes out whole, and what is no file does not", async () => {
  const media = { mimetype: "text/csv", data: "eHg=", filename: "report.csv" };
  const message = { type: "doc", body: "Look", media };
  const [, body] = await passed(
    relay(),
    post("send", { ...text(), message: { ...message, media: { ...media, filesize: 2 } } }),
  );
  assert.deepEqual(body.message, message);
  const wrong = [
    { data: "data:text/csv;base64,eHg=" },
    { data: 1 },
    { mimetype: "csv" },
    { filename: " " },
    { filename: undefined },
  ];
  for (const change of wrong)
    await refused(
      relay(),
      post("send", { ...text(), message: { ...message, media: { ...media, ...change } } }),
      400,
      1,
    );
  await refused(relay(), post("send", { ...text(), message: { ...message, media: [media] } }), 400, 1);
});

test("a quote shows another chat, so that its chat must be allowed", async () => {
  const quoting = (quote) => post("send", { ...text(), message: { body: TEXT, quote } });
  const [, body] = await passed(relay(), quoting(`false_${CHAT}_3EB0`));
  assert.equal(body.message.quote, `false_${CHAT}_3EB0`);
  assert.match(await refused(relay(), quoting(`false_${STRANGER}@c.us_3EB0`), 403, 1), /^chat: /);
  await refused(relay(), quoting("3EB0"), 400, 1);
});

test("a file of a message, if the chat in its id is allowed", async () => {
  const group = relay({}, { ...GRANT, chats: ["120363@g.us"] });
  await passed(relay(), post("get-messagemedia", { MessageID: `false_${CHAT}_3EB0` }));
  await passed(group, post("get-messagemedia", { MessageID: `false_120363@g.us_3EB0_${CHAT}` }));
  gateway.requests.length = 0;
  for (const id of [`false_${STRANGER}@c.us_3EB0`, `true_120363@g.us_3EB0_${CHAT}`]) {
    assert.match(await refused(relay(), post("get-messagemedia", { MessageID: id }), 403), /^chat: /);
  }
  const wrong = [
    "3EB0",
    `false_${CHAT}`,
    `false_${CHAT}_`,
    `false_${CHAT}_3EB0_${STRANGER}@c.us`,
    `x_false_${CHAT}_3EB0`,
    `false_${PHONE}@C.US_3EB0`,
    `false_${CHAT}_3EB0\n`,
    [`false_${CHAT}_3EB0`],
    undefined,
  ];
  for (const MessageID of wrong) await refused(relay(), post("get-messagemedia", { MessageID }), 400);
});

test("a file by its key, if all chats are allowed", async () => {
  const asked = () => post("get-media", { mediaKey: "a+/=" });
  assert.match(await refused(relay(), asked(), 403), /^chat: /);
  const [, body] = await passed(relay({}, { ...GRANT, chats: "all" }), asked());
  assert.deepEqual(body, { WhatsappID: SESSION, mediaKey: "a+/=" });
});

test("whether a number is registered, if it is allowed", async () => {
  const [, body] = await passed(relay(), post("check", { number: `+${PHONE}` }));
  assert.deepEqual(body, { WhatsappID: SESSION, number: PHONE });
  await refused(relay(), post("check", { number: STRANGER }), 403, 1);
  await refused(relay(), post("check", { number: "x" }), 400, 1);
});

test("of the list of chats, a visitor sees those allowed", async () => {
  const data = [
    { id: CHAT, name: TEXT },
    { id: `${STRANGER}@c.us`, name: "a stranger" },
    { name: "none" },
    null,
    [CHAT],
    { id: { _serialized: CHAT } },
  ];
  reply = () => ({ body: JSON.stringify({ result: "OK", data, others: [STRANGER] }) });
  assert.deepEqual((await passed(relay(), post("get-chats", {})))[2], { result: "OK", data: [data[0]] });
  assert.deepEqual((await passed(relay({}, { ...GRANT, chats: "all" }), post("get-chats", {})))[2].data, data);
  for (const data of [{ 0: { id: CHAT } }, undefined, "x"]) {
    reply = () => ({ body: JSON.stringify({ result: "OK", data }) });
    gateway.requests.length = 0;
    await refused(relay(), post("get-chats", {}), 502, 1);
  }
});

const event = (id, message, more) => ({
  id,
  whatsapp_id: SESSION,
  event_action: "message",
  event_data: { message },
  ...more,
});
const inChat = (id, phone = PHONE) =>
  event(id, { id: `false_1@c.us_${id}`, from: `${phone}@c.us`, to: "1@c.us", body: TEXT });
const EVENTS = [
  inChat(1),
  inChat(2, STRANGER),
  event(3, { id: `true_${CHAT}_3`, from: "1@c.us", to: CHAT }),
  event(4, { id: `true_${STRANGER}@c.us_4`, from: CHAT, to: `${STRANGER}@c.us` }),
  event(5, { id: `false_${CHAT}_5` }),
  event(6, undefined, { event_action: "ready", event_data: { number: PHONE } }),
  event(7, undefined, { event_data: [] }),
  event(8, `from ${CHAT}`),
  { ...inChat(9), whatsapp_id: "ANOTHER_SESSION" },
  event(10, { id: "120363@g.us", from: "120363@g.us", author: CHAT }),
  null,
];

test("of the events, a visitor sees those of its session and of the chats allowed", async () => {
  reply = () => ({ body: JSON.stringify({ result: "OK", pages: 1, elements: EVENTS.length, page: 1, data: EVENTS }) });
  const filter = { date: "2024-05-01 00:00:00", action: "message" };
  const [, body, answer] = await passed(relay(), post("events-get", { ...filter, page: "1", page_cnt: "5" }));
  assert.deepEqual(body, { WhatsappID: SESSION, ...filter, page: 1, page_cnt: 100 });
  assert.deepEqual(answer, { result: "OK", pages: 1, page: 1, data: [EVENTS[0], EVENTS[2], EVENTS[4]] });
  const [, all, everything] = await passed(relay({}, { ...GRANT, chats: "all" }), post("events-get", filter));
  assert.deepEqual(
    [all, everything.data.map((event) => event?.id)],
    [{ WhatsappID: SESSION, ...filter }, [1, 2, 3, 4, 5, 6, 7, 8, 10, undefined]],
  );
  for (const wrong of [
    { date: "NOW" },
    { page: 0 },
    { page_cnt: 101 },
    { page: 1.5 },
    { page: {} },
    { action: "a b" },
    { date: ["x"] },
  ]) {
    gateway.requests.length = 0;
    await refused(relay(), post("events-get", wrong), 400);
  }
});

/** A gateway with so many events of a stranger's, among which every tenth is of the chat allowed. */
function many(count) {
  const events = Array.from({ length: count }, (_, at) => inChat(at, at % 10 === 9 ? PHONE : STRANGER));
  reply = ({ body }) => {
    const { page, page_cnt: size } = JSON.parse(body);
    const data = events.slice((page - 1) * size, page * size);
    return { body: JSON.stringify({ result: "OK", pages: Math.ceil(count / size), elements: count, page, data }) };
  };
}

test("a client reads all events of its chats past pages that have none for it", async () => {
  many(250);
  const handle = relay();
  await init();
  const fetch = (url, options) => handle(new Request(url, options));
  const session = new Client({ apiKey: TOKEN, baseUrl: "https://shop.test/relay", fetch, retry: false }).session(
    SESSION,
  );
  const expected = Array.from({ length: 25 }, (_, at) => 10 * at + 9);
  for (const pageSize of [1, 7, 25, 100]) {
    const ids = [];
    for await (const event of session.events({ pageSize })) ids.push(event.id);
    assert.deepEqual(ids, expected);
  }
  const page = await session.eventsPage({ pageSize: 10, page: 3 });
  assert.deepEqual([page.pages, page.elements, page.items.map(({ id }) => id)], [3, null, expected.slice(20)]);
});

test("a page that is the last one says so", async () => {
  const data = Array.from({ length: 150 }, (_, at) => inChat(at, at < 10 ? PHONE : STRANGER));
  reply = ({ body }) => {
    const { page } = JSON.parse(body);
    return { body: JSON.stringify({ result: "OK", pages: 2, page, data: data.slice(100 * (page - 1), 100 * page) }) };
  };
  const pages = async (body) => (await passed(relay(), post("events-get", body)))[2].pages;
  assert.deepEqual(
    [
      await pages({}),
      await pages({ page_cnt: 9 }),
      await pages({ page_cnt: 5 }),
      await pages({ page_cnt: 5, page: 2 }),
    ],
    [1, 2, 2, 2],
  );
});

test("a visitor with nothing among very many events is told so, not that there are none", async () => {
  many(2500);
  assert.match(
    await refused(relay({}, { ...GRANT, chats: ["79995556677"] }), post("events-get", {}), 400, 20),
    /later date/,
  );
});

test("a body over the limit, over that of the grant, and one that never ends", async () => {
  const large = () => post("send", { ...text(), message: { body: "x".repeat(2000) } });
  await refused(relay({ maxBytes: 1000 }), large(), 413);
  await refused(relay({}, { ...GRANT, maxBytes: 1000 }), large(), 413);
  const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)) });
  await refused(relay(), post("send", endless), 413);
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const silent = relay()(post("send", new ReadableStream()));
    mock.timers.tick(30_000);
    assert.equal((await read(await silent))[0], 408);
  } finally {
    mock.timers.reset();
  }
  const small = relay({ maxBytesInAll: 5000 });
  for (let calls = 0; calls < 4; calls += 1) await passed(small, large());
  gateway.requests.length = 0;
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error("broken")) });
  await refused(relay(), post("send", broken), 400);
});

test("a flood is answered with 429, and what was under way is not disturbed", async () => {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  reply = () => opened.then(() => OK);
  const handle = relay({ maxAtOnce: 6, maxAtOncePerVisitor: 4, authorize: () => GRANT });
  const flood = (token, calls) =>
    Array.from({ length: calls }, async () => read(await handle(post("seen", { recipient }, { token }))));
  const calls = [...flood("one", 20), ...flood("two", 20)];
  const isBusy = ([status]) => status === 429;
  // Who is refused is told at once.
  const first = await Promise.all([...calls.slice(4, 20), ...calls.slice(22)]);
  assert.ok(first.every(isBusy), JSON.stringify(first));
  open();
  const statuses = (await Promise.all(calls)).map(([status]) => status);
  assert.equal(statuses.filter((status) => status === 200).length, 6);
  assert.equal(gateway.requests.length, 6);
  const late = await handle(post("seen", { recipient }));
  assert.equal(late.status, 200);
  const busy = relay({ maxAtOnce: 1, authorize: () => new Promise(() => {}) });
  void busy(post("seen", { recipient }));
  assert.equal((await busy(post("seen", { recipient }))).headers.get("retry-after"), "1");
});

test("spend counts what is allowed, and ends it", async () => {
  const spent = [];
  const grant = { ...GRANT, subject: "visitor 7" };
  const spend = async ({ subject }, spending) => spent.push([subject, spending]) < 3;
  const handle = relay({ spend }, grant);
  const request = JSON.stringify(text());
  await passed(handle, post("send", request));
  await refused(handle, post("send", text({ number: STRANGER })), 403, 1);
  await passed(handle, post("get-messagemedia", { MessageID: `false_${CHAT}_1` }));
  assert.match(await refused(handle, post("send", request), 403, 2), /^budget: /);
  const bytes = Buffer.byteLength(request);
  assert.deepEqual(spent[0], ["visitor 7", { command: "send", sends: 1, bytes }]);
  assert.deepEqual(
    spent.map(([, { command, sends }]) => [command, sends]),
    [
      ["send", 1],
      ["get-messagemedia", 0],
      ["send", 1],
    ],
  );
});

test("mistakes of the server's are told to it, not to the visitor", async () => {
  const failing = () => {
    throw new Error(`the database, whose password is ${KEY}`);
  };
  for (const options of [
    { authorize: failing },
    { spend: failing },
    { authorize: () => true },
    { authorize: () => ({ ...GRANT, chats: undefined }) },
    { authorize: () => ({ ...GRANT, chats: ["x"] }) },
    { authorize: () => ({ ...GRANT, session: "" }) },
    { authorize: () => ({ ...GRANT, maxBytes: 0 }) },
  ]) {
    const handle = relay(options);
    assert.equal(await refused(handle, post("send", text()), 500), "the relay failed");
    assert.ok(handle.told.length === 1 && handle.told[0] instanceof Error);
  }
  const silent = mock.method(console, "error", () => {});
  try {
    await refused(relay({ authorize: failing, onError: failing }), post("send", text()), 500);
    assert.ok(!inspect(silent.mock.calls.map((call) => call.arguments)).includes(KEY));
  } finally {
    silent.mock.restore();
  }
});

test("a gateway that is gone, slow, or answers what it should not", async () => {
  let close;
  const gone = await server(
    (stop) => (close = stop),
    () => OK,
  );
  close();
  const nowhere = relay({ baseUrl: gone.baseUrl });
  await refused(nowhere, post("send", text()), 502);
  assert.match(nowhere.told[0].message, /ECONNREFUSED/);

  const bad = [
    [502, { body: "<html>", headers: { "content-type": "text/html" } }],
    [502, { status: 404, body: "<html>" }],
    [502, { status: 500, body: "" }],
    [502, { status: 302, headers: { location: `${gateway.baseUrl}/elsewhere` } }],
    [502, { body: "[1]" }],
    [502, { body: '{"result":' }],
    [502, { destroy: true }],
    [502, { body: `{"result":"${"x".repeat(2000)}"}` }],
    [502, { status: 401, body: JSON.stringify({ name: "Unauthorized", message: "x", code: 0, status: 401 }) }],
    [502, { status: 403, body: JSON.stringify({ name: "Forbidden", message: "x", code: 0, status: 403 }) }],
    [502, { status: 500, body: JSON.stringify({ name: "Unauthorized", message: "x", code: 0 }) }],
    [502, { body: JSON.stringify({ name: "Unauthorized", message: "x", code: 0 }) }],
    [500, { body: JSON.stringify({ name: "Bad", message: "x", code: 0 }) }],
    [429, { status: 429, body: "<html>", headers: { "retry-after": "7" } }],
    [500, { status: 500, body: "Evaluation failed: x (reading 'serialize')" }],
  ];
  for (const [status, answer] of bad) {
    gateway.requests.length = 0;
    reply = () => answer;
    const handle = relay({ maxReplyBytes: 1000 });
    const message = await refused(handle, post("send", text()), status, 1);
    assert.ok(!message.includes("<"), message);
    assert.equal(handle.told.length, status === 502 ? 1 : 0);
    assert.ok(!inspect(handle.told, { depth: 9 }).includes(KEY));
  }
  reply = () => new Promise(() => {});
  gateway.requests.length = 0;
  await refused(relay({ timeoutMs: 20 }), post("send", text()), 504, 1);
});

test("a gateway without an end is not read to it", async () => {
  let isBrokenOff = false;
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1 << 20)),
    cancel: () => void (isBrokenOff = true),
  });
  await refused(relay({ fetch: async () => new Response(body) }), post("send", text()), 502);
  assert.ok(isBrokenOff);
});

test("when the visitor goes, the gateway is no longer waited for", async () => {
  const visitor = new AbortController();
  let signal;
  const fetch = (_, options) =>
    new Promise((_, reject) => {
      ({ signal } = options);
      signal.addEventListener("abort", () => reject(signal.reason));
      visitor.abort();
    });
  await refused(relay({ fetch }), new Request(post("seen", { recipient }), { signal: visitor.signal }), 502);
  assert.ok(signal.aborted);
});

test("the gateway's own errors are passed on, with what clients know of them", async () => {
  reply = () => ({
    status: 500,
    body: JSON.stringify({ name: "Bad", message: "no such file", code: 7, file: "/var/www", "stack-trace": [KEY] }),
  });
  assert.deepEqual(await read(await relay()(post("send", text()))), [
    500,
    { name: "Bad", message: "no such file", code: 7, status: 500 },
  ]);
  for (const message of [
    "see https://gateway.test/logs",
    `no route to ${new URL(gateway.baseUrl).host}`,
    "x".repeat(1001),
  ]) {
    reply = () => ({ status: 500, body: JSON.stringify({ name: "Bad", message, code: 7 }) });
    gateway.requests.length = 0;
    assert.equal(await refused(relay(), post("send", text()), 500, 1), "the gateway answered with an error");
  }
  reply = () => ({ status: 500, body: JSON.stringify({ name: "at https://gateway.test", message: "x", code: 0 }) });
  assert.equal((await read(await relay()(post("send", text()))))[1].name, "Internal Server Error");
  const date = "Wed, 01 May 2024 10:00:00 GMT";
  reply = () => ({
    status: 429,
    body: '{"message":"slowly"}',
    headers: { date, "x-rate-limit-reset": "7", "set-cookie": "a=b", server: KEY },
  });
  const { status, headers } = await relay()(post("send", text()));
  assert.deepEqual(
    [status, headers.get("retry-after"), headers.get("date"), headers.get("set-cookie"), headers.get("server")],
    [429, "7", date, null, null],
  );
});

test("a gateway that repeats the key, in whatever form, does not show it", async () => {
  const escaped = [...KEY].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
  for (const said of [KEY, `x${KEY}${KEY}`, escaped]) {
    for (const answer of [
      { status: 500, body: `{"name":"${said}","message":"the key ${said} is wrong","code":0}` },
      { status: 400, body: `${said}` },
      { body: `{"result":"${said}","${said}":[{"x":"${said}"}]}` },
      { body: `${said}` },
      { ...OK, headers: { "retry-after": KEY, date: KEY, "x-rate-limit-reset": KEY } },
      { status: 429, body: "", headers: { "retry-after": KEY, "x-rate-limit-reset": KEY } },
      { status: 302, headers: { location: `https://shop.test/?key=${KEY}` } },
    ]) {
      reply = () => answer;
      const handle = relay();
      await read(await handle(post("send", text())));
      assert.ok(!inspect(handle.told, { depth: 9 }).includes(KEY));
    }
  }
  const odd = 'a"b\\c%d';
  reply = () => ({ body: JSON.stringify({ result: odd, data: encodeURIComponent(odd) }) });
  const answer = await relay({ apiKey: odd })(post("send", text()));
  assert.deepEqual(await answer.json(), { result: "[removed]", data: "[removed]" });
});

test("a function in the place of fetch that shows the key in its error", async () => {
  const fetch = (_, { headers }) => {
    throw Object.assign(new Error(JSON.stringify(headers)), { code: KEY });
  };
  const handle = relay({ fetch });
  await refused(handle, post("send", text()), 502);
  assert.ok(!inspect(handle.told, { depth: 9 }).includes(KEY));
});

test("without named origins, pages of the relay's own may ask", async () => {
  const handle = relay();
  for (const [site, status] of [["same-origin", 200], ["none", 200], ["cross-site", 403], ["same-site", 403]]) {
    const answer = await handle(post("send", text(), { origin: "https://evil.test", "sec-fetch-site": site }));
    assert.equal(answer.status, status, site);
  }
});

test("pages of origins that are named may ask, and no others", async () => {
  const handle = relay({ origins: [OWN_ORIGIN, "http://127.0.0.1:8080"] });
  const ask = (origin, method = "POST") =>
    new Request("https://relay.test/relay/send", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": method,
        "access-control-request-headers": "content-type,x-api-key",
      },
    });
  const allowed = await handle(ask(OWN_ORIGIN));
  assert.deepEqual(
    [
      allowed.status,
      ...["origin", "methods", "headers"].map((name) => allowed.headers.get(`access-control-allow-${name}`)),
      allowed.headers.get("vary"),
    ],
    [204, OWN_ORIGIN, "POST", "accept, authorization, content-type, x-api-key", "origin"],
  );
  const cors = ({ headers }) => [...headers.keys()].filter((name) => name.startsWith("access-control"));
  for (const origin of ["https://shop.test.evil.test", "http://shop.test", "null", "https://SHOP.test:444", "*", ""]) {
    const answer = await handle(ask(origin));
    assert.deepEqual([answer.status, cors(answer), answer.headers.get("vary")], [403, [], "origin"]);
    gateway.requests.length = 0;
    assert.match(await refused(handle, post("send", text(), { origin }), 403), /^origin: /);
  }
  for (const [request, status] of [
    [post("send", text(), { origin: OWN_ORIGIN }), 200],
    [post("send", text(), { origin: OWN_ORIGIN, token: "x" }), 401],
    [post("set-hook", {}, { origin: OWN_ORIGIN }), 403],
  ]) {
    const answer = await handle(request);
    assert.deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [status, OWN_ORIGIN]);
    assert.equal(answer.headers.get("access-control-allow-credentials"), null);
  }
  await passed(handle, post("send", text()));
  const closed = relay();
  assert.deepEqual(cors(await closed(ask(OWN_ORIGIN))), []);
  assert.deepEqual(cors(await closed(post("send", text(), { origin: OWN_ORIGIN }))), []);
});

test("mistakes in the options are named, without the key", () => {
  const authorize = () => null;
  const wrong = [
    [{ authorize }, /apiKey/],
    [{ apiKey: `${KEY}\n`, authorize }, /apiKey/],
    [{ apiKey: "", authorize }, /apiKey/],
    [{ apiKey: KEY }, /authorize/],
    [{ apiKey: KEY, authorize, baseUrl: "ftp://shop.test" }, /baseUrl/],
    [{ apiKey: KEY, authorize, baseUrl: "constructor" }, /baseUrl/],
    [{ apiKey: KEY, authorize, origins: ["*"] }, /origins\[0\]/],
    [{ apiKey: KEY, authorize, origins: ["https://shop.test/"] }, /origins\[0\]/],
    [{ apiKey: KEY, authorize, origins: "https://shop.test" }, /origins/],
    [{ apiKey: KEY, authorize, maxBytes: 0 }, /maxBytes/],
    [{ apiKey: KEY, authorize, spent: authorize }, /options/],
    [{ apiKey: KEY, authorize, spend: 1 }, /spend/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(
      () => relayHandler(options),
      (error) => message.test(error.argument) && isWhatsgateError(error) && !inspect(error).includes(KEY),
    );
  }
});

test("the example of the README, in front of a sandbox", async () => {
  const place = await sandbox(after);
  const source = example(await readFile(`${installed}README.md`, "utf8"), "js", "relayHandler({")
    .replace(/^import .*$/gm, "")
    .replace('"YOUR_WHATSAPP_ID"', JSON.stringify(place.session))
    .replace("origins:", `baseUrl: ${JSON.stringify(place.baseUrl)}, origins:`);
  const visitorByToken = async (token) => (token === TOKEN ? { phone: PHONE } : undefined);
  const process = { env: { WHATSGATE_API_KEY: place.apiKey } };
  let http;
  const keep = (handle) => Object.assign((http = createServer(handle)), { listen: () => {} });
  new Function("createServer", "nodeHandler", "relayHandler", "visitorByToken", "process", source)(
    keep,
    nodeHandler,
    relayHandler,
    visitorByToken,
    process,
  );
  delete http.listen;
  await listen(http, after);
  await init();
  const session = (apiKey) =>
    new Client({ apiKey, baseUrl: `http://127.0.0.1:${http.address().port}/relay`, retry: false }).session(
      place.session,
    );
  const { message } = await session(TOKEN).sendText(PHONE, TEXT);
  assert.match(message.id, /^true_/);
  await assert.rejects(session(TOKEN).sendText(STRANGER, TEXT), {
    kind: "refused",
    status: 403,
    outcome: "notSent",
    retryable: false,
  });
  await assert.rejects(session(TOKEN).delete(), { kind: "refused", status: 403 });
  await assert.rejects(session("x").sendText(PHONE, TEXT), { kind: "unauthorized", status: 401 });
  const large = new Uint8Array(13 << 20);
  await assert.rejects(session(TOKEN).sendFile(PHONE, large, { filename: "large" }), { kind: "refused", status: 413 });
  const file = await session(TOKEN).sendFile(PHONE, large.subarray(4 << 20), { filename: "large" });
  assert.match(file.message.id, /^true_/);
});
