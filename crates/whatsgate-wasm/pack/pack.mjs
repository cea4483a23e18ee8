// Makes the other forms of the package in a folder: `node pack.mjs FOLDER`.
//
// - lib/embedded.mjs: the WebAssembly in a script, for bundlers that do not find the file.
// - cjs/: scripts and types for require(), one for each that an entry of package.json below cjs/ reaches.
// - script/whatsgate.js: everything in one file, for pages and workers without modules.

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { build, transform } from "esbuild";

const folder = process.argv[2];
const here = fileURLToPath(new URL(".", import.meta.url));
const read = (name) => readFile(join(folder, name), "utf8");
const LICENSE = "LICENSE-fflate";

async function write(name, text) {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

/** The bytes come out at once, which the platforms' own inflate does not do in pages. */
async function embed() {
  const wasm = await readFile(join(folder, "whatsgate_bg.wasm"));
  const packed = deflateRawSync(wasm, { level: 9 }).toString("base64");
  const contents = `
    import { inflateSync } from "fflate";
    const packed = "${packed}";
    export function bytes() {
      const letters = atob(packed);
      const deflated = new Uint8Array(letters.length);
      for (let at = 0; at < letters.length; at += 1) deflated[at] = letters.charCodeAt(at);
      return inflateSync(deflated, { out: new Uint8Array(${wasm.length}) });
    }`;
  await build({
    stdin: { contents, resolveDir: here },
    outfile: join(folder, "lib/embedded.mjs"),
    bundle: true,
    format: "esm",
    banner: { js: `/*! With parts of fflate, whose licence is in ${LICENSE}. */` },
  });
  await copyFile(join(here, "node_modules/fflate/LICENSE"), join(folder, LICENSE));
}

/** Every file below cjs/ that the exports of the package name. */
function* wanted(exports) {
  if (typeof exports === "string") {
    if (exports.startsWith("./cjs/")) yield exports.slice("./cjs/".length);
  } else {
    for (const member of Object.values(exports)) yield* wanted(member);
  }
}

const RELATIVE = /(\bfrom |\brequire\()"(\.[^"]+)"/g;

/** Writes a file below cjs/, and those that it imports. */
async function convert(name, done) {
  if (done.has(name)) return;
  done.add(name);
  const isTypes = name.endsWith(".d.cts");
  let code;
  if (isTypes) {
    code = await read(name.replace(/\.cts$/, ".ts"));
  } else {
    // The bindings are the one script with another ending.
    const original = name === "whatsgate.cjs" ? "whatsgate.js" : name.replace(/\.cjs$/, ".mjs");
    code = await toCommonJs(original);
  }
  const imports = [];
  const converted = code.replace(RELATIVE, (_, before, path) => {
    const other = isTypes ? path.replace(/\.ts$/, ".cts") : path.replace(/\.m?js$/, ".cjs");
    imports.push(posix.join(posix.dirname(name), other));
    return `${before}"${other}"`;
  });
  await write(`cjs/${name}`, converted);
  for (const other of imports) await convert(other, done);
}

/** A module's own address stays that of the file it is made of, beside which the WebAssembly lies. */
async function toCommonJs(original) {
  const define = { "import.meta.url": "moduleUrl" };
  const { code } = await transform(await read(original), { format: "cjs", platform: "node", target: "node20", define });
  if (!/\bmoduleUrl\b/.test(code)) return code;
  const path = posix.relative(posix.dirname(`cjs/${original}`), original);
  return `const moduleUrl = require("node:url").pathToFileURL(require("node:path").join(__dirname, "${path}"));\n${code}`;
}

async function script() {
  const options = { entryPoints: [join(folder, "inline.mjs")], bundle: true, minify: true, target: "es2022" };
  const { metafile } = await build({ ...options, format: "esm", outfile: "names.mjs", write: false, metafile: true });
  const names = metafile.outputs["names.mjs"].exports.join(", ");
  await build({
    ...options,
    outfile: join(folder, "script/whatsgate.js"),
    format: "iife",
    globalName: "whatsgate",
    // For require() in tests that act as if they were a browser. The last line tells Node the names before it runs.
    footer: { js: `if (typeof module === "object") module.exports = whatsgate;\n0 && (module.exports = { ${names} });` },
  });
}

await embed();
const { exports } = JSON.parse(await read("package.json"));
const done = new Set();
for (const name of wanted(exports)) await convert(name, done);
await script();
