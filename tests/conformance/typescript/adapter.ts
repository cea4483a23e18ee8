// The adapter of the types that openapi-typescript makes of openapi.json, with openapi-fetch.
import createClient from "openapi-fetch";
import type { components, paths } from "./generated";

declare const process: { stdin: unknown; stdout: { write(text: string): void } };
declare const require: (name: string) => { createInterface(options: object): AsyncIterable<string> };

type Schemas = components["schemas"];
interface Ask {
  id: number;
  baseUrl: string;
  apiKey: string;
  session: string;
  command: string;
  arguments: Record<string, unknown>;
  timeoutMs: number;
}

const COMMANDS = ["send", "seen", "typing", "check", "get-chats", "get-media", "get-messagemedia", "events-get",
  "session-create", "session-delete", "sessions-get", "set-name", "set-hook"];
const PARTS: Record<string, string> = { send: "result", "get-media": "media", "get-messagemedia": "media", check: "data",
  "get-chats": "data", "session-create": "data", "session-delete": "data" };

const say = (line: object): void => process.stdout.write(`${JSON.stringify(line)}\n`);

async function call(ask: Ask): Promise<object> {
  const headers = { "X-Api-Key": ask.apiKey };
  const client = createClient<paths>({ baseUrl: ask.baseUrl, headers });
  const session = ["session-create", "sessions-get"].includes(ask.command) ? {} : { WhatsappID: ask.session };
  // One request for all commands: the types are proved by the programs of the generators.
  const body = { ...ask.arguments, ...session } as unknown as Schemas["SendRequest"];
  const signal = AbortSignal.timeout(ask.timeoutMs);
  const { data, error, response } = await client.POST(`/${ask.command}` as "/send", { body, signal });
  if (data === undefined) {
    const raw = typeof error === "string" ? error : JSON.stringify(error);
    return { error: { kind: "no success", status: response.status, raw } };
  }
  const part = PARTS[ask.command];
  return { result: part ? (data as Record<string, unknown>)[part] : data };
}

async function main(): Promise<void> {
  say({ protocol: 1, client: "openapi-typescript 7.13, openapi-fetch 0.17", parallel: 16, commands: COMMANDS });
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    const ask = JSON.parse(line) as Ask;
    const answered = call(ask).catch((error) => ({ error: { kind: String(error) } }));
    void answered.then((answer) => say({ id: ask.id, ...answer }));
  }
}

void main();
