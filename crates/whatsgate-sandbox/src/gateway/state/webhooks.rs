//! Webhooks due, repeated until acknowledged; who posts them is not decided here (wire reference, section 6).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::events::Event;
use super::keys::SessionKey;

/// How many finished tries are remembered.
const KEPT_RECORDS: usize = 1000;

/// One try of a webhook: to be posted, and its outcome told to
/// [`Gateway::delivered`](crate::Gateway::delivered).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Which webhook this is.
    pub number: u64,
    /// Where to post.
    pub url: String,
    /// The event as JSON text.
    pub body: String,
}

/// What became of one try of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The event's id.
    pub event: i64,
    /// The session of the event.
    pub session: String,
    /// Which try this was, from 1.
    pub attempt: u32,
    /// How it ended.
    pub outcome: DeliveryOutcome,
}

/// How one try of a webhook ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The reply was `{"result":"OK","id":<the event's id>}`.
    Acknowledged,
    /// There was a reply, but not that one.
    WrongReply,
    /// There was no reply; the text says why.
    NoReply(String),
}

/// The webhook of an event, not yet acknowledged.
#[derive(Clone, Debug)]
struct Pending {
    event: Arc<Event>,
    url: Arc<str>,
    attempt: u32,
}

/// When a webhook is due, and its number.
type Key = (u64, u64);

/// The webhooks of one session, posted one at a time in order of events.
#[derive(Debug, Default)]
struct Queue {
    waiting: BTreeMap<Key, Pending>,
    bytes: usize,
    posting: Option<(u64, Pending)>,
    /// The one waiting that is to be posted after the next one.
    held: Option<Key>,
}

impl Queue {
    fn insert(&mut self, key: Key, pending: Pending) {
        self.bytes += pending.event.bytes();
        self.waiting.insert(key, pending);
    }

    fn remove(&mut self, key: Key) -> Option<Pending> {
        let pending = self.waiting.remove(&key)?;
        self.bytes -= pending.event.bytes();
        Some(pending)
    }

    fn next(&self) -> Option<Key> {
        let first = self.waiting.keys().next().copied();
        first.filter(|_| self.posting.is_none())
    }
}

/// All webhooks not yet acknowledged, and how the last ones ended.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    queues: BTreeMap<SessionKey, Queue>,
    posting: BTreeMap<u64, SessionKey>,
    records: VecDeque<DeliveryRecord>,
    made: u64,
}

impl Webhooks {
    /// Adds the webhook of an event. Of more than so many, or so many bytes, the oldest of the session are given up.
    pub(crate) fn add(
        &mut self,
        at: u64,
        event: Arc<Event>,
        url: Arc<str>,
        count_limit: usize,
        bytes_limit: usize,
    ) {
        let queue = self.queues.entry(event.session.clone()).or_default();
        self.made += 1;
        queue.insert((at, self.made), Pending { event, url, attempt: 1 });
        if let Some(pending) = queue.held.take().and_then(|key| queue.remove(key)) {
            self.made += 1;
            queue.insert((at, self.made), pending);
        }
        while queue.waiting.len() > count_limit || queue.bytes > bytes_limit {
            let Some(oldest) = queue.waiting.keys().next().copied() else { break };
            queue.remove(oldest);
        }
    }

    /// Holds the session's webhook added last until its next one is added, or until that time.
    pub(crate) fn hold_last(&mut self, session: &str, until: u64) {
        let made = self.made;
        let Some(queue) = self.queues.get_mut(session) else { return };
        let last = queue.waiting.keys().copied().find(|(_, number)| *number == made);
        if let Some(pending) = last.and_then(|key| queue.remove(key)) {
            queue.insert((until, made), pending);
            queue.held = Some((until, made));
        }
    }

    /// Takes what is due now and may be posted at the same time.
    pub(crate) fn take_due(&mut self, now: u64) -> Vec<Delivery> {
        let mut due = Vec::new();
        for (session, queue) in &mut self.queues {
            let Some(key) = queue.next().filter(|(at, _)| *at <= now) else { continue };
            let Some(pending) = queue.remove(key) else { continue };
            if queue.held == Some(key) {
                queue.held = None;
            }
            let (_, number) = key;
            due.push(Delivery { number, url: pending.url.to_string(), body: pending.event.to_webhook() });
            self.posting.insert(number, session.clone());
            queue.posting = Some((number, pending));
        }
        due
    }

