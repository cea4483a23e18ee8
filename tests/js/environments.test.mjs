// The package in the environments that people use it in: each folder of environments/ is a small project with trials.json,
// which says how to build it and how to run it. ENVIRONMENTS=all tries all, and names, such as `next,vite`, the folders
// named; otherwise those marked `always` stand for the rest.
//
// A trial has `build`, programs that run once, and one of: `program`, which prints what came of the job; `site`, a folder
// to serve, and its `page`; `server`, a program that listens at PORT, and a `page` or an `answer` of it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { sandbox, website } from "./support.mjs";

const sources = fileURLToPath(new URL("environments/", import.meta.url));
const cache = process.env.ENVIRONMENTS_FOLDER ?? fileURLToPath(new URL("../../target/environments/", import.meta.url));
const chosen = process.env.ENVIRONMENTS && process.env.ENVIRONMENTS.split(",");
/** How long anything may take, in ms: on an idle machine nothing takes a tenth of it. */
const timeout = 300_000;

const wanted = (environment, trial) =>
  chosen ? chosen.includes("all") || chosen.includes(environment) : trial.always;
const trials = readdirSync(sources, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: environment }) => {
    const all = JSON.parse(readFileSync(join(sources, environment, "trials.json"), "utf8"));
    return all.map((trial) => ({ entry: "whatsgate", env: {}, build: [], ...trial, environment }));
  })
  .filter((trial) => wanted(trial.environment, trial));
assert.ok(trials.length > 0, "ENVIRONMENTS names no folder of environments/");

const stops = [];
const later = (stop) => stops.push(stop);
// Servers of the trials first, the gateway last.
after(async () => {
  for (const stop of stops.reverse()) await stop();
});
// Not the key that must be seen nowhere: build tools log what they serve.
const place = JSON.stringify(await sandbox(later, "YOUR_API_KEY"));

/** Does something once for all trials that need the same. */
function memo(work) {
  const done = new Map();
  return (...given) => {
    const key = JSON.stringify(given);
    if (!done.has(key)) done.set(key, work(...given));
    return done.get(key);
  };
}

function start(folder, [program, ...words], env) {
  const { NODE_TEST_CONTEXT, NODE_OPTIONS, NODE_ENV, ...given } = process.env;
  return spawn(program, words, {
    cwd: folder,
    // Of a group of its own, so that what it starts ends with it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...given,
      PATH: `${join(folder, "node_modules/.bin")}${delimiter}${process.env.PATH}`,
      CI: "1",
      DO_NOT_TRACK: "1",
      NEXT_TELEMETRY_DISABLED: "1",
      PLACE: place,
      ...env,
    },
  });
}

function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** Runs a program to its end and returns what it prints. */
async function run(folder, command, env) {
  const child = start(folder, command, env);
  const timer = setTimeout(end, timeout, child);
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  clearTimeout(timer);
  assert.equal(code, 0, `${command.join(" ")}:\n${out}\n${errors}`);
  return out;
}

/** The project in the cache, with its own files anew, its packages, and the package as it is published. */
const project = memo(async (environment) => {
  const folder = join(cache, environment);
  await mkdir(join(folder, "node_modules"), { recursive: true });
  for (const name of await readdir(folder)) {
    if (name !== "node_modules" && name !== "installed") await rm(join(folder, name), { recursive: true });
  }
  await cp(join(sources, environment), folder, { recursive: true });
  const job = await readFile(join(sources, "job.mjs"), "utf8");
  await writeFile(join(folder, "job.mjs"), job);
  await writeFile(join(folder, "job.cjs"), job.replace("export async function job", "exports.job = async function job"));
  // What is installed goes away when other packages are.
  if (trials.some((trial) => trial.environment === environment && !trial.bare)) await packages(folder);
  await whatsgate(folder);
  return folder;
});

