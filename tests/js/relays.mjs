// The relays that the test of a visitor's page runs against. Each is a function of where the gateway is, of the page's
// origin and of what the visitor may, and returns where it is, the visitor's token, and what withdraws that.

import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, createServer as createListener } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { relayHandler } from "whatsgate/relay";
import { listen } from "./support.mjs";

/** `relayHandler` in a server of Node's. */
export async function ofNode(after, place, origin, { sends, ...grant }) {
  const token = `visitor-${randomUUID()}`;
  const visitors = new Map([[token, { ...grant, left: sends }]]);
  const handle = relayHandler({
    apiKey: place.apiKey,
    baseUrl: place.baseUrl,
    mount: "/relay",
    origins: [origin],
    authorize: (_, { token }) => visitors.get(token),
    spend: (visitor, { sends }) => sends <= visitor.left && ((visitor.left -= sends), true),
  });
  const http = createServer(async (incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const body = method === "POST" ? { body: incoming, duplex: "half" } : {};
    const answer = await handle(new Request(`http://localhost${url}`, { method, headers, ...body }));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  });
  await listen(http, after);
  return { baseUrl: `http://127.0.0.1:${http.address().port}/relay`, token, revoke: () => visitors.delete(token) };
}

/** The relay of `whatsgate serve`, by the program that the variable `WHATSGATE` names. All that is known of it stands here. */
export async function ofServe(after, place, origin, { session, commands, chats, sends }) {
  const program = process.env.WHATSGATE;
  const folder = await mkdtemp(join(tmpdir(), "whatsgate-"));
  const store = `sqlite:${join(folder, "store.db")}`;
  const [host, hook] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
  const env = { ...process.env, WHATSGATE_API_KEY: place.apiKey, WHATSGATE_BASE_URL: place.baseUrl };
  const pushed = ["--hook-listen", hook, "--public-url", `http://${hook}`];
  const options = ["serve", "--listen", host, "--store", store, "--no-limits", "--relay-origin", origin, ...pushed];
  const child = spawn(program, options, { env, stdio: ["ignore", "ignore", "inherit"] });
  const ended = once(child, "exit");
  after(async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true });
  });
  await Promise.race([answers(host), ended.then(([code]) => Promise.reject(new Error(`serve ended with ${code}`)))]);

  const added = await promisify(execFile)(program, ["--json", "tokens", "add", "shop", "--store", store], { env });
  const headers = { authorization: `Bearer ${JSON.parse(added.stdout).token}`, "content-type": "application/json" };
  const call = async (method, path, body) => {
    const response = await fetch(`http://${host}/v1/relay-tokens${path}`, { method, headers, body });
    if (!response.ok) throw new Error(`${method} /v1/relay-tokens: ${response.status} ${await response.text()}`);
    return response;
  };
  // A running service knows a new token within a second.
  await until(async () => (await fetch(`http://${host}/v1/openapi.json`, { headers })).status !== 401);
  const grant = { session, commands, chats, sends, bytes: 10_000, seconds: 300, subject: "a visitor" };
  const { token, id } = await (await call("POST", "", JSON.stringify(grant))).json();
  return { baseUrl: `http://${host}/relay/v1`, token, revoke: () => call("DELETE", `/${id}`) };
}

async function freePort() {
  const listener = createListener().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  listener.close();
  await once(listener, "close");
  return port;
}

function answers(host) {
  const [address, port] = host.split(":");
  const isThere = () =>
    new Promise((resolve) => {
      const socket = connect(Number(port), address, () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
  return until(isThere);
}

async function until(isSo) {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}
