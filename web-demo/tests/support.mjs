// What every test needs: a sandbox with the page, and a browser.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = process.env.WHATSGATE_PROGRAM ?? join(root, "target/debug/whatsgate");
const page = process.env.WHATSGATE_PAGE ?? join(root, "web-demo/dist");
// The test command gives its canary, which it looks for in all output.
const KEY = process.env.CANARY_KEY ?? "key-of-the-page-0001";
const screenshots = process.env.WHATSGATE_SCREENSHOTS ?? join(root, "target/screenshots");

export const VASILY = "79991112233@c.us";

/** How long anything may take, in ms: on an idle machine nothing takes a tenth of it, on a busy one all takes longer. */
const PATIENCE = 120_000;

/** A bound for a whole suite, in ms, for what waits on its own and would never end. */
export const SUITE = { timeout: 20 * 60_000 };

/** Runs the program until it ends. */
export async function runProgram(...given) {
  const child = spawn(program, given);
  let stderr = "";
  child.stderr.on("data", (part) => (stderr += part));
  const [code] = await once(child, "close");
  return { code, stderr };
}

/** Starts a sandbox with the page at a free port, or at the given one. */
export async function startSandbox(port = 0) {
  const child = spawn(program, ["--json", "sandbox", `--demo=${page}`, "--bind", `127.0.0.1:${port}`, "--key", KEY], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const started = new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const line = await Promise.race([started, exited]);
  if (typeof line !== "string") throw new Error(`${program} ended with ${line} before it served anything`);
  const { base_url: baseUrl, api_key: apiKey, demo } = JSON.parse(line);
  const stop = async () => {
    child.kill("SIGINT");
    await exited;
  };
  return { baseUrl, apiKey, demo, port: Number(new URL(demo).port), stop };
}

/** Starts a browser. */
export function startBrowser(...more) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    timeout: PATIENCE,
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** Opens the page as somebody who was never there. */
export async function openPage(browser, demo, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const mistakes = [];
  page.on("pageerror", (error) => mistakes.push(error));
  await page.goto(demo);
  return { page, context, mistakes };
}

/** From the first screen to a linked session with its chats. */
export async function link(page) {
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.getByRole("button", { name: "Scan the code" }).click();
  await messenger(page).getByRole("button", { name: /Vasily/ }).waitFor();
}

export function messenger(page) {
  return page.getByRole("region", { name: "Messenger", exact: true });
}

export function phone(page) {
  return page.getByRole("region", { name: "The phone of the other side" });
}

/** Acts as the other side without the page. */
export async function admin({ baseUrl, apiKey }, command, body) {
  const response = await fetch(new URL(command, baseUrl), {
    method: "POST",
    headers: { "X-Api-Key": apiKey, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${command} answered ${response.status}`);
  return (await response.json()).data;
}

/** Writes from the messenger to the chat that is open. */
export async function write(page, text, name = "Vasily") {
  await messenger(page).getByRole("textbox", { name: `Message to ${name}` }).fill(text);
  await messenger(page).getByRole("button", { name: "Send", exact: true }).click();
}

/** Answers from the phone. */
export async function answer(page, text, name = "Vasily") {
  await phone(page).getByRole("textbox", { name: `Answer as ${name}` }).fill(text);
  await phone(page).getByRole("button", { name: "Send from the phone" }).click();
}

/** Starts from the first screen, where a session is linked already. */
export async function startAgain(page) {
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await messenger(page).getByRole("region", { name: "Chats" }).getByRole("button", { name: /Vasily/ }).waitFor();
}

/** Lets Vasily, or whoever's chat is named, write without the page. */
export async function receive(sandbox, message, chat = VASILY) {
  const [session] = await admin(sandbox, "/admin/v1/sessions", {});
  await admin(sandbox, "/admin/v1/write", { WhatsappID: session.unique_id, chat, message });
}

/** The bodies of the messages that arrived at the other side, in a chat. */
export async function arrivals(sandbox, chat = VASILY) {
  const [session] = await admin(sandbox, "/admin/v1/sessions", {});
  const messages = await admin(sandbox, "/admin/v1/messages", { WhatsappID: session.unique_id, chat });
  return messages.filter(({ id }) => id.startsWith("true_")).map(({ body }) => body);
}

/** Opens the view behind the scenes: the calls or the faults. */
export async function backstage(page, view) {
  const region = page.getByRole("region", { name: "Behind the scenes" });
  const opener = page.getByRole("button", { name: "Behind the scenes: calls and faults" });
  if (!(await region.isVisible())) await opener.click();
  await region.getByRole("button", { name: view, exact: true }).click();
  return region;
}

/** The bubbles of one half with this text. */
export function bubble(half, text) {
  return half.getByRole("article").filter({ hasText: text });
}

export async function screenshot(page, name) {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), animations: "disabled" });
}