    /// When the next webhook may be posted, unless another one of its session is being posted.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.queues.values().filter_map(Queue::next).map(|(at, _)| at).min()
    }

    /// Notes the outcome of a try; repeats later if it was not acknowledged and tries are left.
    pub(crate) fn delivered(
        &mut self,
        number: u64,
        reply: Result<&[u8], String>,
        repeats: u32,
        repeat_at: u64,
    ) {
        let Some(session) = self.posting.remove(&number) else { return };
        let Some(queue) = self.queues.get_mut(&session) else { return };
        let Some((_, mut pending)) = queue.posting.take() else { return };
        let outcome = match reply {
            Ok(body) if acknowledges(body, pending.event.id) => DeliveryOutcome::Acknowledged,
            Ok(_) => DeliveryOutcome::WrongReply,
            Err(reason) => DeliveryOutcome::NoReply(reason),
        };
        tracing::debug!(event = pending.event.id, attempt = pending.attempt, ?outcome, "webhook posted");
        let again = outcome != DeliveryOutcome::Acknowledged && pending.attempt <= repeats;
        self.records.push_back(DeliveryRecord {
            event: pending.event.id,
            session: session.to_string(),
            attempt: pending.attempt,
            outcome,
        });
        if self.records.len() > KEPT_RECORDS {
            self.records.pop_front();
        }
        if again {
            pending.attempt += 1;
            queue.insert((repeat_at, number), pending);
        } else if queue.waiting.is_empty() {
            self.queues.remove(&session);
        }
    }

    /// Lets what is being posted be posted again: whoever posted it is gone.
    pub(crate) fn post_again(&mut self) {
        for queue in self.queues.values_mut() {
            if let Some((number, pending)) = queue.posting.take() {
                queue.insert((0, number), pending);
            }
        }
        self.posting.clear();
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &DeliveryRecord> {
        self.records.iter()
    }
}

/// A webhook as it is saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    at: u64,
    number: u64,
    attempt: u32,
    state: SavedState,
    url: Arc<str>,
    event: Arc<Event>,
}

#[derive(Serialize, Deserialize)]
enum SavedState {
    Waiting,
    Held,
    Posting,
}

/// The number given out last, and a list of webhooks; how tries ended is left out.
impl Serialize for Webhooks {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let saved = |at: u64, number: u64, pending: &Pending, state| {
            let (url, event) = (pending.url.clone(), pending.event.clone());
            Saved { at, number, attempt: pending.attempt, state, url, event }
        };
        let mut all = Vec::new();
        for queue in self.queues.values() {
            all.extend(queue.posting.iter().map(|(number, it)| saved(0, *number, it, SavedState::Posting)));
            all.extend(queue.waiting.iter().map(|(key, it)| {
                let held = queue.held == Some(*key);
                saved(key.0, key.1, it, if held { SavedState::Held } else { SavedState::Waiting })
            }));
        }
        (self.made, all).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Webhooks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (made, all) = <(u64, Vec<Saved>)>::deserialize(deserializer)?;
        let mut webhooks = Self { made, ..Self::default() };
        for saved in all {
            let session = saved.event.session.clone();
            let queue = webhooks.queues.entry(session.clone()).or_default();
            let pending = Pending { event: saved.event, url: saved.url, attempt: saved.attempt };
            let key = (saved.at, saved.number);
            match saved.state {
                SavedState::Posting => {
                    queue.posting = Some((saved.number, pending));
                    webhooks.posting.insert(saved.number, session);
                    continue;
                }
                SavedState::Held => queue.held = Some(key),
                SavedState::Waiting => {}
            }
            queue.insert(key, pending);
        }
        Ok(webhooks)
    }
}

fn acknowledges(body: &[u8], event: i64) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|reply| {
        reply.get("result").and_then(Value::as_str) == Some("OK")
            && reply.get("id").and_then(Value::as_i64) == Some(event)
    })
}
