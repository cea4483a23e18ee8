export { Client } from "./client.mjs";
export { WhatsgateError, isWhatsgateError } from "./error.mjs";
export { Media } from "./media.mjs";
export { init } from "./runtime.mjs";
export { Session } from "./session.mjs";
export { acknowledge, parseWebhook, webhookHandler } from "./webhook.mjs";
