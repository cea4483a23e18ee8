// What the tests share: a sandbox, a server that answers what it is told and keeps what it got, and pages to look at.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

// What must be seen nowhere. The test command gives the canaries, which it looks for in all output.
export const KEY = process.env.CANARY_KEY ?? "YOUR_API_KEY";
export const PHONE = process.env.CANARY_PHONE ?? "79999999999";
export const TEXT = process.env.CANARY_TEXT ?? "a private message";
export const SESSION = "YOUR_WHATSAPP_ID";
export const installed = fileURLToPath(new URL("node_modules/whatsgate/", import.meta.url));

/** Starts a sandbox for the tests of a file and stops it after them. */
export async function sandbox(after, key = KEY) {
  const child = spawn(process.env.SANDBOX, [key], { stdio: ["pipe", "pipe", "inherit"] });
  after(() => child.stdin.end());
  const [line] = await once(createInterface(child.stdout), "line");
  return JSON.parse(line);
}

/** A server whose answer to every request is `answer(request, body)`: a status, a body, headers. Keeps the requests. */
export async function server(after, answer) {
  const requests = [];
  const http = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body: Buffer.concat(parts).toString() });
    const { status = 200, body = "", headers: more = {}, destroy } = (await answer(requests.at(-1))) ?? {};
    if (destroy) return request.socket.destroy();
    response.writeHead(status, { "content-type": "application/json", ...more });
    response.end(body);
  });
  await listen(http, after);
  return { requests, baseUrl: `http://127.0.0.1:${http.address().port}/api/v1` };
}

const SCRIPT = "text/javascript";
const TYPES = { ".html": "text/html", ".mjs": SCRIPT, ".js": SCRIPT, ".cjs": SCRIPT, ".wasm": "application/wasm" };

/** Serves a folder, and pages given by their path, for a browser. */
export async function website(after, folder, pages = {}) {
  const http = createServer(async (request, response) => {
    const path = new URL(request.url, "http://host").pathname;
    if (path in pages) return response.writeHead(200, { "content-type": "text/html" }).end(pages[path]);
    const file = join(folder, normalize(path));
    try {
      await access(file);
    } catch {
      return response.writeHead(404).end();
    }
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).on("error", () => response.destroy()).pipe(response);
  });
  await listen(http, after);
  return `http://127.0.0.1:${http.address().port}`;
}

/** Lets a server listen at a free port until the tests of a file are over. */
export async function listen(http, after) {
  http.listen(0, "127.0.0.1");
  after(() => {
    http.close();
    http.closeAllConnections();
  });
  await once(http, "listening");
}

/** The first block of a language in a Markdown text. */
export function example(markdown, language, holding) {
  const blocks = [...markdown.matchAll(new RegExp("```" + language + "\\n([^]*?)```", "g"))].map(([, code]) => code);
  return blocks.find((code) => code.includes(holding));
}
