// The package in browsers: pages without a build step, a worker, and what Vite makes of it.

import assert from "node:assert/strict";
import { accessSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import puppeteer from "puppeteer-core";
import { build } from "vite";
import { Client, init } from "whatsgate";
import { example, installed, sandbox, website } from "./support.mjs";

const place = await sandbox(after);
await init();
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

const work = code.replaceAll("document.title =", "result =").replace("await init", "let result; await init");
const worker = `<!doctype html><title>waiting</title><script type="module">
  const source = ${JSON.stringify(`${work}; postMessage(result);`)}.replace("/index.mjs", location.origin + "/index.mjs");
  const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })), { type: "module" });
  worker.onmessage = ({ data }) => (document.title = data);
  worker.onerror = (error) => (document.title = "failed: " + error.message);
</script>`;

const site = await website(after, installed, { "/page": page, "/worker": worker });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
after(() => browser.close());

/** What the page of the README says once it is done is the id of a message with a file. */
async function arrived(title) {
  assert.match(title, /^sent as true_/);
  const media = await session.messageMedia(title.slice("sent as ".length));
  assert.equal(await media.blob().text(), "date;total\n2024-05-01;100\n");
  assert.deepEqual([media.filename, media.mimetype], ["report.csv", "text/csv"]);
}

for (const where of ["page", "worker"]) {
  test(`the example of the README in Chromium, in a ${where}`, async () => {
    const tab = await browser.newPage();
    await tab.goto(`${site}/${where}`);
    await tab.waitForFunction(() => document.title !== "waiting");
    await arrived(await tab.title());
    await tab.close();
  });
}

test("a page that Vite builds sends the file that was chosen", async () => {
  const outDir = await mkdtemp(join(tmpdir(), "whatsgate-"));
  after(() => rm(outDir, { recursive: true }));
  const root = fileURLToPath(new URL("consumer", import.meta.url));
  await build({ root, configFile: false, logLevel: "warn", build: { outDir, emptyOutDir: true } });
  const tab = await browser.newPage();
  const built = await website(after, outDir);
  const bytes = Buffer.from(crypto.getRandomValues(new Uint8Array(50_000)));
  await tab.goto(`${built}/index.html?${new URLSearchParams(place)}`);
  await tab.setInputFiles("input", { name: "фото.png", mimeType: "image/png", buffer: bytes });
  await tab.waitForFunction(() => document.querySelector("output").textContent !== "");
  const text = await tab.textContent("output");
  assert.match(text, /^sent as true_/);
  const media = await session.messageMedia(text.slice("sent as ".length));
  assert.deepEqual([media.filename, media.mimetype], ["фото.png", "image/png"]);
  assert.deepEqual(Buffer.from(media.bytes()), bytes);
  await tab.close();
});

const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
let hasFirefox = true;
try {
  accessSync(FIREFOX);
} catch {
  hasFirefox = false;
}

test("the example of the README in Firefox", { skip: hasFirefox ? false : `${FIREFOX} is not installed` }, async () => {
  const firefox = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX });
  try {
    const tab = await firefox.newPage();
    await tab.goto(`${site}/page`);
    await tab.waitForFunction(() => document.title !== "waiting");
    await arrived(await tab.title());
  } finally {
    await firefox.close();
  }
});
