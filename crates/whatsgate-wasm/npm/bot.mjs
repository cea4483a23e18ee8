// For programs that live on events: handlers by action, and a position that the caller keeps.
export { Bot } from "./bot/bot.mjs";
