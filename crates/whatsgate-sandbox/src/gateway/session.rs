//! Sessions and what they look like in each reply (wire reference, section 5).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};
use whatsgate_model::{Chat, ChatId, Message};

use super::clock::date_text;
use crate::settings::{Language, Settings};

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionState {
    /// Starting.
    Pending,
    /// Shows a QR code or a pairing code.
    Authorizing,
    /// Linked and usable.
    Ready,
}

impl SessionState {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Authorizing => "AUTH",
            Self::Ready => "READY",
        }
    }

    fn name(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Pending, Language::English) => "Initialization",
            (Self::Authorizing, Language::English) => "Authorization",
            (Self::Ready, Language::English) => "Working",
            (Self::Pending, Language::Russian) => "Инициализация",
            (Self::Authorizing, Language::Russian) => "Авторизация",
            (Self::Ready, Language::Russian) => "Работает",
        }
    }
}

/// One WhatsApp account linked, or to be linked, to the gateway.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) number: u64,
    pub(crate) account: usize,
    pub(crate) id: Box<str>,
    pub(crate) name: String,
    pub(crate) state: SessionState,
    pub(crate) callback: Option<String>,
    pub(crate) created: u64,
    /// The text of the QR code while one is shown.
    pub(crate) qr: Option<String>,
    /// The pairing code, for a session linked by number.
    pub(crate) pairing_code: Option<String>,
    /// The phone number of the account.
    pub(crate) phone: String,
    pub(crate) pushname: String,
    pub(crate) chats: BTreeMap<String, Chat>,
    pub(crate) messages: Messages,
    /// The chats whose other side has switched its phone off.
    pub(crate) switched_off: BTreeSet<String>,
    /// The chats in which the session types, and until when.
    pub(crate) typing: BTreeMap<String, u64>,
}

impl Session {
    /// The WhatsApp id of the account.
    pub(crate) fn wid(&self) -> String {
        format!("{}@c.us", self.phone)
    }

    /// As `session-create` returns it.
    pub(crate) fn to_created(&self, settings: &Settings) -> Value {
        let mut session = self.common(settings, self.state.code(), self.state.name(settings.language));
        session["callback"] = json!(self.callback);
        session["qr_link"] = json!(self.qr_link(settings));
        session["qr"] = Value::Null;
        if let Some(code) = &self.pairing_code {
            session["code"] = json!(code);
        }
        session
    }

    /// As `sessions-get` lists it.
    pub(crate) fn to_listed(&self, settings: &Settings) -> Value {
        let mut session = self.common(settings, self.state.code(), self.state.name(settings.language));
        session["callback"] = json!(self.callback.as_deref().unwrap_or_default());
        let link = if self.state == SessionState::Ready { String::new() } else { self.qr_link(settings) };
        session["qr_link"] = json!(link);
        if let Some(code) = self.pairing_code.as_ref().filter(|_| self.state != SessionState::Ready) {
            session["code"] = json!(code);
        }
        session
    }

    /// As `session-delete` returns it.
    pub(crate) fn to_deleted(&self, settings: &Settings) -> Value {
        let name = match settings.language {
            Language::English => "Deleting",
            Language::Russian => "Удаление",
        };
        let mut session = self.common(settings, "DESTROYING", name);
        session["callback"] = Value::Null;
        session
    }

    pub(crate) fn qr_link(&self, settings: &Settings) -> String {
        format!("{}/qr/{}", settings.public_url.as_deref().unwrap_or("http://localhost"), self.id)
    }

    fn common(&self, settings: &Settings, status: &str, status_name: &str) -> Value {
        let linked = self.state == SessionState::Ready;
        json!({
            "id": self.number,
            "name": self.name,
            "unique_id": self.id,
            "status": status,
            "status_name": status_name,
            "date_add": date_text(self.created, settings.utc_offset),
            "pushname": linked.then_some(&self.pushname),
            "wid": linked.then(|| self.wid()),
        })
    }
}

/// A message and what the wire's message object does not hold.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredMessage {
    pub(crate) message: Message,
    /// The long id of the message it answers.
    pub(crate) quote: Option<String>,
}

impl StoredMessage {
    /// Roughly how much memory it takes.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.message.body.len()
    }
}

/// The messages of a session by long id; the oldest go when there are too many.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    by_id: BTreeMap<Box<str>, StoredMessage>,
    order: VecDeque<Box<str>>,
    bytes: usize,
}

impl Messages {
    pub(crate) fn insert(&mut self, message: StoredMessage, settings: &Settings) {
        self.push(message);
        while (self.order.len() > settings.kept_messages || self.bytes > settings.kept_text_bytes)
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes -= self.by_id.remove(&oldest).map_or(0, |message| message.bytes());
        }
    }

    fn push(&mut self, message: StoredMessage) {
        let id: Box<str> = message.message.id.as_str().into();
        self.bytes += message.bytes();
        self.order.push_back(id.clone());
        self.by_id.insert(id, message);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Message> {
        self.by_id.get(id).map(|stored| &stored.message)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.by_id.get_mut(id).map(|stored| &mut stored.message)
    }

    /// The messages of a chat, oldest first.
    pub(crate) fn of_chat<'a>(
        &'a self,
        chat: &'a ChatId,
    ) -> impl DoubleEndedIterator<Item = &'a StoredMessage> {
        let all = self.order.iter().filter_map(|id| self.by_id.get(id));
        all.filter(move |stored| stored.message.id.as_str().split('_').nth(1) == Some(chat.as_str()))
    }
}

/// A list, oldest first.
impl Serialize for Messages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.order.iter().filter_map(|id| self.by_id.get(id)))
    }
}

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut messages = Self::default();
        for message in Vec::deserialize(deserializer)? {
            messages.push(message);
        }
        Ok(messages)
    }
}
