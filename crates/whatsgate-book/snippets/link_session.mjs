import assert from "node:assert/strict";
import { Client } from "whatsgate";

const client = new Client();
// ANCHOR: link
const { unique_id } = await client.createSession({ name: "Shop" });
console.log("keep this id:", unique_id);
const session = client.session(unique_id);
await session.waitUntilReady({
  onChange: ({ qr_link }) => qr_link && console.log(`Linked devices > Link a device: scan the code at ${qr_link}`),
});
// ANCHOR_END: link
const sessions = [];
for await (const { unique_id } of client.sessions()) sessions.push(unique_id);
assert.ok(sessions.includes(unique_id));
