//! `seen`, `typing`, `check`, `get-chats` (wire reference, sections 2.2 to 2.4).

use std::cmp::Reverse;
use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_model::{Chat, ChatId};

use super::super::Gateway;
use super::super::answer::Answer;
use super::super::chats::{is_registered, recipient, unreachable};
use super::super::clock::after;
use super::super::fields::Fields;
use super::{done, ready};

/// How long the recipient sees the sign of typing.
const TYPING_TIME: Duration = Duration::from_secs(15);

pub(super) fn seen(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let (session, chat) = reachable(gateway, account, fields)?;
    let session = gateway.sessions.get_mut(&session);
    if let Some(chat) = session.and_then(|session| session.chats.get_mut(chat.as_str())) {
        chat.unread_count = 0;
    }
    Ok(done())
}

pub(super) fn typing(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let (session, chat) = reachable(gateway, account, fields)?;
    let until = after(gateway.now, TYPING_TIME);
    if let Some(session) = gateway.sessions.get_mut(&session) {
        session.typing.retain(|_, until| *until > gateway.now);
        session.typing.insert(chat.to_string(), until);
    }
    Ok(done())
}

pub(super) fn check(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    ready(gateway, account, fields)?;
    let number = fields.required_text("number")?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fields.refuse("number", "must have digits only"));
    }
    Ok(json!({ "result": "OK", "data": is_registered(&gateway.settings, number) }))
}

pub(super) fn get_chats(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let session = ready(gateway, account, fields)?;
    let mut chats: Vec<&Chat> = session.chats.values().collect();
    chats.sort_by_key(|chat| Reverse(chat.timestamp));
    Ok(json!({ "result": "OK", "data": chats }))
}

/// The session and a chat that it can reach.
fn reachable(
    gateway: &mut Gateway,
    account: usize,
    fields: &Fields<'_>,
) -> Result<(Box<str>, ChatId), Answer> {
    let id = ready(gateway, account, fields)?.id.clone();
    let chat = recipient(&fields.required_object("recipient")?)?;
    let session = gateway.sessions.get(&id);
    match session.and_then(|session| unreachable(&gateway.settings, session, &chat)) {
        Some(why) => Err(Answer::refused(why)),
        None => Ok((id, chat)),
    }
}
