// Made from the JSON Schemas by `npm run types` in tests/js. Change the model instead.

/**
 * How far a message has come; the larger, the further.
 *
 * The wire shows 0 and 1; the names of the whole range are whatsapp-web.js's. Values outside the constants are kept.
 */
export type Ack = number;
/**
 * The content of a file as base64 text: standard alphabet, padded, without a `data:` prefix.
 */
export type Base64Data = string;
/**
 * A chat of the session, with a contact or with a group; `isGroup` tells which.
 */
export type Chat = ContactChat | GroupChat;
/**
 * A WhatsApp id, `<phone>@c.us` for a contact or `<group>@g.us` for a group.
 *
 * Other suffixes, such as WhatsApp's `@lid`, are taken too.
 */
export type ChatId = string;
/**
 * Something that happened in a session, as a webhook delivers it and `events-get` lists it; `event_action` tells what. Acknowledge events of every kind.
 */
export type Event =
  | MessageEvent
  | SentEvent
  | AckEvent
  | MediaEvent
  | CreateEvent
  | ReadyEvent
  | ErrorEvent
  | DisconnectEvent
  | OtherEvent;
/**
 * What happened; an open list.
 *
 * Known values:
 *
 * - `message`: A message came in.
 * - `sent`: An asynchronous send is done.
 * - `ack`: A message's delivery state changed.
 * - `media`: A file came in.
 * - `create`: A message went out, by the words of the documentation's list of filters.
 * - `ready`: The session was linked and is usable.
 * - `error`: Something went wrong.
 * - `disconnect`: WhatsApp disconnected the session, which is gone.
 */
export type EventAction =
  "message" | "sent" | "ack" | "media" | "create" | "ready" | "error" | "disconnect" | (string & {});
/**
 * The number of an event, which tells repeated deliveries apart from new ones and which an acknowledgement repeats.
 *
 * One beyond 2^53, which no known reply has, is a `bigint` when the program runs.
 */
export type EventId = number;
/**
 * The long id of a message, `<true or false>_<chat id>_<short id>`.
 *
 * `true` means that the session sent it. In groups a fourth part, which names the participant, is likely. This is the id that quotes and `get-messagemedia` take.
 */
export type MessageId = string;
/**
 * What a reported message is.
 *
 * Text is `chat` here, not the `text` of a request. The list is open: `chat` is documented, the others are whatsapp-web.js's.
 *
 * Known values:
 *
 * - `chat`: Text.
 * - `image`: Picture.
 * - `video`: Video.
 * - `audio`: Sound file.
 * - `ptt`: Voice message, `ptt` (push to talk) on the wire.
 * - `document`: File of any other kind.
 * - `sticker`: Sticker.
 * - `location`: Position on the map.
 * - `vcard`: One contact card.
 * - `multi_vcard`: Several contact cards.
 * - `revoked`: Message taken back by its sender.
 * - `poll_creation`: Poll.
 */
export type MessageType =
  | "chat"
  | "image"
  | "video"
  | "audio"
  | "ptt"
  | "document"
  | "sticker"
  | "location"
  | "vcard"
  | "multi_vcard"
  | "revoked"
  | "poll_creation"
  | (string & {});
/**
 * A MIME type, with parameters if the service sends them (`audio/ogg; codecs=opus`).
 *
 * The vendor's OpenAPI lists 26 types, but others are accepted in production, so any `type/subtype` is valid.
 */
export type MimeType = string;
/**
 * What a message to send is; an open list, since the documentation's own is cut off.
 *
 * Known values:
 *
 * - `text`: Text.
 * - `image`: Picture.
 * - `sticker`: Sticker.
 * - `doc`: File of any other kind, `doc` on the wire.
 * - `voice`: Voice message.
 */
export type OutgoingType = "text" | "image" | "sticker" | "doc" | "voice" | (string & {});
/**
 * Whom a command is for: by WhatsApp id, or by number.
 */
export type Recipient = RecipientById | RecipientByNumber;
/**
 * Whether a recipient's number is a contact's or a group's.
 *
 * Known values:
 *
 * - `contact`: A person; what the service assumes when the type is absent.
 * - `group`: A group.
 */
