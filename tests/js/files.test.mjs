// Files on their way out, from whatever holds them: streams, responses, disks.

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Client, init, isWhatsgateError } from "whatsgate";
import { fileFromPath } from "whatsgate/node";
import { PHONE, sandbox, server, SESSION } from "./support.mjs";

await init();
const place = await sandbox(after);
const session = new Client({ apiKey: place.apiKey, baseUrl: place.baseUrl }).session(place.session);
const nowhere = await server(after, () => assert.fail("it was sent"));
const unsent = new Client({ apiKey: place.apiKey, baseUrl: nowhere.baseUrl }).session(SESSION);
const folder = await mkdtemp(join(tmpdir(), "whatsgate-"));
after(() => rm(folder, { recursive: true }));

const bytes = crypto.getRandomValues(new Uint8Array(50_000));
const path = join(folder, "data.bin");
await writeFile(path, bytes);

const failure = (promise) => promise.then(() => assert.fail("it succeeded"), (error) => error);

async function* pieces(size, source = bytes) {
  for (let at = 0; at < source.length; at += size) yield source.subarray(at, at + size);
}

/** What arrived of a file. */
async function arrived(content, options) {
  const { message } = await session.sendFile(PHONE, content, options);
  const { filename, mimetype, ...media } = await session.messageMedia(message.id);
  return { filename, mimetype, bytes: new Uint8Array(Buffer.from(media.data, "base64")) };
}

const streams = {
  "a stream of the web": () => new Blob([bytes]).stream(),
  "a stream that cannot be iterated over": () => {
    const reader = new Blob([bytes]).stream().getReader();
    return { getReader: () => reader };
  },
  "a stream of Node": () => createReadStream(path),
  "a readable of buffers": () => Readable.from(pieces(777)),
  "an async iterable": () => pieces(1),
  "array buffers": async function* () {
    for await (const piece of pieces(9999)) yield piece.slice().buffer;
  },
};
for (const [name, make] of Object.entries(streams)) {
  test(`a file from ${name}`, async () => {
    const got = await arrived(make(), { filename: "data.bin" });
    assert.deepEqual(got, { filename: "data.bin", mimetype: "application/octet-stream", bytes });
  });
}

test("a file from pieces of text", async () => {
  const got = await arrived(Readable.from(["date;", "total\n", "день;"]), { filename: "report.csv" });
  assert.equal(new TextDecoder().decode(got.bytes), "date;total\nдень;");
});

test("a stream longer than a piece is joined rightly, and its progress told", async () => {
  const long = new Uint8Array(7 * 1024 * 1024 + 1).map((_, at) => at * 7);
  const told = [];
  const options = { filename: "large.bin", onProgress: (progress) => told.push(progress) };
  const { bytes: got } = await arrived(pieces(1_000_003, long), options);
  assert.deepEqual(got, long);
  assert.deepEqual([told.length, told.at(-1)], [3, { done: long.length, total: long.length }]);
});

test("a response brings name, type and size along", async (t) => {
  const files = await server((end) => t.after(end), ({ url }) => {
    const named = { "content-disposition": "attachment; filename=\"plain.csv\"; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82.csv" };
    if (url.endsWith("/named")) return { body: "date;total\n", headers: { "content-type": "text/csv", "content-length": 11, ...named } };
    if (url.endsWith("/quoted")) return { body: "x", headers: { "content-disposition": 'inline; filename="a \\"b\\".txt"' } };
    return url.endsWith("gone") ? { status: 404 } : { body: Buffer.from([0x25, 0x50, 0x44, 0x46]) };
  });
  const told = [];
  const named = await arrived(await fetch(`${files.baseUrl}/named`), { onProgress: (what) => told.push(what) });
  assert.deepEqual([named.filename, named.mimetype, told], ["отчёт.csv", "text/csv", [{ done: 11, total: 11 }]]);
  assert.equal((await arrived(await fetch(`${files.baseUrl}/quoted`))).filename, 'a "b".txt');
  assert.equal((await arrived(await fetch(`${files.baseUrl}/my%20report.pdf?x=1`))).filename, "my report.pdf");
  assert.equal((await arrived(await fetch(`${files.baseUrl}/named`), { filename: "other.csv" })).filename, "other.csv");
  const gone = await failure(unsent.sendFile(PHONE, await fetch(`${files.baseUrl}/gone`)));
  assert.deepEqual([gone.argument, /status 404/.test(gone.message)], ["file", true]);
  const used = await fetch(`${files.baseUrl}/named`);
  await used.text();
  assert.match((await failure(unsent.sendFile(PHONE, used))).message, /read already/);
  assert.match((await failure(unsent.sendFile(PHONE, new Response(null), { filename: "a" }))).message, /it is empty/);
});

