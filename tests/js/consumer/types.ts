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
  await session.send({ number: "120363", type: "group" }, { type: "text", body: "Hello", ...(sent.message && { quote: sent.message.id }) });
  await session.sendFile({ id: "79999999999@c.us" }, { base64: "eA==" }, { filename: "x.txt", type: "a new type" });

  for (const chat of await session.chats()) {
    same<typeof chat, Chat>(true);
    if (chat.isGroup) chat.groupMetadata?.participants.map((member) => member.isAdmin);
    // @ts-expect-error a contact has no metadata
    else chat.groupMetadata;
  }

  for await (const event of session.events({ action: "message", date: new Date() }, { onError: console.error })) {
    same<typeof event, Event>(true);
    // The action alone tells the type of the data.
    if (event.event_action === "message") {
      same<typeof event.event_data.message, Message>(true);
      same<typeof event.readable, true>(true);
      const type = event.event_data.message.type;
      if (type === "chat" || type === "something new") console.log(event.event_data.message.body.length);
    } else if (event.event_action === "other") {
      same<typeof event.event_data, unknown>(true);
      console.log(event.action.length, event.reason, event.raw);
    } else if (event.event_action === "ready") {
      console.log(event.event_data.pushname?.length);
      // @ts-expect-error only the events about messages have one
      event.event_data.message;
    }
    switch (event.event_action) {
      case "disconnect":
        console.log(event.event_data.reason?.length);
        break;
      case "ack":
        console.log(event.event_data.message.ack);
        break;
    }
    // So does what tells whether it was read.
    if (!event.readable) same<typeof event.event_action, "other">(true);
    // @ts-expect-error events of other actions have other data
    event.event_data.message;
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
      console.log(error.status?.toFixed(), error.retryable, error.raw?.length, error.argument?.length);
      same<typeof error.serviceMessage, string | undefined>(true);
    }
  }

  const handle: (request: Request) => Promise<Response> = webhookHandler({
    message: (event) => session.sendText(event.event_data.message.from ?? "79999999999", "Thank you"),
  });
  await handle(new Request("http://127.0.0.1/"));
  acknowledge(parseWebhook("{}"));

  // The key of the environment.
  new Client();
  new Client({ apiKey: async () => "YOUR_API_KEY", baseUrl: new URL("https://shop.test/api"), headers: { "x-trace": "1" } });
  const page = new Client({
    relay: "https://shop.test/relay/v1",
    token: async () => ({ token: "wgr_", expires_at: Date.now() }),
    onRequest: ({ command }) => console.log(command.length),
    onResponse: ({ durationMs, status, kind }) => console.log(durationMs.toFixed(), status?.toFixed(), kind?.length),
    onRetry: ({ pauseMs, try: next }) => console.log(pauseMs + next),
  });
  const { data, response } = await page.session("x").isRegistered("79999999999").withResponse();
  same<typeof data, boolean>(true);
  same<typeof response, Response | undefined>(true);
  await session.sendFile("79999999999", file.stream(), { filename: "a", onProgress: ({ total }) => total.toFixed() });
  await session.sendFile("79999999999", await fetch("https://shop.test/report.pdf"));

  // @ts-expect-error a relay needs a token
  new Client({ relay: "https://shop.test/relay/v1" });
  // @ts-expect-error a page has no key
  new Client({ relay: "https://shop.test/relay/v1", token: "x", apiKey: "YOUR_API_KEY" });
  // @ts-expect-error the path of a file is not its content
  session.sendFile("79999999999", "report.pdf");
  // @ts-expect-error no such option
  session.sendText("79999999999", "x", { timeout: 1 });
  // @ts-expect-error sessions come from the client
  new (session.constructor as typeof import("whatsgate").Session)("x");
  // @ts-expect-error numbers are text
  session.isRegistered(79999999999);
}
