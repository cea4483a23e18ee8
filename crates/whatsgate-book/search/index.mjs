// Makes the search index of a built book anew, so that it finds Russian words. Arguments: the folder of the book.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import vm from "node:vm";

const folder = resolve(process.argv[2]);
const file = (pattern) => join(folder, readdirSync(folder).find((name) => pattern.test(name)));

const elasticlunr = createRequire(import.meta.url)(file(/^elasticlunr.*\.min\.js$/));
const russian = readFileSync(new URL("russian.js", import.meta.url), "utf8");
globalThis.elasticlunr = elasticlunr;
vm.runInThisContext(russian);

const path = file(/^searchindex.*\.js$/);
const context = { search: undefined };
context.window = context;
vm.runInNewContext(`window.search = {};${readFileSync(path, "utf8")}`, context);
const { index: old, ...rest } = JSON.parse(JSON.stringify(context.search));

const index = new elasticlunr.Index();
index.pipeline.add(elasticlunr.Pipeline.getRegisteredFunction("russian"));
index.setRef(old.ref);
old.fields.forEach((field) => index.addField(field));
for (const [id, text] of Object.entries(old.documentStore.docs)) index.addDoc({ ...text, id });

const json = JSON.stringify({ ...rest, index: index.toJSON() });
const quoted = json.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
writeFileSync(path, `${russian}\nwindow.search = Object.assign(window.search, JSON.parse('${quoted}'));`);

// What people type, in other forms of the words than the pages have.
const found = (query) => index.search(query, rest.search_options);
for (const query of ["отправкой", "сообщениями", "рассылку", "привязать сессию", "nginx", "ключ идемпотентности"]) {
  if (found(query).length === 0) throw new Error(`nothing is found for ${query}`);
}
console.log(`the search index knows ${Object.keys(old.documentStore.docs).length} sections`);