export type RecipientType = "contact" | "group" | (string & {});
/**
 * A session of the account, `WhatsappID` in requests and `unique_id` in replies.
 *
 * Opaque text without white space. Ids seen so far have 13 hexadecimal digits, but nothing promises that.
 */
export type SessionId = string;
/**
 * The state of a session; an open list.
 *
 * Known values:
 *
 * - `PENDING`: Being set up.
 * - `AUTH`: Waits to be linked, by QR or pairing code.
 * - `READY`: Linked and usable.
 * - `DESTROYING`: Being deleted.
 */
export type SessionStatus = "PENDING" | "AUTH" | "READY" | "DESTROYING" | (string & {});
/**
 * A date, `YYYY-MM-DD HH:MM:SS`, without a time zone. The one example that can be checked is in UTC.
 */
export type WireDate = string;

/**
 * A message's delivery state changed. The data are not documented; they are believed to be those of `message`.
 */
export interface AckEvent {
  /**
   * The kind of event.
   */
  event_action: "ack";
  /**
   * What the event carries.
   */
  event_data: MessageData;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Whether the action is known and its data could be read: always `true`.
   */
  readable: true;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
}
/**
 * A chat with one person.
 */
export interface ContactChat {
  /**
   * The WhatsApp id.
   */
  id: ChatId;
  /**
   * Always `false`.
   */
  isGroup: false;
  /**
   * Whether the chat is muted.
   */
  isMuted: boolean;
  /**
   * Whether the session cannot write there.
   */
  isReadOnly: boolean;
  /**
   * How long it stays muted. The sources contradict each other (seconds left, a Unix time, -1 for ever, true or false), so do not compute with it.
   */
  muteExpiration?: number | boolean | string;
  /**
   * The contact's or group's name.
   */
  name: string;
  /**
   * Whether the chat is pinned to the top.
   */
  pinned: boolean;
  /**
   * The last activity, Unix time in seconds.
   */
  timestamp?: number;
  /**
   * How many messages are unread.
   */
  unreadCount: number;
}
/**
 * A message went out, by the words of the documentation's list of filters. The data are not documented; they are believed to be those of `message`.
 */
export interface CreateEvent {
  /**
   * The kind of event.
   */
  event_action: "create";
  /**
   * What the event carries.
   */
  event_data: MessageData;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Whether the action is known and its data could be read: always `true`.
   */
  readable: true;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
}
/**
 * The data of `disconnect`.
 */
export interface Disconnect {
  /**
   * The reason, such as `LOGOUT`. The member's name is a guess; the reason may also come as text in place of the object.
   */
  reason?: string;
}
/**
 * WhatsApp disconnected the session, which is gone. The data are not documented.
 */
export interface DisconnectEvent {
  /**
   * The kind of event.
   */
  event_action: "disconnect";
  /**
   * What the event carries.
   */
  event_data: Disconnect;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Whether the action is known and its data could be read: always `true`.
   */
  readable: true;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
}
/**
 * Something went wrong. The data are not documented.
 */
export interface ErrorEvent {
  /**
   * The kind of event.
   */
  event_action: "error";
  /**
   * What the event carries.
   */
  event_data: ErrorReport;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Whether the action is known and its data could be read: always `true`.
   */
  readable: true;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
}
/**
 * The data of `error`.
 */
export interface ErrorReport {
  /**
   * The error in words. The member's name is a guess; they may also come in `message`, or as text in place of the object.
   */
  error?: string;
}
/**
 * A chat with a group.
 */
export interface GroupChat {
  /**
   * What is known of the group.
   */
  groupMetadata?: GroupMetadata;
  /**
   * The WhatsApp id.
   */
  id: ChatId;
  /**
   * Always `true`.
   */
  isGroup: true;
  /**
   * Whether the chat is muted.
   */
  isMuted: boolean;
  /**
   * Whether the session cannot write there.
   */
  isReadOnly: boolean;
  /**
   * How long it stays muted. The sources contradict each other (seconds left, a Unix time, -1 for ever, true or false), so do not compute with it.
   */
  muteExpiration?: number | boolean | string;
  /**
   * The contact's or group's name.
   */
  name: string;
  /**
   * Whether the chat is pinned to the top.
   */
  pinned: boolean;
  /**
   * The last activity, Unix time in seconds.
   */
  timestamp?: number;
  /**
   * How many messages are unread.
   */
  unreadCount: number;
}
/**
 * What is known of a group.
 */
