//! Messages that a session sends (wire reference, sections 2.1 and 3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use whatsgate_model::{Ack, ChatId, MediaKey, Message, MessageId, MessageType, MimeType};

use super::answer::Answer;
use super::chats::{self, touch, unreachable};
use super::clock::{after, unix_seconds};
use super::fields::Fields;
use super::media::File;
use super::session::StoredMessage;
use super::timeline::Task;
use super::{Gateway, Incoming};

/// A message of a `send` request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) chat: ChatId,
    pub(crate) kind: MessageType,
    pub(crate) body: String,
    pub(crate) quote: Option<String>,
    pub(crate) file: Option<File>,
}

impl Draft {
    /// Reads `recipient` and `message`.
    pub(crate) fn read(fields: &Fields<'_>, text_limit: usize) -> Result<Self, Answer> {
        let chat = chats::recipient(&fields.required_object("recipient")?)?;
        let message = fields.required_object("message")?;
        let kind = message.text("type")?.unwrap_or("text");
        let body = message.long_text("body")?.unwrap_or_default();
        if body.chars().count() > text_limit {
            return Err(message.refuse("body", "is too long"));
        }
        let file = message.object("media")?.map(|media| read_file(&media)).transpose()?;
        let kind = match (kind, &file) {
            ("text", None) if body.is_empty() => return Err(message.refuse("body", "is required")),
            ("text", None) => "chat",
            ("text", Some(file)) => file.message_type(),
            ("image" | "sticker" | "doc" | "voice", None) => {
                return Err(message.refuse("media", "is required for this type"));
            }
            ("image", _) => "image",
            ("sticker", _) => "sticker",
            ("doc", _) => "document",
            ("voice", _) => "ptt",
            _ => return Err(message.refuse("type", "must be text, image, sticker, doc or voice")),
        };
        Ok(Self {
            chat,
            kind: MessageType::from(kind),
            body: body.to_owned(),
            quote: message.text("quote")?.map(str::to_owned),
            file,
        })
    }
}

fn read_file(fields: &Fields<'_>) -> Result<File, Answer> {
    let mimetype = fields.required_text("mimetype")?;
    MimeType::new(mimetype).map_err(|error| fields.refuse("mimetype", error.why()))?;
    let Some(data) = fields.long_text("data")? else { return Err(fields.refuse("data", "is required")) };
    STANDARD.decode(data).map_err(|_| fields.refuse("data", "must be base64 without a data: prefix"))?;
    let filename = fields.required_text("filename")?;
    Ok(File { mimetype: mimetype.to_owned(), filename: Some(filename.to_owned()), data: data.into() })
}

impl Gateway {
    /// Sends at once.
    ///
    /// Fails with the error's text.
    pub(crate) fn send_now(&mut self, session: &str, draft: Draft) -> Result<Message, String> {
        let settings = &self.settings;
        let Some(from) = self.sessions.get_mut(session) else {
            return Err("WhatsappID: there is no such session".to_owned());
        };
        if let Some(why) = unreachable(settings, from, &draft.chat) {
            return Err(why.to_owned());
        }
        if from.chats.get(draft.chat.as_str()).is_some_and(|chat| chat.is_read_only) {
            return Err("recipient: this group is read only".to_owned());
        }
        let short_id = self.random.message_id();
        let mut long_id = format!("true_{}_{short_id}", draft.chat);
        if draft.chat.is_group() {
            long_id = format!("{long_id}_{}", from.wid());
        }
        let mut message = new_message(&long_id)?;
        message.short_id = Some(short_id);
        message.ack = Some(Ack::PENDING);
        message.body = draft.body;
        message.kind = Some(draft.kind);
        message.timestamp = Some(unix_seconds(self.now));
        message.from = ChatId::new(from.wid()).ok();
        message.to = Some(draft.chat.clone());
        message.from_name = Some(from.pushname.clone());
        if let Some(file) = draft.file {
            let key = self.random.media_key();
            message.has_media = true;
            message.media_key = MediaKey::new(&key).ok();
            self.media.insert(session, key, file, settings.kept_media_bytes);
        }
        touch(settings, from, &draft.chat, self.now);
        from.typing.remove(draft.chat.as_str());
        let stored = StoredMessage { message: message.clone(), quote: draft.quote };
        from.messages.insert(stored, settings);
        let at = after(self.now, settings.ack_interval);
        self.timeline.add(at, session, Task::Ack(long_id.as_str().into(), Ack::SERVER));
        let echo = settings.echo.as_ref().filter(|_| !message.has_media);
        if let Some(echo) = echo {
            let incoming = Incoming::text(draft.chat, format!("{}{}", echo.prefix, message.body));
            let at = after(self.now, echo.delay);
            self.timeline.add(at, session, Task::Receive(Box::new(incoming)));
        }
        if settings.create_events {
            self.emit(session, "create", &json!({ "message": message }));
        }
        Ok(message)
    }

    /// Sends a message of an asynchronous request and tells by an event what became of it.
    pub(crate) fn send_queued(&mut self, session: &str, draft: Draft) {
        match self.send_now(session, draft) {
            Ok(message) => self.emit(session, "sent", &json!({ "message": message })),
            Err(error) => self.emit(session, "error", &json!({ "error": error })),
        }
    }
}

/// A message with this long id.
pub(crate) fn new_message(id: &str) -> Result<Message, String> {
    MessageId::new(id).map(Message::new).map_err(|error| error.to_string())
}
