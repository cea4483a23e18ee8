import { defineConfig, type Plugin } from "vite";

/** The page holds a key: nothing but its own code may run there. Not while developing, where Vite adds code of its own. */
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml() {
    const content = [
      "default-src 'self'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "connect-src *",
      "frame-src *",
      "img-src 'self' blob: data:",
      "media-src blob:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
    ].join("; ");
    const attrs = { "http-equiv": "Content-Security-Policy", content };
    return [{ tag: "meta", attrs, injectTo: "head-prepend" }];
  },
};

export default defineConfig({
  // The sandbox serves the page under /demo/, another server may serve it elsewhere.
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0 },
  plugins: [policy],
});
