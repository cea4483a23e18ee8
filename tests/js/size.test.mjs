// What a page takes of the package, as a bundler makes it, beside its budget.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { installed } from "./support.mjs";

const sources = new URL("../../crates/whatsgate-wasm/", import.meta.url);
const { build } = createRequire(new URL("pack/package.json", sources))("esbuild");
const budget = JSON.parse(readFileSync(new URL("size-budget.json", sources), "utf8"));

/** What comes of a page that uses all that an entry exports: the script, and the files that are in it. */
async function bundle(entry) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from "${entry}";`, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const files = Object.keys(metafile.inputs).filter((name) => name !== "<stdin>");
  return { script: outputFiles[0].contents, files };
}

const sizes = (file) => ({
  raw: file.length,
  gzip: gzipSync(file, { level: 9 }).length,
  brotli: brotliCompressSync(file).length,
});

test("a page takes nothing of the relay, nor the WebAssembly a second time", async () => {
  const { files } = await bundle("whatsgate");
  assert.ok(files.some((name) => name.endsWith("/whatsgate/lib/session.mjs")), files.join());
  assert.deepEqual(files.filter((name) => /relay|embedded|node\.mjs/.test(name)), []);
});

test("a page that looks at errors only takes no more", async () => {
  const contents = 'import { isWhatsgateError } from "whatsgate"; console.log(isWhatsgateError);';
  const resolveDir = fileURLToPath(new URL(".", import.meta.url));
  const { outputFiles } = await build({ stdin: { contents, resolveDir }, bundle: true, minify: true, format: "esm", write: false });
  assert.ok(outputFiles[0].contents.length < 1000, `${outputFiles[0].contents.length} bytes`);
});

test("the relay needs neither the WebAssembly nor Node", async () => {
  const { files } = await bundle("whatsgate/relay");
  for (const name of files) {
    assert.ok(!/whatsgate\.js$/.test(name) && !readFileSync(name, "utf8").includes("node:"), name);
  }
});

test("the package keeps to its budget", async () => {
  const wasm = sizes(readFileSync(`${installed}whatsgate_bg.wasm`));
  const javascript = sizes((await bundle("whatsgate")).script);
  const total = Object.fromEntries(Object.keys(wasm).map((way) => [way, wasm[way] + javascript[way]]));
  const inline = sizes((await bundle("whatsgate/inline")).script);
  const script = sizes(readFileSync(`${installed}script/whatsgate.js`));
  console.table({ wasm, javascript, total, inline, script });
  assert.ok(total.gzip <= budget.gzip, `${total.gzip} bytes with gzip are more than ${budget.gzip}`);
  assert.ok(inline.gzip <= budget.inline, `inline: ${inline.gzip} bytes with gzip are more than ${budget.inline}`);
});
