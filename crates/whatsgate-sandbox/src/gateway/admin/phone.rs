//! Being the other side of a session's chats, and the phone that the session is linked to.

use std::cmp::Reverse;

use serde_json::{Value, json};
use whatsgate_model::{Ack, Base64Data, ChatId, Media, MessageId, MessageType, MimeType, SessionId};

use super::super::answer::Answer;
use super::super::commands::{done, ready, session};
use super::super::fields::Fields;
use super::super::{Gateway, Incoming, PhoneError, chats};
use crate::settings::Group;

/// How many messages of a chat are listed at most.
const LISTED_MESSAGES: u64 = 100;

#[expect(clippy::unnecessary_wraps, reason = "all commands have this form")]
pub(super) fn sessions(gateway: &mut Gateway, account: usize, _: &Fields<'_>) -> Result<Value, Answer> {
    let mut sessions: Vec<_> =
        gateway.sessions.values().filter(|session| session.account == account).collect();
    sessions.sort_by_key(|session| session.number);
    let data: Vec<Value> = sessions
        .into_iter()
        .map(|session| {
            let mut listed = session.to_listed(&gateway.settings);
            listed["qr"] = json!(session.qr);
            listed["code"] = json!(session.pairing_code);
            listed["number"] = json!(session.phone);
            listed
        })
        .collect();
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn link(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let id = session_id(gateway, account, fields)?;
    gateway.scan(&id, gateway.outer_now())?;
    Ok(done())
}

pub(super) fn disconnect(
    gateway: &mut Gateway,
    account: usize,
    fields: &Fields<'_>,
) -> Result<Value, Answer> {
    let id = session_id(gateway, account, fields)?;
    gateway.disconnect(&id, fields.text("reason")?.unwrap_or("LOGOUT"), gateway.outer_now())?;
    Ok(done())
}

pub(super) fn chats(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let now = gateway.now;
    let session = ready(gateway, account, fields)?;
    let mut chats: Vec<_> = session.chats.values().collect();
    chats.sort_by_key(|chat| Reverse(chat.timestamp));
    let data: Vec<Value> = chats
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

pub(super) fn messages(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let session = ready(gateway, account, fields)?;
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

pub(super) fn write(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let session = SessionId::new(&*ready(gateway, account, fields)?.id).map_err(|_| Answer::not_found())?;
    let message = fields.required_object("message")?;
    let body = message.long_text("body")?.unwrap_or_default();
    let media = message.object("media")?.map(|media| read_media(&media)).transpose()?;
    if body.is_empty() && media.is_none() {
        return Err(message.refuse("body", "is required"));
    }
    if body.chars().count() > gateway.settings.text_limit {
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
    };
    let id = gateway.receive(&session, incoming, gateway.outer_now())?;
    Ok(json!({ "result": "OK", "data": id }))
}

pub(super) fn read(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let id = session_id(gateway, account, fields)?;
    gateway.read(&id, &chat_id(fields)?, gateway.outer_now())?;
    Ok(done())
}

pub(super) fn switch(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let id = session_id(gateway, account, fields)?;
    let on = fields.flag("on")?.ok_or_else(|| fields.refuse("on", "is required"))?;
    gateway.switch_phone(&id, &chat_id(fields)?, on, gateway.outer_now())?;
    Ok(done())
}

pub(super) fn join(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let id = ready(gateway, account, fields)?.id.clone();
    let participants = fields.texts("participants")?;
    let mut group = Group::new(fields.required_text("number")?, fields.required_text("name")?, participants);
    group.read_only = fields.flag("isReadOnly")?.unwrap_or(false);
    let now = gateway.now;
    let session = gateway.sessions.get_mut(&id).ok_or(PhoneError::UnknownSession)?;
    chats::join(&gateway.settings, session, &group, now)
        .ok_or_else(|| fields.refuse("number", "must be letters, digits and dashes"))?;
    Ok(done())
}

fn session_id(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<SessionId, Answer> {
    let id = &*session(gateway, account, fields)?.id;
    SessionId::new(id).map_err(|error| fields.refuse("WhatsappID", error.why()))
}

fn chat_id(fields: &Fields<'_>) -> Result<ChatId, Answer> {
    ChatId::new(fields.required_text("chat")?).map_err(|error| fields.refuse("chat", error.why()))
}

fn read_media(fields: &Fields<'_>) -> Result<Media, Answer> {
    let mimetype = MimeType::new(fields.required_text("mimetype")?);
    let mimetype = mimetype.map_err(|error| fields.refuse("mimetype", error.why()))?;
    let data = fields.long_text("data")?.ok_or_else(|| fields.refuse("data", "is required"))?;
    let filename = fields.text("filename")?.unwrap_or("file");
    Ok(Media::new(mimetype, filename, Base64Data::from_base64(data)))
}
