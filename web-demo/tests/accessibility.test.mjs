// axe looks at every screen, light and dark, wide and narrow.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import {
  answer,
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
      narrow: { width: 390, height: 844 },
    })) {
      test(`${width} and ${colorScheme}`, () => walk(browser, viewport, colorScheme, `${width}-${colorScheme}`));
    }
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
  await page.getByRole("button", { name: "Back" }).click();
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
  if (isNarrow) {
    await messenger(page).getByRole("button", { name: "Back" }).click();
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

async function inspect(page, name) {
  await screenshot(page, name);
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
