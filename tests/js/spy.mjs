// All that a page of Chromium has or had: what it loaded, asked and was answered, what it keeps, and its memory.

/** Watches a page that is not open yet. `places` resolves with all that there is by then, by name. */
export async function spy(page) {
  const context = page.context();
  const cdp = await context.newCDPSession(page);
  const places = new Map();
  const pending = [];
  const add = (name, content) =>
    places.set(`${places.size}: ${name}`, Buffer.isBuffer(content) ? content : Buffer.from(String(content)));
  /** Keeps an answer of the browser's; of requests without a body there is none. */
  const fetch = (name, method, parameters, read) => {
    pending.push(
      cdp.send(method, parameters).then(
        (result) => add(name, read(result)),
        () => {},
      ),
    );
  };

  for (const event of [
    "requestWillBeSent",
    "requestWillBeSentExtraInfo",
    "responseReceived",
    "responseReceivedExtraInfo",
  ]) {
    cdp.on(`Network.${event}`, (what) => add(`Network.${event}`, JSON.stringify(what)));
  }
  const bodies = new Map();
  cdp.on("Network.requestWillBeSent", ({ requestId, request }) =>
    bodies.set(requestId, `${request.method} ${request.url}`),
  );
  cdp.on("Network.loadingFinished", ({ requestId }) => {
    const name = bodies.get(requestId);
    fetch(`request ${name}`, "Network.getRequestPostData", { requestId }, ({ postData }) => postData);
    fetch(`response ${name}`, "Network.getResponseBody", { requestId }, ({ body, base64Encoded }) =>
      Buffer.from(body, base64Encoded ? "base64" : "utf8"),
    );
  });
  cdp.on("Debugger.scriptParsed", ({ scriptId, url }) => {
    fetch(`script ${url}`, "Debugger.getScriptSource", { scriptId }, ({ scriptSource, bytecode }) =>
      Buffer.from(bytecode ?? scriptSource, bytecode ? "base64" : "utf8"),
    );
  });
  cdp.on("Runtime.consoleAPICalled", (what) => add("console", JSON.stringify(what)));
  for (const domain of ["Network", "Debugger", "Runtime", "HeapProfiler"]) await cdp.send(`${domain}.enable`);

  const storage = async () => {
    const kept = await page.evaluate(async () => ({
      localStorage: { ...localStorage },
      sessionStorage: { ...sessionStorage },
      databases: await indexedDB.databases(),
      caches: await caches.keys(),
      cookie: document.cookie,
      name: window.name,
      state: history.state,
    }));
    return { ...kept, cookies: await context.cookies() };
  };

  const snapshot = async () => {
    const chunks = [];
    const keep = ({ chunk }) => chunks.push(chunk);
    cdp.on("HeapProfiler.addHeapSnapshotChunk", keep);
    await cdp.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    cdp.off("HeapProfiler.addHeapSnapshotChunk", keep);
    return chunks.join("");
  };

  /** The memory of the WebAssembly: a snapshot of the heap leaves it out. */
  const memories = async () => {
    const { result } = await cdp.send("Runtime.evaluate", { expression: "WebAssembly.Memory.prototype" });
    const { objects } = await cdp.send("Runtime.queryObjects", { prototypeObjectId: result.objectId });
    const all = await cdp.send("Runtime.callFunctionOn", {
      objectId: objects.objectId,
      returnByValue: true,
      functionDeclaration: `function () {
        return this.map(({ buffer }) => {
          let text = "";
          for (let at = 0; at < buffer.byteLength; at += 0x8000) {
            text += String.fromCharCode(...new Uint8Array(buffer, at, Math.min(0x8000, buffer.byteLength - at)));
          }
          return btoa(text);
        });
      }`,
    });
    return all.result.value.map((base64) => Buffer.from(base64, "base64"));
  };

  return async () => {
    await Promise.all(pending);
    const kept = await storage();
    add("storage", JSON.stringify(kept));
    add("the document", await page.content());
    add("the heap", await snapshot());
    for (const bytes of await memories()) add("the memory of WebAssembly", bytes);
    return { places, kept };
  };
}

/** The names of the places at which a secret is, in any of the forms in which programs write texts. */
export function where(places, secret) {
  const escaped = JSON.stringify(secret).slice(1, -1);
  const texts = [
    secret,
    escaped,
    escaped.replaceAll("/", "\\/"),
    encodeURIComponent(secret),
    Buffer.from(secret).toString("hex"),
  ];
  // Inside of base64 a text looks different by where it begins: what is certain of each of the three.
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString("base64");
    texts.push(text.slice(before && before + 1, -4));
  }
  const forms = [...texts.map((text) => Buffer.from(text)), Buffer.from(secret, "utf16le")];
  return [...places].filter(([, bytes]) => forms.some((form) => bytes.includes(form))).map(([name]) => name);
}
