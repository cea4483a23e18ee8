// Compiled only: a program in Node, whose types know less than a browser's.

import { readFile } from "node:fs/promises";
import { Client, init } from "whatsgate";

export async function main(): Promise<void> {
  await init(await readFile("whatsgate_bg.wasm"));
  const client = new Client({ apiKey: "YOUR_API_KEY" });
  const content = await readFile("report.csv");
  const { message } = await client.session("YOUR_WHATSAPP_ID").sendFile("79999999999", content, { filename: "report.csv" });
  console.log(message?.id);
}
