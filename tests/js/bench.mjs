// Measurements of the installed package: `cargo xtask test-js bench.mjs` or, once that ran, `node bench.mjs`.

import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Client, init } from "whatsgate";
import { installed, KEY, PHONE, SESSION, website } from "./support.mjs";

const stops = [];
const sink = fork(new URL("sink.mjs", import.meta.url));
stops.push(() => sink.disconnect());
const [origin] = await once(sink, "message");
await init();
await sends();
await lists();
await file();
for (const stop of stops) await stop();

/** Sends of a text beside the same requests with nothing but fetch. */
async function sends() {
  const session = new Client({ apiKey: KEY, baseUrl: `${origin}/api/v1` }).session(SESSION);
  const message = { WhatsappID: SESSION, async: false, recipient: { number: PHONE }, message: { type: "text", body: "Hello!" } };
  const headers = { "x-api-key": KEY, "content-type": "application/json", accept: "application/json" };
  const ways = {
    fetch: async () => {
      const body = JSON.stringify(message);
      return (await fetch(`${origin}/api/v1/send`, { method: "POST", headers, body })).json();
    },
    whatsgate: () => session.sendText(PHONE, "Hello!"),
  };
  for (const [count, width] of [[2000, 1], [5000, 32]]) {
    const times = { fetch: 0, whatsgate: 0 };
    const cpu = { fetch: 0, whatsgate: 0 };
    // In short turns, so that what else the machine does falls on both. The first ones warm up: what is called often is
    // compiled again, in other threads whose time would be counted too.
    const turns = 25;
    for (let turn = -15; turn < turns; turn += 1) {
      for (const [name, send] of Object.entries(ways)) {
        const start = performance.now();
        const used = process.cpuUsage();
        let left = count / turns;
        const worker = async () => {
          while (left-- > 0) await send();
        };
        await Promise.all(Array.from({ length: width }, worker));
        if (turn < 0) continue;
        times[name] += performance.now() - start;
        const { user, system } = process.cpuUsage(used);
        cpu[name] += user + system;
      }
    }
    const rate = (time) => `${time.toFixed(0)} ms (${((count * 1000) / time).toFixed(0)}/s)`;
    const ratio = ({ fetch, whatsgate }) => (whatsgate / fetch).toFixed(2);
    const each = (name) => `${name} ${rate(times[name])}, ${(cpu[name] / count).toFixed(0)} µs of CPU each`;
    console.log(`${count} sends, ${width} at once: ${each("fetch")}; ${each("whatsgate")}; ratio ${ratio(times)}, CPU ${ratio(cpu)}`);
  }
}

/** A list of 10,000 chats, and of as many events, beside JSON.parse of the same text. */
async function lists() {
  const chat = (name) => (_, index) => ({
    id: `7999${String(index).padStart(7, "0")}@c.us`,
    name: `${name} ${index}`,
    isGroup: false,
    unreadCount: index % 7,
    timestamp: 1_714_521_600 + index,
  });
  const event = (_, index) => ({
    id: index,
    whatsapp_id: SESSION,
    event_action: "message",
    event_date: "2024-05-01 10:00:00",
    event_data: { message: { id: `false_79999999999@c.us_${index}`, body: `Привет ${index}`, type: "chat", from: "79999999999@c.us" } },
  });
  const of = (make) => JSON.stringify({ result: "OK", pages: 1, elements: 10_000, page: 1, data: Array.from({ length: 10_000 }, make) });
  const texts = { "chats in ASCII": of(chat("Ivan")), "chats in Cyrillic": of(chat("Иван Петров")), events: of(event) };
  for (const [name, text] of Object.entries(texts)) {
    const session = new Client({ apiKey: KEY, fetch: async () => new Response(text) }).session(SESSION);
    const ways = {
      parse: async () => JSON.parse(await new Response(text).text()),
      whatsgate: () => (name === "events" ? session.eventsPage() : session.chats()),
    };
    const times = { parse: [], whatsgate: [] };
    // In turns, and the first ones warm up.
    for (let turn = -3; turn < 15; turn += 1) {
      for (const [way, read] of Object.entries(ways)) {
        const start = performance.now();
        await read();
        if (turn >= 0) times[way].push(performance.now() - start);
      }
    }
    const [parse, whatsgate] = [median(times.parse), median(times.whatsgate)];
    console.log(`10000 ${name}: JSON.parse ${parse.toFixed(1)} ms, whatsgate ${whatsgate.toFixed(1)} ms, ratio ${(whatsgate / parse).toFixed(1)}`);
  }
}

/** A file of 32 MiB from a page in Chromium: time, and memory over the idle page. */
async function file() {
  const folder = await mkdtemp(join(tmpdir(), "whatsgate-"));
  stops.push(() => rm(folder, { recursive: true }));
  const path = join(folder, "large.bin");
  await writeFile(path, Buffer.alloc(32 << 20, 7));
  const page = `<!doctype html><input type="file"><script type="module">
    import { init, Client } from "/index.mjs";
    await init();
    const session = new Client({ apiKey: "${KEY}", baseUrl: "${origin}/api/v1" }).session("${SESSION}");
    window.send = async () => {
      const start = performance.now();
      await session.sendFile("${PHONE}", document.querySelector("input").files[0]);
      return performance.now() - start;
    };
  </script>`;
  const site = await website((stop) => stops.push(stop), installed, { "/page": page });
  const server = await chromium.launchServer({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const browser = await chromium.connect(server.wsEndpoint());
  stops.unshift(() => server.close());
  const runs = [];
  for (let round = 0; round < 3; round += 1) {
    const tab = await browser.newPage();
    await tab.goto(`${site}/page`);
    await tab.waitForFunction(() => window.send);
    await tab.setInputFiles("input", path);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const idle = await memory(server.process().pid);
    const peak = { ...idle };
    let running = true;
    const sampling = (async () => {
      while (running) {
        const now = await memory(server.process().pid);
        for (const kind of Object.keys(peak)) peak[kind] = Math.max(peak[kind], now[kind]);
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    const time = await tab.evaluate(() => window.send());
    running = false;
    await sampling;
    runs.push({ time, renderer: peak.renderer - idle.renderer, others: peak.others - idle.others });
    await tab.close();
  }
  const of = (name) => median(runs.map((run) => run[name]));
  const megabytes = (name) => `${(of(name) / 1024).toFixed(0)} MB`;
  console.log(`32 MiB file in Chromium: ${of("time").toFixed(0)} ms, renderer +${megabytes("renderer")}, other processes +${megabytes("others")}`);
}

/** Proportional set sizes of a process and those it started, in KiB. */
async function memory(root) {
  const parents = new Map();
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    parents.set(Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
  }
  const sum = { renderer: 0, others: 0 };
  for (const pid of parents.keys()) {
    let ancestor = pid;
    while (ancestor && ancestor !== root) ancestor = parents.get(ancestor);
    if (ancestor !== root) continue;
    const size = /^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => ""));
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    sum[line.includes("--type=renderer") ? "renderer" : "others"] += Number(size?.[1] ?? 0);
  }
  return sum;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
