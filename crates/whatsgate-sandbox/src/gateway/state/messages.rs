//! The messages of a session, within a bound of memory.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use whatsgate_model::{ChatId, Message};

use crate::settings::Settings;

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

    /// Those that the session sent, oldest first.
    pub(crate) fn sent(&self) -> impl Iterator<Item = &Message> {
        let all = self.order.iter().filter_map(|id| self.get(id));
        all.filter(|message| message.id.is_outgoing())
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
