//! The log of events that `events-get` lists and webhooks carry (wire reference, sections 2.6 and 6).

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::keys::{AccountIndex, SessionKey};

/// One event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: i64,
    pub(crate) account: AccountIndex,
    pub(crate) session: SessionKey,
    pub(crate) action: Box<str>,
    pub(crate) date: Box<str>,
    /// From when on `events-get` lists it, in the gateway's own time.
    #[serde(default)]
    pub(crate) listed_from: u64,
    pub(crate) data: Box<RawValue>,
}

impl Event {
    /// Roughly how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.data.get().len()
    }

    /// An event that never happened, made from this one, with a number so far ahead.
    pub(crate) fn forged(&self, ahead: u32) -> Self {
        let mut event = self.clone();
        event.id = event.id.saturating_add(ahead.into());
        let mut data: Value = serde_json::from_str(self.data.get()).unwrap_or_default();
        if let Some(message) = data.get_mut("message") {
            message["body"] = json!("Forged");
        }
        if let Ok(data) = to_raw_value(&data) {
            event.data = data;
        }
        event
    }

    /// As a webhook carries it.
    pub(crate) fn to_webhook(&self) -> String {
        #[derive(Serialize)]
        struct Webhook<'a> {
            id: i64,
            whatsapp_id: &'a str,
            event_action: &'a str,
            event_date: &'a str,
            status_code: Option<i64>,
            event_data: &'a RawValue,
        }
        let webhook = Webhook {
            id: self.id,
            whatsapp_id: &self.session,
            event_action: &self.action,
            event_date: &self.date,
            status_code: None,
            event_data: &self.data,
        };
        serde_json::to_string(&webhook).unwrap_or_default()
    }

    /// As `events-get` lists it.
    pub(crate) fn to_listed(&self) -> Value {
        json!({
            "id": self.id,
            "user_id": self.account.user_id(),
            "whatsapp_id": self.session,
            "event_action": self.action,
            "event_date": self.date,
            "event_data": self.data,
        })
    }
}

/// The last events, oldest first.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    last_id: i64,
    /// The number of the last event whose date is before that of the one before it; after that one, dates rise.
    last_step_back: i64,
}

impl EventLog {
    /// The first event will have this number.
    pub(crate) fn starting_at(first: i64) -> Self {
        Self { last_id: first.saturating_sub(1), ..Self::default() }
    }

    pub(crate) fn next_id(&self) -> i64 {
        self.last_id.saturating_add(1)
    }

    /// The number given out last.
    pub(crate) fn last_id(&self) -> i64 {
        self.last_id
    }

    /// Keeps an event that has the next id.
    pub(crate) fn push(&mut self, event: Arc<Event>, count_limit: usize, bytes_limit: usize) {
        self.append(event);
        while (self.events.len() > count_limit || self.bytes > bytes_limit)
            && let Some(oldest) = self.events.pop_front()
        {
            self.bytes -= oldest.bytes();
        }
    }

    /// Forgets the oldest ones.
    pub(crate) fn forget(&mut self, count: usize) {
        for oldest in self.events.drain(..count.min(self.events.len())) {
            self.bytes -= oldest.bytes();
        }
    }

    fn append(&mut self, event: Arc<Event>) {
        if self.events.back().is_some_and(|last| last.date > event.date) {
            self.last_step_back = event.id;
        }
        self.last_id = event.id;
        self.bytes += event.bytes();
        self.events.push_back(event);
    }

    /// The events with this date or a later one, and perhaps others where dates did not rise. What is older is not even
    /// looked at, so that polling stays quick however many events are kept.
    pub(crate) fn since(&self, date: Option<&str>) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        let rise = self.events.front().is_none_or(|first| self.last_step_back <= first.id);
        let old = |event: &Arc<Event>| date.is_some_and(|date| *event.date < *date);
        let start = if rise { self.events.partition_point(old) } else { 0 };
        self.events.range(start..)
    }
}

/// The last id given out, and a list of events, oldest first.
impl Serialize for EventLog {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let events: Vec<&Event> = self.events.iter().map(AsRef::as_ref).collect();
        (self.last_id, events).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EventLog {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (last_id, events) = <(i64, Vec<Event>)>::deserialize(deserializer)?;
        let mut log = Self::default();
        for event in events {
            log.append(Arc::new(event));
        }
        log.last_id = last_id;
        Ok(log)
    }
}
