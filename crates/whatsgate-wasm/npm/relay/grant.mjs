// What a visitor may do, as the server's own function says it.

import { members, object, optional, positive, text, wrong } from "../lib/argument.mjs";
import { mistake } from "../lib/error.mjs";
import { forbidden, Refusal } from "./answer.mjs";
import { chatId, digits, recipient } from "./chats.mjs";

/** Reads a grant. A mistake in it is the server's own: `invalidRequest`. */
export function readGrant(who, given) {
  const { session, commands, chats, maxBytes } = object(who, "grant", given);
  if (!/^\S+$/.test(text(who, "grant.session", session))) {
    throw mistake(who, "grant.session", "is no session's id");
  }
  if (!Array.isArray(commands)) throw wrong(who, "grant.commands", "must be an array", commands);
  return {
    session,
    commands: new Set(commands),
    chats: chats === "all" ? chats : readChats(who, chats),
    maxBytes: optional(positive, who, "grant.maxBytes", maxBytes) ?? Infinity,
  };
}

function readChats(who, chats) {
  if (!Array.isArray(chats)) throw wrong(who, "grant.chats", 'must be an array or "all"', chats);
  return new Set(chats.map((chat, at) => readChat(who, `grant.chats[${at}]`, chat)));
}

function readChat(who, name, chat) {
  const phone = digits(chat);
  const id = typeof chat === "object" ? readRecipient(who, name, chat) : phone ? `${phone}@c.us` : chatId(chat);
  if (id === undefined) {
    throw mistake(who, name, "is neither a chat's id nor a phone number with its country code");
  }
  return id;
}

function readRecipient(who, name, value) {
  const { id, number, type } = members(who, name, value, ["id", "number", "type"]);
  try {
    return recipient({ id: id ?? undefined, number: number ?? undefined, type: type ?? undefined }).chat;
  } catch (error) {
    throw error instanceof Refusal ? mistake(who, name, `is none: ${error.message}`) : error;
  }
}

/** Throws unless the grant lets the call through. */
export function check(grant, { command, session, chats, needsAll, bytes }) {
  if (!grant.commands.has(command)) throw forbidden("command", "this one is not allowed here");
  if (session !== undefined && session !== grant.session) throw forbidden("session", "this one is not allowed here");
  if (bytes > grant.maxBytes) throw new Refusal(413, "the body is larger than is allowed here");
  if (grant.chats === "all") return;
  if (needsAll) throw forbidden("chat", "only who may see all chats may fetch a file by its key, which names none");
  if (!chats.every((chat) => grant.chats.has(chat))) throw forbidden("chat", "this one is not allowed here");
}
