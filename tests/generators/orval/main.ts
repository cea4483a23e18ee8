// A program on the client that orval makes of openapi.json, against the sandbox.
import axios from "axios";
import { check as checkNumber, eventsGet, send } from "./generated";
import type { ErrorBodySchema, EventDataSchema, SendRequestSchema } from "./generated";

declare const process: { env: Record<string, string> };
const session = process.env.WHATSGATE_SESSION;
axios.defaults.baseURL = process.env.WHATSGATE_BASE_URL;
axios.defaults.headers.common["X-Api-Key"] = process.env.WHATSGATE_API_KEY;

let checks = 0;
function check(what: string, ok: boolean): void {
  if (!ok) throw new Error(`failed: ${what}`);
  checks++;
}

function hello(WhatsappID: string, async: boolean): SendRequestSchema {
  return { WhatsappID, async, recipient: { number: "79991112233" }, message: { body: "Hello from orval" } };
}

async function failure(request: SendRequestSchema): Promise<{ status?: number; body?: unknown }> {
  try {
    await send(request);
    return {};
  } catch (error) {
    if (!axios.isAxiosError(error)) throw error;
    return { status: error.response?.status, body: error.response?.data };
  }
}

async function main(): Promise<void> {
  const sent = (await send(hello(session, false))).data.result;
  check("a sent message is an object", typeof sent === "object" && sent.id.startsWith("true_"));
  const queued = (await send(hello(session, true))).data.result;
  check("a queued message is a word", queued === "OK");

  const events = (await eventsGet({ WhatsappID: "odd-events" })).data.data;
  check("odd data lose no event", events.map((event) => event.id).join() === "1,2,3,4,5,6");
  const messages = events.map((event) => (event.event_data as EventDataSchema | null)?.message);
  check("the message is read", messages.map((message) => message?.body ?? "").join() === ",,,,,212");

  const short = await failure(hello("short-error", false));
  check("an error of one member is an error", short.status === 500);
  check("its message is read", (short.body as ErrorBodySchema).message === "Something went wrong.");
  const proxy = await failure(hello("bad-gateway", false));
  check("a proxy's page is an error", proxy.status === 502);

  const yes = [true, 1, "1", "true"] as unknown[];
  for (const WhatsappID of [session, "text-flag"]) {
    const registered = (await checkNumber({ WhatsappID, number: "79991112233" })).data.data;
    check("a number is registered", yes.includes(registered));
  }
  console.log("checked:", checks);
}

void main();
