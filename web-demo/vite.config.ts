import { defineConfig } from "vite";

export default defineConfig({
  // The sandbox serves the page under /demo/, another server may serve it elsewhere.
  base: "./",
  build: { target: "es2022", assetsInlineLimit: 0 },
});
