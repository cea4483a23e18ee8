// Wrong arguments: each is refused by a sentence that names it, and nothing is sent.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import {
  acknowledge,
  Client,
  isWhatsgateError,
  parseWebhook,
  Session,
  webhookHandler,
  WhatsgateError,
} from "whatsgate";
import { streamEvents } from "whatsgate/stream";
import { installed, KEY, PHONE, server, SESSION, TEXT } from "./support.mjs";

const place = await server(after, () => ({ body: '{"result":"OK","data":true}' }));
const client = new Client({ apiKey: KEY, baseUrl: place.baseUrl });
const session = client.session(SESSION);

const thrown = (call) => Promise.resolve().then(call).then(() => assert.fail("nothing was thrown"), (error) => error);

/** The call is refused because of this argument, in a message that has this in it, before anything is sent. */
async function refuses(call, argument, message) {
  place.requests.length = 0;
  const error = await thrown(call);
  assert.ok(error instanceof WhatsgateError && isWhatsgateError(error), error.stack);
  assert.match(error.message, message);
  assert.deepEqual([error.kind, error.argument], ["invalidRequest", argument], error.message);
  assert.deepEqual([error.outcome, error.retryable, error.tries], ["notSent", false, 0]);
  const shown = `${error.message}${error.stack}${JSON.stringify(error)}`;
  for (const secret of [KEY, PHONE, TEXT]) assert.ok(!shown.includes(secret), shown);
  assert.equal(place.requests.length, 0);
  return error;
}

/** What a program in a process of its own prints. */
function run(program) {
  const options = { cwd: new URL(".", import.meta.url), encoding: "utf8" };
  return execFileSync(process.execPath, ["--input-type=module", "--eval", program], options);
}

test("a failed init can be tried again", () => {
  const program = `
    import { init, parseWebhook } from "whatsgate";
    await init(new Uint8Array([1, 2, 3])).then(() => process.exit(1), (error) => console.log(error.name));
    await init();
    console.log(parseWebhook('{"id":1}').id);`;
  assert.equal(run(program), "CompileError\n1\n");
});

test("init reads a file: URL in Node", () => {
  const program = `
    import { init, parseWebhook } from "whatsgate";
    const file = new URL(import.meta.resolve("whatsgate/whatsgate_bg.wasm"));
    await init(new URL("gone.wasm", file)).then(() => process.exit(1), (error) => console.log(error.code));
    await init(file);
    console.log(parseWebhook('{"id":1}').id);`;
  assert.equal(run(program), "ENOENT\n1\n");
  assert.equal(run(program.replace("init(file)", "init(file.href)")), "ENOENT\n1\n");
});

