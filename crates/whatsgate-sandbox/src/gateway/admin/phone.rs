//! Being the other side of a session's chats, and the phone that the session is linked to.

use serde_json::{Value, json};
use whatsgate_model::{Ack, Base64Data, ChatId, Media, MessageId, MessageType, MimeType};

use crate::gateway::acts::{PhoneError, changing, linking, progress, receiving, sending};
use crate::gateway::answer::{Answer, Handled};
use crate::gateway::commands::{done, ready, session};
use crate::gateway::fields::Fields;
use crate::gateway::state::{AccountIndex, Incoming, State};
use crate::settings::Group;

/// How many messages of a chat are listed at most.
const LISTED_MESSAGES: u64 = 100;

pub(super) fn sessions(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&[])?;
    let sessions = state.sessions.of_account(account);
    let data: Vec<Value> = sessions
        .into_iter()
        .map(|session| {
            let mut listed = session.to_listed(&state.settings);
            listed["qr"] = json!(session.qr);
            listed["code"] = json!(session.pairing_code);
            listed["number"] = json!(session.phone);
            listed
        })
        .collect();
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn link(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID"])?;
    let id = session(&mut state.sessions, account, fields)?.id.clone();
    linking::scan(state, &id)?;
    Ok(done())
}

pub(super) fn disconnect(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "reason"])?;
    let id = session(&mut state.sessions, account, fields)?.id.clone();
    linking::disconnect(state, &id, fields.text("reason")?.unwrap_or("LOGOUT"))?;
    Ok(done())
}

pub(super) fn chats(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID"])?;
    let now = state.clock.now();
    let session = ready(&mut state.sessions, account, fields)?;
    let data: Vec<Value> = session
        .chats
        .latest_first()
        .into_iter()
        .map(|chat| {
            let unread = session.messages.of_chat(&chat.id).filter(|stored| {
                stored.message.id.is_outgoing() && stored.message.ack.is_some_and(|ack| ack < Ack::READ)
            });
            let typing = session.typing.get(chat.id.as_str()).is_some_and(|until| *until > now);
            json!({
                "id": chat.id,
                "name": chat.name,
                "isGroup": chat.is_group(),
                "isReadOnly": chat.is_read_only,
                "timestamp": chat.timestamp,
                "participants": chat.group().map(|group| &group.participants),
                "unread": unread.count(),
                "typing": typing,
                "on": !session.switched_off.contains(chat.id.as_str()),
            })
        })
        .collect();
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn messages(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "chat", "count"])?;
    let session = ready(&mut state.sessions, account, fields)?;
    let chat = chat_id(fields)?;
    let count = fields.count("count")?.unwrap_or(LISTED_MESSAGES).min(LISTED_MESSAGES);
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let mut data: Vec<Value> = session
        .messages
        .of_chat(&chat)
        .rev()
        .take(count)
        .map(|stored| {
            let mut message = json!(stored.message);
            message["quote"] = json!(stored.quote);
            message
        })
        .collect();
    data.reverse();
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn write(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "chat", "message"])?;
    let session = ready(&mut state.sessions, account, fields)?.id.clone();
    let message = fields.required_object("message")?;
    message.only(&["body", "type", "media", "quote", "author", "isForwarded", "age_ms"])?;
    let body = message.long_text("body")?.unwrap_or_default();
    let media = message.object("media")?.map(|media| read_media(&media)).transpose()?;
    if body.is_empty() && media.is_none() {
        return Err(message.refuse("body", "is required"));
    }
    if body.chars().count() > state.settings.text_limit {
        return Err(message.refuse("body", "is too long"));
    }
    let author = message.text("author")?.map(ChatId::new).transpose();
    let quote = message.text("quote")?.map(MessageId::new).transpose();
    let incoming = Incoming {
        chat: chat_id(fields)?,
        author: author.map_err(|error| message.refuse("author", error.why()))?,
        body: body.to_owned(),
        media,
        kind: message.text("type")?.map(MessageType::from),
        quote: quote.map_err(|error| message.refuse("quote", error.why()))?,
        is_forwarded: message.flag("isForwarded")?.unwrap_or(false),
        age_ms: message.count("age_ms")?.unwrap_or(0),
    };
    let id = receiving::receive(state, &session, incoming)?;
    Ok(json!({ "result": "OK", "data": id }))
}

