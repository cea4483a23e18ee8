//! The log of events that `events-get` lists and webhooks carry (wire reference, sections 2.6 and 6).

use std::collections::VecDeque;

use serde_json::{Value, json};

/// One event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: i64,
    pub(crate) account: usize,
    pub(crate) session: Box<str>,
    pub(crate) action: &'static str,
    pub(crate) date: String,
    pub(crate) data: Value,
}

impl Event {
    /// As a webhook carries it.
    pub(crate) fn to_webhook(&self) -> Value {
        json!({
            "id": self.id,
            "whatsapp_id": self.session,
            "event_action": self.action,
            "event_date": self.date,
            "status_code": null,
            "event_data": self.data,
        })
    }

    /// As `events-get` lists it.
    pub(crate) fn to_listed(&self) -> Value {
        json!({
            "id": self.id,
            "user_id": self.account + 1,
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
    events: VecDeque<Event>,
    last_id: i64,
}

impl EventLog {
    /// Numbers the event and keeps it.
    pub(crate) fn push(&mut self, mut event: Event, limit: usize) -> Event {
        self.last_id += 1;
        event.id = self.last_id;
        self.events.push_back(event.clone());
        while self.events.len() > limit {
            self.events.pop_front();
        }
        event
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.events.iter()
    }
}