test("a file from a path, which Node reads in pieces", async () => {
  for (const where of [path, pathToFileURL(path)]) {
    const file = await fileFromPath(where);
    assert.ok(file instanceof File && file.size === bytes.length);
    assert.deepEqual((await arrived(file)).bytes, bytes);
  }
  assert.equal((await failure(fileFromPath(join(folder, "gone.bin")))).argument, "path");
  assert.equal((await failure(fileFromPath(5))).argument, "path");
  const file = await fileFromPath(path);
  await writeFile(path, "shorter");
  const error = await failure(unsent.sendFile(PHONE, file));
  assert.deepEqual([error.kind, error.argument, error.outcome], ["invalidRequest", "file", "notSent"]);
  await writeFile(path, bytes);
});

test("a stream that fails half-way sends nothing and says so", async () => {
  const cause = new Error("the disk is gone");
  const broken = (after) =>
    async function* () {
      yield bytes.subarray(0, after);
      throw cause;
    };
  for (const after of [0, 100, 20_000]) {
    const error = await failure(unsent.sendFile(PHONE, broken(after)(), { filename: "a" }));
    assert.ok(isWhatsgateError(error));
    assert.deepEqual([error.kind, error.outcome, error.argument, error.cause], ["invalidRequest", "notSent", "file", cause]);
    assert.equal(error.message, "sendFile: file broke off; nothing was sent");
  }
  const missing = await failure(unsent.sendFile(PHONE, createReadStream(join(folder, "gone.bin")), { filename: "a" }));
  assert.deepEqual([missing.argument, missing.cause.code], ["file", "ENOENT"]);
  assert.equal(nowhere.requests.length, 0);
});

test("streams that are none", async () => {
  async function* numbers() {
    yield 5;
  }
  const locked = new Blob(["x"]).stream();
  locked.getReader();
  for (const [content, message] of [
    [numbers(), /broke off/],
    [locked, /is a stream that something else reads already/],
    [(async function* () {})(), /it is empty/],
  ]) {
    const error = await failure(unsent.sendFile(PHONE, content, { filename: "a" }));
    assert.deepEqual([error.kind, error.argument], ["invalidRequest", "file"]);
    assert.match(error.message, message);
  }
  assert.equal(nowhere.requests.length, 0);
});

test("a signal ends the reading, and whoever sends is told", async () => {
  for (const start of [0, 9000]) {
    const controller = new AbortController();
    let isOver = false;
    const slow = new ReadableStream({
      start(stream) {
        if (start) stream.enqueue(new Uint8Array(start));
      },
      pull() {
        setTimeout(() => controller.abort(new Error("enough")), 5);
        return new Promise(() => {});
      },
      cancel() {
        isOver = true;
      },
    });
    const error = await failure(unsent.sendFile(PHONE, slow, { filename: "a", signal: controller.signal }));
    assert.deepEqual([error.kind, error.outcome, error.cause.message], ["cancelled", "notSent", "enough"]);
    await new Promise(setImmediate);
    assert.ok(isOver);
  }
});

test("a stream is left alone when the call is refused before", async () => {
  let isRead = false;
  const stream = new ReadableStream({ pull: () => void (isRead = true) }, { highWaterMark: 0 });
  assert.equal((await failure(unsent.sendFile(5, stream, { filename: "a" }))).argument, "recipient");
  assert.equal((await failure(unsent.sendFile(PHONE, stream))).argument, "options.filename");
  assert.ok(!isRead && !stream.locked);
});