pub(super) fn read(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "chat"])?;
    let id = session(&mut state.sessions, account, fields)?.id.clone();
    progress::read(state, &id, &chat_id(fields)?)?;
    Ok(done())
}

pub(super) fn type_text(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "chat", "body"])?;
    let id = ready(&mut state.sessions, account, fields)?.id.clone();
    let chat = chat_id(fields)?;
    let body = fields.long_text("body")?.ok_or_else(|| fields.refuse("body", "is required"))?;
    let message = sending::type_on_phone(state, &id, chat, body.to_owned())?;
    Ok(json!({ "result": "OK", "data": message }))
}

pub(super) fn react(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "MessageID", "reaction"])?;
    let id = ready(&mut state.sessions, account, fields)?.id.clone();
    let reaction = fields.text("reaction")?.unwrap_or_default();
    changing::react(state, &id, &message_id(fields)?, reaction)?;
    Ok(done())
}

pub(super) fn edit(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "MessageID", "body"])?;
    let id = ready(&mut state.sessions, account, fields)?.id.clone();
    let message = message_id(fields)?;
    let body = fields.long_text("body")?.ok_or_else(|| fields.refuse("body", "is required"))?;
    changing::edit(state, &id, &message, body)?;
    Ok(done())
}

pub(super) fn revoke(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "MessageID"])?;
    let id = ready(&mut state.sessions, account, fields)?.id.clone();
    changing::revoke(state, &id, &message_id(fields)?)?;
    Ok(done())
}

pub(super) fn switch(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "chat", "on"])?;
    let id = session(&mut state.sessions, account, fields)?.id.clone();
    let on = fields.flag("on")?.ok_or_else(|| fields.refuse("on", "is required"))?;
    progress::switch_phone(state, &id, &chat_id(fields)?, on)?;
    Ok(done())
}

pub(super) fn join(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    fields.only(&["WhatsappID", "number", "name", "participants", "isReadOnly"])?;
    let session = ready(&mut state.sessions, account, fields)?;
    let participants = fields.texts("participants")?;
    let mut group = Group::new(fields.required_text("number")?, fields.required_text("name")?, participants);
    group.read_only = fields.flag("isReadOnly")?.unwrap_or(false);
    session
        .chats
        .join(&state.settings, &group, &session.phone, state.clock.now())
        .ok_or_else(|| fields.refuse("number", "must be letters, digits and dashes"))?;
    Ok(done())
}

fn message_id(fields: &Fields<'_>) -> Result<MessageId, Answer> {
    let id = MessageId::new(fields.required_text("MessageID")?);
    id.map_err(|error| fields.refuse("MessageID", error.why()))
}

fn chat_id(fields: &Fields<'_>) -> Result<ChatId, Answer> {
    ChatId::new(fields.required_text("chat")?).map_err(|error| fields.refuse("chat", error.why()))
}

fn read_media(fields: &Fields<'_>) -> Result<Media, Answer> {
    fields.only(&["mimetype", "data", "filename"])?;
    let mimetype = MimeType::new(fields.required_text("mimetype")?);
    let mimetype = mimetype.map_err(|error| fields.refuse("mimetype", error.why()))?;
    let data = fields.long_text("data")?.ok_or_else(|| fields.refuse("data", "is required"))?;
    let filename = fields.text("filename")?.unwrap_or("file");
    Ok(Media::new(mimetype, filename, Base64Data::from_base64(data)))
}

impl From<PhoneError> for Answer {
    fn from(error: PhoneError) -> Self {
        Self::refused(error.to_string())
    }
}
