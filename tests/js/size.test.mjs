// How large the package is, beside its budget.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { installed } from "./support.mjs";

const budget = JSON.parse(readFileSync(new URL("../../crates/whatsgate-wasm/size-budget.json", import.meta.url), "utf8"));
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

test("the package keeps to its budget", () => {
  const wasm = sizes(["whatsgate_bg.wasm"]);
  const javascript = sizes(scripts);
  const total = Object.fromEntries(Object.keys(wasm).map((way) => [way, wasm[way] + javascript[way]]));
  console.table({ wasm, javascript, total });
  assert.ok(total.gzip <= budget.gzip, `${total.gzip} bytes with gzip are more than ${budget.gzip}`);
});
