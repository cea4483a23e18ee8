// axe looks at every screen, light and dark, wide and narrow, in both languages.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import {
  answer,
  backstage,
  bubble,
  messenger,
  openPage,
  phone,
  screenshot,
  startBrowser,
  startSandbox,
  SUITE,
  write,
} from "./support.mjs";

const AXE = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");

describe("accessibility", SUITE, () => {
  let browser;
  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser?.close());

  for (const colorScheme of ["light", "dark"]) {
    for (const [width, viewport] of Object.entries({
      wide: { width: 1440, height: 900 },
      medium: { width: 1000, height: 760 },
      narrow: { width: 360, height: 740 },
    })) {
      test(`${width} and ${colorScheme}`, () => walk(browser, viewport, colorScheme, `${width}-${colorScheme}`));
    }
  }

  // The same screens with longer words: nothing sticks out.
  for (const [width, viewport] of Object.entries({
    wide: { width: 1440, height: 900 },
    narrow: { width: 360, height: 740 },
  })) {
    test(`${width} and in Russian`, () => walkInRussian(browser, viewport, `${width}-ru`));
  }
});

/** Goes through the screens and looks at each. */
async function walk(browser, viewport, colorScheme, name) {
  const sandbox = await startSandbox();
  const { page, context } = await openPage(browser, sandbox.demo, { viewport, colorScheme, reducedMotion: "reduce" });
  const isNarrow = viewport.width < 721;
  const violations = [];
  const look = async (screen) => violations.push(...(await inspect(page, `${name}-${screen}`)));
  const show = async (half) => {
    if (viewport.width < 901) await page.getByRole("navigation").getByRole("button", { name: half }).click();
  };

  await page.getByRole("button", { name: "Start", exact: true }).waitFor();
  await look("start");
  await page.getByRole("button", { name: "Use another gateway" }).click();
  await look("form");
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await page.frameLocator("iframe").locator("svg").waitFor();
  await look("link");
  await show("Phone");
  await page.getByRole("button", { name: "Scan the code" }).waitFor();
  await look("camera");
  await page.getByRole("button", { name: "Scan the code" }).click();

  await write(page, "Good morning! Your order is packed.");
  await write(page, "Shall we deliver it today, or would tomorrow suit you better?");
  await show("Phone");
  await bubble(phone(page), "Shall we deliver it").waitFor();
  await answer(page, "Today, please");
  const picture = await drawing(page);
  await phone(page).locator("input[type=file]").setInputFiles({ name: "door.png", mimeType: "image/png", buffer: picture });
  await answer(page, "To this door");
  await look("phone");
  await show("Messenger");
  await bubble(messenger(page), "To this door").getByRole("img", { name: "Picture" }).waitFor();
  await page.route("**/api/v1/send", (route) => route.abort(), { times: 1 });
  await write(page, "See you at five");
  await bubble(messenger(page), "See you at five").getByRole("alert").waitFor();
  await look("conversation");
  await context.setOffline(true);
  await write(page, "Written without a network");
  await bubble(messenger(page), "Written without a network").getByText("Waiting").waitFor();
  await look("offline");
  if (isNarrow) await messenger(page).getByRole("button", { name: "Back", exact: true }).click();
  await messenger(page).getByRole("button", { name: /^Outbox: / }).click();
  await look("outbox");
  await page.keyboard.press("Escape");
  await context.setOffline(false);
  if (isNarrow) await messenger(page).getByRole("button", { name: /Vasily/ }).click();
  await bubble(messenger(page), "Written without a network").getByLabel("delivered").waitFor();
  await show("Phone");
  await phone(page).getByRole("combobox").selectOption({ label: "Test group" });
  await phone(page).getByRole("combobox", { name: "You are in Test group as" }).waitFor();
  await look("group");
  await phone(page).getByRole("combobox", { name: "The group" }).selectOption({ label: "Vasily" });
  if (viewport.width < 901) await show("SDK");
  const behind = await backstage(page, "Calls");
  await behind.getByRole("button", { name: "sendText" }).first().click();
  await look("inspector");
  await backstage(page, "Faults");
  await behind.getByRole("radio", { name: "The reply breaks off" }).check();
  await behind.getByRole("button", { name: "Send a message" }).click();
  await behind.getByText("Counted at the sandbox: 1 message arrived.").waitFor();
  await look("faults");
  await behind.getByRole("radio", { name: "Nothing" }).check();
  if (viewport.width < 901) await show("Messenger");
  else await behind.getByRole("button", { name: "Close the view behind the scenes" }).click();
  if (isNarrow) {
    await messenger(page).getByRole("button", { name: "Back", exact: true }).click();
    await look("chats");
  }
  await page.getByRole("button", { name: /^Sessions\. Now open/ }).click();
  await look("sessions");
  await page.getByRole("button", { name: "New session" }).click();
  await look("create");
  await context.close();
  await sandbox.stop();
  assert.deepEqual(violations, []);
}

