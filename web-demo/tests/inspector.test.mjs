// Behind each action: the call as code, the request, the reply, the events. The key is nowhere.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import {
  arrivals,
  backstage,
  bubble,
  link,
  messenger,
  openPage,
  screenshot,
  startBrowser,
  startSandbox,
  SUITE,
  VASILY,
  write,
} from "./support.mjs";

describe("the inspector", SUITE, () => {
  let browser;
  let sandbox;
  let page;
  let context;
  let mistakes;

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    sandbox = await startSandbox();
    const permissions = ["clipboard-read", "clipboard-write"];
    ({ page, context, mistakes } = await openPage(browser, sandbox.demo, { permissions }));
    await link(page);
  });
  afterEach(async () => {
    await context.close();
    await sandbox.stop();
    assert.deepEqual(mistakes, [], "the page threw nothing");
  });

  const block = (region, name) => region.getByRole("region", { name });
  const calls = (region, method) => region.getByRole("list", { name: "Calls of the SDK" }).getByRole("button", { name: method });

  /** The texts of all blocks of the call that is shown, by their titles. */
  async function blocks(region) {
    const all = await region.locator(".code-block").evaluateAll((found) =>
      found.map((one) => [one.querySelector("h3").textContent, one.querySelector("pre").textContent]),
    );
    return Object.fromEntries(all);
  }

  test("a message has its call in two languages, its request, its reply, its result and its events", async () => {
    await write(page, 'Say "hello" \\ twice');
    const sent = bubble(messenger(page), "Say");
    await sent.getByLabel("delivered").waitFor();
    await sent.hover();
    await sent.getByRole("button", { name: "Show the call behind this message" }).click();
    const region = page.getByRole("region", { name: "Behind the scenes" });
    await region.locator(".call:focus", { hasText: "sendText" }).waitFor();
    await block(region, /^Events: create, ack, ack/).waitFor();
    const found = await blocks(region);
    assert.match(found.JavaScript, /await session\.sendText\(\{ id: "79991112233@c\.us" \}, "Say \\"hello\\" \\\\ twice"\);$/);
    assert.match(found.Rust, /session\.send_text\(ChatId::new\("79991112233@c\.us"\)\?, "Say \\"hello\\" \\\\ twice"\)\.await\?;$/);
    assert.match(found.Request, /^POST http:\/\/127\.0\.0\.1:\d+\/api\/v1\/send\n/);
    assert.match(found.Request, /^x-api-key: ••••••••$/im);
    assert.equal(JSON.parse(found.Request.split("\n\n")[1]).message.body, 'Say "hello" \\ twice');
    assert.match(found.Reply, /^HTTP 200 OK\n/);
    const { id } = JSON.parse(found.Reply.split("\n\n")[1]).result;
    assert.equal(JSON.parse(found["What the SDK returns"]).message.id, id);
    const events = found[Object.keys(found).find((title) => title.startsWith("Events"))];
    assert.ok(events.includes(id));
    await screenshot(page, "inspector");
  });

  test("each part can be copied, and the JavaScript runs as it stands", async () => {
    await write(page, "Line one\n*and* `two` ${three}");
    await bubble(messenger(page), "Line one").getByLabel("delivered").waitFor();
    const region = await backstage(page, "Calls");
    await calls(region, "sendText").first().click();
    const copies = {};
    for (const part of ["JavaScript", "Rust", "Request", "Reply", "What the SDK returns"]) {
      await block(region, part).getByRole("button", { name: `Copy: ${part}` }).click();
      await block(region, part).getByText("Copied").waitFor();
      copies[part] = await page.evaluate(() => navigator.clipboard.readText());
    }
    assert.deepEqual(copies, Object.fromEntries(Object.entries(await blocks(region)).filter(([title]) => title in copies)));
    const code = copies.JavaScript.replace('"YOUR_API_KEY"', "process.env.KEY");
    assert.notEqual(code, copies.JavaScript);
    const program = spawn(process.execPath, ["--input-type=module", "--eval", code], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, KEY: sandbox.apiKey },
      stdio: ["ignore", "inherit", "inherit"],
    });
    assert.deepEqual(await once(program, "close"), [0, null]);
    const text = "Line one\n*and* `two` ${three}";
    assert.deepEqual(await arrivals(sandbox, VASILY), [text, text]);
  });

  test("every call that the page makes is listed, also one that fails, with what the error says", async () => {
    await page.getByRole("button", { name: "New chat" }).click();
    await page.getByRole("textbox", { name: "Phone number" }).fill("+7 999 123-45-99");
    await page.getByRole("button", { name: "Check and open" }).click();
    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 502, body: "<h1>Bad Gateway</h1>" }), { times: 1 });
    await write(page, "Into a wall", "+79991234599");
    await bubble(messenger(page), "Into a wall").getByText("Perhaps sent").waitFor();
    const region = await backstage(page, "Calls");
    for (const method of ["createSession", "waitUntilReady", "chats", "followEvents", "isRegistered", "showTyping"]) {
      await calls(region, method).first().waitFor();
    }
    await calls(region, "sendText").getByText("service, unknown").waitFor();
    await calls(region, "sendText").click();
    const found = await blocks(region);
    assert.match(found.Reply, /^HTTP 502/);
    assert.match(found["What the SDK returns"], /kind {7}service\noutcome {4}unknown\nretryable  false\ntries {6}1\n/);
  });

  test("the key is nowhere in it, whoever writes it", async () => {
    const key = sandbox.apiKey;
    const refusal = { name: "Bad", message: `no ${key}`, code: 0, status: 400 };
    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 400, json: refusal, headers: { "X-Echo": key } }), {
      times: 1,
    });
    await write(page, "Refused");
    await bubble(messenger(page), "Refused").getByRole("alert").waitFor();
    await write(page, `my key is ${key}`);
    await bubble(messenger(page), "my key is").getByLabel("delivered").waitFor();
    const region = await backstage(page, "Calls");
    const list = region.getByRole("list", { name: "Calls of the SDK" }).getByRole("button");
    const count = await list.count();
    assert.ok(count > 5, `${count} calls`);
    let hidden = 0;
    for (let place = 0; place < count; place++) {
      await list.nth(place).click();
      const text = await region.innerHTML();
      assert.ok(!text.includes(key), await list.nth(place).textContent());
      hidden += text.split("••••••••").length - 1;
    }
    assert.ok(hidden > count, "each request shows that there is a key");
  });

  test("the keyboard goes through the calls, and comes back", async () => {
    await write(page, "One");
    await bubble(messenger(page), "One").getByLabel("delivered").waitFor();
    const opener = page.getByRole("button", { name: "Behind the scenes: calls and faults" });
    await opener.press("Enter");
    const region = page.getByRole("region", { name: "Behind the scenes" });
    const first = calls(region, "sendText").first();
    await first.focus();
    await page.keyboard.press("ArrowDown");
    const second = await page.evaluate(() => document.activeElement.dataset.call);
    assert.equal(await region.locator(".call[aria-current]").getAttribute("data-call"), second);
    assert.equal(await region.locator(".call[tabindex='0']").count(), 1, "the list is one stop of the tab key");
    await page.keyboard.press("Tab");
    await block(region, "JavaScript").getByRole("button").and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Tab");
    await block(region, "JavaScript").locator("pre:focus").waitFor();
    await region.getByRole("button", { name: "Close the view behind the scenes" }).press("Enter");
    await opener.and(page.locator(":focus")).waitFor();
  });
});
