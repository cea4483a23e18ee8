// A program on the client that openapi-generator (typescript-fetch) makes of openapi.json, against the sandbox.
import { Configuration, EventDataFromJSON, ResponseError, WhatsgateApi } from "./client";
import type { SendRequest } from "./client";

declare const process: { env: Record<string, string> };
const session = process.env.WHATSGATE_SESSION;
const configuration = new Configuration({
  basePath: process.env.WHATSGATE_BASE_URL,
  apiKey: process.env.WHATSGATE_API_KEY,
});
const api = new WhatsgateApi(configuration);

let checks = 0;
function check(what: string, ok: boolean): void {
  if (!ok) throw new Error(`failed: ${what}`);
  checks++;
}

function hello(whatsappID: string, async: boolean): { sendRequest: SendRequest } {
  const message = { body: "Hello from typescript-fetch" };
  return { sendRequest: { whatsappID, async, recipient: { number: "79991112233" }, message } };
}

async function failure(request: { sendRequest: SendRequest }): Promise<{ status: number; text: string }> {
  try {
    await api.send(request);
    return { status: 200, text: "" };
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    return { status: error.response.status, text: await error.response.text() };
  }
}

async function main(): Promise<void> {
  const sent = (await api.send(hello(session, false))).result;
  check("a sent message is an object", typeof sent === "object" && sent.id.startsWith("true_"));
  const queued = (await api.send(hello(session, true))).result;
  check("a queued message is a word", queued === "OK");

  const events = (await api.eventsGet({ eventsGetRequest: { whatsappID: "odd-events" } })).data;
  check("odd data lose no event", events.map((event) => event.id).join() === "1,2,3,4,5,6");
  const messages = events.map((event) => EventDataFromJSON(event.eventData)?.message);
  check("the message is read", messages.map((message) => message?.body ?? "").join() === ",,,,,212");

  const short = await failure(hello("short-error", false));
  check("an error of one member is an error", short.status === 500);
  check("its message is read", JSON.parse(short.text).message === "Something went wrong.");
  const proxy = await failure(hello("bad-gateway", false));
  check("a proxy's page is an error", proxy.status === 502);

  const yes = [true, 1, "1", "true"] as unknown[];
  for (const whatsappID of [session, "text-flag"]) {
    const reply = await api.check({ checkRequest: { whatsappID, number: "79991112233" } });
    check("a number is registered", yes.includes(reply.data));
  }
  console.log("checked:", checks);
}

void main();
