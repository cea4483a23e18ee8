// What messages look like, and what can be done with them.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import {
  admin,
  answer,
  bubble,
  link,
  messenger,
  openPage,
  phone,
  receive,
  screenshot,
  startAgain,
  startBrowser,
  startSandbox,
  SUITE,
  VASILY,
  write,
} from "./support.mjs";

const GROUP = "4239048293082@g.us";
const ANNA = "79999999999@c.us";

describe("messages", SUITE, () => {
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
    ({ page, context, mistakes } = await openPage(browser, sandbox.demo));
    await link(page);
  });
  afterEach(async () => {
    await context.close();
    await sandbox.stop();
    assert.deepEqual(mistakes, [], "the page threw nothing");
  });

  /** Writes a text and returns how both halves show it, as HTML. */
  async function shown(text, mark) {
    await receive(sandbox, { body: text });
    const html = [];
    for (const half of [messenger(page), phone(page)]) {
      html.push(await bubble(half, mark).locator(".message-body").innerHTML());
    }
    assert.equal(html[0], html[1], "both halves show the same");
    return html[0];
  }

  test("WhatsApp's marks are shown as it shows them, and what only looks like marks stays text", async () => {
    for (const [text, mark, html] of [
      ["*bold* _italic_ ~gone~ end1", "end1", "<strong>bold</strong> <em>italic</em> <s>gone</s> end1"],
      ["*bold _and italic_* end2", "end2", "<strong>bold <em>and italic</em></strong> end2"],
      ["`a*b*c` ```x _y_``` end3", "end3", "<code>a*b*c</code> <code>x _y_</code> end3"],
      ["2*3*4 snake_case_name * a * end4", "end4", "2*3*4 snake_case_name * a * end4"],
      ["*two\nlines* end5", "end5", "*two\nlines* end5"],
      ["<b>no</b> *жирно* end6", "end6", "&lt;b&gt;no&lt;/b&gt; <strong>жирно</strong> end6"],
    ]) {
      assert.equal(await shown(text, mark), html, text);
    }
  });

  test("links lead where they say, without the sentence around them", async () => {
    await receive(sandbox, { body: "See (https://shop.example/a_b_c?x=1), or www.shop.example/ä. javascript:alert(1) end" });
    const links = bubble(messenger(page), "javascript:alert(1)").getByRole("link");
    await links.first().waitFor();
    const found = await links.evaluateAll((all) => all.map((a) => [a.textContent, a.href, a.target, a.rel]));
    assert.deepEqual(found, [
      ["https://shop.example/a_b_c?x=1", "https://shop.example/a_b_c?x=1", "_blank", "noopener noreferrer"],
      ["www.shop.example/ä", "https://www.shop.example/%C3%A4", "_blank", "noopener noreferrer"],
    ]);
  });

  test("a text full of marks does not stop the page", async () => {
    await receive(sandbox, { body: `${"*a_b~c`".repeat(8000)} end` });
    await bubble(messenger(page), "end").waitFor();
    await write(page, "Still alive");
    await bubble(messenger(page), "Still alive").getByLabel("delivered").waitFor();
  });

  test("a file has its name and its size, while it is sent and after", async () => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await page.route("**/api/v1/send", async (route) => {
      await released;
      await route.continue();
    });
    const buffer = Buffer.alloc(5 * 1024, "x");
    const file = { name: "prices.csv", mimeType: "text/csv", buffer };
    await messenger(page).locator("input[type=file]").setInputFiles(file);
    await write(page, "The prices");
    const sent = bubble(messenger(page), "The prices");
    await sent.getByText("prices.csv").waitFor();
    await sent.getByText("5 kB").waitFor();
    release();
    await sent.getByRole("link", { name: /^Save prices.csv/ }).getByText("5 kB").waitFor();
  });

  test("a quote leads to its original, also after a reload", async () => {
    await answer(page, "The very first");
    await bubble(messenger(page), "The very first").waitFor();
    for (let number = 1; number <= 25; number++) await receive(sandbox, { body: `Filling ${number}` });
    await bubble(messenger(page), "Filling 25").waitFor();
    const original = bubble(messenger(page), "The very first").first();
    await original.hover();
    await original.getByRole("button", { name: "Reply to this message" }).click();
    await write(page, "In answer to it");
    const reply = bubble(messenger(page), "In answer to it");
    await reply.getByLabel("delivered").waitFor();
    const follow = async () => {
      await reply.getByRole("button", { name: /The very first/ }).press("Enter");
      await messenger(page).locator(".message-found", { hasText: "The very first" }).waitFor();
      await messenger(page).locator("article:focus", { hasText: "The very first" }).waitFor();
      await page.waitForFunction(() => {
        const log = document.querySelector(".half-messenger .log").getBoundingClientRect();
        const { top, bottom } = document.querySelector(".half-messenger article:focus").getBoundingClientRect();
        return top >= log.top && bottom <= log.bottom;
      });
    };
    await follow();
    await page.reload();
    await startAgain(page);
    await follow();
    await bubble(phone(page), "In answer to it").getByRole("button", { name: /The very first/ }).click();
    await phone(page).locator(".message-found", { hasText: "The very first" }).waitFor();
  });

  test("in a group the phone is one member's, by name, and answers as that one", async () => {
    await phone(page).getByRole("combobox", { name: "You are" }).selectOption({ label: "Test group" });
    const member = phone(page).getByRole("combobox", { name: "You are in Test group as" });
    await member.waitFor();
    assert.deepEqual(await member.locator("option").allTextContents(), ["Anna", "Vasily"]);
    await member.selectOption({ label: "Vasily" });
    await answer(page, "It is me", "Vasily");
    await receive(sandbox, { body: "And me", author: ANNA }, GROUP);
    await phone(page).locator(".message-in", { hasText: "And me" }).getByText("Anna").waitFor();
    await phone(page).locator(".message-out", { hasText: "It is me" }).waitFor();
    await member.selectOption({ label: "Anna" });
    await phone(page).locator(".message-out", { hasText: "And me" }).waitFor();
    await phone(page).locator(".message-in", { hasText: "It is me" }).getByText("Vasily").waitFor();
    await screenshot(page, "group");
    await messenger(page).getByRole("button", { name: /Test group/ }).click();
    await bubble(messenger(page), "It is me").getByText("Vasily").waitFor();
    await bubble(messenger(page), "And me").getByText("Anna").waitFor();
  });

  test("where there is no microphone, the page says so and goes on", async () => {
    await messenger(page).getByRole("button", { name: "Record a voice message" }).click();
    const alert = messenger(page).getByRole("alert").filter({ hasText: "There is no microphone" });
    await alert.getByText("Connect one and try again, or attach a sound as a file.").waitFor();
    await screenshot(page, "no-microphone");
    await write(page, "Then by hand");
    await bubble(phone(page), "Then by hand").waitFor();
  });
});

