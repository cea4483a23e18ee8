import { Client, isWhatsgateError, parseWebhook } from "whatsgate";
import * as inline from "whatsgate/inline";
import { relayHandler } from "whatsgate/relay";
import * as script from "whatsgate/script";

const { apiKey, baseUrl, session: id } = JSON.parse(process.env.PLACE!) as Record<"apiKey" | "baseUrl" | "session", string>;

async function main(): Promise<void> {
  const { message } = await new Client({ apiKey, baseUrl }).session(id).sendText("79999999999", "Hello!");
  let refused: string | undefined;
  try {
    await new inline.Client({ apiKey: "a-guess", baseUrl, retry: false }).session(id).sendText("79999999999", "Hello!");
  } catch (error) {
    if (isWhatsgateError(error)) refused = error.kind;
  }
  const event: number = parseWebhook('{"id":7}').id;
  if (script.parseWebhook('{"id":8}').id !== 8 || typeof relayHandler !== "function") throw new Error("other entries");
  console.log(JSON.stringify({ sent: message?.id, refused, event }));
}

void main();
