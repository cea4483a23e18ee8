// Handlers in servers of Node: plain, Express before and after a parser, Fastify; for a webhook and for a relay.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { connect } from "node:net";
import { after, mock, test } from "node:test";
import express from "express";
import fastify from "fastify";
import { Client, init, webhookHandler } from "whatsgate";
import { fastifyHandler, nodeHandler } from "whatsgate/node";
import { relayHandler } from "whatsgate/relay";
import { events } from "whatsgate/testing";
import { KEY, listen, PHONE, server, SESSION } from "./support.mjs";

// Express writes what it refuses to the console otherwise.
process.env.NODE_ENV = "test";
await init();
const PATH = "/hook/A_LONG_RANDOM_SECRET";
const TOKEN = "a-visitors-token";
const gateway = await server(after, () => ({ body: '{"result":"OK","data":true}' }));

/** What the handlers of a server got, and the handlers. */
function handlers() {
  const got = [];
  const grant = { session: SESSION, commands: ["check"], chats: [PHONE] };
  return {
    got,
    hook: webhookHandler({ message: (event) => got.push(event) }),
    relay: relayHandler({
      apiKey: KEY,
      baseUrl: gateway.baseUrl,
      mount: "/relay",
      origins: ["https://shop.test"],
      authorize: (_, { token }) => token === TOKEN && grant,
    }),
  };
}

async function listening(listener, t) {
  const http = createServer(listener);
  await listen(http, (stop) => t.after(stop));
  return `http://127.0.0.1:${http.address().port}`;
}

const servers = {
  async "node:http"({ hook, relay }, t) {
    const onHook = nodeHandler(hook, { path: PATH });
    const onRelay = nodeHandler(relay);
    return listening((request, response) => onHook(request, response, () => onRelay(request, response)), t);
  },
  async Express({ hook, relay }, t) {
    const app = express();
    app.post(PATH, nodeHandler(hook));
    app.use("/relay", nodeHandler(relay));
    return listening(app, t);
  },
  async "Express after express.json()"({ hook, relay }, t) {
    const app = express();
    app.use(express.json({ limit: "16mb" }));
    app.use(nodeHandler(hook, { path: PATH }));
    app.use("/relay", nodeHandler(relay));
    return listening(app, t);
  },
  async "Express after express.raw()"({ hook, relay }, t) {
    const app = express();
    app.use(express.raw({ type: "*/*", limit: "16mb" }));
    app.post(PATH, nodeHandler(hook));
    app.use("/relay", nodeHandler(relay));
    return listening(app, t);
  },
  async "Express after express.text()"({ hook, relay }, t) {
    const app = express();
    app.use(express.text({ type: "*/*", limit: "16mb" }));
    app.post(PATH, nodeHandler(hook));
    app.use("/relay", nodeHandler(relay));
    return listening(app, t);
  },
  async Fastify({ hook, relay }, t) {
    const app = fastify();
    app.post(PATH, fastifyHandler(hook));
    app.all("/relay/*", fastifyHandler(relay));
    t.after(() => app.close());
    return app.listen({ host: "127.0.0.1", port: 0 });
  },
};

