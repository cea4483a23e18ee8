//! What people do to messages that are there already.
//!
//! No source says which events the service gives for it. The ones here are those of whatsapp-web.js, which the service is
//! most likely built of (wire reference, section 0.1), named as the known ones are: without `message_`.

use serde_json::json;
use whatsgate_model::{ChatId, Message, MessageId, MessageType};

use super::phone_error::PhoneError;
use crate::gateway::clock::unix_seconds;
use crate::gateway::state::{Session, SessionState, Sessions, State};

/// Somebody on the other side reacts to a message; an empty text takes the reaction back. Gives the event `reaction`.
pub(crate) fn react(
    state: &mut State,
    session: &str,
    message: &MessageId,
    reaction: &str,
) -> Result<(), PhoneError> {
    let short_id = state.random.message_id();
    let now = state.clock.now();
    let (of, found) = find(&mut state.sessions, session, message)?;
    let chat = if message.is_outgoing() { found.to.clone() } else { found.from.clone() };
    let chat = chat.ok_or(PhoneError::UnknownChat)?;
    let sender = found.author.clone().or_else(|| other_member(of, &chat)).unwrap_or_else(|| chat.clone());
    let data = json!({ "reaction": {
        "id": format!("false_{chat}_{short_id}"),
        "msgId": message,
        "senderId": sender,
        "reaction": reaction,
        "timestamp": unix_seconds(now),
        "read": false,
        "orphan": 0,
    } });
    state.news.tell(&state.settings, now, of, "reaction", &data);
    Ok(())
}

/// Whoever wrote a message changes its text. Gives the event `edit`.
pub(crate) fn edit(
    state: &mut State,
    session: &str,
    message: &MessageId,
    text: &str,
) -> Result<(), PhoneError> {
    let (of, mut changed) = find(&mut state.sessions, session, message)?;
    let before = std::mem::replace(&mut changed.body, text.to_owned());
    replace(of, &changed);
    let data = json!({ "message": changed, "newBody": text, "prevBody": before });
    state.news.tell(&state.settings, state.clock.now(), of, "edit", &data);
    Ok(())
}

/// Whoever wrote a message deletes it for everyone. Gives the event `revoke_everyone`.
pub(crate) fn revoke(state: &mut State, session: &str, message: &MessageId) -> Result<(), PhoneError> {
    let (of, before) = find(&mut state.sessions, session, message)?;
    let mut changed = before.clone();
    changed.kind = Some(MessageType::from("revoked"));
    changed.body = String::new();
    changed.has_media = false;
    changed.media_key = None;
    replace(of, &changed);
    let data = json!({ "message": changed, "revoked_msg": before });
    state.news.tell(&state.settings, state.clock.now(), of, "revoke_everyone", &data);
    Ok(())
}

/// A linked session and a copy of a message of it.
fn find<'s>(
    sessions: &'s mut Sessions,
    session: &str,
    message: &MessageId,
) -> Result<(&'s mut Session, Message), PhoneError> {
    let of = sessions.get_mut(session).ok_or(PhoneError::UnknownSession)?;
    if of.state != SessionState::Ready {
        return Err(PhoneError::NotReady);
    }
    let found = of.messages.get(message.as_str()).cloned().ok_or(PhoneError::UnknownMessage)?;
    Ok((of, found))
}

fn replace(of: &mut Session, changed: &Message) {
    if let Some(message) = of.messages.get_mut(changed.id.as_str()) {
        *message = changed.clone();
    }
}

/// The first other member of a group.
fn other_member(of: &Session, chat: &ChatId) -> Option<ChatId> {
    let own_id = of.wid();
    let members = of.chats.get(chat)?.group()?.participants.iter();
    members.map(|member| &member.id).find(|id| **id != *own_id).cloned()
}
