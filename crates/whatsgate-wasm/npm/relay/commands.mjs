// The commands that a visitor may be granted: what each has in its request, and which chats it is about.

import { Refusal } from "./answer.mjs";
import { chatOfMessage, digits, recipient } from "./chats.mjs";
import { count, flag, needed, part, text } from "./members.mjs";

/** Of these a page gets nothing, whatever a grant says: they are about the account, or change where its events go. */
export const ACCOUNT_WIDE = new Set(["sessions-get", "session-create", "session-delete", "set-hook", "set-name"]);

const TOKEN = /^[\w-]{1,40}$/;
const NOT_BLANK = /\S/;

/**
 * By command: a function that reads the request. It returns the members that are sent, beside the session; `chats` that
 * must be allowed, the first one being whom it is for; `needsAll`, if it cannot be told which chat it is about; and
 * `isLarge`, if a file is on the way.
 */
export const COMMANDS = new Map([
  ["send", send],
  ["seen", toRecipient],
  ["typing", toRecipient],
  ["check", check],
  ["get-chats", () => ({ members: {}, chats: [] })],
  ["get-messagemedia", messageMedia],
  ["get-media", media],
  ["events-get", events],
]);

function toRecipient(body) {
  const to = needed("recipient", part(body, "recipient"));
  const [id, number, type] = ["id", "number", "type"].map((name) => text(to, name));
  const { chat, written } = recipient({ id, number, type });
  return { members: { recipient: written }, chats: [chat] };
}

function send(body) {
  const { members, chats } = toRecipient(body);
  const message = needed("message", part(body, "message"));
  const file = part(message, "media");
  const written = { type: text(message, "type", TOKEN) ?? "text", body: text(message, "body") };
  written.quote = text(message, "quote", NOT_BLANK);
  if (written.quote !== undefined) {
    const chat = chatOfMessage(written.quote);
    if (chat === undefined) throw new Refusal(400, "quote is not the long id of a message");
    // The chat would be shown what stands in the other one.
    chats.push(chat);
  }
  if (file) {
    const mimetype = needed("mimetype", text(file, "mimetype", /^[^/\s]+\/[^/\s]+/));
    const data = needed("data", text(file, "data", /^[A-Za-z0-9+/]+={0,2}$/));
    written.media = { mimetype, data, filename: needed("filename", text(file, "filename", NOT_BLANK)) };
  } else {
    needed("body", written.body);
  }
  return {
    members: { async: flag(body, "async") ?? false, ...members, message: written },
    chats,
    isLarge: Boolean(file),
  };
}

function check(body) {
  const number = digits(needed("number", text(body, "number")));
  if (number === undefined) throw new Refusal(400, "number is no phone number with its country code");
  return { members: { number }, chats: [`${number}@c.us`] };
}

function messageMedia(body) {
  const MessageID = needed("MessageID", text(body, "MessageID"));
  const chat = chatOfMessage(MessageID);
  if (chat === undefined) throw new Refusal(400, "MessageID is not the long id of a message");
  return { members: { MessageID }, chats: [chat], isLarge: true };
}

function media(body) {
  const mediaKey = needed("mediaKey", text(body, "mediaKey", /^\S+$/));
  return { members: { mediaKey }, chats: [], needsAll: true, isLarge: true };
}

function events(body) {
  const members = {
    date: text(body, "date", /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)?$/) || undefined,
    action: text(body, "action", /^[\w-]{0,40}$/) || undefined,
    page_cnt: count(body, "page_cnt", 100),
    page: count(body, "page", 1_000_000),
  };
  return { members, chats: [] };
}
