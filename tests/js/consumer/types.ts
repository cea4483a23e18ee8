// Compiled only: what a program in TypeScript can rely on.

import {
  acknowledge,
  type Chat,
  Client,
  type ErrorKind,
  type Event,
  init,
  isWhatsgateError,
  type Message,
  parseWebhook,
  type SessionInfo,
  webhookHandler,
} from "whatsgate";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>): void => {};

export async function everything(file: File, signal: AbortSignal): Promise<void> {
  await init();
  const client = new Client({ apiKey: "YOUR_API_KEY", baseUrl: "org", retry: { maxTries: 2 } });
  const session = client.session("YOUR_WHATSAPP_ID");

  const sent = await session.sendFile("79999999999", file, { caption: "Look", signal, timeoutMs: 1000 });
  if (sent.queued) same<typeof sent.reply, string>(true);
  else same<typeof sent.message, Message>(true);
  await session.send({ number: "120363", type: "group" }, { type: "text", body: "Hello", quote: sent.message?.id });
  await session.sendFile({ id: "79999999999@c.us" }, { base64: "eA==" }, { filename: "x.txt", type: "a new type" });

  for (const chat of await session.chats()) {
    same<typeof chat, Chat>(true);
    if (chat.isGroup) chat.groupMetadata?.participants.map((member) => member.isAdmin);
    // @ts-expect-error a contact has no metadata
    else chat.groupMetadata;
  }

  for await (const event of session.events({ action: "message", date: new Date() }, { onError: console.error })) {
    same<typeof event, Event>(true);
    if (!event.readable) {
      same<typeof event.event_data, unknown>(true);
      console.log(event.reason, event.raw);
    } else if (event.event_action === "ready") {
      console.log(event.event_data.pushname?.length);
      // @ts-expect-error only the events about messages have one
      event.event_data.message;
    } else if (event.event_action === "ack") {
      same<typeof event.event_data.message, Message>(true);
      const type = event.event_data.message.type;
      if (type === "chat" || type === "something new") console.log(event.event_data.message.body.length);
    }
  }

  const info = await session.waitUntilReady({ onChange: (now) => same<typeof now, SessionInfo>(true) });
  if (info.status === "READY") console.log(info.qr_link?.length);
  same<Awaited<ReturnType<typeof session.info>>, SessionInfo | undefined>(true);

  try {
    await session.isRegistered("79999999999");
  } catch (error) {
    if (isWhatsgateError(error)) {
      same<typeof error.kind, ErrorKind>(true);
      same<typeof error.outcome, "notSent" | "unknown">(true);
      console.log(error.status?.toFixed(), error.retryable, error.raw?.length);
    }
  }

  const handle: (request: Request) => Promise<Response> = webhookHandler({
    message: (event) => session.sendText(event.event_data.message.from ?? "79999999999", "Thank you"),
  });
  await handle(new Request("http://127.0.0.1/"));
  acknowledge(parseWebhook("{}"));

  // @ts-expect-error the key is needed
  new Client({});
  // @ts-expect-error no such option
  session.sendText("79999999999", "x", { timeout: 1 });
  // @ts-expect-error sessions come from the client
  new (session.constructor as typeof import("whatsgate").Session)("x");
  // @ts-expect-error numbers are text
  session.isRegistered(79999999999);
}
