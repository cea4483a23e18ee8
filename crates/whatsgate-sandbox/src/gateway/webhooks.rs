//! Webhooks due, repeated until acknowledged; who posts them is not decided here (wire reference, section 6).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

/// How many finished tries are remembered.
const KEPT_RECORDS: usize = 1000;

/// One try of a webhook: to be posted, and its outcome told to
/// [`Gateway::delivered`](crate::gateway::Gateway::delivered).
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

#[derive(Clone, Debug)]
struct Pending {
    event: i64,
    session: Box<str>,
    url: String,
    body: String,
    attempt: u32,
}

/// All webhooks not yet acknowledged. One session's webhooks are posted one at a time, in order of events.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    waiting: BTreeMap<(u64, u64), Pending>,
    posting: BTreeMap<u64, Pending>,
    busy: BTreeSet<Box<str>>,
    records: VecDeque<DeliveryRecord>,
    made: u64,
}

impl Webhooks {
    pub(crate) fn add(&mut self, at: u64, event: i64, session: &str, url: &str, body: String, limit: usize) {
        self.made += 1;
        let pending = Pending { event, session: session.into(), url: url.to_owned(), body, attempt: 1 };
        self.waiting.insert((at, self.made), pending);
        while self.waiting.len() > limit {
            self.waiting.pop_first();
        }
    }

    /// Takes what is due now and may be posted at the same time.
    pub(crate) fn take_due(&mut self, now: u64) -> Vec<Delivery> {
        let mut due = Vec::new();
        let keys: Vec<_> = self.waiting.range(..=(now, u64::MAX)).map(|(key, _)| *key).collect();
        for key in keys {
            let Some(pending) = self.waiting.get(&key) else { continue };
            if !self.busy.insert(pending.session.clone()) {
                continue;
            }
            if let Some(pending) = self.waiting.remove(&key) {
                due.push(Delivery { number: key.1, url: pending.url.clone(), body: pending.body.clone() });
                self.posting.insert(key.1, pending);
            }
        }
        due
    }

    /// When the next webhook may be posted, unless another one of its session is being posted.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.waiting.iter().find(|(_, pending)| !self.busy.contains(&pending.session)).map(|((at, _), _)| *at)
    }

    /// Notes the outcome of a try; repeats later if it was not acknowledged and tries are left.
    pub(crate) fn delivered(
        &mut self,
        number: u64,
        reply: Result<&[u8], String>,
        repeats: u32,
        repeat_at: u64,
    ) {
        let Some(mut pending) = self.posting.remove(&number) else { return };
        self.busy.remove(&pending.session);
        let outcome = match reply {
            Ok(body) if acknowledges(body, pending.event) => DeliveryOutcome::Acknowledged,
            Ok(_) => DeliveryOutcome::WrongReply,
            Err(reason) => DeliveryOutcome::NoReply(reason),
        };
        let again = outcome != DeliveryOutcome::Acknowledged && pending.attempt <= repeats;
        self.records.push_back(DeliveryRecord {
            event: pending.event,
            session: pending.session.to_string(),
            attempt: pending.attempt,
            outcome,
        });
        if self.records.len() > KEPT_RECORDS {
            self.records.pop_front();
        }
        if again {
            pending.attempt += 1;
            self.waiting.insert((repeat_at, number), pending);
        }
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &DeliveryRecord> {
        self.records.iter()
    }
}

fn acknowledges(body: &[u8], event: i64) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|reply| {
        reply.get("result").and_then(Value::as_str) == Some("OK")
            && reply.get("id").and_then(Value::as_i64) == Some(event)
    })
}
