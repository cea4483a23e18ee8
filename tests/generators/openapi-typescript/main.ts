// A program on the types that openapi-typescript makes of openapi.json, with openapi-fetch, against the sandbox.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated";

declare const process: { env: Record<string, string> };
type EventData = components["schemas"]["EventData"];
type SendRequest = components["schemas"]["SendRequest"];

const session = process.env.WHATSGATE_SESSION;
const client = createClient<paths>({
  baseUrl: process.env.WHATSGATE_BASE_URL,
  headers: { "X-Api-Key": process.env.WHATSGATE_API_KEY },
});

let checks = 0;
function check(what: string, ok: boolean): void {
  if (!ok) throw new Error(`failed: ${what}`);
  checks++;
}

function hello(WhatsappID: string, async: boolean): SendRequest {
  return { WhatsappID, async, recipient: { number: "79991112233" }, message: { body: "Hello from openapi-fetch" } };
}

async function main(): Promise<void> {
  const sent = (await client.POST("/send", { body: hello(session, false) })).data?.result;
  check("a sent message is an object", typeof sent === "object" && sent.id.startsWith("true_"));
  const queued = (await client.POST("/send", { body: hello(session, true) })).data?.result;
  check("a queued message is a word", queued === "OK");

  const events = (await client.POST("/events-get", { body: { WhatsappID: "odd-events" } })).data?.data ?? [];
  check("odd data lose no event", events.map((event) => event.id).join() === "1,2,3,4,5,6");
  const messages = events.map((event) => (event.event_data as EventData | null)?.message);
  check("the message is read", messages.map((message) => message?.body ?? "").join() === ",,,,,212");

  const short = await client.POST("/send", { body: hello("short-error", false) });
  check("an error of one member is an error", short.response.status === 500 && short.data === undefined);
  check("its message is read", short.error?.message === "Something went wrong.");
  const proxy = await client.POST("/send", { body: hello("bad-gateway", false) });
  check("a proxy's page is an error", proxy.response.status === 502 && proxy.data === undefined);

  const yes = [true, 1, "1", "true"] as unknown[];
  for (const WhatsappID of [session, "text-flag"]) {
    const reply = await client.POST("/check", { body: { WhatsappID, number: "79991112233" } });
    check("a number is registered", yes.includes(reply.data?.data));
  }
  console.log("checked:", checks);
}

void main();
