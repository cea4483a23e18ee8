// What comes out of the WebAssembly: values of JavaScript's own, exact and in their order.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { acknowledge, Client, init, parseWebhook } from "whatsgate";
import { KEY, server, SESSION } from "./support.mjs";

await init();
const ready = (id, more = "") =>
  `{"event_action":"ready","id":${id},"event_date":"2024-05-01 10:00:00","event_data":{}${more}}`;

test("an integer that no number holds is a bigint, and acknowledged as it is", () => {
  const most = 2n ** 53n - 1n;
  for (const id of [18n, most, -most]) {
    const event = parseWebhook(ready(id));
    assert.equal(event.id, Number(id));
    assert.equal(acknowledge(event), `{"result":"OK","id":${id}}`);
  }
  for (const id of [most + 1n, most + 2n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    const event = parseWebhook(ready(id));
    assert.equal(event.id, id);
    assert.equal(acknowledge(event), `{"result":"OK","id":${id}}`);
  }
});

test("raw JSON is the text as it came, to the last digit", async () => {
  const text = ready(18, ',  "new": 9007199254740993.0');
  assert.equal(parseWebhook(text).raw, text);
  const unreadable = '{ "name": 9007199254740993 }';
  const reply = () => ({ body: `{"result":"OK","data":[${unreadable}]}` });
  const { baseUrl } = await server(after, reply);
  const chats = await new Client({ apiKey: KEY, baseUrl }).session(SESSION).chats();
  assert.deepEqual([chats.length, chats.unreadable[0].raw], [0, unreadable]);
});

test("data of an unknown action are values", () => {
  const event = parseWebhook('{"id":1,"event_action":"news","event_data":{"b":[1,{"a":null}]}}');
  assert.deepEqual([event.readable, event.event_data], [false, { b: [1, { a: null }] }]);
  for (const [body, data] of [['{"id":1,"event_action":"news"}', null], ['{"id":1,"event_action":"news","event_data":"x"}', "x"]]) {
    assert.deepEqual(parseWebhook(body).event_data, data);
  }
});

test("members come in the order of the documentation, whatever the order on the wire", () => {
  const event = parseWebhook(ready(18, ',"whatsapp_id":"6345454545454","user_id":7'));
  const order = ["id", "user_id", "whatsapp_id", "event_action", "event_date", "event_data", "readable"];
  assert.deepEqual(Object.keys(event), order);
});

test("what PHP writes with escapes, and names of members too, is read", () => {
  const escaped = (text) => text.split("").map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
  const body = `{"id":1,"${escaped("event_action")}":"disconnect","event_data":{"reason":"${escaped("сбой 🙂".normalize())}"}}`;
  assert.equal(parseWebhook(body).event_data.reason, "сбой 🙂");
});
