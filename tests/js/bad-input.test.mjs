// Wrong arguments: each is refused by a sentence that names it, and nothing is sent.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, test } from "node:test";
import { acknowledge, Client, init, parseWebhook, Session, webhookHandler } from "whatsgate";
import { KEY, PHONE, server, SESSION } from "./support.mjs";

// Before init, and so before everything else in this file.
const early = [];
for (const call of [
  () => new Client({ apiKey: KEY }),
  () => parseWebhook("{}"),
  () => acknowledge({ id: 1 }),
  () => webhookHandler({}),
]) {
  try {
    call();
  } catch (error) {
    early.push(error);
  }
}

await init();
const place = await server(after, () => ({ body: '{"result":"OK","data":true}' }));
const client = new Client({ apiKey: KEY, baseUrl: place.baseUrl });
const session = client.session(SESSION);

const thrown = (call) => Promise.resolve().then(call).then(() => assert.fail("nothing was thrown"), (error) => error);

/** The call fails with an error of this type, whose message has this in it, before anything is sent. */
async function refuses(call, type, message) {
  place.requests.length = 0;
  const error = await thrown(call);
  assert.equal(error.name, type, error.stack);
  assert.match(error.message, message);
  if (type === "WhatsgateError") {
    assert.deepEqual([error.outcome, error.retryable, error.tries], ["notSent", false, 0]);
  }
  assert.ok(!`${error.message}${error.stack}${JSON.stringify(error)}`.includes(KEY));
  assert.equal(place.requests.length, 0);
}

test("a call before init", () => {
  assert.deepEqual(
    early.map((error) => error.name),
    ["TypeError", "TypeError", "TypeError", "TypeError"],
  );
  assert.match(early[0].message, /^Client: .*await init\(\)/);
  assert.match(early[1].message, /^parseWebhook: .*await init\(\)/);
  assert.match(early[3].message, /^webhookHandler: .*await init\(\)/);
});

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
  ["Client: no options", () => new Client(), /^Client: options must be an object/],
  ["Client: no key", () => new Client({}), /^Client: options\.apiKey must be a string, not undefined/],
  ["Client: unknown option", () => new Client({ apiKey: KEY, token: 1 }), /options has no member "token".*apiKey, baseUrl/],
  ["Client: retry", () => new Client({ apiKey: KEY, retry: 3 }), /options\.retry must be an object or false/],
  ["Client: unknown retry option", () => new Client({ apiKey: KEY, retry: { tries: 3 } }), /options\.retry has no member "tries"/],
  ["Client: fetch", () => new Client({ apiKey: KEY, fetch: "x" }), /options\.fetch must be a function/],
  ["Client: timeoutMs", () => new Client({ apiKey: KEY, timeoutMs: -1 }), /options\.timeoutMs must be a whole number from 1 to 2147483647, not -1$/],
  ["Client: no time", () => new Client({ apiKey: KEY, timeoutMs: 0 }), /options\.timeoutMs must be .* from 1 .*, not 0$/],
  ["Client: no tries", () => new Client({ apiKey: KEY, retry: { maxTries: 0 } }), /retry\.maxTries must be .* from 1 .*, not 0$/],
  ["Client: negative pause", () => new Client({ apiKey: KEY, retry: { firstPauseMs: -5 } }), /firstPauseMs must be .* from 0 .*, not -5$/],
  ["chats: no time", () => session.chats({ timeoutMs: 0 }), /^chats: options\.timeoutMs must be .* from 1 .*, not 0$/],
  ["chats: time as text", () => session.chats({ timeoutMs: "5" }), /options\.timeoutMs must be .*, not string$/],
  ["session: id", () => client.session(7), /^session: id must be a string, not number/],
  ["Session: not by itself", () => new Session("x"), /client\.session\(id\)/],
  ["sendText: recipient", () => session.sendText(79999999999, "x"), /^sendText: recipient must be a string or an object/],
  ["sendText: no text", () => session.sendText(PHONE), /^sendText: text must be a string, not undefined/],
  ["sendText: unknown option", () => session.sendText(PHONE, "x", { timeout: 1 }), /options has no member "timeout".*timeoutMs/],
  ["sendText: async", () => session.sendText(PHONE, "x", { async: 1 }), /options\.async must be true or false/],
  ["sendText: unknown member of recipient", () => session.sendText({ phone: PHONE }, "x"), /recipient has no member "phone"/],
  ["sendText: signal", () => session.sendText(PHONE, "x", { signal: {} }), /options\.signal must be an AbortSignal/],
  ["send: message", () => session.send(PHONE, "x"), /^send: message must be an object/],
  ["send: unknown member", () => session.send(PHONE, { text: "x" }), /message has no member "text".*body/],
  ["send: media", () => session.send(PHONE, { media: { mimetype: "a/b" } }), /message\.media\.data must be a string/],
  ["sendFile: file", () => session.sendFile(PHONE, "path.txt"), /^sendFile: file must be a Blob, a File/],
  ["sendFile: no name", () => session.sendFile(PHONE, new Blob(["x"])), /options\.filename is needed/],
  ["sendFile: data URL", () => session.sendFile(PHONE, { base64: "data:text/plain;base64,eA==" }, { filename: "a" }), /file\.base64 is not base64/],
  ["sendFile: onProgress", () => session.sendFile(PHONE, new Blob(["x"]), { filename: "a", onProgress: 1 }), /options\.onProgress must be a function/],
  ["isRegistered: number", () => session.isRegistered(79999999999), /^isRegistered: number must be a string, not number/],
  ["messageMedia: message", () => session.messageMedia({}), /^messageMedia: message must be a string/],
  ["rename: name", () => session.rename(), /^rename: name must be a string/],
  ["setHook: empty", () => session.setHook(""), /^setHook: url is empty; clearHook\(\)/],
  ["createSession: unknown member", () => client.createSession({ title: "x" }), /session has no member "title"/],
  ["createSession: name", () => client.createSession({}), /^createSession: session\.name must be a string/],
  ["events: page", () => client.events({ page: 1.5 }), /^events: filter\.page must be a whole number .*, not 1\.5$/],
  ["events: invalid Date", () => client.events({ date: new Date(Number.NaN) }), /filter\.date is an invalid Date/],
  ["events: session", () => session.events({ session: "x" }), /^events: filter has no member "session" here/],
  ["events: onError", () => client.events({}, { onError: 1 }), /options\.onError must be a function/],
  ["waitUntilReady: onChange", () => session.waitUntilReady({ onChange: 1 }), /options\.onChange must be a function/],
  ["parseWebhook: parsed already", () => parseWebhook({ id: 1 }), /^parseWebhook: body must be a string or bytes/],
  ["acknowledge: no id", () => acknowledge({}), /^acknowledge: event\.id must be a whole number/],
  ["webhookHandler: unknown name", () => webhookHandler({ messages() {} }), /handlers has no member "messages"/],
  ["webhookHandler: no function", () => webhookHandler({ message: 1 }), /handlers\.message must be a function/],
];
for (const [name, call, message] of wrongTypes) test(name, () => refuses(call, "TypeError", message));