/** The screens with most words, in Russian. */
async function walkInRussian(browser, viewport, name) {
  const sandbox = await startSandbox();
  const { page, context } = await openPage(browser, sandbox.demo, { viewport, locale: "ru-RU", reducedMotion: "reduce" });
  const isNarrow = viewport.width < 721;
  const tab = (half) => page.getByRole("navigation").getByRole("button", { name: half }).click();
  const violations = [];
  const look = async (screen) => violations.push(...(await inspect(page, `${name}-${screen}`)));
  await page.getByRole("button", { name: "Начать", exact: true }).click();
  await page.frameLocator("iframe").locator("svg").waitFor();
  if (isNarrow) await tab("Телефон");
  await page.getByRole("button", { name: "Сканировать код" }).click();
  const text = page.getByRole("textbox", { name: "Сообщение: Vasily" });
  await text.fill("Доставим сегодня?");
  await text.press("Enter");
  await page.getByRole("article").getByLabel("доставлено").first().waitFor();
  await context.setOffline(true);
  await text.fill("Без сети");
  await text.press("Enter");
  await page.getByText("Ждёт", { exact: true }).waitFor();
  await look("offline");
  await context.setOffline(false);
  await page.getByText("Ждёт", { exact: true }).waitFor({ state: "detached" });
  if (isNarrow) await tab("SDK");
  else await page.getByRole("button", { name: "За кулисами: вызовы и сбои" }).click();
  await page.getByRole("region", { name: "Ответ", exact: true }).waitFor();
  await look("inspector");
  await page.getByRole("button", { name: "Сбои", exact: true }).click();
  await page.getByRole("radio", { name: "Ответ обрывается" }).check();
  await page.getByRole("button", { name: "Отправить сообщение" }).click();
  await page.getByText("Сосчитано в песочнице: пришло 1 сообщение.").waitFor();
  await look("faults");
  await context.close();
  await sandbox.stop();
  assert.deepEqual(violations, []);
}

async function inspect(page, name) {
  await screenshot(page, name);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name}: ${wide} pixels stick out`);
  // The frame with the code is the gateway's.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const result = await globalThis.axe.run({ exclude: ["iframe"] });
    return result.violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => node.html) }));
  });
  return violations.map((violation) => ({ screen: name, ...violation }));
}

/** A picture that is worth looking at. */
function drawing(page) {
  return page
    .evaluate(() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 480, height: 320 });
      const context = canvas.getContext("2d");
      const shape = (colour, ...rectangle) => {
        context.fillStyle = colour;
        context.fillRect(...rectangle);
      };
      shape("#c9dfe8", 0, 0, 480, 320);
      shape("#e3b587", 0, 60, 480, 260);
      shape("#7c4a2d", 180, 110, 120, 210);
      shape("#f4d35e", 270, 210, 14, 14);
      return canvas.toDataURL("image/png").split(",")[1];
    })
    .then((data) => Buffer.from(data, "base64"));
}
