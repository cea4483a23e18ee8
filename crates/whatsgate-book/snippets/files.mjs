import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { Client } from "whatsgate";

await writeFile("report.csv", "date;total\n");
const session = new Client().session(process.env.WHATSGATE_SESSION);
// ANCHOR: files
import { writeFile } from "node:fs/promises";
import { fileFromPath } from "whatsgate/node";

const file = await fileFromPath("report.csv");
const { message } = await session.sendFile("79991112233", file, { caption: "The report of May" });

const copy = await session.messageMedia(message.id);
await writeFile("copy.csv", copy.bytes()); // copy.filename is what its sender calls it
// ANCHOR_END: files
assert.equal(await readFile("copy.csv", "utf8"), "date;total\n");