const wrongTypes = [
  ["Client: no options", () => new Client(), "options.apiKey", /^Client: options\.apiKey is needed: .*WHATSGATE_API_KEY$/],
  ["Client: no key", () => new Client({}), "options.apiKey", /^Client: options\.apiKey is needed/],
  ["Client: unknown option", () => new Client({ apiKey: KEY, key: 1 }), "options", /options has no member "key".*apiKey, baseUrl/],
  ["Client: retry", () => new Client({ apiKey: KEY, retry: 3 }), "options.retry", /options\.retry must be an object or false/],
  ["Client: unknown retry option", () => new Client({ apiKey: KEY, retry: { tries: 3 } }), "options.retry", /options\.retry has no member "tries"/],
  ["Client: fetch", () => new Client({ apiKey: KEY, fetch: "x" }), "options.fetch", /options\.fetch must be a function/],
  ["Client: timeoutMs", () => new Client({ apiKey: KEY, timeoutMs: -1 }), "options.timeoutMs", /options\.timeoutMs must be a whole number from 1 to 2147483647$/],
  ["Client: no time", () => new Client({ apiKey: KEY, timeoutMs: 0 }), "options.timeoutMs", /options\.timeoutMs must be .* from 1 to \d+$/],
  ["Client: no tries", () => new Client({ apiKey: KEY, retry: { maxTries: 0 } }), "options.retry.maxTries", /retry\.maxTries must be .* from 1 to \d+$/],
  ["Client: negative pause", () => new Client({ apiKey: KEY, retry: { firstPauseMs: -5 } }), "options.retry.firstPauseMs", /firstPauseMs must be .* from 0 to \d+$/],
  ["chats: no time", () => session.chats({ timeoutMs: 0 }), "options.timeoutMs", /^chats: options\.timeoutMs must be .* from 1 to \d+$/],
  ["chats: time as text", () => session.chats({ timeoutMs: "5" }), "options.timeoutMs", /options\.timeoutMs must be .*, not string$/],
  ["session: id", () => client.session(7), "id", /^session: id must be a string, not number/],
  ["Session: not by itself", () => new Session("x"), undefined, /client\.session\(id\)/],
  ["sendText: recipient", () => session.sendText(79999999999, "x"), "recipient", /^sendText: recipient must be a string or an object/],
  ["sendText: no text", () => session.sendText(PHONE), "text", /^sendText: text must be a string, not undefined/],
  ["sendText: unknown option", () => session.sendText(PHONE, "x", { timeout: 1 }), "options", /options has no member "timeout".*timeoutMs/],
  ["sendText: async", () => session.sendText(PHONE, "x", { async: 1 }), "options.async", /options\.async must be true or false/],
  ["sendText: unknown member of recipient", () => session.sendText({ phone: PHONE }, "x"), "recipient", /recipient has no member "phone"/],
  ["sendText: signal", () => session.sendText(PHONE, "x", { signal: {} }), "options.signal", /options\.signal must be an AbortSignal/],
  ["sendText: a controller for a signal", () => session.sendText(PHONE, "x", { signal: new AbortController() }), "options.signal", /, not an AbortController$/],
  ["send: message", () => session.send(PHONE, "x"), "message", /^send: message must be an object/],
  ["send: unknown member", () => session.send(PHONE, { text: "x" }), "message", /message has no member "text".*body/],
  ["send: media", () => session.send(PHONE, { media: { mimetype: "a/b" } }), "message.media.data", /message\.media\.data must be a string/],
  ["sendFile: file", () => session.sendFile(PHONE, "path.txt"), "file", /^sendFile: file must be a Blob, a File/],
  ["sendFile: no name", () => session.sendFile(PHONE, new Blob(["x"])), "options.filename", /options\.filename is needed/],
  ["sendFile: data URL", () => session.sendFile(PHONE, { base64: "data:text/plain;base64,eA==" }, { filename: "a" }), "file.base64", /file\.base64 is not base64/],
  ["sendFile: onProgress", () => session.sendFile(PHONE, new Blob(["x"]), { filename: "a", onProgress: 1 }), "options.onProgress", /options\.onProgress must be a function/],
  ["isRegistered: number", () => session.isRegistered(79999999999), "number", /^isRegistered: number must be a string, not number/],
  ["messageMedia: message", () => session.messageMedia({}), "message", /^messageMedia: message must be a string/],
  ["rename: name", () => session.rename(), "name", /^rename: name must be a string/],
  ["setHook: empty", () => session.setHook(""), "url", /^setHook: url is empty; clearHook\(\)/],
  ["createSession: unknown member", () => client.createSession({ title: "x" }), "session", /session has no member "title"/],
  ["createSession: name", () => client.createSession({}), "session.name", /^createSession: session\.name must be a string/],
  ["events: page", () => client.events({ page: 1.5 }), "filter.page", /^events: filter\.page must be a whole number from 0 to 2147483647$/],
  ["events: invalid Date", () => client.events({ date: new Date(Number.NaN) }), "filter.date", /filter\.date is an invalid Date/],
  ["events: session", () => session.events({ session: "x" }), "filter", /^events: filter has no member "session"; it has date/],
  ["events: onError", () => client.events({}, { onError: 1 }), "options.onError", /options\.onError must be a function/],
  ["waitUntilReady: onChange", () => session.waitUntilReady({ onChange: 1 }), "options.onChange", /options\.onChange must be a function/],
  ["parseWebhook: parsed already", () => parseWebhook({ id: 1 }), "body", /^parseWebhook: body must be a string or bytes/],
  ["acknowledge: no id", () => acknowledge({}), "event.id", /^acknowledge: event\.id must be a whole number/],
  ["webhookHandler: unknown name", () => webhookHandler({ messages() {} }), "handlers", /handlers has no member "messages"/],
  ["webhookHandler: no function", () => webhookHandler({ message: 1 }), "handlers.message", /handlers\.message must be a function/],
];
for (const [name, call, argument, message] of wrongTypes) test(name, () => refuses(call, argument, message));

