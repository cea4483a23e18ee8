//! What every schedule stands on: its time, its chances, its store, what is to happen, and what was written down.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_store::{Backend, Memory, StoreError, Tables};

use crate::chance::{Chances, Trouble};
use crate::checks::{Check, Violation};
use crate::{Outcome, Sums};

/// When schedules begin: 2022-09-07 18:29:37 in UTC.
pub(crate) const BEGIN: Millis = 1_662_575_377_000;
pub(crate) const SECOND: Millis = 1000;
pub(crate) const MINUTE: Millis = 60 * SECOND;
pub(crate) const HOUR: Millis = 60 * MINUTE;

/// More steps than any schedule has.
const MOST_STEPS: u64 = 200_000;

/// The stage of a schedule in which things of this kind happen.
pub(crate) struct Stage<A> {
    pub(crate) now: Millis,
    pub(crate) steps: u64,
    pub(crate) rng: Rng,
    pub(crate) chances: Chances,
    pub(crate) memory: Memory,
    /// The store has no room until then.
    pub(crate) full_until: Millis,
    /// The clock of the client's one machine less the true time.
    pub(crate) clock_error: Millis,
    pub(crate) violation: Option<Violation>,
    /// The store is a database for several machines, with a clock of its own.
    is_shared: bool,
    queue: BinaryHeap<Reverse<Scheduled<A>>>,
    scheduled: u64,
    trace: Option<Vec<String>>,
}

struct Scheduled<A> {
    at: Millis,
    number: u64,
    action: A,
}

impl<A> Stage<A> {
    pub(crate) fn new(rng: Rng, chances: Chances, processes: usize, is_traced: bool) -> Self {
        Self {
            now: BEGIN,
            steps: 0,
            rng,
            chances,
            memory: Memory::new(),
            full_until: 0,
            clock_error: 0,
            violation: None,
            is_shared: processes > 1,
            queue: BinaryHeap::new(),
            scheduled: 0,
            trace: is_traced.then(Vec::new),
        }
    }

    pub(crate) fn at(&mut self, at: Millis, action: A) {
        self.scheduled += 1;
        self.queue.push(Reverse(Scheduled { at, number: self.scheduled, action }));
    }

    pub(crate) fn after(&mut self, time: Millis, action: A) {
        self.at(self.now + time, action);
    }

    /// What happens next, and it is then; nothing after something went wrong.
    pub(crate) fn next(&mut self) -> Option<A> {
        if self.steps > MOST_STEPS {
            self.fail(Check::NothingFails, "the schedule has no end");
        }
        if self.violation.is_some() {
            return None;
        }
        let Reverse(next) = self.queue.pop()?;
        self.now = next.at;
        self.steps += 1;
        Some(next.action)
    }

    /// The time by the store's clock: that of the one machine, or of a database.
    pub(crate) fn store_now(&self) -> Millis {
        if self.is_shared { self.now } else { self.now + self.clock_error }
    }

    /// Does something in a transaction. Says what the client learns of it, and whether it took effect.
    pub(crate) fn transact<R>(
        &mut self,
        work: impl FnOnce(&mut dyn Tables) -> Result<R, StoreError>,
    ) -> (Result<R, StoreError>, bool) {
        let now = self.store_now();
        self.memory.set_clock(now);
        if self.chances.hits(Trouble::FullStore, 2) {
            self.full_until = self.now + self.chances.draw(Trouble::FullStore, 1..300) * SECOND;
            let until = self.full_until;
            self.say(|| format!("the store is full until {}", shown(until)));
        }
        let is_full = self.now < self.full_until;
        let is_doubtful = self.chances.hits(Trouble::DoubtfulCommits, 10);
        let takes_effect = self.chances.draw(Trouble::DoubtfulCommits, 0..2) == 0;
        self.memory.begin().expect("memory has no errors");
        let outcome = work(&mut self.memory);
        let fails = outcome.is_err() || is_full || (is_doubtful && !takes_effect);
        if fails { self.memory.rollback() } else { self.memory.commit() }.expect("memory has no errors");
        let outcome = outcome.and_then(|result| {
            if is_full {
                Err(StoreError::Full)
            } else if is_doubtful {
                Err(StoreError::Unavailable("the connection was lost during a commit".to_owned()))
            } else {
                Ok(result)
            }
        });
        if let Err(error) = &outcome {
            let effect = if fails { "without effect" } else { "yet it took effect" };
            let text = error.to_string();
            self.say(|| format!("a transaction failed, {effect}: {text}"));
            if matches!(error, StoreError::Other(_) | StoreError::Corrupt(_)) {
                self.fail(Check::NothingFails, text);
            }
        }
        (outcome, !fails)
    }

    /// Looks at the store without changing it.
    pub(crate) fn look<R>(&mut self, look: impl FnOnce(&mut dyn Tables) -> Result<R, StoreError>) -> R {
        let now = self.store_now();
        self.memory.set_clock(now);
        look(&mut self.memory).expect("looking at memory does not fail")
    }

    pub(crate) fn is_traced(&self) -> bool {
        self.trace.is_some()
    }

    pub(crate) fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{} {}", shown(self.now), line()));
        }
    }

    pub(crate) fn fail(&mut self, check: Check, detail: impl Into<String>) {
        if self.violation.is_none() {
            let detail = detail.into();
            self.say(|| format!("VIOLATION of {}: {detail}", check.name()));
            self.violation = Some(Violation { check, detail, at: self.now - BEGIN });
        }
    }

    pub(crate) fn outcome(self, seed: u64, events: usize, sums: Sums) -> Outcome {
        Outcome {
            seed,
            violation: self.violation,
            trace: self.trace.unwrap_or_default(),
            simulated: self.now - BEGIN,
            steps: self.steps,
            events,
            sums,
        }
    }
}

/// A time of the schedule.
pub(crate) fn shown(at: Millis) -> String {
    let at = at - BEGIN;
    let (hours, minutes, millis) = (at / HOUR, at % HOUR / MINUTE, at % MINUTE);
    format!("{hours:3}:{minutes:02}:{:02}.{:03}", millis / SECOND, millis % SECOND)
}

impl<A> PartialEq for Scheduled<A> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl<A> Eq for Scheduled<A> {}

impl<A> PartialOrd for Scheduled<A> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<A> Ord for Scheduled<A> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}
