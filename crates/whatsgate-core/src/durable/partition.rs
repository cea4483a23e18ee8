//! The events of one partition of a consumer: whose turn it is, and what a failure comes to.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Duration;

use super::Millis;
use super::journal::Position;
use super::rules::Rule;

/// How patient a consumer is with an event that fails.
///
/// ```
/// use std::time::Duration;
/// use whatsgate_core::durable::partition::Patience;
///
/// let patience = Patience::default()
///     .with_most_tries(5)
///     .with_pauses(Duration::from_secs(1), Duration::from_secs(60))
///     .with_most_waiting(100);
/// assert_eq!(patience.pause(5), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Patience {
    /// The most tries, the first one included. After the last one the event is a dead letter.
    pub most_tries: u32,
    /// The pause after the first failure. It doubles with each.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How many events of a partition may wait for another try before it takes no new ones.
    pub most_waiting: usize,
}

impl Default for Patience {
    /// Fourteen tries within about two hours: pauses of 2 seconds and more, up to half an hour.
    fn default() -> Self {
        Self {
            most_tries: 14,
            first_pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(30 * 60),
            most_waiting: 1000,
        }
    }
}

impl Patience {
    /// Makes at most so many tries, the first one included.
    pub fn with_most_tries(mut self, tries: u32) -> Self {
        self.most_tries = tries;
        self
    }

    /// Sets the bounds of the pauses.
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first;
        self.longest_pause = longest;
        self
    }

    /// Lets at most so many events of a partition wait for another try before it takes no new ones.
    pub fn with_most_waiting(mut self, events: usize) -> Self {
        self.most_waiting = events;
        self
    }

    /// The pause after so many tries; none after the last one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use whatsgate_core::durable::partition::Patience;
    ///
    /// let patience = Patience::default();
    /// assert_eq!(patience.pause(1), Some(Duration::from_secs(2)));
    /// assert_eq!(patience.pause(3), Some(Duration::from_secs(8)));
    /// assert_eq!(patience.pause(14), None);
    /// ```
    pub fn pause(&self, tries: u32) -> Option<Duration> {
        if tries >= self.most_tries && Rule::DeadLetters.holds() {
            return None;
        }
        let doubled = 1_u32.checked_shl(tries.saturating_sub(1)).unwrap_or(u32::MAX);
        Some(self.first_pause.saturating_mul(doubled).min(self.longest_pause))
    }
}

/// An event that waits for another try, or for one before it in its chat; or that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// Which event.
    pub position: Position,
    /// The key of its chat.
    pub chat: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is due.
    pub due: Millis,
    /// Why the last try failed, empty if there was none.
    pub reason: String,
    /// It was given up.
    pub dead: bool,
}

/// An event that was read and not handled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unhandled {
    /// Which event.
    pub position: Position,
    /// The key of its chat.
    pub chat: String,
}

/// What to store, all of it in one commit that holds only with the lease.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Everything in the partition up to here is handled, given up or parked.
    pub progress: Position,
    /// What is parked, or parked otherwise than before.
    pub park: Vec<Parked>,
    /// What is parked no longer.
    pub release: Vec<Position>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Hand this event to the handler, and tell what came of it.
    Handle {
        /// Which event.
        position: Position,
        /// Which try it is, from 1 on.
        attempt: u32,
    },
    /// Store this; no event is handled.
    Store(Change),
    /// Read what comes after this position.
    Read {
        /// The last position that was looked at.
        after: Position,
        /// How many events to read at most.
        most: usize,
    },
    /// Wait for this time, or for new events unless there is no room for them.
    Wait {
        /// When something is due.
        until: Option<Millis>,
    },
}

/// How many events are read ahead.
const READ_AHEAD: usize = 64;
/// After how many positions without an event of the partition its progress is stored nevertheless.
const IDLE_PROGRESS: u64 = 1000;