const wrongValues = [
  ["Client: key with a space", () => new Client({ apiKey: "two words" }), "options.apiKey", /white space/],
  ["Client: a port that is none", () => new Client({ apiKey: KEY, baseUrl: "http://127.0.0.1:99999" }), "options.baseUrl", /is not a URL/],
  ["Client: a host that is none", () => new Client({ apiKey: () => KEY, baseUrl: "https://[::1" }), "options.baseUrl", /is not a URL/],
  ["Client: a function for headers", () => new Client({ apiKey: KEY, headers: () => ({}) }), "options.headers", /not function/],
  ["Client: a header that fetch cannot send", () => new Client({ apiKey: KEY, headers: { Expect: "100-continue" } }), "options.headers.expect", /or by fetch/],
  ["an empty session for a filter", () => client.eventsPage({ session: "" }), "filter.session", /is empty; leave it out/],
  ["an empty date for a filter", () => session.events({ date: "" }), "filter.date", /is empty/],
  ["Client: a length of its own", () => new Client({ apiKey: KEY, headers: { "content-length": "3" } }), "options.headers.content-length", /set by the client itself/],
  ["Client: baseUrl", () => new Client({ apiKey: KEY, baseUrl: "whatsgate.ru" }), "options.baseUrl", /http/],
  ["session: id with a space", () => client.session("a b"), "id", /^session: .*white space/],
  ["session: empty id", () => client.session(""), "id", /^session: .*empty/],
  ["recipient: short number", () => session.sendText("12", "x"), "recipient", /2 digits/],
  ["recipient: no country code", () => session.sendText("9161234567", "x"), "recipient", /country code/],
  ["recipient: 8 for 7", () => session.sendText({ number: "84951234567" }, "x"), "recipient", /7 instead of 8/],
  ["recipient: empty object", () => session.sendText({}, "x"), "recipient", /an id or a number/],
  ["text: empty", () => session.sendText(PHONE, " "), "text", /it is empty/],
  ["quote: short id", () => session.sendText(PHONE, "x", { quote: "3EB0" }), "options.quote", /quote: .*long id/],
  ["mimetype", () => session.sendFile(PHONE, new Blob(["x"]), { filename: "a", mimetype: "png" }), "options.mimetype", /type\/subtype/],
  ["file: empty", () => session.sendFile(PHONE, new Blob([]), { filename: "a" }), "file", /file: it is empty/],
  ["file: no name but a folder", () => session.sendFile(PHONE, new Blob(["x"]), { filename: "a/" }), "file", /file: it has no name/],
  ["number: letters", () => session.isRegistered("seven"), "number", /^isRegistered: number: .*digit/],
  ["message id", () => session.messageMedia("3EB0"), "message", /long id/],
  ["media key", () => session.media(""), "key", /empty/],
  ["callback", () => session.setHook("ftp://host"), "url", /http/],
  ["pairing number", () => client.createSession({ name: "x", pairingNumber: "1" }), "session.pairingNumber", /1 digits/],
  ["session name", () => client.createSession({ name: "" }), "session.name", /name: it is empty/],
  ["date", () => client.events({ date: "yesterday" }), "filter.date", /YYYY-MM-DD/],
  ["page size", () => client.eventsPage({ pageSize: 101 }), "filter.pageSize", /100/],
  ["page 0", () => client.sessionsPage({ page: 0 }), "filter.page", /page: .*from 1/],
];
for (const [name, call, argument, message] of wrongValues) test(name, () => refuses(call, argument, message));

const message = (members) => ({ type: "text", body: "x", ...members });
const cause = new Error(TEXT);
const throwing = (name, others) => ({
  ...others,
  get [name]() {
    throw cause;
  },
});
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const cycle = { type: "text" };
cycle.media = cycle;