async function packages(folder) {
  const list = (await readFile(join(folder, "package.json"), "utf8")) + (await readFile(join(folder, "package-lock.json"), "utf8"));
  const mark = join(folder, "installed");
  if (existsSync(mark) && (await readFile(mark, "utf8")) === list) return;
  await run(folder, ["npm", "ci", "--no-audit", "--no-fund"], {});
  await writeFile(mark, list);
}

/** Nothing that was made of an earlier one is kept. */
async function whatsgate(folder) {
  for (const kept of [".vite", ".cache", "whatsgate"]) await rm(join(folder, "node_modules", kept), { recursive: true, force: true });
  await mkdir(join(folder, "node_modules/whatsgate"));
  await run(folder, ["tar", "-xzf", process.env.PACKAGE, "-C", "node_modules/whatsgate", "--strip-components=1"], {});
}

const build = memo((folder, command, env) => run(folder, command, env));

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return String(port);
}

/** Starts a server and returns its address once it answers. */
const serve = memo(async (folder, command, env) => {
  const port = await freePort();
  const child = start(folder, command.map((word) => word.replace("PORT", port)), env);
  later(() => end(child));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece) => (said += piece));
  const address = `http://127.0.0.1:${port}`;
  const until = Date.now() + timeout;
  for (;;) {
    const answers = await fetch(address).then(() => true, () => false);
    if (answers) return address;
    assert.ok(child.exitCode === null && Date.now() < until, `${command.join(" ")}:\n${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

const sites = memo((folder) => website(later, folder));

const browser = memo(async () => {
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  const chrome = await chromium.launch({ executablePath: process.env.CHROMIUM, args, timeout });
  later(() => chrome.close());
  return chrome;
});

/** What a page shows once the job is done. */
async function show(url) {
  const tab = await (await browser()).newPage();
  tab.setDefaultTimeout(timeout);
  let said = "";
  tab.on("console", (message) => (said += `${message.text()}\n`));
  tab.on("pageerror", (error) => (said += `${error}\n`));
  try {
    await tab.goto(url);
    await tab.waitForFunction(() => document.querySelector("output")?.textContent, undefined, { timeout: 30_000 });
    return await tab.textContent("output");
  } catch (error) {
    assert.fail(`${error.message}\n${said}`);
  } finally {
    await tab.close();
  }
}

async function carryOut(trial) {
  const folder = await project(trial.environment);
  for (const command of trial.build) await build(folder, command, trial.env);
  if (trial.program) return run(folder, trial.program, trial.env);
  const address = trial.site ? await sites(join(folder, trial.site)) : await serve(folder, trial.server, trial.env);
  const url = `${address}${trial.page ?? trial.answer}?${new URLSearchParams({ place })}`;
  return trial.page ? show(url) : (await fetch(url)).text();
}

async function version(name, environment) {
  if (name === "node") return `node ${process.versions.node}`;
  if (name === "Chromium") return `Chromium ${(await browser()).version()}`;
  const manifest = await readFile(join(cache, environment, "node_modules", name, "package.json"), "utf8").catch(() => "{}");
  return `${name.replace(/^node\d+$/, "node")} ${JSON.parse(manifest).version}`;
}

const table = {};
after(() => console.table(table));

for (const trial of trials) {
  const inBrowser = trial.page !== undefined;
  const skip = inBrowser && !process.env.CHROMIUM ? "CHROMIUM names no browser" : false;
  test(trial.name, { skip }, async () => {
    const began = Date.now();
    const row = { import: trial.entry, versions: "", result: "FAILED", seconds: 0 };
    table[trial.name] = row;
    try {
      const said = await carryOut(trial);
      const [report] = /\{"sent".*\}/.exec(said) ?? assert.fail(said);
      const { sent, ...rest } = JSON.parse(report);
      assert.match(sent, /^true_79999999999@c\.us_/);
      assert.deepEqual(rest, { refused: "unauthorized", event: 7 });
      row.result = "works";
    } finally {
      row.seconds = Math.round((Date.now() - began) / 100) / 10;
      row.versions = (await Promise.all(trial.versions.map((name) => version(name, trial.environment)))).join(", ");
    }
  });
}