/// The state of a partition, as who holds its lease knows it.
///
/// Ask for the [`next`](Self::next) step, do it, and tell: [`read`](Self::read) what was read, [`begun`](Self::begun), then
/// [`handled`](Self::handled) or [`failed`](Self::failed), and [`stored`](Self::stored) once the change is in the store.
///
/// ```
/// use whatsgate_core::durable::partition::{Partition, Patience, Step, Unhandled};
///
/// let mut partition = Partition::new(Patience::default(), 0, Vec::new());
/// assert!(matches!(partition.next(0), Step::Read { after: 0, .. }));
/// let chat = "6345454545454 79991112233@c.us".to_owned();
/// partition.read(vec![Unhandled { position: 1, chat }], 1);
/// assert_eq!(partition.next(0), Step::Handle { position: 1, attempt: 1 });
/// let change = partition.handled(1);
/// assert_eq!(change.progress, 1);
/// // … which goes into the store, and then:
/// partition.stored(change);
/// assert_eq!(partition.progress(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Partition {
    patience: Patience,
    /// Tries are stored when they begin, and not only when they fail.
    records_attempts: bool,
    progress: Position,
    read_to: Position,
    /// There was nothing more when it was last read.
    at_end: bool,
    queue: VecDeque<Unhandled>,
    parked: BTreeMap<Position, Parked>,
}

impl Partition {
    /// The partition as it is in the store: its progress and what is parked, but for the dead letters.
    pub fn new(patience: Patience, progress: Position, parked: Vec<Parked>) -> Self {
        let mut partition = Self {
            patience,
            records_attempts: false,
            progress,
            read_to: progress,
            at_end: false,
            queue: VecDeque::new(),
            parked: BTreeMap::new(),
        };
        partition.set_parked(parked);
        partition
    }

    /// Counts tries by those that were [begun](Self::begun): so that one in which the process died counts as well, and an
    /// event that brings down whoever handles it becomes a dead letter.
    pub fn recording_attempts(mut self) -> Self {
        self.records_attempts = true;
        self
    }

    /// Takes what is parked from the store, where somebody may have replayed a dead letter.
    pub fn set_parked(&mut self, parked: Vec<Parked>) {
        self.parked = parked
            .into_iter()
            .filter(|parked| !parked.dead)
            .map(|parked| (parked.position, parked))
            .collect();
    }

    /// Up to where all is handled, given up or parked.
    pub fn progress(&self) -> Position {
        self.progress
    }

    /// There may be new events.
    pub fn wake(&mut self) {
        self.at_end = false;
    }

    /// Takes what was read: the events of this partition after the position that was asked for, and up to where there are
    /// no more of them.
    pub fn read(&mut self, events: Vec<Unhandled>, up_to: Position) {
        self.at_end = events.is_empty();
        self.read_to = self.read_to.max(up_to);
        self.queue.extend(events);
    }

    /// What to do next.
    pub fn next(&mut self, now: Millis) -> Step {
        let parked_chats = self.parked_chats();
        let due =
            self.heads().filter(|head| self.is_due(head, now)).min_by_key(|head| (head.due, head.position));
        if let Some(due) = due {
            if self.records_attempts && due.tries >= self.patience.most_tries && Rule::DeadLetters.holds() {
                let mut dead = due.clone();
                dead.dead = true;
                "each process ended in which it was handled".clone_into(&mut dead.reason);
                return Step::Store(Change {
                    progress: self.progress,
                    park: vec![dead],
                    ..Change::default()
                });
            }
            return Step::Handle { position: due.position, attempt: due.tries + 1 };
        }
        // Events of chats that wait join them, many at a time. They leave the queue once that is stored.
        let mut change = Change { progress: self.progress, ..Change::default() };
        for next in &self.queue {
            let waits = Rule::ChatWaitsForItsFailure.holds() && parked_chats.contains(next.chat.as_str());
            if !waits || !self.has_room(change.park.len()) {
                break;
            }
            change.progress = next.position;
            change.park.push(Parked {
                position: next.position,
                chat: next.chat.clone(),
                tries: 0,
                due: 0,
                reason: String::new(),
                dead: false,
            });
        }
        if !change.park.is_empty() {
            return Step::Store(change);
        }
        let until = self.heads().map(|head| head.due).min();
        if !self.has_room(0) || (!Rule::OtherChatsGoOn.holds() && !self.parked.is_empty()) {
            return Step::Wait { until };
        }
        if let Some(first) = self.queue.front() {
            return Step::Handle { position: first.position, attempt: 1 };
        }
        if !self.at_end {
            return Step::Read { after: self.read_to, most: READ_AHEAD };
        }
        if self.read_to.saturating_sub(self.progress) >= IDLE_PROGRESS {
            // Nothing of this partition up to there.
            return Step::Store(Change { progress: self.read_to, ..Change::default() });
        }
        Step::Wait { until }
    }

