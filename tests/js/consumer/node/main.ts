// Compiled only: a program in Node, whose types know less than a browser's.

import { readFile } from "node:fs/promises";
import { Client, init } from "whatsgate";
import { type Grant, type RelayCommand, relayHandler } from "whatsgate/relay";

export async function main(): Promise<void> {
  await init(await readFile("whatsgate_bg.wasm"));
  const client = new Client({ apiKey: "YOUR_API_KEY" });
  const content = await readFile("report.csv");
  const { message } = await client
    .session("YOUR_WHATSAPP_ID")
    .sendFile("79999999999", content, { filename: "report.csv" });
  console.log(message?.id);
}

interface Visit extends Grant {
  subject: string;
}

export async function relay(
  visits: Map<string, Visit>,
  count: (subject: string, sends: number) => boolean,
): Promise<void> {
  const handle: (request: Request) => Promise<Response> = relayHandler({
    apiKey: "YOUR_API_KEY",
    origins: ["https://shop.test"],
    authorize: async (request, { command, token }) => {
      const asked: RelayCommand = command;
      return asked === "send" && token !== null && request.url !== "" && visits.get(token);
    },
    spend: ({ subject }, { sends }) => count(subject, sends),
    onError: (error, { command }) => console.error(command, error),
  });
  await handle(new Request("http://127.0.0.1/relay/send"));
  const apiKey = "YOUR_API_KEY";
  const group = { number: "4239048293082", type: "group" } as const;
  relayHandler({ apiKey, authorize: () => ({ session: "x", commands: ["seen"], chats: ["79999999999", group] }) });

  // @ts-expect-error a relay without a function that says what is allowed
  relayHandler({ apiKey });
  // @ts-expect-error no visitor may create sessions
  relayHandler({ apiKey, authorize: () => ({ session: "x", commands: ["session-create"], chats: "all" }) });
  // @ts-expect-error some chats or all
  relayHandler({ apiKey, authorize: () => ({ session: "x", commands: ["send"] }) });
}
