// Compiled only: a program in Node, whose types know less than a browser's.

import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Client, init, type Session, webhookHandler } from "whatsgate";
import { Bot, type BotPosition } from "whatsgate/bot";
import { fastifyHandler, fileFromPath, nodeHandler } from "whatsgate/node";
import { streamEvents } from "whatsgate/stream";
import { events, failure, type FakeCall, fakeGateway, replies } from "whatsgate/testing";
import fastify from "fastify";
import { type Grant, type RelayCommand, relayHandler } from "whatsgate/relay";

export async function main(): Promise<void> {
  await init(await readFile("whatsgate_bg.wasm"));
  const client = new Client({ apiKey: "YOUR_API_KEY" });
  const content = await readFile("report.csv");
  const { message } = await client
    .session("YOUR_WHATSAPP_ID")
    .sendFile("79999999999", content, { filename: "report.csv" });
  console.log(message?.id);
  const session = client.session("YOUR_WHATSAPP_ID");
  await session.sendFile("79999999999", createReadStream("report.csv"), { filename: "report.csv" });
  await session.sendFile("79999999999", await fileFromPath("report.csv"));
}

export async function receive(app: Application, session: Session, position: BotPosition | undefined): Promise<void> {
  const hook = webhookHandler({ message: (event) => console.log(event.event_data.message.body) });
  createServer(nodeHandler(hook, { path: "/hook" })).listen(8080);
  app.post("/hook", nodeHandler(hook));
  fastify().post("/hook", fastifyHandler(hook));

  const bot = new Bot(session, {
    position: position ?? null,
    savePosition: (now) => writeFile("position.json", JSON.stringify(now)),
    onGiveUp: (event, error) => console.error(event.id, error),
  });
  bot.on("message", (event) => session.sendText(event.event_data.message.from ?? "79999999999", "Thank you"));
  bot.on("other", (event) => console.log(event.action, event.reason));
  // @ts-expect-error there is no such action
  bot.on("news", () => {});
  // @ts-expect-error the position has to be kept
  new Bot(session, {});
  await bot.start();
  for await (const event of streamEvents(session, { after: "7", onPosition: (place) => console.log(place.length) })) {
    if (event.event_action === "ack") console.log(event.event_data.message.ack);
  }
}

export function fake(): readonly FakeCall[] {
  const gateway = fakeGateway().reply("send", failure(503, "busy"), replies["send"] ?? {});
  new Client({ apiKey: "test", fetch: gateway.fetch });
  console.log(events.message.event_data.message.body.length);
  return gateway.calls;
}

/** As Express has them. */
interface Next {
  (error?: any): void;
  (skip: "route"): void;
}
interface Application {
  post(
    path: string,
    handler: (
      request: IncomingMessage & { body?: unknown; originalUrl: string },
      response: ServerResponse,
      next: Next,
    ) => void | Promise<void>,
  ): void;
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
