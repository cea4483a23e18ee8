//! What a schedule holds: chosen by the seed before it begins.

use std::time::Duration;

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::partition::Patience;

use crate::chance::{Chances, Trouble};
use crate::operator::Operation;
use crate::stage::{HOUR, MINUTE, SECOND};

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A message comes in.
    Message,
    /// A message is sent, with the reports that follow.
    Outgoing,
    /// A session became ready.
    Ready,
    /// A session was disconnected.
    Disconnect,
}

/// An event that is to happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    /// After the beginning.
    pub(crate) at: Millis,
    pub(crate) kind: Kind,
}

#[derive(Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Plan {
    pub(crate) processes: usize,
    pub(crate) polls: bool,
    pub(crate) has_webhook: bool,
    /// What is posted waits for the poll.
    pub(crate) verifies: bool,
    /// The page size of the poll, and the pause between two rounds.
    pub(crate) page_size: u32,
    pub(crate) interval: Millis,
    pub(crate) lease: Millis,
    pub(crate) patience: Patience,
    pub(crate) most_waiting: usize,
    pub(crate) partitions: u32,
    /// How long things go wrong.
    pub(crate) length: Millis,
    pub(crate) news: Vec<Planned>,
    /// How many events there were before.
    pub(crate) history: usize,
    pub(crate) forgeries: Vec<Millis>,
    pub(crate) absences: Vec<(Millis, Millis)>,
    pub(crate) operations: Vec<(Millis, Operation)>,
    /// When the third consumer comes, and when it is seen last.
    pub(crate) third: (Millis, Millis),
    pub(crate) is_night: bool,
    /// When all dates are years ahead, where the service tells its time.
    pub(crate) future: (Millis, Millis),
}

impl Plan {
    pub(crate) fn draw(rng: &mut Rng, chances: &Chances, most_events: Option<usize>) -> Self {
        let (polls, has_webhook) =
            [(true, true), (true, true), (true, false), (true, false), (false, true)][rng.usize(..5)];
        // Most schedules are small, because it is many of them that find what is rare; what takes more events than the poll
        // remembers dates is found by the others.
        let is_large = rng.u8(..6) == 0;
        // The times in which something runs, and the absences between them.
        let mut length = if is_large { rng.i64(3..15) } else { rng.i64(2..8) } * MINUTE;
        let mut active = vec![(0, length)];
        let mut absences = Vec::new();
        for _ in 0..if chances.has(Trouble::Absences) { rng.usize(1..3) } else { 0 } {
            let until = length + rng.i64(1..40) * HOUR;
            absences.push((length, until));
            length = until + rng.i64(3..10) * MINUTE;
            active.push((until, length));
        }
        let mut news = Vec::new();
        for _ in 0..if is_large { rng.usize(10..50) } else { rng.usize(4..16) } {
            // A third of it while nothing runs.
            let absence = absences.get(rng.usize(..=absences.len() * 3));
            let (from, until) = absence.copied().unwrap_or_else(|| active[rng.usize(..active.len())]);
            let at = rng.i64(from..until);
            let kind = match rng.u8(..20) {
                0 => Kind::Ready,
                1 => Kind::Disconnect,
                2..8 => Kind::Outgoing,
                _ => Kind::Message,
            };
            news.push(Planned { at, kind });
        }
        let mut bursts = Vec::new();
        if chances.has(Trouble::Bursts) {
            for _ in 0..rng.usize(1..=if is_large { 3 } else { 1 }) {
                let at = news[rng.usize(..news.len())].at;
                bursts.push(at);
                let is_long = is_large && rng.u8(..4) > 0;
                let (least, most) = if is_long { (60, 110) } else { (5, 20) };
                for _ in 0..rng.usize(least..most) {
                    news.push(Planned { at: at + rng.i64(0..800), kind: Kind::Message });
                }
            }
        }
        news.sort_by_key(|planned| planned.at);
        news.truncate(most_events.unwrap_or(usize::MAX));
        let times = |rng: &mut Rng, most: usize| -> Vec<Millis> {
            (0..rng.usize(1..=most))
                .map(|_| {
                    let (from, until) = active[rng.usize(..active.len())];
                    rng.i64(from..until)
                })
                .collect()
        };
        let forgeries = if chances.has(Trouble::Forgeries) { times(rng, 12) } else { Vec::new() };
        let mut operations = Vec::new();
        if chances.has(Trouble::Replays) {
            for at in times(rng, 6) {
                operations.push((at, Operation::replay(rng)));
            }
        }
        if chances.has(Trouble::Expiry) {
            for at in times(rng, 12) {
                let unseen = rng.i64(2..40) * HOUR;
                let keep = rng.i64(1..180) * MINUTE;
                operations.push((at, Operation::Expire { keep, unseen, again: true }));
            }
        }
        let third_begins = rng.i64(0..active[0].1);
        let third_ends = if rng.bool() { Millis::MAX } else { third_begins + rng.i64(1..20) * MINUTE };
        let begins = bursts.first().map_or_else(|| rng.i64(0..length), |burst| burst - SECOND);
        let future = if chances.has(Trouble::WrongDates) && rng.bool() {
            (begins, begins + rng.i64(1..600) * MINUTE)
        } else {
            (0, 0)
        };
        // What is listed between two rounds shows only where they follow each other quickly.
        let short = if is_large { rng.i64(5..20) } else { rng.i64(10..60) };
        let most_waiting = rng.usize(3..12);
        let first_pause = Duration::from_secs(rng.u64(1..40));
        let patience = Patience::default()
            .with_most_tries(rng.u32(2..8))
            .with_pauses(first_pause, Duration::from_secs(10 * 60))
            .with_most_waiting(most_waiting);
        Self {
            processes: rng.usize(1..3),
            polls,
            has_webhook,
            verifies: polls && rng.u8(..3) == 0,
            page_size: [8, 25, 100, 100][rng.usize(..4)],
            interval: [short, short, rng.i64(60..300), rng.i64(60..300)][rng.usize(..4)] * SECOND,
            lease: rng.i64(60..240) * SECOND,
            patience,
            most_waiting,
            partitions: rng.u32(1..4),
            length,
            news,
            history: rng.usize(..if is_large { 30 } else { 8 }),
            forgeries,
            absences,
            operations,
            third: (third_begins, third_ends),
            is_night: false,
            future,
        }
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("processes", &self.processes)
            .field("polls", &self.polls)
            .field("has_webhook", &self.has_webhook)
            .field("verifies", &self.verifies)
            .field("page_size", &self.page_size)
            .field("interval", &self.interval)
            .field("lease", &self.lease)
            .field("patience", &self.patience)
            .field("partitions", &self.partitions)
            .field("length", &self.length)
            .field("events", &self.news.len())
            .field("third", &self.third)
            .finish_non_exhaustive()
    }
}