    /// The event is about to be handled: to be stored first, where attempts are recorded.
    pub fn begun(&mut self, position: Position, now: Millis) -> Option<Change> {
        if !self.records_attempts {
            return None;
        }
        let parked = Parked {
            position,
            chat: self.chat_of(position),
            tries: self.tries_of(position) + 1,
            due: now,
            reason: String::new(),
            dead: false,
        };
        Some(Change { progress: self.progress_with(position), park: vec![parked], release: Vec::new() })
    }

    /// The event was handled.
    pub fn handled(&mut self, position: Position) -> Change {
        let release = if self.parked.contains_key(&position) { vec![position] } else { Vec::new() };
        Change { progress: self.progress_with(position), park: Vec::new(), release }
    }

    /// The event failed, for this reason; it is tried again if there is a try left.
    pub fn failed(&mut self, position: Position, reason: &str, now: Millis) -> Change {
        self.park(position, reason, now, true)
    }

    /// The event is given up, for this reason.
    pub fn given_up(&mut self, position: Position, reason: &str, now: Millis) -> Change {
        self.park(position, reason, now, false)
    }

    fn park(&mut self, position: Position, reason: &str, now: Millis, again: bool) -> Change {
        let chat = self.chat_of(position);
        let tries = self.tries_of(position) + u32::from(!self.records_attempts);
        let pause = self.patience.pause(tries).filter(|_| again);
        let due = pause.map_or(now, |pause| now.saturating_add(millis(pause)));
        let parked = Parked { position, chat, tries, due, reason: reason.to_owned(), dead: pause.is_none() };
        Change { progress: self.progress_with(position), park: vec![parked], release: Vec::new() }
    }

    /// The change is in the store.
    pub fn stored(&mut self, change: Change) {
        self.progress = self.progress.max(change.progress);
        self.read_to = self.read_to.max(self.progress);
        while self.queue.front().is_some_and(|first| first.position <= self.progress) {
            self.queue.pop_front();
        }
        for position in change.release {
            self.parked.remove(&position);
        }
        for parked in change.park {
            if parked.dead {
                self.parked.remove(&parked.position);
            } else {
                self.parked.insert(parked.position, parked);
            }
        }
    }

    /// The first event of each chat that waits: the others wait for it.
    fn heads(&self) -> impl Iterator<Item = &Parked> {
        let mut chats = HashSet::new();
        self.parked
            .values()
            .filter(move |parked| chats.insert(parked.chat.as_str()) || !Rule::ChatWaitsForItsFailure.holds())
    }

    /// A pause that is longer than any comes of a clock that was set back, and is over.
    fn is_due(&self, parked: &Parked, now: Millis) -> bool {
        !(now < parked.due && parked.due <= now.saturating_add(millis(self.patience.longest_pause)))
    }

    fn chat_of(&self, position: Position) -> String {
        let chat = match self.parked.get(&position) {
            Some(parked) => Some(&parked.chat),
            None => self.queue.front().map(|first| &first.chat),
        };
        chat.cloned().unwrap_or_default()
    }

