// What goes wrong is said, with what to do, and the page stays usable.

import assert from "node:assert/strict";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import {
  admin,
  bubble,
  link,
  messenger,
  openPage,
  phone,
  runProgram,
  screenshot,
  startBrowser,
  startSandbox,
  SUITE,
  write,
} from "./support.mjs";

describe("troubles", SUITE, () => {
  let browser;
  let sandbox;
  let page;
  let context;

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());
  beforeEach(async () => {
    sandbox = await startSandbox();
    ({ page, context } = await openPage(browser, sandbox.demo));
  });
  afterEach(async () => {
    await context.close();
    await sandbox.stop();
  });

  async function connect(baseUrl, apiKey) {
    await page.getByRole("textbox", { name: "Base URL" }).fill(baseUrl);
    await page.getByLabel("API key", { exact: true }).fill(apiKey);
    await page.getByRole("button", { name: "Connect" }).click();
  }

  async function alertsWith(what, advice) {
    const alert = page.getByRole("alert").filter({ hasText: what });
    await alert.getByText(advice).waitFor();
    return alert;
  }

  test("a wrong key and a wrong address are told apart, and a right one works then", async () => {
    await page.getByRole("button", { name: "Use another gateway" }).click();
    await page.getByText("A key in a browser is an open key").waitFor();
    await connect(sandbox.baseUrl, "not-the-key");
    const alert = await alertsWith("The gateway does not accept this key", "Check the API key");
    assert.ok(!(await alert.textContent()).includes("not-the-key"));
    await screenshot(page, "trouble-key");
    await connect(sandbox.baseUrl, "ключ");
    await alertsWith("The API key has a character that no key has; was it copied whole?", "Copy the key again");
    await page.locator("#key:focus").waitFor();
    await screenshot(page, "trouble-key-character");
    await connect("whatsgate", sandbox.apiKey);
    await alertsWith("The base URL is not a URL", "It looks like https://whatsgate.org/api/v1");
    await page.locator("#url:focus").waitFor();
    await connect(new URL("/demo", sandbox.demo).href, sandbox.apiKey);
    await alertsWith("This address does not answer like a Whatsgate gateway", "Check the base URL");
    await connect("http://127.0.0.1:9/api/v1", sandbox.apiKey);
    await alertsWith("The gateway cannot be reached", "Check the base URL and the network.");
    await connect(sandbox.baseUrl, sandbox.apiKey);
    await page.getByText("No session yet.").waitFor();
    assert.equal(await page.getByRole("alert").count(), 0);
  });

  test("a page that answers with HTML is no gateway", async () => {
    await page.route("**/elsewhere/**", (route) => route.fulfill({ contentType: "text/html", body: "<h1>Welcome</h1>" }));
    await page.getByRole("button", { name: "Use another gateway" }).click();
    await connect(new URL("/elsewhere", sandbox.demo).href, sandbox.apiKey);
    await alertsWith("This address does not answer like a Whatsgate gateway", "Check the base URL");
  });

  test("a file over the limit stays here, and one over the gateway's limit is explained", async () => {
    await link(page);
    const folder = await mkdtemp(join(tmpdir(), "whatsgate-"));
    try {
      const large = join(folder, "large.bin");
      const file = await open(large, "w");
      await file.truncate(65 * 1024 * 1024);
      await file.close();
      await messenger(page).locator("input[type=file]").setInputFiles(large);
      await write(page, "Too large");
      const alert = await alertsWith("“large.bin” is too large", "Choose a smaller one.");
      await alert.getByRole("button", { name: "Remove" }).click();
      await bubble(messenger(page), "Too large").waitFor({ state: "detached" });
    } finally {
      await rm(folder, { recursive: true });
    }
    const refusal = { name: "Request Entity Too Large", message: "The request body is too large.", code: 0, status: 413 };
    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 413, json: refusal }), { times: 1 });
    const buffer = Buffer.from("not large at all");
    await messenger(page).locator("input[type=file]").setInputFiles({ name: "some.txt", mimeType: "text/plain", buffer });
    await write(page, "Refused");
    await alertsWith("The file is too large for the gateway", "Choose a smaller file.");
    await write(page, "Still usable");
    await bubble(phone(page), "Still usable").waitFor();
  });

  test("what was certainly not sent can be sent again, and what perhaps was cannot", async () => {
    await link(page);
    const refusal = { name: "Unauthorized", message: "Your request was made with invalid credentials.", code: 0, status: 401 };
    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 401, json: refusal }), { times: 1 });
    await write(page, "Refused first");
    const refused = bubble(messenger(page), "Refused first");
    await refused.getByText("Not sent").waitFor();
    await screenshot(page, "trouble-send");
    await refused.getByRole("button", { name: "Try again" }).click();
    await bubble(phone(page), "Refused first").waitFor();
    await refused.getByLabel("delivered").waitFor();
    assert.equal(await bubble(phone(page), "Refused first").count(), 1);

    await page.route("**/api/v1/send", (route) => route.fulfill({ status: 502, body: "<h1>Bad Gateway</h1>" }), { times: 1 });
    await write(page, "Who knows");
    const uncertain = bubble(messenger(page), "Who knows");
    await uncertain.getByText("Perhaps sent").waitFor();
    await uncertain.getByText("Look in the chat before you write it again.").waitFor();
    await screenshot(page, "trouble-uncertain");
    assert.equal(await uncertain.getByRole("button", { name: "Try again" }).count(), 0);
  });

  test("a reply that got lost is made good by the event of the message", async () => {
    await link(page);
    await page.route(
      "**/api/v1/send",
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await write(page, "Sent all the same");
    const sent = bubble(messenger(page), "Sent all the same");
    await sent.getByLabel("delivered").waitFor();
    assert.equal(await sent.count(), 1);
    assert.equal(await sent.getByRole("alert").count(), 0);
  });

  test("a phone that logs out ends the session, and another can be linked", async () => {
    await link(page);
    await phone(page).getByRole("button", { name: "Log out on the phone" }).click();
    const alert = await alertsWith("The phone has unlinked this session", "Create a new session");
    await alert.getByText("LOGOUT").waitFor();
    await screenshot(page, "trouble-gone");
    await alert.getByRole("button", { name: "Link again" }).click();
    await page.getByRole("button", { name: "Scan the code" }).click();
    await write(page, "Back again");
    await bubble(phone(page), "Back again").waitFor();
  });

  test("offline and online again: what came meanwhile appears", async () => {
    await link(page);
    await context.setOffline(true);
    await alertsWith("No connection for new messages", "The page keeps trying.");
    await write(page, "Into the void");
    await bubble(messenger(page), "Into the void").getByText("This computer is offline").waitFor();
    const [session] = await admin(sandbox, "/admin/v1/sessions", {});
    const message = { body: "While you were away" };
    await admin(sandbox, "/admin/v1/write", { WhatsappID: session.unique_id, chat: "79991112233@c.us", message });
    await context.setOffline(false);
    await bubble(messenger(page), "While you were away").waitFor();
    await page.getByText("No connection for new messages").waitFor({ state: "detached" });
  });

  test("a session that another program deleted is said to have ended", async () => {
    await link(page);
    const [session] = await admin(sandbox, "/admin/v1/sessions", {});
    await admin(sandbox, "/api/v1/session-delete", { WhatsappID: session.unique_id });
    await write(page, "Anybody there?");
    const alert = await alertsWith("The session has ended", "Create a new session and link the phone again.");
    await alert.getByRole("button", { name: "Link again" }).click();
    await page.getByRole("button", { name: "Scan the code" }).waitFor();
  });

  test("a code that nobody scans ends the session, and the next one can be scanned", async () => {
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.frameLocator("iframe").locator("svg").waitFor();
    await admin(sandbox, "/admin/v1/clock", { advance: 60 * 60_000 });
    const alert = await alertsWith("The session ended before it was linked", "Create a new one.");
    await alert.getByRole("button", { name: "Link again" }).click();
    await page.getByRole("button", { name: "Scan the code" }).click();
    await messenger(page).getByRole("button", { name: /Vasily/ }).waitFor();
  });

  test("only the gateway's own page may say that the code was scanned", async () => {
    await page.goto(sandbox.demo.replace("127.0.0.1", "localhost"));
    await page.getByRole("button", { name: "Use another gateway" }).click();
    await connect(sandbox.baseUrl, sandbox.apiKey);
    await page.getByRole("button", { name: "New session" }).click();
    await page.getByRole("button", { name: "Create and link" }).click();
    await page.frameLocator("iframe").locator("svg").waitFor();
    await page.evaluate(async () => {
      postMessage({ module: "qr", message: "success" }, "*");
      // The message of this page comes after the one above.
      await new Promise((resolve) => {
        addEventListener("message", ({ data }) => data === "after" && resolve());
        postMessage("after", "*");
      });
      await new Promise(requestAnimationFrame);
    });
    assert.equal(await page.locator("iframe").count(), 1, "the code is still shown");
    await page.getByRole("button", { name: "Scan the code" }).click();
    await messenger(page).getByRole("button", { name: /Vasily/ }).waitFor();
  });
});

test("the sandbox says what to do when the page is not built", async () => {
  const { code, stderr } = await runProgram("sandbox", "--demo=nowhere");
  assert.equal(code, 2);
  assert.match(stderr, /not built: there is no index\.html in nowhere; build it with `cargo xtask demo`/);
});
