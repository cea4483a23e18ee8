// The page as a person uses it.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import {
  answer,
  bubble,
  link,
  messenger,
  openPage,
  phone,
  screenshot,
  startBrowser,
  startSandbox,
  SUITE,
  write,
} from "./support.mjs";

// A picture of 2 by 2 pixels.
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGNgqPj/n6ECiAETXQQ7u5O3WQAAAABJRU5ErkJggg==",
  "base64",
);

/** The texts of one half's messages, once there are so many. */
async function conversation(half, count) {
  const bodies = half.getByRole("article").locator(".message-body");
  await bodies.nth(count - 1).waitFor();
  return bodies.allTextContents();
}

describe("the messenger and the phone", SUITE, () => {
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
  });
  afterEach(async () => {
    await context.close();
    await sandbox.stop();
    assert.deepEqual(mistakes, [], "the page threw nothing");
  });

  test("a newcomer links by QR code, writes, and answers from the phone", async () => {
    await page.getByRole("button", { name: "Start", exact: true }).click();
    const code = page.frameLocator("iframe[title='QR code to scan with the phone']");
    await code.locator("svg").waitFor();
    await page.getByRole("button", { name: "Scan the code" }).click();

    await write(page, "Hello, Vasily!");
    await bubble(phone(page), "Hello, Vasily!").waitFor();
    const sent = bubble(messenger(page), "Hello, Vasily!");
    await sent.getByLabel("delivered").waitFor();

    await answer(page, "Hello, shop!");
    await bubble(messenger(page), "Hello, shop!").waitFor();
    await sent.getByLabel("read", { exact: true }).waitFor();
    const steps = page.getByRole("list", { name: "Three steps" }).getByRole("listitem");
    await steps.filter({ hasText: "done" }).nth(2).waitFor();
    await screenshot(page, "conversation");
  });

  test("the phone offers to scan the code once it is drawn", async () => {
    let release;
    const released = new Promise((resolve) => (release = resolve));
    await page.route("**/qr/*", async (route) => {
      await released;
      await route.continue();
    });
    // At first the session is still starting, and its page has no code.
    const starting = "<p>Starting…</p><script>setTimeout(() => location.reload(), 100)</script>";
    await page.route("**/qr/*", (route) => route.fulfill({ contentType: "text/html", body: starting }), { times: 1 });
    await page.getByRole("button", { name: "Start", exact: true }).click();
    const scan = page.getByRole("button", { name: "Scan the code" });
    await scan.waitFor();
    assert.ok(await scan.isDisabled());
    await screenshot(page, "undrawn");
    release();
    await page.locator(".camera button:enabled").waitFor();
    assert.equal(await page.frameLocator("iframe").locator("svg").count(), 1);
    await scan.click();
    await messenger(page).getByRole("button", { name: /Vasily/ }).waitFor();
  });

  test("after a reload a linked session is not asked to be linked again", async () => {
    await link(page);
    await page.reload();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await messenger(page).getByRole("button", { name: /Vasily/ }).waitFor();
    const steps = page.getByRole("list", { name: "Three steps" });
    await steps.locator("[aria-current=step] .step-name", { hasText: "Write a message" }).waitFor();
    assert.deepEqual(await steps.locator("li", { hasText: "done" }).locator(".step-name").allTextContents(), ["Link the phone"]);
    await screenshot(page, "reload");
  });

  test("a computer whose clock is wrong keeps the order of messages", async () => {
    await page.clock.setSystemTime(Date.now() + 10 * 60_000);
    await link(page);
    await write(page, "First");
    await bubble(messenger(page), "First").getByLabel("delivered").waitFor();
    await answer(page, "Second");
    await bubble(messenger(page), "Second").waitFor();
    assert.deepEqual(await conversation(messenger(page), 2), ["First", "Second"]);
  });

  test("messages written quickly arrive in their order, from both sides", async () => {
    await link(page);
    let held = 0;
    let release;
    const released = new Promise((resolve) => (release = resolve));
    let arrive;
    const arrived = new Promise((resolve) => (arrive = resolve));
    await page.route("**/api/v1/send", async (route) => {
      held += 1;
      arrive();
      await released;
      await route.continue();
    });
    const words = ["one", "two", "three", "four"];
    for (const word of words) await write(page, word);
    await bubble(messenger(page), "four").waitFor();
    await arrived;
    assert.equal(held, 1, "each waits for the one before");
    release();
    await bubble(phone(page), "four").waitFor();
    for (const word of words) await answer(page, `${word} back`);
    await bubble(messenger(page), "four back").waitFor();
    const expected = [...words, ...words.map((word) => `${word} back`)];
    for (const half of [messenger(page), phone(page)]) {
      assert.deepEqual(await conversation(half, expected.length), expected);
    }
  });

  test("a pairing code links as well", async () => {
    await link(page);
    await page.getByRole("button", { name: /^Sessions\. Now open/ }).click();
    await page.getByRole("button", { name: "New session" }).click();
    await page.getByRole("radio", { name: "Pairing code" }).check();
    await page.getByRole("textbox", { name: /^Number of the phone/ }).fill("+7 999 999-99-99");
    await page.getByRole("textbox", { name: "Name" }).fill("By code");
    await page.getByRole("button", { name: "Create and link" }).click();
    const code = await page.locator("output.pairing-code").textContent();
    await phone(page).getByText(code).waitFor();
    await page.getByRole("button", { name: "Type the code in" }).click();
    await page.getByRole("button", { name: /^Sessions\. Now open: By code/ }).waitFor();
    await page.getByText("+79999999999").first().waitFor();
  });

  test("a picture goes both ways and is shown", async () => {
    await link(page);
    await messenger(page).locator("input[type=file]").setInputFiles({ name: "cat.png", mimeType: "image/png", buffer: PNG });
    await write(page, "Our cat");
    const shown = (half) => bubble(half, "Our cat").getByRole("img", { name: "Picture" });
    for (const half of [messenger(page), phone(page)]) {
      await shown(half).waitFor();
      assert.equal(await shown(half).evaluate((image) => image.decode().then(() => image.naturalWidth)), 2);
    }
    await phone(page).locator("input[type=file]").setInputFiles({ name: "dog.png", mimeType: "image/png", buffer: PNG });
    await answer(page, "Our dog");
    const dog = bubble(messenger(page), "Our dog");
    await dog.getByRole("button", { name: "Open the picture: dog.png" }).click();
    const dialog = page.getByRole("dialog", { name: "dog.png" });
    await dialog.getByRole("link", { name: "Save" }).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  });

  test("a document arrives byte for byte, and a voice message can be played", async () => {
    await link(page);
    await phone(page)
      .locator("input[type=file]")
      .setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("Привет") });
    await answer(page, "The notes");
    const notes = bubble(messenger(page), "The notes");
    await notes.getByRole("button", { name: "Document" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      notes.getByRole("link", { name: /^Save notes.txt/ }).click(),
    ]);
    const parts = [];
    for await (const part of await download.createReadStream()) parts.push(part);
    assert.equal(Buffer.concat(parts).toString(), "Привет");

    const voice = { name: "voice.ogg", mimeType: "audio/ogg; codecs=opus", buffer: Buffer.from("OggS") };
    await phone(page).locator("input[type=file]").setInputFiles(voice);
    await answer(page, "Listen");
    const sound = bubble(messenger(page), "Listen");
    await sound.getByRole("button", { name: /^(Voice message|Sound)$/ }).click();
    await sound.locator("audio[src^='blob:']").waitFor();
  });

  test("a large file shows how far it is, and arrives", async () => {
    await link(page);
    await page.evaluate(() => {
      globalThis.shares = [];
      new MutationObserver(() => {
        const progress = document.querySelector("progress");
        if (progress) globalThis.shares.push(progress.value);
      }).observe(document.body, { attributes: true, childList: true, subtree: true });
    });
    const buffer = Buffer.alloc(12 * 1024 * 1024, "whatsgate");
    await messenger(page)
      .locator("input[type=file]")
      .setInputFiles({ name: "large.bin", mimeType: "application/octet-stream", buffer });
    await write(page, "Large");
    await bubble(messenger(page), "Large").getByLabel("delivered").waitFor();
    const shares = await page.evaluate(() => globalThis.shares);
    assert.ok(new Set(shares).size > 2, `${shares}`);
    assert.deepEqual(shares, shares.toSorted((one, other) => one - other));
    const arrived = bubble(phone(page), "Large");
    await arrived.getByRole("button", { name: "Document" }).click();
    await arrived.getByText("12 MB").waitFor();
  });

  test("a quote shows what it answers, on both sides", async () => {
    await link(page);
    await write(page, "Which colour?");
    await answer(page, "Green");
    const green = bubble(messenger(page), "Green");
    await green.hover();
    await green.getByRole("button", { name: "Reply to this message" }).click();
    await write(page, "Green it is");
    await bubble(messenger(page), "Green it is").locator(".quote", { hasText: "Green" }).waitFor();
    await bubble(phone(page), "Green it is").locator(".quote", { hasText: "Green" }).waitFor();
  });

  test("messages in another chat are counted until it is opened, and the search finds it", async () => {
    await link(page);
    await phone(page).getByRole("combobox").selectOption({ label: "Anna" });
    await answer(page, "One", "Anna");
    await answer(page, "Two", "Anna");
    const row = messenger(page).getByRole("button", { name: /Anna/ });
    await row.getByLabel("2 unread messages").waitFor();
    await messenger(page).getByRole("searchbox", { name: "Search chats" }).fill("ann");
    await messenger(page).getByRole("button", { name: /Vasily/ }).waitFor({ state: "detached" });
    await row.click();
    await row.getByLabel(/unread/).waitFor({ state: "detached" });
    await bubble(messenger(page), "Two").waitFor();
  });

  test("a number is checked before a chat with it is opened", async () => {
    await link(page);
    await page.getByRole("button", { name: "New chat" }).click();
    const number = page.getByRole("textbox", { name: "Phone number" });
    await number.fill("+7 999 123-00-00");
    await page.getByRole("button", { name: "Check and open" }).click();
    const alert = page.getByRole("alert");
    await alert.getByText("+79991230000 is not on WhatsApp").waitFor();
    await alert.getByText("Check the country code and the digits.").waitFor();
    await number.fill("+7 999 123-45-99");
    await page.getByRole("button", { name: "Check and open" }).click();
    await write(page, "Hello, stranger", "+79991234599");
    await bubble(phone(page), "Hello, stranger").waitFor();
  });

  test("a phone that is off leaves one tick, and two once it is on", async () => {
    await link(page);
    await phone(page).getByRole("button", { name: "Switch the phone off" }).click();
    await phone(page).getByText("The phone is off").waitFor();
    await write(page, "Are you there?");
    const sent = bubble(messenger(page), "Are you there?");
    await sent.getByLabel("sent", { exact: true }).waitFor();
    await phone(page).getByRole("button", { name: "Switch the phone on" }).last().click();
    await sent.getByLabel("delivered").waitFor();
    await phone(page).getByRole("button", { name: "Mark as read" }).click();
    await sent.getByLabel("read", { exact: true }).waitFor();
  });

  test("a session is renamed and deleted", async () => {
    await link(page);
    await page.getByRole("button", { name: /^Sessions\. Now open: My shop/ }).click();
    await page.getByRole("button", { name: "Rename My shop" }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Warehouse");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "Delete Warehouse" }).click();
    await page.getByRole("dialog", { name: "Delete “Warehouse”?" }).getByRole("button", { name: "Delete" }).click();
    await page.getByText("No session yet.").waitFor();
    assert.equal(await page.getByRole("heading", { name: "Sessions" }).count(), 1);
  });

  test("the keyboard is enough", async () => {
    await page.getByRole("button", { name: "Start", exact: true }).press("Enter");
    await page.getByRole("button", { name: "Scan the code", disabled: false }).press("Enter");
    const text = messenger(page).getByRole("textbox", { name: "Message to Vasily" });
    await text.and(page.locator(":focus")).waitFor();
    await page.keyboard.type("First line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    await page.keyboard.press("Enter");
    await bubble(phone(page), "First line\nsecond line").waitFor();
    await messenger(page).getByRole("button", { name: /Vasily/ }).focus();
    await page.keyboard.press("ArrowDown");
    // Which chat comes next depends on what happened within a second.
    const next = await page.evaluate(() => document.activeElement.querySelector(".chat-name")?.textContent);
    assert.ok(next && next !== "Vasily", `the focus moved from Vasily to ${next}`);
    await page.keyboard.press("Enter");
    await messenger(page).getByRole("region", { name: `Conversation with ${next}` }).waitFor();
  });

  test("Russian and a theme are chosen once, and the key is not kept", async () => {
    await page.getByRole("button", { name: "RU: русский язык" }).click();
    await page.getByRole("button", { name: "Тёмное оформление" }).click();
    await page.getByRole("button", { name: "Начать" }).click();
    await page.getByRole("button", { name: "Сканировать код" }).click();
    await page.getByRole("textbox", { name: "Сообщение: Vasily" }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.ok(!kept.includes(sandbox.apiKey), kept);
    await page.reload();
    await page.getByRole("button", { name: "Начать" }).waitFor();
    assert.equal(await page.locator("html").getAttribute("data-theme"), "dark");
    assert.equal(await page.locator("html").getAttribute("lang"), "ru");
  });
});

describe("a narrow screen", SUITE, () => {
  test("the same on a phone's screen, one half at a time", async () => {
    const [browser, sandbox] = await Promise.all([startBrowser(), startSandbox()]);
    const viewport = { width: 390, height: 844 };
    const { page, mistakes } = await openPage(browser, sandbox.demo, { viewport, hasTouch: true, isMobile: true });
    const tabs = page.getByRole("navigation");
    await page.getByRole("button", { name: "Start", exact: true }).tap();
    await page.frameLocator("iframe").locator("svg").waitFor();
    const step = page.locator("[aria-current=step] .step-name");
    await step.getByText("Link the phone").waitFor();
    await page.getByText("Open “Phone” below and press “Scan the code”.").waitFor();
    await screenshot(page, "narrow-link");
    await tabs.getByRole("button", { name: "Phone" }).tap();
    await page.getByRole("button", { name: "Scan the code" }).tap();
    await step.getByText("Write a message").waitFor();
    await write(page, "From a small screen");
    await tabs.getByRole("button", { name: "Phone" }).tap();
    await bubble(phone(page), "From a small screen").waitFor();
    await screenshot(page, "narrow-phone");
    await answer(page, "I see");
    await tabs.getByRole("button", { name: "Messenger" }).tap();
    await bubble(messenger(page), "I see").waitFor();
    await screenshot(page, "narrow-conversation");
    await messenger(page).getByRole("button", { name: "Back" }).tap();
    await messenger(page).getByRole("searchbox").waitFor();
    await screenshot(page, "narrow-chats");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} pixels stick out`);
    assert.deepEqual(mistakes, []);
    await browser.close();
    await sandbox.stop();
  });
});
