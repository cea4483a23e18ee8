// The switch of faults: what the SDK makes of each, in words, and counted at the other side.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import {
  admin,
  arrivals,
  backstage,
  bubble,
  link,
  messenger,
  openPage,
  screenshot,
  startAgain,
  startBrowser,
  startSandbox,
  SUITE,
  write,
} from "./support.mjs";

describe("the switch of faults", SUITE, () => {
  let browser;
  let sandbox;
  let page;
  let context;
  let mistakes;
  let region;

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    sandbox = await startSandbox();
    ({ page, context, mistakes } = await openPage(browser, sandbox.demo));
    await link(page);
    region = await backstage(page, "Faults");
  });
  afterEach(async () => {
    await context.close();
    await sandbox.stop();
    assert.deepEqual(mistakes, [], "the page threw nothing");
  });

  const verdict = (method) => region.getByRole("listitem").filter({ hasText: method }).first();

  /** Switches a fault on and waits until the sandbox has it. */
  async function switchOn(fault) {
    await region.getByRole("radio", { name: fault }).check();
    await page.getByRole("button", { name: `A fault is on: ${fault}` }).waitFor();
  }

  /** The sentence stands there sooner or later. */
  const says = (method, text) => verdict(method).getByText(text).waitFor();

  test("a reply that breaks off: unknown, not repeated, arrived once, settled by an event", async () => {
    await switchOn("The reply breaks off");
    await write(page, "Half a reply");
    await says("sendText", "It failed: kind “connection”, outcome “unknown”.");
    await says("sendText", "The SDK made 1 request. It did not repeat it, for the message might go out twice.");
    await says("sendText", "Counted at the sandbox: 1 message arrived. An event tells so");
    await bubble(messenger(page), "Half a reply").getByLabel("delivered").waitFor();
    assert.deepEqual(await arrivals(sandbox), ["Half a reply"]);
    const steps = page.getByRole("list", { name: "Three steps" });
    await steps.locator("[aria-current=step] .step-name", { hasText: "Answer from the phone" }).waitFor();
    await screenshot(page, "fault");
  });

  test("a reply lost as a whole: one request of the SDK, and whatever the browser made of it is counted", async () => {
    await switchOn("The whole reply gets lost");
    await region.getByRole("button", { name: "Send a message" }).click();
    await says("sendText", "outcome “unknown”");
    await says("sendText", "The SDK made 1 request.");
    await says("sendText", /Counted at the sandbox: \d/);
    const arrived = (await arrivals(sandbox)).length;
    assert.ok(arrived >= 1);
    await says("sendText", arrived === 1 ? "Counted at the sandbox: 1 message arrived." : `Counted at the sandbox: ${arrived} messages arrived.`);
    if (arrived > 1) await says("sendText", "the browser itself repeated the request");
  });

  test("a message that goes out late: first nothing has arrived, then one, and nobody sent it twice", async () => {
    await switchOn("It acts late");
    await write(page, "Late but once");
    await says("sendText", "It failed: kind “service”, outcome “unknown”.");
    await says("sendText", "Counted at the sandbox: 0 messages arrived.");
    await bubble(messenger(page), "Late but once").getByText("Perhaps sent").waitFor();
    await admin(sandbox, "/admin/v1/clock", { advance: 10_000 });
    await says("sendText", "Counted at the sandbox: 1 message arrived.");
    await bubble(messenger(page), "Late but once").getByLabel("delivered").waitFor();
    assert.deepEqual(await arrivals(sandbox), ["Late but once"]);
    assert.equal(await bubble(messenger(page), "Late but once").count(), 1);
  });

  test("events that come twice are passed on once", async () => {
    await switchOn("Every event comes twice");
    await write(page, "Seeing double");
    await says("sendText", "The gateway listed each event 2 times; the SDK passed it on once.");
    assert.equal(await bubble(messenger(page), "Seeing double").count(), 1);
  });

  test("reads that fail are repeated until they succeed", async () => {
    await switchOn("Two reads fail");
    await region.getByRole("button", { name: "Read the chats" }).click();
    await says("chats", "It succeeded. The SDK made 3 requests. It repeated what failed, for nothing happens twice by it.");
    await verdict("chats").getByRole("button", { name: "Show the call chats" }).click();
    for (const number of [1, 2]) await region.getByRole("region", { name: `Reply ${number}` }).getByText("HTTP 503").waitFor();
    await region.getByRole("region", { name: "Reply 3" }).getByText("HTTP 200").waitFor();
  });

  test("a dead gateway: messages wait, reads give up, and all goes on when it lives again", async () => {
    await switchOn("The gateway is dead");
    await messenger(page).locator(".connection-word", { hasText: "no gateway" }).waitFor();
    await region.getByRole("button", { name: "Send a message" }).click();
    const trial = bubble(messenger(page), "Trial 1");
    await trial.getByText("Waiting").waitFor();
    await region.getByRole("button", { name: "Read the chats" }).click();
    await says("chats", "The SDK made 4 requests. It repeated what failed, and gave up.");
    await region.getByRole("radio", { name: "Nothing" }).check();
    await trial.getByLabel("delivered").waitFor();
    assert.deepEqual(await arrivals(sandbox), ["Trial 1"]);
    assert.equal(await page.getByRole("button", { name: /^A fault is on/ }).count(), 0);
  });

  test("a fault that is on is known after a reload, and the keyboard switches it off", async () => {
    await switchOn("It acts late");
    await page.reload();
    await startAgain(page);
    await page.getByRole("button", { name: "A fault is on: It acts late" }).press("Enter");
    const chosen = region.getByRole("radio", { name: "It acts late" });
    assert.ok(await chosen.isChecked());
    await chosen.focus();
    for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowUp");
    await page.getByRole("button", { name: /^A fault is on/ }).waitFor({ state: "detached" });
    assert.deepEqual(await admin(sandbox, "/admin/v1/faults", {}), []);
  });

  test("of two choices the last one holds, though the first request is slower", async () => {
    let letGo;
    const held = new Promise((resolve) => {
      letGo = resolve;
    });
    await page.route("**/admin/v1/set-faults", async (route) => {
      await held;
      await route.continue();
    }, { times: 1 });
    let answers = 0;
    const both = page.waitForResponse((response) => response.url().endsWith("/set-faults") && ++answers === 2);
    await region.getByRole("radio", { name: "It acts late" }).check();
    await region.getByRole("radio", { name: "Nothing" }).check();
    letGo();
    await both;
    assert.deepEqual(await admin(sandbox, "/admin/v1/faults", {}), []);
    assert.equal(await page.getByRole("button", { name: /^A fault is on/ }).count(), 0);
  });
});