for (const [name, start] of Object.entries(servers)) {
  test(`${name}: a webhook is acknowledged, and only at its path`, async (t) => {
    const its = handlers();
    const origin = await start(its, t);
    const post = (path, body) =>
      fetch(`${origin}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
    const answer = await post(PATH, JSON.stringify(events.message));
    assert.deepEqual([answer.status, await answer.json()], [200, { result: "OK", id: events.message.id }]);
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.equal(its.got[0].event_data.message.body, events.message.event_data.message.body);
    assert.equal((await post(`${PATH}/more`, "{}")).status, 404);
    assert.ok([400, 500].includes((await post(PATH, "{")).status));
    assert.equal(its.got.length, 1);
  });

  test(`${name}: a relay answers its pages, whatever they send`, async (t) => {
    const origin = await start(handlers(), t);
    const page = new Client({ relay: `${origin}/relay`, token: TOKEN, retry: false }).session(SESSION);
    assert.equal(await page.isRegistered(PHONE), true);
    const stranger = new Client({ relay: `${origin}/relay`, token: "none", retry: false }).session(SESSION);
    await assert.rejects(stranger.isRegistered(PHONE), { kind: "unauthorized", serviceMessage: "who asks may not ask here" });
    await assert.rejects(page.sendText(PHONE, "x"), { kind: "refused", serviceMessage: /^command: / });
    const asked = await fetch(`${origin}/relay/check`, {
      method: "OPTIONS",
      headers: { origin: "https://shop.test", "access-control-request-method": "POST" },
    });
    assert.deepEqual([asked.status, asked.headers.get("access-control-allow-origin")], [204, "https://shop.test"]);
  });
}

test("every header goes through, also those that come more than once", async (t) => {
  const handle = (request) => {
    const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-got", request.headers.get("x-sent")]]);
    return new Response(null, { status: 204, headers });
  };
  const origin = await listening(nodeHandler(handle), t);
  const { status, headers } = await fetch(`${origin}/?a=b`, { headers: [["x-sent", "1"], ["x-sent", "2"]] });
  assert.deepEqual([status, headers.getSetCookie(), headers.get("x-got")], [204, ["a=1", "b=2"], "1, 2"]);
});

test("what a handler throws goes on to the application, or is answered", async (t) => {
  const handle = () => {
    throw new Error("broken");
  };
  const log = mock.method(console, "error", () => {});
  const plain = await listening(nodeHandler(handle), t);
  assert.equal((await fetch(plain)).status, 500);
  assert.match(log.mock.calls[0].arguments.join(" "), /nodeHandler: the handler failed: Error: broken/);
  log.mock.restore();
  const app = express();
  app.use(nodeHandler(handle));
  // Express knows it by its four parameters.
  app.use((error, _request, response, _next) => response.status(418).send(error.message));
  const answer = await fetch(await listening(app, t));
  assert.deepEqual([answer.status, await answer.text()], [418, "broken"]);
});

test("a body that was read and not kept is explained", async (t) => {
  const app = express();
  app.use((request, _, next) => request.on("end", next).resume());
  app.use(nodeHandler(webhookHandler({})));
  app.use((error, _request, response, _next) => response.status(500).send(error.message));
  const answer = await fetch(await listening(app, t), { method: "POST", body: "{}" });
  assert.match(await answer.text(), /request has a body that something before the handler has read/);
});

test("the handler knows when whoever asked has gone", async (t) => {
  const gone = new Promise((resolve) => {
    const handle = (request) => new Promise(() => request.signal.addEventListener("abort", resolve));
    listening(nodeHandler(handle), t).then((origin) => {
      const socket = connect(new URL(origin).port, "127.0.0.1", () => {
        socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}");
        setTimeout(() => socket.destroy(), 50);
      });
    });
  });
  await gone;
});

test("methods that a Request cannot have are refused, and mistakes are named", async (t) => {
  const origin = await listening(nodeHandler(() => assert.fail("it was called")), t);
  const status = await new Promise((resolve) => {
    const socket = connect(new URL(origin).port, "127.0.0.1", () => socket.write("TRACE / HTTP/1.1\r\nhost: x\r\n\r\n"));
    socket.on("data", (data) => (socket.destroy(), resolve(String(data).split(" ")[1])));
  });
  assert.equal(status, "405");
  assert.throws(() => nodeHandler({}), { kind: "invalidRequest", argument: "handler" });
  assert.throws(() => fastifyHandler(), { argument: "handler" });
  assert.throws(() => nodeHandler(() => {}, { route: "/" }), { argument: "options" });
  assert.throws(() => nodeHandler(() => {}, { path: /x/ }), { argument: "options.path" });
});
