// What is published: the package as a whole, its types, and a build that uses it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { installed } from "./support.mjs";
import { types } from "./types.mjs";

const ENTRIES = ["relay", "stream", "node", "bot", "testing"];
const DECLARATIONS = ["index", "relay", "stream", "node", "bot", "testing"].map((name) => `${name}.d.ts`);
const here = fileURLToPath(new URL(".", import.meta.url));

async function files() {
  const entries = await readdir(installed, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

test("the types of the model are current", async () => {
  const text = await readFile(new URL("../../crates/whatsgate-wasm/npm/model.d.ts", import.meta.url), "utf8");
  assert.ok(text === (await types()), "model.d.ts is not current: run `npm run types` in tests/js");
});

test("no type is any", async () => {
  for (const name of [...DECLARATIONS, "model.d.ts"]) {
    const code = (await readFile(installed + name, "utf8")).replace(/\/\*[^]*?\*\//g, "").replace(/\/\/.*/g, "");
    assert.doesNotMatch(code, /\bany\b/);
  }
});

test("every method has a comment", async () => {
  for (const name of DECLARATIONS) {
    const lines = (await readFile(installed + name, "utf8")).split("\n");
    const bare = lines.filter((line, at) => /^  (readonly )?\w+[?]?[(:]/.test(line) && !lines[at - 1].trimEnd().endsWith("*/"));
    assert.deepEqual(bare, []);
  }
});

test("the README names the versions of the environments that are tried", async () => {
  const folder = new URL("environments/", import.meta.url);
  const pinned = new Set();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const manifest = JSON.parse(await readFile(new URL(`${entry.name}/package.json`, folder), "utf8"));
    for (const version of Object.values(manifest.devDependencies ?? {})) pinned.add(version.replace(/^npm:.*@/, ""));
  }
  const [table] = /^\| where \|[^]*?\n\n/m.exec(await readFile(`${installed}README.md`, "utf8"));
  const named = table.match(/\b\d+(\.\d+)+\b/g);
  assert.ok(named.length > 10, table);
  assert.deepEqual(named.filter((version) => !pinned.has(version)), []);
});

test("publint finds nothing", async () => {
  assert.deepEqual((await publint({ pkgDir: installed, strict: true })).messages, []);
});

test("the types are right for those who import and those who require", async () => {
  const { exports } = JSON.parse(await readFile(`${installed}package.json`, "utf8"));
  const entrypoints = Object.keys(exports).filter((name) => !/[.](wasm|json)$/.test(name));
  const archive = createPackageFromTarballData(await readFile(process.env.PACKAGE));
  const { problems } = await checkPackage(archive, { entrypoints });
  assert.deepEqual(problems, []);
});

test("nothing of the machine that built it is in it", async () => {
  for (const file of await files()) {
    const text = await readFile(file, "latin1");
    for (const place of [homedir(), fileURLToPath(new URL("../..", import.meta.url)), "/registry/src/"]) {
      assert.ok(!text.includes(place), `${file} holds ${place}`);
    }
  }
});

async function compile(options) {
  await promisify(execFile)(join(here, "node_modules/.bin/tsc"), options, { cwd: here }).catch(({ stdout }) => {
    assert.fail(stdout);
  });
}

for (const [module, moduleResolution] of [["esnext", "bundler"], ["nodenext", "nodenext"]]) {
  test(`TypeScript accepts a strict program with moduleResolution ${moduleResolution}`, () =>
    compile(["--project", "consumer", "--module", module, "--moduleResolution", moduleResolution]));
}

test("TypeScript accepts a strict program for Node, without the types of the DOM", () =>
  compile(["--project", "consumer/node"]));
