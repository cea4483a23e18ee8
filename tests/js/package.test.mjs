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
  for (const name of ["index.d.ts", "model.d.ts", "relay.d.ts"]) {
    const code = (await readFile(installed + name, "utf8")).replace(/\/\*[^]*?\*\//g, "").replace(/\/\/.*/g, "");
    assert.doesNotMatch(code, /\bany\b/);
  }
});

test("every method has a comment", async () => {
  for (const name of ["index.d.ts", "relay.d.ts"]) {
    const lines = (await readFile(installed + name, "utf8")).split("\n");
    const bare = lines.filter((line, at) => /^  (readonly )?\w+[?]?[(:]/.test(line) && !lines[at - 1].trimEnd().endsWith("*/"));
    assert.deepEqual(bare, []);
  }
});

test("publint finds nothing", async () => {
  assert.deepEqual((await publint({ pkgDir: installed, strict: true })).messages, []);
});

test("the types are right for those who import", async () => {
  const { problems } = await checkPackage(createPackageFromTarballData(await readFile(process.env.PACKAGE)), {
    entrypoints: [".", "./relay"],
  });
  // There are ES modules only, which old require() cannot load.
  const others = problems.filter(({ kind }) => kind !== "CJSResolvesToESM");
  assert.deepEqual(others, []);
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
