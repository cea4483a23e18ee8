import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const output = (name) => ({ path: path(name), filename: "main.js" });

export default [
  { name: "web", mode: "production", entry: "./page.mjs", output: output("dist/web") },
  { name: "web-development", mode: "development", entry: "./page.mjs", output: output("dist/web-development") },
  { name: "node", mode: "production", target: "node", entry: "./program.mjs", output: { ...output("dist/node"), filename: "main.cjs" } },
];
