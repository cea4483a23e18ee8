//! The other side: people who write to a session.

use serde_json::json;
use whatsgate_model::{Ack, ChatId, MediaKey, MessageId, MessageType};

use super::message::new_message;
use super::phone_error::PhoneError;
use crate::gateway::clock::unix_seconds;
use crate::gateway::state::{File, Incoming, SessionState, State, StoredMessage, contact_name};

/// Lets somebody write to a linked session.
pub(crate) fn receive(state: &mut State, session: &str, incoming: Incoming) -> Result<MessageId, PhoneError> {
    let State { settings, clock, random, sessions, media, news, .. } = state;
    let now = clock.now();
    let to = sessions.get_mut(session).ok_or(PhoneError::UnknownSession)?;
    if to.state != SessionState::Ready {
        return Err(PhoneError::NotReady);
    }
    if incoming.quote.as_ref().is_some_and(|id| to.messages.get(id.as_str()).is_none()) {
        return Err(PhoneError::UnknownMessage);
    }
    let chat = incoming.chat;
    let own_id = to.wid();
    let author = if chat.is_group() {
        let group = to.chats.get(&chat).ok_or(PhoneError::UnknownGroup)?;
        let others = group.group().into_iter().flat_map(|group| &group.participants);
        let first_other = || others.map(|member| &member.id).find(|id| **id != *own_id).cloned();
        incoming.author.or_else(first_other)
    } else {
        None
    };
    let short_id = random.message_id();
    let long_id = match &author {
        Some(author) => format!("false_{chat}_{short_id}_{author}"),
        None => format!("false_{chat}_{short_id}"),
    };
    let mut message = new_message(&long_id).map_err(|_| PhoneError::UnknownSession)?;
    message.short_id = Some(short_id);
    message.ack = Some(Ack::SERVER);
    message.body = incoming.body;
    message.timestamp = Some(unix_seconds(now.saturating_sub(incoming.age_ms)));
    message.from_name = Some(contact_name(settings, author.as_ref().unwrap_or(&chat)));
    message.from = Some(chat.clone());
    message.to = ChatId::new(&own_id).ok();
    message.author = author;
    message.is_forwarded = incoming.is_forwarded;
    message.kind = incoming.kind;
    if let Some(sent) = incoming.media {
        sent.data.decode().map_err(|_| PhoneError::InvalidMedia)?;
        let file = File::from(sent);
        let key = random.media_key();
        message.kind.get_or_insert_with(|| file.message_type().into());
        message.has_media = true;
        message.media_key = MediaKey::new(&key).ok();
        media.insert(&to.id, key, file, settings.kept_media_bytes);
    } else {
        message.kind.get_or_insert(MessageType::Chat);
    }
    to.chats.touch(settings, &chat, now).unread_count += 1;
    let quote = incoming.quote.map(|id| id.to_string());
    to.messages.insert(StoredMessage { message: message.clone(), quote }, settings);
    let data = json!({ "message": message });
    news.tell(settings, now, to, "message", &data);
    if message.has_media {
        news.tell(settings, now, to, "media", &data);
    }
    Ok(message.id)
}
