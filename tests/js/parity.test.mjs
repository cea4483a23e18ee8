// The same fixtures through the Rust client and through this one: equal requests, byte by byte, and equal values.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { acknowledge, Client, init, isWhatsgateError, parseWebhook } from "whatsgate";
import { KEY, server } from "./support.mjs";

const FOLDERS = ["documented", "reconstructed"].map((name) => fileURLToPath(new URL(`../fixtures/${name}/`, import.meta.url)));

/** On the wire an empty text is no filter; callers leave it out. */
const some = (text) => text || undefined;

/** The methods of a session that take what a request holds, in its order, by the table in the README. */
const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const METHODS = Object.fromEntries(
  [...README.matchAll(/^\| `([a-z-]+)` \|[^|]*\| `(\w+)`/gm)].map(([, command, method]) => [
    command,
    (client, { WhatsappID, ...rest }) => client.session(WhatsappID)[method](...Object.values(rest)),
  ]),
);

/** How a program in JavaScript says what a fixture's request says. */
const COMMANDS = {
  ...METHODS,
  send: (client, { WhatsappID, recipient, message, async }) =>
    client.session(WhatsappID).send(recipient, message, { async }).then((result) => result.message ?? result.reply),
  "events-get": (client, { WhatsappID, date, action, page_cnt, page }) =>
    client
      .eventsPage({ session: some(WhatsappID), date: some(date), action, ...paging({ page_cnt, page }) })
      .then(({ items }) => items.map((event) => ({ ...event, raw: JSON.parse(event.raw) }))),
  "session-create": (client, { name, callback, number }) => client.createSession({ name, callback, pairingNumber: number }),
  "sessions-get": (client, { WhatsappID, name, status, page_cnt, page }) =>
    client.sessionsPage({ session: some(WhatsappID), name, status, ...paging({ page_cnt, page }) }).then(({ items }) => items),
};

/** The documentation writes some of the numbers as text, and leaves some empty. */
function paging({ page_cnt, page }) {
  return { pageSize: Number(page_cnt) || undefined, page: Number(page) || undefined };
}

const expected = new Map(
  execFileSync(process.env.PARITY, FOLDERS, { encoding: "utf8", maxBuffer: 1 << 26 })
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ file, result }) => [file, result]),
);
const fixtures = FOLDERS.flatMap((folder) =>
  readdirSync(folder).map((file) => ({ file, ...JSON.parse(readFileSync(folder + file, "utf8")) })),
);

await init();
let response;
const place = await server(after, () => ({ status: response.status, body: JSON.stringify(response.body) }));
const client = new Client({ apiKey: KEY, baseUrl: place.baseUrl, retry: false });

test("Rust read every fixture, and together they show every command", () => {
  assert.deepEqual([...expected.keys()].sort(), fixtures.map(({ file }) => file).sort());
  assert.deepEqual(new Set(fixtures.map(({ command }) => command).filter(Boolean)), new Set(Object.keys(COMMANDS)));
});

for (const { file, command, request, body, ...fixture } of fixtures) {
  test(file, async () => {
    const rust = expected.get(file);
    if (!command) {
      const event = parseWebhook(JSON.stringify(body));
      assert.deepEqual({ ...event, raw: JSON.parse(event.raw) }, rust.value);
      assert.equal(acknowledge(event), rust.acknowledgement);
      return;
    }
    response = fixture.response;
    place.requests.length = 0;
    const call = COMMANDS[command](client, request.body);
    if (file === "events-get.filtered.json") {
      // The documentation's own placeholder, which is not a date; programs make dates that are checked.
      await assert.rejects(call, /date: .*YYYY-MM-DD HH:MM:SS/);
      return;
    }
    const outcome = await call.then(
      (value) => ({ value: value ?? null }),
      (error) => {
        assert.ok(isWhatsgateError(error), String(error.stack));
        return { error: { kind: error.kind, ...(error.status && { status: error.status }) } };
      },
    );
    assert.deepEqual(JSON.parse(JSON.stringify(outcome)), rust.error ? { error: rust.error } : { value: rust.value });
    assert.equal(place.requests[0]?.body, rust.request);
    if (!rust.request) return;
    assert.equal(place.requests[0].url, `/api/v1${request.path}`);
    const { headers, method } = place.requests[0];
    assert.deepEqual([method, headers["x-api-key"], headers["content-type"]], ["POST", KEY, "application/json"]);
  });
}