export interface GroupMetadata {
  /**
   * When it was made, Unix time in seconds.
   */
  creation?: number;
  /**
   * The group's WhatsApp id.
   */
  id?: ChatId;
  /**
   * The WhatsApp id of the owner.
   */
  owner?: ChatId;
  /**
   * The members.
   */
  participants: Participant[];
  /**
   * The service's own count. Unreliable: the documentation shows 0 beside two participants. Count `participants` instead.
   */
  size?: number;
}
/**
 * A file, as `get-media` and `get-messagemedia` return it.
 *
 * `data` is required; a reply may lack everything else.
 */
export interface Media {
  /**
   * The content.
   */
  data: Base64Data;
  /**
   * The file's name.
   */
  filename?: string;
  /**
   * The size, presumably in bytes. Not documented; one client program attests it.
   */
  filesize?: number;
  /**
   * The MIME type.
   */
  mimetype?: MimeType;
}
/**
 * A file came in. The data are not documented; they are believed to be those of `message`.
 */
export interface MediaEvent {
  /**
   * The kind of event.
   */
  event_action: "media";
  /**
   * What the event carries.
   */
  event_data: MessageData;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Whether the action is known and its data could be read: always `true`.
   */
  readable: true;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
}
/**
 * A message, as a synchronous `send` and the events show it. Only `id` is always there.
 */
export interface Message {
  /**
   * The short id, the last part of the long one. Absent in older replies.
   */
  _id?: string;
  /**
   * How far the message has come.
   */
  ack?: Ack;
  /**
   * The real sender of a message in a group; not confirmed for this service.
   */
  author?: ChatId;
  /**
   * The text, or a file's caption.
   */
  body: string;
  /**
   * The WhatsApp id of the sender; in a group presumably of the group.
   */
  from?: ChatId;
  /**
   * The sender's display name. Not documented; client programs attest it.
   */
  from_name?: string;
  /**
   * Whether a file can be fetched with `get-messagemedia`.
   */
  hasMedia: boolean;
  /**
   * The long id, which quotes and `get-messagemedia` take.
   */
  id: MessageId;
  /**
   * Whether the message was forwarded.
   */
  isForwarded: boolean;
  /**
   * The key of the file for `get-media`; `""` on the wire when there is none.
   */
  mediaKey: string;
  /**
   * When it was sent, Unix time in seconds.
   */
  timestamp?: number;
  /**
   * The WhatsApp id of the recipient.
   */
  to?: ChatId;
  /**
   * What the message is.
   */
  type?: MessageType;
}
/**
 * The data of an event about a message.
 */
export interface MessageData {
  /**
   * The message.
   */
  message: Message;
}
/**
 * A message came in.
 */
export interface MessageEvent {
  /**
   * The kind of event.
   */
  event_action: "message";
  /**
   * What the event carries.
   */
  event_data: MessageData;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Whether the action is known and its data could be read: always `true`.
   */
  readable: true;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
}
/**
 * An event of a kind that is not documented. Acknowledge it like any other.
 */
export interface OtherEvent {
  /**
   * Always `other`; what the service said is in `action`.
   */
  event_action: "other";
  /**
   * The data as they came, if there were any.
   */
  event_data: unknown;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Always `false`.
   */
  readable: false;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
  /**
   * What happened in the service's word, `""` if it was not said.
   */
  action: string;
  /**
   * Why it is not one of the other events.
   */
  reason: string;
}
/**
 * A file to send. The service wants all three members.
 */
export interface OutgoingMedia {
  /**
   * The content as base64 text: standard alphabet, padded, without line breaks and without a `data:` prefix.
   */
  data: string;
  /**
   * The file's name.
   */
  filename: string;
  /**
   * The MIME type: any `type/subtype`, with parameters if need be.
   */
  mimetype: string;
}
/**
 * A message to send: text in `body`, or a file in `media` with an optional caption in `body`; one of the two must be there.
 */
