// Chats in one form, so that two ways to write the same one are equal.

import { Refusal } from "./answer.mjs";

/** The id of a chat as events have it, or `undefined` if it is none. */
export function chatId(text) {
  const [, local, host] = (typeof text === "string" && /^([\w.-]+)@([a-z.]+)$/i.exec(text)) || [];
  if (!host) return undefined;
  // WhatsApp's other name for the same.
  const suffix = host.toLowerCase().replace(/^s\.whatsapp\.net$/, "c.us");
  return suffix === "c.us" && !/^\d{1,20}$/.test(local) ? undefined : `${local}@${suffix}`;
}

/** The digits of a phone number with its country code, or `undefined` if it is none. */
export function digits(text) {
  if (typeof text !== "string") return undefined;
  const bare = text.replace(/[\s().\u2010-\u2014-]/g, "").replace(/^\+/, "");
  return /^[1-9]\d{4,14}$/.test(bare) ? bare : undefined;
}

/** A recipient by id or by number: its chat, and what is sent of it. Throws if it is neither, or both. */
export function recipient({ id, number, type }) {
  if ((id === undefined) === (number === undefined)) {
    throw new Refusal(400, "the recipient needs an id or a number, not both");
  }
  if (id !== undefined) {
    const chat = chatId(id);
    if (chat === undefined) throw new Refusal(400, "the recipient's id is none");
    return { chat, written: { id: chat } };
  }
  if (type === "group") {
    const chat = /^[A-Za-z0-9-]+$/.test(number) ? chatId(`${number}@g.us`) : undefined;
    if (chat === undefined) throw new Refusal(400, "the recipient's number is not a group's");
    return { chat, written: { number, type } };
  }
  if (type !== undefined && type !== "contact") throw new Refusal(400, "the recipient's type must be contact or group");
  const phone = digits(number);
  if (phone === undefined) throw new Refusal(400, "the recipient's number is no phone number with its country code");
  return { chat: `${phone}@c.us`, written: { number: phone } };
}

/** The chat in the long id of a message: `<true or false>_<chat>_<short id>`, in groups and the participant after it. */
export function chatOfMessage(id) {
  const [, named, participant] = /^(?:true|false)_([!-^`-~]+)_[!-^`-~]+(_[!-^`-~]+)?$/.exec(id) ?? [];
  const chat = chatId(named);
  // Written otherwise than here, it might be another chat to whoever reads it next.
  if (chat === undefined || chat !== named || (participant && !chat.endsWith("@g.us"))) return undefined;
  return chat;
}

/** The chat of an event about a message: the other party or the group, whoever of the two wrote it. */
export function chatOfEvent(event) {
  const message = event?.event_data?.message;
  const id = message?.id;
  if (typeof id !== "string") return undefined;
  // In incoming messages the id may name the receiver.
  return chatId(id.startsWith("true_") ? message.to : message.from) ?? chatOfMessage(id);
}