/** Whatever JavaScript has for a value, where the client takes an object or a text. */
const strange = [
  ["a getter in a message", () => session.send(PHONE, throwing("body", { type: "text" })), "message.body", /its getter threw/],
  ["a getter in media", () => session.send(PHONE, message({ media: throwing("data") })), "message.media.data", /its getter threw/],
  ["a getter in a recipient", () => session.sendText(throwing("number"), "x"), "recipient.number", /its getter threw/],
  ["a getter in options", () => session.sendText(PHONE, "x", throwing("quote")), "options.quote", /its getter threw/],
  ["a getter in a filter", () => client.events(throwing("action")), "filter.action", /its getter threw/],
  ["a getter in a client's options", () => new Client(throwing("apiKey")), "options.apiKey", /its getter threw/],
  ["a getter in a session to create", () => client.createSession(throwing("name")), "session.name", /its getter threw/],
  ["a getter in handlers", () => webhookHandler(throwing("message")), "handlers.message", /its getter threw/],
  ["a proxy that was revoked", () => session.send(PHONE, revoked.proxy), "message", /not an object that cannot be read/],
  ["a recipient that was revoked", () => session.sendText(revoked.proxy, "x"), "recipient", /cannot be read/],
  ["options that were revoked", () => session.chats(revoked.proxy), "options", /cannot be read/],
  ["a proxy as file", () => session.sendFile(PHONE, new Proxy({}, { get: () => { throw cause; } })), "file", /its getter threw/],
  ["a proxy without names", () => session.send(PHONE, new Proxy({}, { ownKeys: () => { throw cause; } })), "message", /its getter threw/],
  ["a cycle", () => session.send(PHONE, cycle), "message.media", /has no member "type"/],
  ["a cycle in a list", () => session.send(PHONE, message({ media: [cycle] })), "message.media", /not an array/],
  ["a BigInt as a text", () => session.sendText(PHONE, 79999999999n), "text", /not bigint/],
  ["a BigInt as a size", () => session.send(PHONE, message({ media: { data: "eA==", filesize: 5n } })), "message.media.filesize", /not bigint/],
  ["a BigInt as a page", () => client.events({ page: 1n }), "filter.page", /not bigint/],
  ["a BigInt as a number", () => session.isRegistered(79999999999n), "number", /not bigint/],
  ["a symbol as a text", () => session.sendText(PHONE, Symbol(TEXT)), "text", /not symbol/],
  ["a symbol as a recipient", () => session.sendText(Symbol(TEXT), "x"), "recipient", /not symbol/],
  ["a symbol as a name", () => client.createSession({ name: Symbol(TEXT) }), "session.name", /not symbol/],
  ["a function as a text", () => session.sendText(PHONE, () => TEXT), "text", /not function/],
  ["a String object", () => session.sendText(PHONE, new String(TEXT)), "text", /not a String/],
  ["a promise that was not waited for", () => session.sendText(PHONE, Promise.resolve(TEXT)), "text", /not a Promise/],
  ["a promise as a message", () => session.send(PHONE, Promise.resolve({})), "message", /must be an object, not a Promise/],
  ["a Map as a message", () => session.send(PHONE, new Map([["body", TEXT]])), "message", /not a Map/],
  ["a Date as options", () => session.chats(new Date()), "options", /not a Date/],
  ["bytes as a recipient", () => session.sendText(new Uint8Array(4), "x"), "recipient", /must be a string or an object/],
  ["a URL as a recipient", () => session.sendText(new URL("https://shop.test/"), "x"), "recipient", /not a URL/],
  ["a session as a recipient", () => session.sendText(session, "x"), "recipient", /chat id/],
  ["a class with a tag of its own", () => session.send(PHONE, { get [Symbol.toStringTag]() { return PHONE; } }), "message", /another kind of object/],
  ["a class whose tag throws", () => session.send(PHONE, { get [Symbol.toStringTag]() { throw cause; } }), "message", /cannot be read/],
  ["names that may be values", () => session.send(PHONE, { [PHONE]: 1 }), "message", /has no member of this name; it has type/],
  ["a long name", () => session.send(PHONE, { [KEY.padEnd(30, "x")]: 1 }), "message", /has no member of this name/],
  ["__proto__ as a name", () => session.send(PHONE, JSON.parse('{"__proto__":{"body":"x"}}')), "message", /has no member "__proto__"/],
  ["half a character in a text", () => session.sendText(PHONE, `${TEXT}\ud83d`), "text", /half of a character/],
  ["half a character in a name", () => session.rename("\udc00"), "name", /half of a character/],
  ["half a character in a recipient", () => session.sendText("\ud83d", "x"), "recipient", /half of a character/],
  ["NaN as a time", () => session.chats({ timeoutMs: Number.NaN }), "options.timeoutMs", /whole number/],
  ["a signal that throws", () => session.sendText(PHONE, "x", { signal: revoked.proxy }), "options.signal", /cannot be read/],
  ["a date of another kind", () => client.events({ date: { toISOString: () => TEXT } }), "filter.date", /must be a string or a Date/],
  ["a Symbol as a file", () => session.sendFile(PHONE, Symbol(TEXT)), "file", /not symbol/],
  ["null as a file", () => session.sendFile(PHONE, null), "file", /not null/],
  ["a file whose content is no text", () => session.sendFile(PHONE, { base64: 5 }), "file.base64", /must be a string, not number/],
  ["base64 with line breaks", () => session.sendFile(PHONE, { base64: "aGVs\nbG8=" }, { filename: "a" }), "file.base64", /has line breaks/],
  ["base64 without its padding", () => session.sendFile(PHONE, { base64: "aGk" }, { filename: "a" }), "file.base64", /no padding/],
  ["base64 that becomes something else late", () => session.sendFile(PHONE, { base64: `${"A".repeat(100_000)}"}},"recipient":{"number":"1"},"z":{"y":{"a":"AAAA` }, { filename: "a" }), "file.base64", /is not base64/],
  ["media that is not base64", () => session.send(PHONE, { type: "document", media: { mimetype: "a/b", data: "aGk", filename: "a" } }), "message.media.data", /is not base64/],
  ["a recipient with both", () => session.sendText({ id: `${PHONE}@c.us`, number: PHONE }, "x"), "recipient", /has both id and number/],
  ["a number in a recipient", () => session.sendText({ number: 79999999999 }, "x"), "recipient.number", /must be a string, not number/],
  ["an event that is none", () => acknowledge({ id: 2 ** 53 }), "event.id", /counts exactly, or a bigint/],
];
for (const [name, call, argument, why] of strange) {
  test(name, () => refuses(call, argument, why));
}

