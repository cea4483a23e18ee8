//! The receiver: stores what is posted, and then acknowledges it.

use whatsgate_core::durable::journal::{Incoming, Position, Trust};
use whatsgate_core::durable::receipts::DeliveryState;
use whatsgate_core::durable::rules::Rule;
use whatsgate_model::{Ack, Event};
use whatsgate_store::journal::{self, Arrival};
use whatsgate_store::{End, Slice};

use crate::chance::Trouble;
use crate::checks::{Check, Mirrored};
use crate::world::{Action, Step, World};

/// How long a commit takes whose positions were given out before.
const COMMIT_MILLIS: i64 = 200;

/// A message, by its session and its short id, and how far it is said to have come.
pub(crate) type Report = ((String, String), DeliveryState);

/// A posted event that waits for its acknowledgement.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) event: Event,
    /// Which of what happened it is, if it did.
    pub(crate) place: Option<usize>,
}

impl World {
    pub(crate) fn arrive(&mut self, event: Event, place: Option<usize>) {
        let alive: Vec<_> = (0..self.processes.len())
            .filter(|number| {
                let process = &self.processes[*number];
                process.is_alive && process.paused_until <= self.now
            })
            .collect();
        if alive.is_empty() {
            return;
        }
        let number = alive[self.rng.usize(..alive.len())];
        let id = event.id;
        self.say(|| format!("event {id} is posted to process {number}"));
        let process = &mut self.processes[number];
        process.requests.push(Request { event, place });
        if process.requests.len() == 1 {
            let wait = self.rng.i64(1..40);
            self.then(number, wait, Step::Commit);
        }
    }

    pub(crate) fn commit_requests(&mut self, number: usize) {
        let requests = std::mem::take(&mut self.processes[number].requests);
        if !Rule::StoredBeforeAcknowledged.holds() {
            self.then(number, 1, Step::Acknowledge(requests.clone()));
            self.then(number, 5, Step::CommitTooLate(requests));
        } else if self.store_requests(number, &requests) {
            let mut wait = self.rng.i64(1..20);
            if !Rule::PositionsWithinTheCommit.holds() {
                wait += COMMIT_MILLIS;
            }
            self.then(number, wait, Step::Acknowledge(requests));
        }
    }

    /// Says whether they are stored.
    pub(crate) fn store_requests(&mut self, number: usize, requests: &[Request]) -> bool {
        let trust = if self.plan.verifies { Trust::Pending } else { Trust::Posted };
        let arrivals = requests.iter().map(|request| Arrival::new(&request.event, trust, None)).collect();
        let is_stored = self.append(arrivals, requests.iter().map(|request| &request.event));
        if is_stored && self.plan.verifies && self.poller == Some(number) {
            self.hurry_poll(number);
        }
        is_stored
    }

    pub(crate) fn acknowledge(&mut self, requests: Vec<Request>) {
        for Request { event, place } in requests {
            let identity = Incoming::new(&event, Trust::Posted, None).identity;
            if !Rule::PositionsWithinTheCommit.holds() && !self.mirror.by_identity.contains_key(&identity) {
                continue;
            }
            if !self.mirror.by_identity.contains_key(&identity) {
                self.fail(
                    Check::AcknowledgedIsStored,
                    format!("event {} was acknowledged and is not stored", event.id),
                );
            }
            if let Some(place) = place
                && !self.chances.hits(Trouble::LostAcknowledgements, 100)
            {
                self.gateway.happened[place].is_acknowledged = true;
            }
        }
    }