const wrongValues = [
  ["Client: key with a space", () => new Client({ apiKey: "two words" }), /^apiKey: .*white space/],
  ["Client: baseUrl", () => new Client({ apiKey: KEY, baseUrl: "whatsgate.ru" }), /^baseUrl: .*http/],
  ["session: id with a space", () => client.session("a b"), /^session: .*white space/],
  ["session: empty id", () => client.session(""), /^session: .*empty/],
  ["recipient: short number", () => session.sendText("12", "x"), /^recipient: .*2 digits/],
  ["recipient: no country code", () => session.sendText("9161234567", "x"), /^recipient: .*country code/],
  ["recipient: 8 for 7", () => session.sendText({ number: "84951234567" }, "x"), /^recipient: .*7 instead of 8/],
  ["recipient: empty object", () => session.sendText({}, "x"), /^recipient: .*an id or a number/],
  ["text: empty", () => session.sendText(PHONE, " "), /message\.body: it is empty/],
  ["quote: short id", () => session.sendText(PHONE, "x", { quote: "3EB0" }), /quote: .*long id/],
  ["mimetype", () => session.sendFile(PHONE, new Blob(["x"]), { filename: "a", mimetype: "png" }), /^mimetype: .*type\/subtype/],
  ["file: empty", () => session.sendFile(PHONE, new Blob([]), { filename: "a" }), /file: it is empty/],
  ["file: no name but a folder", () => session.sendFile(PHONE, new Blob(["x"]), { filename: "a/" }), /file: it has no name/],
  ["number: letters", () => session.isRegistered("seven"), /^number: /],
  ["message id", () => session.messageMedia("3EB0"), /^message: .*long id/],
  ["media key", () => session.media(""), /^key: .*empty/],
  ["callback", () => session.setHook("ftp://host"), /callback: .*http/],
  ["pairing number", () => client.createSession({ name: "x", pairingNumber: "1" }), /^pairingNumber: /],
  ["session name", () => client.createSession({ name: "" }), /name: it is empty/],
  ["date", () => client.events({ date: "yesterday" }), /^date: .*YYYY-MM-DD/],
  ["page size", () => client.eventsPage({ pageSize: 101 }), /page_cnt: .*100/],
  ["page 0", () => client.sessionsPage({ page: 0 }), /page: .*from 1/],
];
for (const [name, call, message] of wrongValues) test(name, () => refuses(call, "WhatsgateError", message));

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
  await refuses(() => session.sendFile(PHONE, bytes, { filename: "a" }), "TypeError", /^sendFile: file is a detached buffer/);
  await refuses(() => session.sendFile(PHONE, bytes.buffer, { filename: "a" }), "TypeError", /file is a detached buffer/);
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
  assert.equal(error.cause.cause, reason);
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
  await refuses(() => orphan.sendText(PHONE, "x"), "TypeError", /^sendText: the client was freed/);
  await refuses(() => freed.sessions(), "TypeError", /^sessions: the client was freed/);
});
