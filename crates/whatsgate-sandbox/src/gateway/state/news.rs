//! What the gateway tells: the log of events and their webhooks, with what goes wrong with them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::events::{Event, EventLog};
use super::keys::{AccountIndex, SessionKey};
use super::rewriting::{chat_of, message_seconds, rewrite};
use super::session::Session;
use super::webhooks::Webhooks;
use crate::faults::{Fault, Faults, Rewriting, Subject};
use crate::gateway::clock::{after, date_text};
use crate::settings::Settings;

/// How long a webhook that is to come after the next one waits for that.
const HOLDING_TIME: Duration = Duration::from_secs(5);

/// The log of events, the webhooks, and the faults of these and of requests.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) events: EventLog,
    pub(crate) webhooks: Webhooks,
    pub(crate) postponed: Postponed,
    pub(crate) faults: Faults,
}

/// What is told later than it happened, by time and in the order of happening.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Postponed {
    untold: Vec<(u64, Untold)>,
}

/// An event before it has a number.
#[derive(Debug, Serialize, Deserialize)]
struct Untold {
    account: AccountIndex,
    session: SessionKey,
    callback: Option<Box<str>>,
    action: Box<str>,
    /// If it is not that of the telling.
    date: Option<Box<str>>,
    chat: Option<Box<str>>,
    unlisted_for: u64,
    data: Box<RawValue>,
}

impl News {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            events: EventLog::starting_at(settings.first_event.into()),
            webhooks: Webhooks::default(),
            postponed: Postponed::default(),
            faults: Faults::new(settings.seed, &settings.faults),
        }
    }

    /// Logs an event of a session and queues its webhook.
    pub(crate) fn tell(&mut self, settings: &Settings, now: u64, from: &Session, action: &str, data: &Value) {
        let chat = chat_of(data);
        let subject = Subject { name: action, session: Some(&from.id), chat: chat.as_deref() };
        let mut told = Cow::Borrowed(data);
        let (mut at, mut unlisted_for, mut date) = (now, 0, None);
        for fault in self.faults.of_event(subject) {
            match fault {
                Fault::Omit => return,
                Fault::Postpone { ms } => at = at.saturating_add(ms),
                Fault::Unlisted { ms } => unlisted_for = ms,
                Fault::Rewrite { rewriting: Rewriting::MessageDate } => date = message_seconds(data),
                Fault::Rewrite { rewriting } => rewrite(told.to_mut(), rewriting, &from.wid()),
                _ => {}
            }
        }
        let Ok(data) = to_raw_value(&told) else { return };
        let untold = Untold {
            account: from.account,
            session: from.id.clone(),
            callback: from.callback.as_deref().map(Into::into),
            action: action.into(),
            date: date.map(|seconds| date_text(seconds * 1000, settings.utc_offset).into()),
            chat: chat.map(Into::into),
            unlisted_for,
            data,
        };
        if at > now {
            let place = self.postponed.untold.partition_point(|(other, _)| *other <= at);
            self.postponed.untold.insert(place, (at, untold));
        } else {
            self.publish(settings, now, untold);
        }
    }

    /// When the next postponed event is due.
    pub(crate) fn next_postponed(&self) -> Option<u64> {
        self.postponed.untold.first().map(|(at, _)| *at)
    }

    /// Tells the next postponed event.
    pub(crate) fn tell_postponed(&mut self, settings: &Settings) {
        if !self.postponed.untold.is_empty() {
            let (at, untold) = self.postponed.untold.remove(0);
            self.publish(settings, at, untold);
        }
    }

    fn publish(&mut self, settings: &Settings, now: u64, untold: Untold) {
        let event = Arc::new(Event {
            id: self.events.next_id(),
            account: untold.account,
            session: untold.session,
            action: untold.action,
            date: untold.date.unwrap_or_else(|| date_text(now, settings.utc_offset).into()),
            listed_from: if untold.unlisted_for == 0 { 0 } else { now.saturating_add(untold.unlisted_for) },
            data: untold.data,
        });
        if let Some(url) = untold.callback {
            self.post(settings, now, &event, &url.into(), untold.chat.as_deref());
        }
        self.events.push(event, settings.kept_events, settings.kept_text_bytes);
    }

    /// Queues the webhook of an event, with the faults that happen to it.
    fn post(
        &mut self,
        settings: &Settings,
        now: u64,
        event: &Arc<Event>,
        url: &Arc<str>,
        chat: Option<&str>,
    ) {
        let mut posts = vec![event.clone()];
        let mut at = now;
        let mut held = false;
        let subject = Subject { name: &event.action, session: Some(&event.session), chat };
        for fault in self.faults.of_webhook(subject) {
            match fault {
                Fault::Lose => posts.retain(|post| post.id != event.id),
                Fault::Double => posts.push(event.clone()),
                Fault::Delay { ms } => at = at.saturating_add(ms),
                Fault::Reorder => held = true,
                Fault::Forge { ahead } => posts.push(Arc::new(event.forged(ahead))),
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
