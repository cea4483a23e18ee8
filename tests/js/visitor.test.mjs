// The promise of the relay, in a browser: a page with a visitor's token does what the visitor may, nothing else, and the
// key is nowhere in it.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";
import { Client, init } from "whatsgate";
import { ofNode, ofServe } from "./relays.mjs";
import { spy, where } from "./spy.mjs";
import { KEY, PHONE, sandbox, TEXT, website } from "./support.mjs";

const STRANGER = "79991112233";
const COMMANDS = ["send", "events-get", "get-chats", "get-messagemedia"];
const timeout = 120_000;

const { CHROMIUM } = process.env;
const options = { skip: CHROMIUM ? false : "CHROMIUM names no browser" };
const relays = { "relayHandler in Node": ofNode, "whatsgate serve": ofServe };

let chrome;
let folder;
before(async () => {
  if (!CHROMIUM) return;
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  chrome = await chromium.launch({ executablePath: CHROMIUM, args, timeout });
  folder = await mkdtemp(join(tmpdir(), "whatsgate-"));
  const root = fileURLToPath(new URL("consumer/visitor", import.meta.url));
  await build({
    root,
    configFile: false,
    logLevel: "warn",
    build: { outDir: folder, emptyOutDir: true, sourcemap: true },
  });
});
after(async () => {
  await chrome?.close();
  if (folder) await rm(folder, { recursive: true });
});

for (const [name, start] of Object.entries(relays)) {
  test(`a page has a token and never the key: ${name}`, options, async (t) => {
    // By the test itself: what is registered elsewhere after a wait may be nobody's, and a program that runs on would hang.
    const atEnd = (end) => t.after(end);
    const place = await sandbox(atEnd);
    await init();
    const owner = new Client({ apiKey: place.apiKey, baseUrl: place.baseUrl }).session(place.session);
    await owner.sendText(STRANGER, "to somebody else");

    const pages = {};
    const origin = await website(atEnd, folder, pages);
    const grant = { session: place.session, commands: COMMANDS, chats: [PHONE], sends: 2 };
    const { baseUrl, token, revoke } = await start(atEnd, place, origin, grant);
    pages["/visit.json"] = JSON.stringify({
      token,
      baseUrl,
      session: place.session,
      chat: PHONE,
      stranger: STRANGER,
      text: TEXT,
      streams: start === ofServe,
    });

    const page = await chrome.newPage();
    page.setDefaultTimeout(timeout);
    const look = await spy(page);
    await page.goto(`${origin}/index.html`);
    await page.waitForFunction(() => document.querySelector("output").textContent !== "");
    const did = JSON.parse(await page.textContent("output"));

    // What it may, it did.
    assert.match(did.sent, /^true_/);
    assert.deepEqual([did.media, did.chats], ["date;total\n", [`${PHONE}@c.us`]]);
    assert.ok(did.bodies.length === 2 && did.bodies.includes(TEXT));
    assert.equal(await (await owner.messageMedia(did.withFile)).blob().text(), "date;total\n");

    // What it may not, it is told in the kinds of every client.
    const forbidden = (word) => ["refused", 403, "notSent", false, `${word}:`];
    const { token: unknown, ...refused } = did.forbidden;
    assert.deepEqual(unknown.slice(0, 4), ["unauthorized", 401, "notSent", false]);
    assert.deepEqual(refused, {
      chat: forbidden("chat"),
      quote: forbidden("chat"),
      media: forbidden("chat"),
      session: forbidden("session"),
      command: forbidden("command"),
      sessions: forbidden("command"),
      creation: forbidden("command"),
      deletion: forbidden("command"),
      name: forbidden("command"),
      hook: forbidden("command"),
      budget: forbidden("budget"),
    });

    // The key is nowhere, and the search finds what is there.
    const { places, kept } = await look();
    const empty = {
      localStorage: {},
      sessionStorage: {},
      databases: [],
      caches: [],
      cookie: "",
      name: "",
      state: null,
      cookies: [],
    };
    assert.deepEqual(kept, empty);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile())
        places.set(`file ${entry.name}`, await readFile(join(entry.parentPath ?? entry.path, entry.name)));
    }
    const found = where(places, token);
    // The token never gets to the WebAssembly; where the relay is does.
    assert.ok(where(places, baseUrl).some((name) => name.includes("the memory")), "the relay is not in the memory");
    for (const place of ["the heap", "response GET", "Network.requestWillBeSent"]) {
      assert.ok(
        found.some((name) => name.includes(place)),
        `the token is not in ${place}`,
      );
    }
    for (const part of [KEY, KEY.slice(0, 10)]) assert.deepEqual(where(places, part), []);
    for (const kind of ["script", "request POST", "response POST", "storage", "file"]) {
      assert.ok(
        [...places.keys()].some((name) => name.includes(kind)),
        `no ${kind} was searched`,
      );
    }

    // And what is withdrawn has ended.
    await revoke();
    assert.deepEqual((await page.evaluate(() => globalThis.again())).slice(0, 4), [
      "unauthorized",
      401,
      "notSent",
      false,
    ]);
    await page.close();
  });
}
