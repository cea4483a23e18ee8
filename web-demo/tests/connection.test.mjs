// Without a connection nothing is lost, and nothing is sent twice.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import {
  admin,
  answer,
  arrivals,
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

describe("the connection", SUITE, () => {
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

  const word = (text) => messenger(page).locator(".connection-word", { hasText: text }).waitFor();
  const outbox = () => messenger(page).getByRole("button", { name: /^Outbox: / });

  test("offline, both halves keep what is written, and send it once when there is a network again", async () => {
    await word("connected");
    await context.setOffline(true);
    await word("offline");
    for (const text of ["One", "Two"]) await write(page, text);
    await answer(page, "Answered offline");
    for (const text of ["One", "Two"]) await bubble(messenger(page), text).getByText("Waiting").waitFor();
    await bubble(phone(page), "Answered offline").getByText("Waiting").waitFor();
    const alert = page.getByRole("alert").filter({ hasText: "No connection for new messages" });
    await alert.getByText("2 messages wait here and go out by themselves.").waitFor();
    await screenshot(page, "offline");
    assert.deepEqual(await arrivals(sandbox), []);
    await context.setOffline(false);
    await word("connected");
    // Whoever answers has read what is there by then.
    await bubble(messenger(page), "Two").getByLabel(/^(delivered|read)$/).waitFor();
    await bubble(messenger(page), "Answered offline").waitFor();
    await bubble(phone(page), "Two").waitFor();
    assert.deepEqual(await arrivals(sandbox), ["One", "Two"], "in their order, once each");
    assert.equal(await bubble(phone(page), "Answered offline").count(), 1);
    await alert.waitFor({ state: "detached" });
    await outbox().waitFor({ state: "detached" });
  });

  test("a gateway that does not answer is told from a missing network, and messages wait for it", async () => {
    await admin(sandbox, "/admin/v1/set-faults", { rules: [{ kind: "close_before" }] });
    await word("no gateway");
    await page.getByRole("alert").filter({ hasText: "The gateway cannot be reached" }).waitFor();
    await write(page, "Later");
    await bubble(messenger(page), "Later").getByText("Waiting").waitFor();
    await admin(sandbox, "/admin/v1/set-faults", { rules: [] });
    await bubble(messenger(page), "Later").getByLabel("delivered").waitFor();
    assert.deepEqual(await arrivals(sandbox), ["Later"]);
  });

  test("the outbox lists what was not sent, and sends again what certainly was not", async () => {
    const refusal = { name: "Unauthorized", message: "Invalid credentials.", code: 0, status: 401 };
    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 401, json: refusal }), { times: 1 });
    await write(page, "Refused");
    await bubble(messenger(page), "Refused").getByText("Not sent").waitFor();
    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 502, body: "" }), { times: 1 });
    await write(page, "Who knows");
    await bubble(messenger(page), "Who knows").getByText("Perhaps sent").waitFor();
    await outbox().getByText("Outbox: 2 messages").click();
    const dialog = page.getByRole("dialog", { name: "Outbox" });
    const unknown = dialog.getByRole("listitem").filter({ hasText: "Who knows" });
    await unknown.getByText("Perhaps sent").waitFor();
    assert.equal(await unknown.getByRole("button", { name: "Try again" }).count(), 0);
    await screenshot(page, "outbox");
    await dialog.getByRole("button", { name: "Send again what certainly was not sent" }).click();
    await dialog.getByRole("listitem").filter({ hasText: "Refused" }).waitFor({ state: "detached" });
    await unknown.getByRole("button", { name: "Show in the chat" }).click();
    await bubble(messenger(page), "Refused").getByLabel("delivered").waitFor();
    assert.deepEqual(await arrivals(sandbox), ["Refused"]);
    const focus = await page.evaluate(() => document.activeElement?.tagName);
    assert.equal(focus, "TEXTAREA", "the focus is where the next message is written");
  });

  test("what waits outlives a reload, and is then sent by a person only", async () => {
    await admin(sandbox, "/admin/v1/set-faults", { rules: [{ on: "events-get", kind: "close_before" }] });
    await word("no gateway");
    await write(page, "Written before the reload");
    await bubble(messenger(page), "Written before the reload").getByText("Waiting").waitFor();
    await page.reload();
    await admin(sandbox, "/admin/v1/set-faults", { rules: [] });
    await startAgain(page);
    const kept = bubble(messenger(page), "Written before the reload");
    await kept.getByText("This message was not sent before the page was loaded anew").waitFor();
    await word("connected");
    assert.deepEqual(await arrivals(sandbox), []);
    await page.getByRole("button", { name: "Leave and forget the key" }).click();
    const leaving = page.getByRole("dialog", { name: "Leave and forget?" });
    await leaving.getByText("Outbox: 1 message. What is not sent is forgotten").waitFor();
    await leaving.getByRole("button", { name: "Cancel" }).click();
    await kept.getByRole("button", { name: "Try again" }).click();
    await kept.getByLabel("delivered").waitFor();
    assert.deepEqual(await arrivals(sandbox), ["Written before the reload"]);
  });

  test("what was on its way at a reload is unknown until an event tells, and is not sent again", async () => {
    await write(page, "The same words");
    await bubble(messenger(page), "The same words").getByLabel("delivered").waitFor();
    // The gateway never gets it.
    await page.route("**/api/v1/send", () => {});
    await write(page, "The same words");
    await bubble(messenger(page), "The same words").getByLabel("sending").waitFor();
    await page.reload();
    await page.unrouteAll();
    await startAgain(page);
    await bubble(messenger(page), "The same words").getByLabel("delivered").waitFor();
    const unknown = bubble(messenger(page), "The same words").filter({ hasText: "Perhaps sent" });
    await unknown.getByText("The page was loaded anew while this was on its way").waitFor();
    await word("connected");
    assert.equal(await unknown.count(), 1, "the earlier message with these words does not count for it");
    assert.equal(await unknown.getByRole("button", { name: "Try again" }).count(), 0);
    assert.deepEqual(await arrivals(sandbox), ["The same words"]);
    // Now it turns out that it was sent.
    const [session] = await admin(sandbox, "/admin/v1/sessions", {});
    await admin(sandbox, "/admin/v1/type", { WhatsappID: session.unique_id, chat: VASILY, body: "The same words" });
    await unknown.waitFor({ state: "detached" });
    assert.equal(await bubble(messenger(page), "The same words").count(), 2);
  });

  test("a message that is not sent goes back to the draft", async () => {
    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 502, body: "" }), { times: 1 });
    await write(page, "Nearly right");
    await bubble(messenger(page), "Nearly right").getByRole("button", { name: "Back to the draft" }).click();
    await bubble(messenger(page), "Nearly right").waitFor({ state: "detached" });
    const area = messenger(page).getByRole("textbox", { name: "Message to Vasily" });
    assert.equal(await area.inputValue(), "Nearly right");
    await area.and(page.locator(":focus")).waitFor();
  });

  test("a message on the phone that the sandbox does not take stays there, and is sent again", async () => {
    await page.route("**/admin/v1/write", (route) => route.abort(), { times: 1 });
    await answer(page, "Hold the line");
    const unsent = bubble(phone(page), "Hold the line");
    await unsent.getByText("Not sent").waitFor();
    await unsent.getByRole("button", { name: "Try again" }).click();
    await bubble(messenger(page), "Hold the line").waitFor();
    await unsent.getByRole("button", { name: "Try again" }).waitFor({ state: "detached" });
    assert.equal(await unsent.count(), 1);
    // A reply that got lost is no reason to write it again.
    await page.route(
      "**/admin/v1/write",
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await answer(page, "Only once");
    await bubble(messenger(page), "Only once").waitFor();
    await bubble(phone(page), "Only once").getByText("sending").waitFor({ state: "detached" });
    assert.equal(await bubble(phone(page), "Only once").count(), 1);
  });

  test("what waits on the phone outlives a reload too, and is not sent by itself", async () => {
    await page.evaluate(() => {
      Object.defineProperty(navigator, "onLine", { value: false });
      dispatchEvent(new Event("offline"));
    });
    await answer(page, "From the phone");
    await bubble(phone(page), "From the phone").getByText("Waiting").waitFor();
    await page.reload();
    await startAgain(page);
    const kept = bubble(phone(page), "From the phone");
    await kept.getByText("This message was not sent before the page was loaded anew").waitFor();
    await kept.getByRole("button", { name: "Try again" }).click();
    await bubble(messenger(page), "From the phone").waitFor();
    await kept.getByText("sending").waitFor({ state: "detached" });
    assert.equal(await kept.count(), 1);
  });

  test("each chat has its draft, on both halves, also after a reload", async () => {
    const area = (name) => messenger(page).getByRole("textbox", { name: `Message to ${name}` });
    const input = (name) => phone(page).getByRole("textbox", { name: `Answer as ${name}` });
    await area("Vasily").fill("For Vasily");
    await input("Vasily").fill("From Vasily");
    await messenger(page).getByRole("button", { name: /Anna/ }).click();
    await area("Anna").fill("For Anna");
    await messenger(page).getByRole("button", { name: /Vasily/ }).getByText("Draft:").waitFor();
    await messenger(page).getByRole("button", { name: /Vasily/ }).click();
    assert.equal(await area("Vasily").inputValue(), "For Vasily");
    assert.equal(await input("Vasily").inputValue(), "From Vasily");
    await page.reload();
    await startAgain(page);
    await messenger(page).getByRole("button", { name: /Anna/ }).click();
    assert.equal(await area("Anna").inputValue(), "For Anna");
    await messenger(page).getByRole("button", { name: /Vasily/ }).click();
    assert.equal(await area("Vasily").inputValue(), "For Vasily");
    assert.equal(await input("Vasily").inputValue(), "From Vasily");
    await page.getByRole("button", { name: "Leave and forget the key" }).click();
    await page.getByRole("button", { name: "Start", exact: true }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage }));
    assert.ok(!kept.includes("For Vasily"), kept);
  });

  test("the title counts what is unread", async () => {
    assert.equal(await page.title(), "Whatsgate");
    for (const body of ["One", "Two"]) await receive(sandbox, { body }, "79999999999@c.us");
    await page.waitForFunction(() => document.title === "(2) Whatsgate");
    await messenger(page).getByRole("button", { name: /Anna/ }).click();
    await page.waitForFunction(() => document.title === "Whatsgate");
  });

  test("the focus comes back to where a dialog was opened, and is not lost with a message", async () => {
    const opener = page.getByRole("button", { name: "New chat" });
    await opener.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).press("Enter");
    await opener.and(page.locator(":focus")).waitFor();
    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 502, body: "" }), { times: 1 });
    await write(page, "To be removed");
    await bubble(messenger(page), "To be removed").getByRole("button", { name: "Remove" }).press("Enter");
    await messenger(page).getByRole("textbox", { name: "Message to Vasily" }).and(page.locator(":focus")).waitFor();
  });
});