    fn tries_of(&self, position: Position) -> u32 {
        self.parked.get(&position).map_or(0, |parked| parked.tries)
    }

    fn parked_chats(&self) -> HashSet<String> {
        self.parked.values().map(|parked| parked.chat.clone()).collect()
    }

    fn has_room(&self, more: usize) -> bool {
        self.parked.len() + more < self.patience.most_waiting.max(1) || !Rule::WaitingEventsAreLimited.holds()
    }

    fn progress_with(&self, position: Position) -> Position {
        self.progress.max(position)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: Position, chat: &str) -> Unhandled {
        Unhandled { position, chat: chat.to_owned() }
    }

    #[test]
    fn events_that_are_to_wait_stay_until_that_is_stored() {
        let mut partition = Partition::new(Patience::default(), 0, Vec::new());
        partition.read(vec![event(1, "one"), event(2, "one"), event(3, "other")], 3);
        let failed = partition.failed(1, "", 0);
        partition.stored(failed);
        let Step::Store(change) = partition.next(0) else { panic!("the second event waits for the first") };
        // The store had no room.
        assert_eq!(partition.next(0), Step::Store(change.clone()));
        partition.stored(change);
        assert_eq!(partition.next(0), Step::Handle { position: 3, attempt: 1 });
    }

    #[test]
    fn a_partition_with_too_many_waiting_events_takes_no_new_ones() {
        let patience = Patience::default().with_most_waiting(1);
        let mut partition = Partition::new(patience, 0, Vec::new());
        partition.read(vec![event(1, "one"), event(2, "other")], 2);
        let failed = partition.failed(1, "", 0);
        partition.stored(failed);
        assert_eq!(partition.next(0), Step::Wait { until: Some(2000) });
    }

    #[test]
    fn a_clock_that_was_set_back_lets_nothing_wait_for_longer_than_a_pause() {
        let mut partition = Partition::new(Patience::default(), 0, Vec::new());
        partition.read(vec![event(1, "one")], 1);
        let failed = partition.failed(1, "", 1_000_000_000);
        partition.stored(failed);
        assert_eq!(partition.next(1_000_000_000), Step::Read { after: 1, most: READ_AHEAD });
        assert_eq!(partition.next(0), Step::Handle { position: 1, attempt: 2 });
    }

    #[test]
    fn an_event_that_ends_every_process_becomes_a_dead_letter() {
        let patience = Patience::default().with_most_tries(2);
        let mut stored = Vec::new();
        for life in 1..=2 {
            let progress = u64::from(life > 1);
            let mut partition = Partition::new(patience.clone(), progress, stored).recording_attempts();
            if life == 1 {
                partition.read(vec![event(1, "one")], 1);
            }
            assert_eq!(partition.next(0), Step::Handle { position: 1, attempt: life });
            stored = partition.begun(1, 0).unwrap().park;
        }
        let mut partition = Partition::new(patience, 1, stored).recording_attempts();
        let Step::Store(change) = partition.next(0) else { panic!("it is given up") };
        assert!(change.park[0].dead);
        partition.stored(change);
        assert_eq!(partition.next(0), Step::Read { after: 1, most: READ_AHEAD });
    }

    #[test]
    fn a_failure_after_a_recorded_beginning_counts_once() {
        let mut partition = Partition::new(Patience::default(), 0, Vec::new()).recording_attempts();
        partition.read(vec![event(1, "one")], 1);
        let begun = partition.begun(1, 0).unwrap();
        partition.stored(begun);
        let failed = partition.failed(1, "no", 0);
        assert_eq!((failed.park[0].tries, failed.park[0].due), (1, 2000));
        partition.stored(failed);
        assert_eq!(partition.next(2000), Step::Handle { position: 1, attempt: 2 });
    }
}
