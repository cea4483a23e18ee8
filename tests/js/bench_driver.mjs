// Does one job once, for comparing clients: `node bench_driver.mjs seq|conc|chats|doc|media|cold`.
//
// Reads WG_BASE, WG_KEY and WG_ID (the gateway and the session), WG_N (how many times), WG_FILE (what to send) and WG_OUT
// (where to put what comes in). Prints {"job":"seq","n":2000,"wall_s":1.234}, and ends with another status than 0 on any
// failure. Needs the package beside it, which `cargo xtask test-js` installs.

import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Client, init } from "whatsgate";

const NUMBER = "79999999999";
const MESSAGE = "true_79999999999@c.us_3EB0A6D8E2D1D2B9E6A4";

const start = performance.now();
const [job] = process.argv.slice(2);
const count = Number(process.env.WG_N ?? 1);
await init();
const session = new Client({ apiKey: process.env.WG_KEY, baseUrl: process.env.WG_BASE }).session(process.env.WG_ID);

const jobs = {
  seq: () => sendTexts(1),
  cold: () => sendTexts(1),
  conc: () => sendTexts(32),
  async chats() {
    for (let place = 0; place < count; place += 1) await session.chats();
  },
  async doc() {
    const sent = await session.sendFile(NUMBER, await openAsBlob(process.env.WG_FILE), { filename: "file.bin", type: "doc" });
    expectMessage(sent);
  },
  async media() {
    const media = await session.messageMedia(MESSAGE);
    await writeFile(process.env.WG_OUT, Buffer.from(media.data, "base64"));
  },
};
if (!Object.hasOwn(jobs, job)) throw new Error("usage: bench_driver.mjs seq|conc|chats|doc|media|cold");
await jobs[job]();
console.log(JSON.stringify({ job, n: count, wall_s: Number(((performance.now() - start) / 1000).toFixed(3)) }));

async function sendTexts(atOnce) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const place = next;
      next += 1;
      expectMessage(await session.sendText(NUMBER, `Message ${place}`));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

function expectMessage(sent) {
  if (!sent.message?.id) throw new Error("the reply holds no message id");
}