test("what throws when it is looked at is no error of the client's", () => {
  assert.equal(isWhatsgateError(revoked.proxy), false);
});

test("a getter that throws is the cause, and every member is read once", async () => {
  assert.equal((await thrown(() => session.send(PHONE, throwing("body", { type: "text" })))).cause, cause);
  let reads = 0;
  const counted = {
    type: "text",
    get body() {
      reads += 1;
      return reads === 1 ? "first" : 5n;
    },
  };
  await session.send(PHONE, counted).catch(() => {});
  assert.equal(JSON.parse(place.requests.at(-1).body).message.body, "first");
  const numbered = new (class {
    get number() {
      return PHONE;
    }
  })();
  await session.markAsRead(numbered).catch(() => {});
  assert.deepEqual(JSON.parse(place.requests.at(-1).body).recipient, { number: PHONE });
});

test("a proxy that tells the truth, null without a prototype and frozen objects are objects", async () => {
  const bare = Object.assign(Object.create(null), { number: PHONE });
  for (const to of [new Proxy({ number: PHONE }, {}), bare, Object.freeze({ number: PHONE })]) {
    place.requests.length = 0;
    await session.markAsRead(to).catch(() => {});
    assert.deepEqual(JSON.parse(place.requests[0].body).recipient, { number: PHONE });
  }
});

