import resolve from "@rollup/plugin-node-resolve";

export default [
  { input: "page.mjs", output: { dir: "dist" }, plugins: [resolve({ browser: true })] },
  { input: "program.mjs", output: { dir: "dist" }, plugins: [resolve({ exportConditions: ["node"] })] },
];
