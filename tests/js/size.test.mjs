// How large the package is, beside its budget.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { installed } from "./support.mjs";

const budget = JSON.parse(
  readFileSync(new URL("../../crates/whatsgate-wasm/size-budget.json", import.meta.url), "utf8"),
);
const scripts = ["index.mjs", "whatsgate.js", ...readdirSync(`${installed}lib`).map((name) => `lib/${name}`)];

function sizes(names) {
  const files = names.map((name) => readFileSync(installed + name));
  const sum = (pack) => files.reduce((total, file) => total + pack(file).length, 0);
  return {
    raw: sum((file) => file),
    gzip: sum((file) => gzipSync(file, { level: 9 })),
    brotli: sum((file) => brotliCompressSync(file)),
  };
}

/** A script and those that it imports, and those that they import. */
function reached(name, found = new Set()) {
  if (!found.has(name)) {
    found.add(name);
    const code = readFileSync(installed + name, "utf8");
    const imports = code.matchAll(/^(?:import|export)\b[^;"']*\bfrom ["'](\.[^"']+)["'];/gm);
    for (const [, other] of imports) reached(posix.join(posix.dirname(name), other), found);
  }
  return found;
}

test("what is counted is what a page loads, without the relay", () => {
  assert.deepEqual([...reached("index.mjs")].sort(), [...scripts].sort());
});

test("the relay needs neither the WebAssembly nor Node", () => {
  for (const name of reached("relay.mjs")) {
    assert.ok(!name.startsWith("whatsgate") && !readFileSync(installed + name, "utf8").includes("node:"), name);
  }
});

test("the package keeps to its budget", () => {
  const wasm = sizes(["whatsgate_bg.wasm"]);
  const javascript = sizes(scripts);
  const total = Object.fromEntries(Object.keys(wasm).map((way) => [way, wasm[way] + javascript[way]]));
  console.table({ wasm, javascript, total });
  assert.ok(total.gzip <= budget.gzip, `${total.gzip} bytes with gzip are more than ${budget.gzip}`);
});
