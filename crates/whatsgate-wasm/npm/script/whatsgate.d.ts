export * from "../cjs/index.cjs";
export as namespace whatsgate;