test("two versions of the package on one page know each other's errors, and nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "whatsgate-"));
  try {
    await cp(installed, folder, { recursive: true, dereference: true });
    const other = await import(pathToFileURL(join(folder, "node.mjs")));
    await other.init();
    const theirs = new other.Client({ apiKey: KEY, baseUrl: place.baseUrl });
    const error = await thrown(() => theirs.session(SESSION).sendText(5, "x"));
    assert.deepEqual([error instanceof WhatsgateError, isWhatsgateError(error), error.kind], [false, true, "invalidRequest"]);
    assert.ok(other.isWhatsgateError(await thrown(() => session.sendText(5, "x"))));
    // Each works by itself, and neither takes the other's for its own.
    assert.equal(await theirs.session(SESSION).isRegistered(PHONE), true);
    assert.equal(await session.isRegistered(PHONE), true);
    assert.throws(() => streamEvents(theirs.session(SESSION)), { argument: "session" });
    const handle = webhookHandler({ other: ({ id }) => assert.equal(id, other.parseWebhook('{"id":1}').id) });
    assert.equal((await handle(new Request("http://127.0.0.1/", { method: "POST", body: '{"id":1}' }))).status, 200);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an aborted signal", async () => {
  place.requests.length = 0;
  const reason = new Error("gone");
  const error = await thrown(() => session.sendText(PHONE, "x", { signal: AbortSignal.abort(reason) }));
  assert.deepEqual([error.kind, error.outcome, error.cause], ["cancelled", "notSent", reason]);
  assert.match(error.message, /^sendText: cancelled before anything was sent/);
  assert.equal(place.requests.length, 0);
});

test("a detached buffer", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  structuredClone(bytes, { transfer: [bytes.buffer] });
  await refuses(() => session.sendFile(PHONE, bytes, { filename: "a" }), "file", /^sendFile: file is a detached buffer/);
  await refuses(() => session.sendFile(PHONE, bytes.buffer, { filename: "a" }), "file", /file is a detached buffer/);
});

test("a buffer that is detached while it is read", async () => {
  place.requests.length = 0;
  const bytes = new Uint8Array(4 << 20);
  const onProgress = () => structuredClone(bytes, { transfer: [bytes.buffer] });
  const error = await thrown(() => session.sendFile(PHONE, bytes, { filename: "a", onProgress }));
  assert.deepEqual([error.kind, error.outcome], ["invalidRequest", "notSent"]);
  assert.match(error.message, /^sendFile: file changed or was detached while it was read; nothing was sent$/);
  assert.equal(place.requests.length, 0);
});

test("a call that waits for onProgress can be cancelled", async () => {
  place.requests.length = 0;
  const signal = AbortSignal.timeout(20);
  const onProgress = () => new Promise(() => {});
  const error = await thrown(() => session.sendFile(PHONE, new Blob(["x"]), { filename: "a", onProgress, signal }));
  assert.deepEqual([error.kind, error.outcome], ["cancelled", "notSent"]);
  assert.equal(place.requests.length, 0);
});

test("onProgress throws", async () => {
  const reason = new RangeError("no more");
  const onProgress = () => {
    throw reason;
  };
  const call = () => session.sendFile(PHONE, new Blob(["x"]), { filename: "a", onProgress });
  place.requests.length = 0;
  const error = await thrown(call);
  assert.deepEqual([error.kind, error.outcome, error.retryable], ["invalidRequest", "notSent", false]);
  assert.equal(error.message, "sendFile: options.onProgress threw; nothing was sent");
  assert.equal(error.cause, reason);
  const later = async () => onProgress();
  const rejected = await thrown(() => session.sendFile(PHONE, new Blob(["x"]), { filename: "a", onProgress: later }));
  assert.deepEqual([rejected.message, rejected.cause], [error.message, reason]);
  assert.equal(place.requests.length, 0);
});

test("a call after free", async () => {
  const freed = new Client({ apiKey: KEY, baseUrl: place.baseUrl });
  const orphan = freed.session(SESSION);
  const running = orphan.isRegistered(PHONE);
  freed.free();
  freed.free();
  assert.equal(await running, true);
  place.requests.length = 0;
  await refuses(() => orphan.sendText(PHONE, "x"), undefined, /^sendText: the client was freed/);
  await refuses(() => freed.sessions(), undefined, /^sessions: the client was freed/);
});
