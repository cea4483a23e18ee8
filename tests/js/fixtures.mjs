// Writes what `whatsgate/testing` says a gateway says, from the fixtures; with --check only says whether it is current.

import { readFile, writeFile } from "node:fs/promises";

const FIXTURES = new URL("../fixtures/", import.meta.url);
const OUT = new URL("../../crates/whatsgate-wasm/npm/testing/fixtures.mjs", import.meta.url);
const BANNER = "// Made from tests/fixtures by `npm run fixtures` in tests/js.\n";

const REPLIES = [
  "documented/send.text.sync",
  "documented/seen",
  "documented/typing",
  "documented/check.registered",
  "documented/get-chats.full",
  "documented/get-messagemedia",
  "documented/get-media.docs",
  "reconstructed/events-get.page",
  "documented/sessions-get",
  "documented/session-create.qr",
  "documented/session-delete",
  "documented/set-hook",
  "reconstructed/set-name",
];
const EVENTS = [
  "documented/event.message",
  ...["sent", "ack", "media", "create", "ready", "error", "disconnect"].map((action) => `reconstructed/event.${action}`),
];

export async function fixtures() {
  const all = async (names, entry) => Object.fromEntries(await Promise.all(names.map(async (name) => entry(await read(name)))));
  const replies = await all(REPLIES, ({ command, response }) => [command, response.body]);
  const events = await all(EVENTS, ({ event, body }) => [event, body]);
  const written = (name, value) => `export const ${name} = frozen(${JSON.stringify(value, null, 2)});\n`;
  return `${BANNER}
function frozen(value) {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

${written("replies", replies)}
${written("events", events)}`;
}

async function read(name) {
  return JSON.parse(await readFile(new URL(`${name}.json`, FIXTURES), "utf8"));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const text = await fixtures();
  if (process.argv.includes("--check")) {
    if ((await readFile(OUT, "utf8")) !== text) throw new Error("fixtures.mjs is not current: run `npm run fixtures` in tests/js");
  } else {
    await writeFile(OUT, text);
  }
}
