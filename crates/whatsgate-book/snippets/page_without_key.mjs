import assert from "node:assert/strict";
import { Client as Any } from "whatsgate";

const session = process.env.SESSION;
const grant = { session, commands: ["send", "events-get"], chats: ["79991112233"], sends: 1 };
const minted = await fetch("http://127.0.0.1:8070/v1/relay-tokens", {
  method: "POST",
  headers: { Authorization: `Bearer ${process.env.TOKEN}` },
  body: JSON.stringify(grant),
});
const { token } = await minted.json();
// The page's server has the address of the service behind it.
const Client = function (options) {
  return new Any({ ...options, relay: "http://127.0.0.1:8070/relay/v1" });
};
// ANCHOR: page
const client = new Client({ relay: "https://shop.example/relay/v1", token });
await client.session(session).sendText("79991112233", "Is the blue one in stock?");
// ANCHOR_END: page
await assert.rejects(client.session(session).sendText("79991112233", "One too many"), { kind: "refused" });
await assert.rejects(client.session(session).sendText("79999999999", "Somebody else"), { kind: "refused" });
