//! What the gateway tells: the log of events and their webhooks, with what goes wrong with them.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::to_raw_value;

use super::events::{Event, EventLog};
use super::session::Session;
use super::webhooks::Webhooks;
use crate::faults::{Fault, FaultRule, Faults};
use crate::gateway::clock::{after, date_text};
use crate::settings::Settings;

/// How long a webhook that is to come after the next one waits for that.
const HOLDING_TIME: Duration = Duration::from_secs(5);

/// The log of events, the webhooks, and the faults of these and of requests.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) events: EventLog,
    pub(crate) webhooks: Webhooks,
    pub(crate) faults: Faults,
}

impl News {
    pub(crate) fn new(seed: u64, rules: &[FaultRule]) -> Self {
        Self { events: EventLog::default(), webhooks: Webhooks::default(), faults: Faults::new(seed, rules) }
    }

    /// Logs an event of a session and queues its webhook.
    pub(crate) fn tell(&mut self, settings: &Settings, now: u64, from: &Session, action: &str, data: &Value) {
        let Ok(data) = to_raw_value(data) else { return };
        let event = Arc::new(Event {
            id: self.events.next_id(),
            account: from.account,
            session: from.id.clone(),
            action: action.into(),
            date: date_text(now, settings.utc_offset).into(),
            data,
        });
        if let Some(url) = from.callback.as_deref() {
            self.post(settings, now, &event, &url.into());
        }
        self.events.push(event, settings.kept_events, settings.kept_text_bytes);
    }

    /// Queues the webhook of an event, with the faults that happen to it.
    fn post(&mut self, settings: &Settings, now: u64, event: &Arc<Event>, url: &Arc<str>) {
        let mut posts = vec![event.clone()];
        let mut at = now;
        let mut held = false;
        for fault in self.faults.plan_webhook(&event.action) {
            match fault {
                Fault::Lose => posts.retain(|post| post.id != event.id),
                Fault::Double => posts.push(event.clone()),
                Fault::Delay { ms } => at = at.saturating_add(ms),
                Fault::Reorder => held = true,
                Fault::Forge => posts.push(Arc::new(event.forged())),
                _ => {}
            }
        }
        for post in posts {
            self.webhooks.add(at, post, url.clone(), settings.kept_events, settings.kept_text_bytes);
        }
        if held {
            self.webhooks.hold_last(&event.session, after(now, HOLDING_TIME));
        }
    }
}
