// The package in browsers: pages without a build step, a worker, and what Vite makes of it.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { build } from "vite";
import { Client } from "whatsgate";
import { example, installed, sandbox, website } from "./support.mjs";

const place = await sandbox(after);
const session = new Client({ apiKey: place.apiKey, baseUrl: place.baseUrl }).session(place.session);

// The README's example word by word, but for the account.
const readme = await readFile(`${installed}README.md`, "utf8");
const code = example(readme, "js", "sendFile")
  .replace('from "whatsgate"', 'from "/index.mjs"')
  .replace('apiKey: "YOUR_API_KEY"', `apiKey: "${place.apiKey}", baseUrl: "${place.baseUrl}"`)
  .replace('"YOUR_WHATSAPP_ID"', `"${place.session}"`)
  .replace("console.log(", "document.title = (")
  .replace("console.error(error.message, error.advice)", "document.title = error.message");
const page = `<!doctype html><title>waiting</title><script type="module">${code}</script>`;

const work = code.replaceAll("document.title =", "result =").replace("const client", "let result; const client");
const worker = `<!doctype html><title>waiting</title><script type="module">
  const source = ${JSON.stringify(`${work}; postMessage(result);`)}.replace("/index.mjs", location.origin + "/index.mjs");
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })), { type: "module" });
  worker.onmessage = ({ data }) => (document.title = data);
  worker.onerror = (error) => (document.title = "failed: " + error.message);
</script>`;

const site = await website(after, installed, { "/page": page, "/worker": worker });

/** How long anything may take, in ms: on an idle machine nothing takes a tenth of it, on a busy one all takes longer. */
const timeout = 120_000;

// The test command installs the browsers and names them here; without one its tests are skipped, and the command says so.
const { CHROMIUM, FIREFOX } = process.env;
const inChromium = { skip: CHROMIUM ? false : "CHROMIUM names no browser" };
const inFirefox = { skip: FIREFOX ? false : "FIREFOX names no browser" };

let chrome;
before(async () => {
  if (!CHROMIUM) return;
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  chrome = await chromium.launch({ executablePath: CHROMIUM, args, timeout });
});
after(() => chrome?.close());

/** A new page of Chromium. */
async function open(address) {
  const tab = await chrome.newPage();
  tab.setDefaultTimeout(timeout);
  await tab.goto(address);
  return tab;
}

/** What the page of the README says once it is done is the id of a message with a file. */
async function arrived(title) {
  assert.match(title, /^sent as true_/);
  const media = await session.messageMedia(title.slice("sent as ".length));
  assert.equal(await media.blob().text(), "date;total\n2024-05-01;100\n");
  assert.deepEqual([media.filename, media.mimetype], ["report.csv", "text/csv"]);
}

for (const where of ["page", "worker"]) {
  test(`the example of the README in Chromium, in a ${where}`, inChromium, async () => {
    const tab = await open(`${site}/${where}`);
    await tab.waitForFunction(() => document.title !== "waiting");
    await arrived(await tab.title());
    await tab.close();
  });
}

test("a page that Vite builds sends the file that was chosen", inChromium, async () => {
  const outDir = await mkdtemp(join(tmpdir(), "whatsgate-"));
  after(() => rm(outDir, { recursive: true }));
  const root = fileURLToPath(new URL("consumer", import.meta.url));
  await build({ root, configFile: false, logLevel: "warn", build: { outDir, emptyOutDir: true } });
  const built = await website(after, outDir);
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(50_000)));
  const tab = await open(`${built}/index.html?${new URLSearchParams(place)}`);
  await tab.setInputFiles("input", { name: "фото.png", mimeType: "image/png", buffer: bytes });
  await tab.waitForFunction(() => document.querySelector("output").textContent !== "");
  const text = await tab.textContent("output");
  assert.match(text, /^sent as true_/);
  const media = await session.messageMedia(text.slice("sent as ".length));
  assert.deepEqual([media.filename, media.mimetype], ["фото.png", "image/png"]);
  assert.deepEqual(Buffer.from(media.bytes()), bytes);
  await tab.close();
});

test("the example of the README in Firefox", inFirefox, async () => {
  const firefox = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, timeout });
  try {
    const tab = await firefox.newPage();
    tab.setDefaultTimeout(timeout);
    await tab.goto(`${site}/page`);
    await tab.waitForFunction(() => document.title !== "waiting");
    await arrived(await tab.title());
  } finally {
    await firefox.close();
  }
});
