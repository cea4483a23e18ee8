// A program on the client that hey-api makes of openapi.json, against the sandbox.
import { check as checkNumber, eventsGet, send } from "./generated";
import type { EventData, SendRequest } from "./generated";
import { client } from "./generated/client.gen";

declare const process: { env: Record<string, string> };
const session = process.env.WHATSGATE_SESSION;
client.setConfig({ baseUrl: process.env.WHATSGATE_BASE_URL, auth: process.env.WHATSGATE_API_KEY });

let checks = 0;
function check(what: string, ok: boolean): void {
  if (!ok) throw new Error(`failed: ${what}`);
  checks++;
}

function hello(WhatsappID: string, async: boolean): SendRequest {
  return { WhatsappID, async, recipient: { number: "79991112233" }, message: { body: "Hello from hey-api" } };
}

async function main(): Promise<void> {
  const sent = (await send({ body: hello(session, false) })).data?.result;
  check("a sent message is an object", typeof sent === "object" && sent.id.startsWith("true_"));
  const queued = (await send({ body: hello(session, true) })).data?.result;
  check("a queued message is a word", queued === "OK");

  const events = (await eventsGet({ body: { WhatsappID: "odd-events" } })).data?.data ?? [];
  check("odd data lose no event", events.map((event) => event.id).join() === "1,2,3,4,5,6");
  const messages = events.map((event) => (event.event_data as EventData | null)?.message);
  check("the message is read", messages.map((message) => message?.body ?? "").join() === ",,,,,212");

  const short = await send({ body: hello("short-error", false) });
  check("an error of one member is an error", short.response?.status === 500 && short.data === undefined);
  check("its message is read", short.error?.message === "Something went wrong.");
  const proxy = await send({ body: hello("bad-gateway", false) });
  check("a proxy's page is an error", proxy.response?.status === 502 && proxy.data === undefined);

  const yes = [true, 1, "1", "true"] as unknown[];
  for (const WhatsappID of [session, "text-flag"]) {
    const registered = (await checkNumber({ body: { WhatsappID, number: "79991112233" } })).data?.data;
    check("a number is registered", yes.includes(registered));
  }
  console.log("checked:", checks);
}

void main();
