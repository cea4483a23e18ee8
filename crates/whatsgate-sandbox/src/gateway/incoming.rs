//! The other side: people who write to a session.

use serde::{Deserialize, Serialize};
use serde_json::json;
use whatsgate_model::{Ack, ChatId, Media, MediaKey, MessageId, MessageType, SessionId};

use super::Gateway;
use super::chats::{contact_name, touch};
use super::clock::unix_seconds;
use super::media::File;
use super::outgoing::new_message;
use super::session::{SessionState, StoredMessage};

/// A message that somebody writes to a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// The chat it appears in: the contact who writes, or a group.
    pub chat: ChatId,
    /// Who writes in a group; by default the first other member.
    pub author: Option<ChatId>,
    /// The text, or a file's caption.
    pub body: String,
    /// The file.
    pub media: Option<Media>,
    /// What the message is, if it is not what the file's MIME type says; [`MessageType::Voice`] for example.
    pub kind: Option<MessageType>,
    /// The long id of the message it answers.
    pub quote: Option<MessageId>,
    /// Whether it is marked as forwarded.
    pub is_forwarded: bool,
}

impl Incoming {
    /// A text.
    pub fn text(chat: ChatId, text: impl Into<String>) -> Self {
        Self {
            chat,
            author: None,
            body: text.into(),
            media: None,
            kind: None,
            quote: None,
            is_forwarded: false,
        }
    }

    /// A file without a caption.
    pub fn file(chat: ChatId, media: Media) -> Self {
        Self { media: Some(media), ..Self::text(chat, "") }
    }
}

/// Why something cannot be done on the other side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneError {
    /// There is no such session; create one first.
    #[error("there is no such session")]
    UnknownSession,
    /// The session shows no code to scan.
    #[error("the session shows no code: it is still starting, or linked already")]
    NothingToScan,
    /// The session is not linked; scan its code first.
    #[error("the session is not linked yet")]
    NotReady,
    /// The session's account is not a member of the group.
    #[error("the account is not a member of this group")]
    UnknownGroup,
    /// The session does not know the message, or no longer.
    #[error("there is no such message")]
    UnknownMessage,
    /// The session has no such chat.
    #[error("there is no such chat")]
    UnknownChat,
    /// The phone of the other side is switched off; switch it on first.
    #[error("the phone of the other side is switched off")]
    SwitchedOff,
    /// The file is not base64 text.
    #[error("the file is not valid base64 text")]
    InvalidMedia,
}

impl Gateway {
    /// Lets somebody write to a linked session: makes the chat, counts the message as unread, and gives the event
    /// `message`, for a file also `media`.
    ///
    /// # Errors
    /// [`PhoneError`] when the session is not there or not linked, or the message cannot be.
    pub fn receive(
        &mut self,
        session: &SessionId,
        incoming: Incoming,
        now: u64,
    ) -> Result<MessageId, PhoneError> {
        self.advance(now);
        self.receive_now(session.as_str(), incoming)
    }

    pub(crate) fn receive_now(&mut self, session: &str, incoming: Incoming) -> Result<MessageId, PhoneError> {
        let settings = &self.settings;
        let to = self.sessions.get_mut(session).ok_or(PhoneError::UnknownSession)?;
        if to.state != SessionState::Ready {
            return Err(PhoneError::NotReady);
        }
        if incoming.quote.as_ref().is_some_and(|id| to.messages.get(id.as_str()).is_none()) {
            return Err(PhoneError::UnknownMessage);
        }
        let chat = incoming.chat;
        let own_id = to.wid();
        let author = if chat.is_group() {
            let group = to.chats.get(chat.as_str()).ok_or(PhoneError::UnknownGroup)?;
            let others = group.group().into_iter().flat_map(|group| &group.participants);
            let first_other = || others.map(|member| &member.id).find(|id| **id != *own_id).cloned();
            incoming.author.or_else(first_other)
        } else {
            None
        };
        let short_id = self.random.message_id();
        let long_id = match &author {
            Some(author) => format!("false_{chat}_{short_id}_{author}"),
            None => format!("false_{chat}_{short_id}"),
        };
        let mut message = new_message(&long_id).map_err(|_| PhoneError::UnknownSession)?;
        message.short_id = Some(short_id);
        message.ack = Some(Ack::SERVER);
        message.body = incoming.body;
        message.timestamp = Some(unix_seconds(self.now));
        message.from_name = Some(contact_name(settings, author.as_ref().unwrap_or(&chat)));
        message.from = Some(chat.clone());
        message.to = ChatId::new(&own_id).ok();
        message.author = author;
        message.is_forwarded = incoming.is_forwarded;
        message.kind = incoming.kind;
        if let Some(media) = incoming.media {
            media.data.decode().map_err(|_| PhoneError::InvalidMedia)?;
            let file = File::from(media);
            let key = self.random.media_key();
            message.kind.get_or_insert_with(|| file.message_type().into());
            message.has_media = true;
            message.media_key = MediaKey::new(&key).ok();
            self.media.insert(session, key, file, settings.kept_media_bytes);
        } else {
            message.kind.get_or_insert(MessageType::Chat);
        }
        touch(settings, to, &chat, self.now).unread_count += 1;
        let quote = incoming.quote.map(|id| id.to_string());
        to.messages.insert(StoredMessage { message: message.clone(), quote }, settings);
        self.emit(session, "message", &json!({ "message": message }));
        if message.has_media {
            self.emit(session, "media", &json!({ "message": message }));
        }
        Ok(message.id)
    }
}
