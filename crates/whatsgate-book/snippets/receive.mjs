import assert from "node:assert/strict";
import { Client } from "whatsgate";

const session = new Client().session(process.env.WHATSGATE_SESSION);
const headers = { "X-Api-Key": process.env.WHATSGATE_API_KEY, "Content-Type": "application/json" };
const write = (body) =>
  fetch(`${process.env.ADMIN}/write`, {
    method: "POST",
    headers,
    body: JSON.stringify({ WhatsappID: session.id, chat: "79991112233@c.us", message: { body } }),
  });
const handled = [];
const handle = async (event) => handled.push(event.event_data.message.body) && (await bot.stop());
await write("first");
// ANCHOR: bot
import { readFile, rename, writeFile } from "node:fs/promises";
import { Bot } from "whatsgate/bot";

const bot = new Bot(session, {
  position: JSON.parse(await readFile("position.json", "utf8").catch(() => "null")),
  savePosition: async (position) => {
    await writeFile("position.new", JSON.stringify(position));
    await rename("position.new", "position.json"); // in one step: the file is whole or the old one
  },
});
bot.on("message", handle); // what throws is tried again
await bot.start();
// ANCHOR_END: bot
assert.deepEqual(handled, ["first"]);
