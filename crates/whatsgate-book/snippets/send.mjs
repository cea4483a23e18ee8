import assert from "node:assert/strict";
import { Client } from "whatsgate";

const session = new Client().session(process.env.WHATSGATE_SESSION);
// ANCHOR: send
if (await session.isRegistered("79991112233")) {
  await session.sendText("79991112233", "Your order is ready");
}
await session.sendText({ id: "4239048293082@g.us" }, "A group is addressed by its id");
// ANCHOR_END: send

const rules = [{ on: "send", times: 1, kind: "close_after" }];
const headers = { "X-Api-Key": process.env.WHATSGATE_API_KEY, "Content-Type": "application/json" };
await fetch(`${process.env.ADMIN}/set-faults`, { method: "POST", headers, body: JSON.stringify({ rules }) });
const said = [];
const console = { error: (...words) => said.push(words.join(" ")) };
// ANCHOR: outcome
try {
  await session.sendText("79991112233", "Hello");
} catch (error) {
  if (error.outcome === "notSent") console.error("not sent, for certain:", error.message, error.advice);
  else console.error("perhaps sent, do not just repeat it:", error.message, error.advice);
}
// ANCHOR_END: outcome
assert.match(said[0], /^perhaps sent/);
