// How the WebAssembly is loaded, and what happens when it cannot be, or when it breaks. Each in a process of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { installed, KEY, PHONE, server, SESSION } from "./support.mjs";

const MESSAGE = { id: "true_79999999999@c.us_3EB0436AE1E682FF3A37", body: "Hello!", ack: 0 };
const place = await server(after, ({ url, body }) => {
  if (url.endsWith("/sessions-get")) return { body: '{"result":"OK","data":[],"pages":1,"elements":0,"page":1}' };
  // Never answered.
  if (body.includes("slow")) return new Promise(() => {});
  return { body: JSON.stringify({ result: MESSAGE }) };
});

/** What a program prints; it may not end in any other way than by its end. */
async function run(program) {
  const given = `const KEY = ${JSON.stringify(KEY)}, PHONE = ${JSON.stringify(PHONE)}, SESSION = ${JSON.stringify(SESSION)};
    const baseUrl = ${JSON.stringify(place.baseUrl)};
    const tell = (error) => console.log(error.name, error.kind ?? "-", error.outcome ?? "-", error.retryable ?? "-", error.message);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", given + program], {
    cwd: new URL(".", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  assert.equal(code, 0, output);
  return output.trimEnd().split("\n");
}

test("in Node nothing needs to be loaded first", async () => {
  const lines = await run(`
    import { acknowledge, Client, parseWebhook, webhookHandler } from "whatsgate";
    try { new Client({ apiKey: "two words" }); } catch (error) { tell(error); }
    const client = new Client({ apiKey: KEY, baseUrl });
    try { client.session("a b"); } catch (error) { tell(error); }
    console.log(parseWebhook('{"id":1}').id, acknowledge({ id: 2 }));
    console.log((await client.session(SESSION).sendText(PHONE, "x")).message.body);`);
  assert.match(lines[0], /^WhatsgateError invalidRequest notSent false Client: options\.apiKey: .*white space/);
  assert.match(lines[1], /^WhatsgateError invalidRequest notSent false session: .*white space/);
  assert.deepEqual(lines.slice(2), ['1 {"result":"OK","id":2}', "Hello!"]);
});

test("the same by require", async () => {
  const lines = await run(`
    import { createRequire } from "node:module";
    const require = createRequire(import.meta.url);
    for (const entry of ["whatsgate", "whatsgate/inline", "whatsgate/script"]) {
      const { Client, init, parseWebhook } = require(entry);
      console.log(parseWebhook('{"id":1}').id, await init());
      console.log((await new Client({ apiKey: KEY, baseUrl }).session(SESSION).sendText(PHONE, "x")).message.body);
    }
    console.log(require("whatsgate") === require("whatsgate/inline"), typeof require("whatsgate/relay").relayHandler);`);
  assert.deepEqual(lines, [...Array(3).fill(["1 undefined", "Hello!"]).flat(), "true function"]);
});

/** As in a page: the file comes from \`fetch\`, which answers what \`answers\` says, one after the other. */
const page = (answers) => `
  import { readFileSync } from "node:fs";
  import { Client, init, parseWebhook, webhookHandler } from ${JSON.stringify(pathToFileURL(`${installed}index.mjs`).href)};
  const wasm = (type = "application/wasm") =>
    new Response(readFileSync(${JSON.stringify(`${installed}whatsgate_bg.wasm`)}), { headers: { "content-type": type } });
  const answers = [${answers}];
  const real = globalThis.fetch;
  globalThis.fetch = async (url, options) => (/whatsgate_bg.wasm$/.test(url) ? answers.shift()() : real(url, options));
  const client = new Client({ apiKey: KEY, baseUrl });
  const session = client.session(SESSION);`;

test("where loading takes its time, the first call waits for it, and mistakes come from there", async () => {
  const lines = await run(`${page("() => wasm()")}
    try { new Client({}); } catch (error) { tell(error); }
    const mistaken = new Client({ apiKey: "two words", baseUrl });
    try { parseWebhook("{}"); } catch (error) { tell(error); }
    const [first, second] = await Promise.all([session.sendText(PHONE, "x"), session.sendText(PHONE, "y")]);
    console.log(first.message.body, second.message.body, parseWebhook('{"id":1}').id);
    await mistaken.session(SESSION).sendText(PHONE, "x").catch(tell);
    try { new Client({ apiKey: "two words" }); } catch (error) { tell(error); }`);
  assert.match(lines[0], /^WhatsgateError invalidRequest notSent false Client: options\.apiKey is needed/);
  assert.match(lines[1], /^TypeError - - - parseWebhook: .*`await init\(\)`/);
  assert.equal(lines[2], "Hello! Hello! 1");
  assert.match(lines[3], /^WhatsgateError invalidRequest notSent false Client: options\.apiKey: .*white space/);
  assert.equal(lines[4], lines[3]);
});

test("a list waits for it too, and says what is wrong with its filter", async () => {
  const lines = await run(`${page("() => wasm('application/octet-stream')")}
    const wrong = client.events({ date: "yesterday" });
    for await (const _ of client.sessions()) console.log("a session");
    await wrong.next().catch(tell);`);
  assert.match(lines[0], /^WhatsgateError invalidRequest notSent false events: filter\.date: /);
});

test("a page of HTML in place of the file, and other answers, are told, and loading may be tried again", async () => {
  const answers = [
    `() => new Response("<!doctype html>", { headers: { "content-type": "text/html; charset=utf-8" } })`,
    `() => new Response("gone", { status: 404, headers: { "content-type": "text/plain" } })`,
    `() => new Response("busy", { status: 503 })`,
    `() => { throw new TypeError("fetch failed"); }`,
    `() => new Response(new Uint8Array([0, 97, 115, 109, 9]))`,
    `() => wasm()`,
  ];
  const lines = await run(`${page(answers.join(","))}
    for (let left = answers.length; left > 1; left -= 1) await session.sendText(PHONE, "x").catch(tell);
    console.log((await session.sendText(PHONE, "x")).message.body);`);
  const [html, gone, busy, unreachable, broken, sent] = lines;
  const advice = /import "whatsgate\/inline", .* or give init\(\) the URL/;
  assert.match(html, /^TypeError - - - init: .* is no WebAssembly but text\/html; charset=utf-8, with status 200/);
  assert.match(gone, /^TypeError - - - init: .* came with status 404, text\/plain/);
  for (const line of [html, gone]) assert.match(line, advice);
  assert.match(busy, /^WhatsgateError connection notSent true init: .* came with status 503; nothing was sent$/);
  assert.match(unreachable, /^WhatsgateError connection notSent true init: .* cannot be loaded; nothing was sent$/);
  assert.match(broken, /^CompileError/);
  assert.equal(sent, "Hello!");
});

test("a call can be cancelled while it waits for the file", async () => {
  const lines = await run(`${page("() => new Promise(() => {})")}
    const stop = new AbortController();
    const call = session.sendText(PHONE, "x", { signal: stop.signal });
    stop.abort();
    await call.catch(tell);
    process.exit();`);
  assert.match(lines[0], /^WhatsgateError cancelled notSent false send: cancelled before anything was sent/);
});

test("a webhook waits for it, and lets the event come again if it cannot be loaded", async () => {
  const lines = await run(`${page(`() => new Response("busy", { status: 503 }), () => wasm()`)}
    const handle = webhookHandler({ onError: tell, other: (event) => console.log("event", event.id) });
    const post = () => handle(new Request("http://localhost", { method: "POST", body: '{"id":7}' }));
    console.log((await post()).status);
    console.log((await post()).status);`);
  assert.match(lines[0], /^WhatsgateError connection/);
  assert.deepEqual(lines.slice(1), ["500", "event 7", "200"]);
});

test("a place that init was told is the one where later calls look", async () => {
  const lines = await run(`${page("")}
    const asked = [];
    const files = [() => new Response("busy", { status: 503 }), () => wasm()];
    globalThis.fetch = async (url, options) =>
      (String(url).startsWith("https://files.test") ? (asked.push(url), files.shift()()) : real(url, options));
    await init("https://files.test/own.wasm").catch(tell);
    console.log((await session.sendText(PHONE, "x")).message.body, asked.length);`);
  assert.match(lines[0], /^WhatsgateError connection .*files\.test\/own\.wasm/);
  assert.equal(lines[1], "Hello! 2");
});

test("two copies of the package live beside each other, and know each other's errors", async () => {
  const copy = await mkdtemp(join(tmpdir(), "whatsgate-"));
  after(() => rm(copy, { recursive: true }));
  await cp(installed, copy, { recursive: true });
  const lines = await run(`
    import * as one from "whatsgate";
    const two = await import(${JSON.stringify(pathToFileURL(join(copy, "inline.mjs")).href)});
    for (const { Client, parseWebhook } of [one, two]) {
      const session = new Client({ apiKey: KEY, baseUrl }).session(SESSION);
      console.log((await session.sendText(PHONE, "x")).message.body, parseWebhook('{"id":1}').id);
    }
    try { two.parseWebhook("["); } catch (error) { console.log(one.isWhatsgateError(error), error instanceof one.WhatsgateError); }`);
  assert.deepEqual(lines, ["Hello! 1", "Hello! 1", "true false"]);
});

// A mistake in Rust cannot be had by asking for it, so one of its functions ends as such a mistake ends it.
const breaking = `
  const trap = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11))).exports.t;
  let breaks;
  let skip = 0;
  let instances = 0;
  const Real = WebAssembly.Instance;
  WebAssembly.Instance = function (module, imports) {
    instances += 1;
    const exports = {};
    for (const [name, member] of Object.entries(new Real(module, imports).exports)) {
      exports[name] = typeof member !== "function" ? member : (...args) => {
        if (!breaks?.test(name) || skip-- > 0) return member(...args);
        breaks = undefined;
        trap();
      };
    }
    return { exports };
  };
  const { Client, parseWebhook } = await import("whatsgate");
  const client = new Client({ apiKey: KEY, baseUrl });
  const session = client.session(SESSION);`;

const STOPPED = /^Error - - - whatsgate stopped by a mistake of its own \(RuntimeError: unreachable\): .*may have taken effect; the next call/;

for (const where of ["parseEvent", "__wbindgen_malloc"]) test(`when ${where} breaks, the call throws and the next one works`, async () => {
  const lines = await run(`${breaking}
    breaks = /^${where}/;
    try { parseWebhook('{"id":1}'); } catch (error) { tell(error); console.log(error.cause.name); }
    console.log(parseWebhook('{"id":1}').id, (await session.sendText(PHONE, "x")).message.body, instances);`);
  assert.match(lines[0], STOPPED);
  assert.deepEqual(lines.slice(1), ["RuntimeError", "1 Hello! 2"]);
});

// Where its work begins, where an answer of the gateway comes in, and where the work goes on.
for (const skip of [0, 1, 2]) test(`when it breaks at step ${skip} of a call, all that wait fail, and the next ones work`, async () => {
  const lines = await run(`${breaking}
    // Without an end of its own, so that nothing of it comes in between.
    const hanging = new Client({ apiKey: KEY, baseUrl, fetch: () => new Promise(() => {}) }).session(SESSION);
    const slow = hanging.sendText(PHONE, "slow", { timeoutMs: 60_000 }).catch(tell);
    const list = client.sessions();
    await list.next();
    const stale = client.sessions();
    // What the platform calls: a closure, and the transport.
    breaks = /^([$]|answer$)/;
    skip = ${skip};
    await session.sendText(PHONE, "x").catch(tell);
    console.log(breaks);
    await slow;
    console.log((await session.sendText(PHONE, "x")).message.body, instances);
    await stale.next().catch(tell);
    client.free();
    // What the old one still waits for comes to nothing.
    process.exit();`);
  // Which of those that wait is told first does not matter; that the stale list is told last does.
  assert.match(lines.at(-1), STOPPED);
  assert.equal(lines.filter((line) => STOPPED.test(line)).length, 3, lines.join("\n"));
  assert.deepEqual(lines.filter((line) => !STOPPED.test(line)), ["undefined", "Hello! 2"]);
});

test("an instance that broke does nothing more, whatever still comes in for it", async () => {
  const lines = await run(`${breaking}
    const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
    let refuse;
    let requests = 0;
    const fetch = () => new Promise((_, reject) => {
      requests += 1;
      // Nothing was sent, so that it would be tried again.
      refuse = () => reject(new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ECONNREFUSED" }) }));
    });
    const retry = { firstPauseMs: 0, longestPauseMs: 0 };
    const late = new Client({ apiKey: KEY, baseUrl, fetch, retry }).session(SESSION).sendText(PHONE, "x").catch(tell);
    while (!refuse) await turn();
    breaks = /parseEvent/;
    try { parseWebhook("{}"); } catch {}
    await late;
    const { message } = await session.sendText(PHONE, "x");
    refuse();
    for (let left = 50; left > 0; left -= 1) await turn();
    console.log(message.body, parseWebhook('{"id":1}').id, instances, requests);`);
  assert.match(lines[0], STOPPED);
  assert.equal(lines[1], "Hello! 1 2 1");
});