    /// Stores events. Says whether the client knows that they are.
    pub(crate) fn append<'a>(
        &mut self,
        arrivals: Vec<Arrival>,
        events: impl Iterator<Item = &'a Event>,
    ) -> bool {
        if arrivals.is_empty() {
            return true;
        }
        let reports: Vec<_> = if self.plan.verifies && arrivals[0].event.trust == Trust::Pending {
            Vec::new()
        } else {
            events.filter_map(report).collect()
        };
        let before = self.head();
        if !Rule::PositionsWithinTheCommit.holds() && arrivals[0].event.trust != Trust::Listed {
            // The positions are given out, and another process comes first.
            let count = arrivals.len() as u64;
            let (outcome, _) = self.transact(|tables| {
                let end = tables.lock_end()?;
                tables.set_end(End { head: end.head + count, ..end })
            });
            if outcome.is_err() {
                return false;
            }
            self.after(COMMIT_MILLIS, Action::AppendAt { from: before, arrivals, reports });
            return true;
        }
        let (outcome, is_stored) = self.transact(|tables| journal::append(tables, arrivals));
        if is_stored {
            self.mirror_from(before, reports);
        }
        outcome.is_ok()
    }

    /// Events at positions that were given out before.
    pub(crate) fn append_at(&mut self, from: Position, arrivals: Vec<Arrival>, reports: Vec<Report>) {
        let (_, is_stored) = self.transact(|tables| {
            let end = tables.lock_end()?;
            tables.set_end(End { head: from, ..end })?;
            journal::append(tables, arrivals)?;
            let highest = tables.end()?.highest;
            tables.set_end(End { head: end.head, highest })
        });
        if is_stored {
            self.mirror_from(from, reports);
        }
    }

    /// Takes note of what a commit brought.
    fn mirror_from(&mut self, before: Position, reports: Vec<Report>) {
        for (key, state) in reports {
            let known = self.receipts.entry(key).or_insert(state);
            *known = state.max(*known);
        }
        let entries = self.look(|tables| tables.read(Slice { partition: 0, of: 1 }, before, usize::MAX, 0));
        let mut last = None;
        let mut any = false;
        for entry in entries {
            if self.mirror.entries.contains_key(&entry.position) {
                continue;
            }
            any = true;
            let (position, number) = (entry.position, entry.identity.number);
            self.say(|| {
                format!(
                    "position {position}: number {number:?}, conflict {}, late {}",
                    entry.conflict, entry.late
                )
            });
            if number < last {
                self.fail(
                    Check::OrderOfACommit,
                    format!("position {position} has number {number:?}, and one before it {last:?}"),
                );
            }
            last = number.max(last);
            if let Some(other) = self.mirror.by_identity.insert(entry.identity.clone(), position) {
                self.fail(
                    Check::OnceInTheJournal,
                    format!("what stands at position {other} stands at {position} too"),
                );
            }
            let order_key = entry.order_key();
            self.mirror.by_chat.entry(order_key.clone()).or_default().push(position);
            let lane = entry.lane();
            self.mirror.entries.insert(position, Mirrored { order_key, lane });
        }
        if any {
            self.notify();
        }
    }
}

/// What an event says of a sent message, in this simulator's own words.
fn report(event: &Event) -> Option<Report> {
    let message = event.data.message().filter(|message| message.id.as_str().starts_with("true_"))?;
    let by_ack = match message.ack {
        Some(Ack::ERROR) => Some(DeliveryState::Failed),
        Some(Ack::PENDING) => Some(DeliveryState::Queued),
        Some(Ack::SERVER) => Some(DeliveryState::Sent),
        Some(Ack::DEVICE) => Some(DeliveryState::Delivered),
        Some(Ack::READ) => Some(DeliveryState::Read),
        Some(Ack(4)) => Some(DeliveryState::Played),
        _ => None,
    };
    let state = match event.action.as_str() {
        "create" => by_ack.max(Some(DeliveryState::Queued)),
        "sent" => by_ack.max(Some(DeliveryState::Sent)),
        "ack" => by_ack,
        _ => None,
    }?;
    let short = message.id.as_str().rsplit('_').next()?.to_owned();
    Some(((event.session.as_ref()?.as_str().to_owned(), short), state))
}