describe("a microphone", SUITE, () => {
  test("a voice message is spoken, thrown away, spoken again, and heard with its length", async (t) => {
    const browser = await startBrowser("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
    // Also after a failure: a browser that is left keeps the run from its end.
    t.after(() => browser.close());
    const sandbox = await startSandbox();
    t.after(() => sandbox.stop());
    const { page, context, mistakes } = await openPage(browser, sandbox.demo, { permissions: ["microphone"] });
    await link(page);
    const record = messenger(page).getByRole("button", { name: "Record a voice message" });
    await record.press("Enter");
    await messenger(page).getByRole("timer").waitFor();
    await page.keyboard.press("Escape");
    await messenger(page).getByRole("timer").waitFor({ state: "detached" });
    // Not by a key: the page is about to put the focus back.
    await record.click();
    await messenger(page).getByText(/^Recording 0:0[2-9]/).waitFor();
    await screenshot(page, "recording");
    const send = messenger(page).getByRole("button", { name: "Send the voice message" });
    await send.and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Enter");
    const voice = messenger(page).getByRole("article");
    await voice.getByLabel("delivered").waitFor();
    assert.equal(await voice.count(), 1, "what was thrown away is not sent");
    await voice.getByRole("button", { name: "Voice message" }).click();
    await voice.getByText(/^Length 0:0[1-9]$/).waitFor();
    const heard = phone(page).getByRole("article");
    await heard.getByRole("button", { name: "Voice message" }).click();
    await heard.getByText(/^Length 0:0[1-9]$/).waitFor();
    const [session] = await admin(sandbox, "/admin/v1/sessions", {});
    const [message] = await admin(sandbox, "/admin/v1/messages", { WhatsappID: session.unique_id, chat: VASILY });
    assert.equal(message.type, "ptt");
    await page.context().clearPermissions();
    assert.deepEqual(mistakes, []);
    await context.close();
  });

  test("a microphone that the browser does not allow is told from one that is missing", async (t) => {
    const [browser, sandbox] = await Promise.all([startBrowser("--use-fake-device-for-media-stream"), startSandbox()]);
    t.after(() => browser.close());
    t.after(() => sandbox.stop());
    const { page, context } = await openPage(browser, sandbox.demo, { permissions: [] });
    await page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
    });
    await page.reload();
    await link(page);
    await messenger(page).getByRole("button", { name: "Record a voice message" }).click();
    const alert = messenger(page).getByRole("alert").filter({ hasText: "The browser does not allow the microphone" });
    await alert.getByText("Allow it in the settings of this page, and try again.").waitFor();
    await context.close();
  });
});