export interface OutgoingMessage {
  /**
   * The text, or the caption of the file.
   */
  body?: string;
  /**
   * The file.
   */
  media?: OutgoingMedia;
  /**
   * The long id of the message that this one answers.
   */
  quote?: MessageId;
  /**
   * What it is; `text` for the service when absent.
   */
  type?: OutgoingType;
}
/**
 * A member of a group.
 */
export interface Participant {
  /**
   * The member's WhatsApp id.
   */
  id: ChatId;
  /**
   * Whether the member is an administrator.
   */
  isAdmin: boolean;
  /**
   * Whether the member is the group's super administrator.
   */
  isSuperAdmin: boolean;
}
/**
 * The data of `ready`.
 */
export interface Ready {
  /**
   * The account's phone number, as the service writes it.
   */
  number?: string;
  /**
   * The account's WhatsApp name.
   */
  pushname?: string;
}
/**
 * The session was linked and is usable. The names of the data are documented, their nesting is not.
 */
export interface ReadyEvent {
  /**
   * The kind of event.
   */
  event_action: "ready";
  /**
   * What the event carries.
   */
  event_data: Ready;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Whether the action is known and its data could be read: always `true`.
   */
  readable: true;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
}
/**
 * A recipient by WhatsApp id.
 */
export interface RecipientById {
  /**
   * `<phone>@c.us` for a contact, `<group>@g.us` for a group.
   */
  id: string;
}
/**
 * A recipient by number.
 */
export interface RecipientByNumber {
  /**
   * For a contact the phone number, digits only, with the country code first. For a group its own number, the part of its id before `@g.us`, which may have letters and dashes; the pattern allows them for both. (One client in use appends `@c.us` to a contact's; do not copy that, write it as an id.)
   */
  number: string;
  /**
   * What the number is; a contact's when absent.
   */
  type?: RecipientType;
}
/**
 * An asynchronous send is done. The data are not documented; they are believed to be those of `message`.
 */
export interface SentEvent {
  /**
   * The kind of event.
   */
  event_action: "sent";
  /**
   * What the event carries.
   */
  event_data: MessageData;
  /**
   * When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
   */
  event_date?: WireDate;
  /**
   * The event's number, which the acknowledgement repeats. The same number may come more than once.
   */
  id: EventId;
  /**
   * A status code; its values are not documented.
   */
  status_code?: number;
  /**
   * The account's number, in `events-get` only.
   */
  user_id?: number;
  /**
   * The session it happened in.
   */
  whatsapp_id?: SessionId;
  /**
   * Whether the action is known and its data could be read: always `true`.
   */
  readable: true;
  /**
   * The JSON text of the event as it came. Does not show when it is printed.
   */
  raw: string;
}
/**
 * A session, as `session-create`, `sessions-get` and `session-delete` show it.
 *
 * Only `unique_id` is required; which other members come depends on the command.
 */
export interface Session {
  /**
   * The URL that events are posted to; `null` or `""` when there is none.
   */
  callback?: string;
  /**
   * The pairing code of a session created with `auth_type` `CODE`.
   */
  code?: string;
  /**
   * When the session was made; zone unknown.
   */
  date_add?: WireDate;
  /**
   * The service's internal number. Commands take `unique_id`.
   */
  id?: number;
  /**
   * The label given at creation.
   */
  name: string;
  /**
   * The account's WhatsApp name, once linked.
   */
  pushname?: string;
  /**
   * The QR code. The documentation shows `null` only, so its form is unknown.
   */
  qr?: string;
  /**
   * The page that shows the QR or pairing code; `""` when there is nothing to scan.
   */
  qr_link?: string;
  /**
   * The state.
   */
  status?: SessionStatus;
  /**
   * The state's name in the language of the host.
   */
  status_name?: string;
  /**
   * The id that commands take as `WhatsappID`.
   */
  unique_id: SessionId;
  /**
   * The account's WhatsApp id, once linked.
   */
  wid?: ChatId;
}
