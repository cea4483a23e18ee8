// A program on the types and the reader that quicktype makes of bundle.json, with fetch, against the sandbox.
import { Convert } from "./generated";
import type { MessageData, SendRequest } from "./generated";

declare const process: { env: Record<string, string> };
const session = process.env.WHATSGATE_SESSION;

let checks = 0;
function check(what: string, ok: boolean): void {
  if (!ok) throw new Error(`failed: ${what}`);
  checks++;
}

async function post(command: string, body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${process.env.WHATSGATE_BASE_URL}/${command}`, {
    method: "POST",
    headers: { "X-Api-Key": process.env.WHATSGATE_API_KEY, "Content-Type": "application/json" },
    body,
  });
  return { status: response.status, text: await response.text() };
}

async function send(WhatsappID: string, async: boolean): Promise<{ status: number; text: string }> {
  const message = { body: "Hello from quicktype" };
  const request: SendRequest = { WhatsappID, async, recipient: { number: "79991112233" }, message };
  return post("send", Convert.sendRequestToJson(request));
}

async function main(): Promise<void> {
  const sent = Convert.toSendReply((await send(session, false)).text).result;
  check("a sent message is an object", typeof sent === "object" && sent.id.startsWith("true_"));
  const queued = Convert.toSendReply((await send(session, true)).text).result;
  check("a queued message is a word", queued === "OK");

  const page = await post("events-get", Convert.eventsGetRequestToJson({ WhatsappID: "odd-events" }));
  const events = Convert.toEventPage(page.text).data;
  check("odd data lose no event", events.map((event) => event.id).join() === "1,2,3,4,5,6");
  const messages = events.map((event) => (event.event_data as MessageData | null)?.message?.body ?? "");
  check("the message is read", messages.join() === ",,,,,212");

  const short = await send("short-error", false);
  check("an error of one member is an error", short.status === 500);
  check("its message is read", Convert.toErrorBody(short.text).message === "Something went wrong.");
  const proxy = await send("bad-gateway", false);
  check("a proxy's page is an error", proxy.status === 502);

  const yes = [true, 1, "1", "true"] as unknown[];
  for (const WhatsappID of [session, "text-flag"]) {
    const reply = await post("check", Convert.checkRequestToJson({ WhatsappID, number: "79991112233" }));
    check("a number is registered", yes.includes(Convert.toCheckReply(reply.text).data));
  }
  console.log("checked:", checks);
}

void main();
