// A page that has a visitor's token in the place of the key: does what it may, tries what it may not, and shows what
// became of it.

import { Client, init, isWhatsgateError } from "whatsgate";
import { streamEvents } from "whatsgate/stream";

interface Visit {
  token: string;
  baseUrl: string;
  session: string;
  chat: string;
  stranger: string;
  text: string;
  /** Whether the relay has a stream of events. */
  streams: boolean;
}

const visit = (await (await fetch("visit.json")).json()) as Visit;
const { token, baseUrl, session: id, chat, stranger, text, streams } = visit;
await init();
const client = new Client({ relay: baseUrl, token });
const session = client.session(id);

/** What a page knows of a failure; the first word of the relay's message says what is not allowed. */
async function failure(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return ["nothing failed", await call()];
  } catch (error) {
    if (!isWhatsgateError(error)) return String(error);
    return [error.kind, error.status, error.outcome, error.retryable, error.serviceMessage?.split(" ")[0]];
  }
}

async function everything(): Promise<unknown> {
  const sent = (await session.sendText(chat, text)).message?.id;
  const file = new Blob(["date;total\n"], { type: "text/csv" });
  const withFile = (await session.sendFile(chat, file, { filename: "report.csv" })).message?.id ?? "";
  const media = await (await session.messageMedia(withFile)).blob().text();
  const chats = (await session.chats()).map((chat) => chat.id);
  const bodies: string[] = [];
  const events = streams
    ? streamEvents(session, { after: "0" })
    : session.followEvents({ action: "create" }, { intervalMs: 500 });
  for await (const event of events) {
    if (event.event_action === "create") bodies.push(event.event_data.message.body);
    if (bodies.length === 2) break;
  }
  const forbidden = {
    chat: await failure(() => session.sendText(stranger, text)),
    quote: await failure(() => session.sendText(chat, text, { quote: `false_${stranger}@c.us_3EB0` })),
    media: await failure(() => session.messageMedia(`false_${stranger}@c.us_3EB0`)),
    session: await failure(() => client.session("ANOTHER_SESSION").sendText(chat, text)),
    command: await failure(() => session.isRegistered(chat)),
    sessions: await failure(() => client.sessionsPage()),
    creation: await failure(() => client.createSession({ name: "mine" })),
    deletion: await failure(() => session.delete()),
    name: await failure(() => session.rename("mine")),
    hook: await failure(() => session.setHook("https://shop.test/")),
    budget: await failure(() => session.sendText(chat, text)),
    token: await failure(() =>
      new Client({ relay: baseUrl, token: "a-guess", retry: false }).session(id).sendText(chat, text),
    ),
  };
  return { sent, withFile, media, chats, bodies, forbidden };
}

// What the page knows stays within reach, so that it is in the memory that is searched.
Object.assign(globalThis, { client, visit, again: () => failure(() => session.chats()) });
const done = await everything().catch(String);
document.querySelector("output")!.textContent = JSON.stringify(done);
