#![doc = include_str!("../README.md")]

mod chance;
mod checks;
mod gateway;
mod happenings;
mod operator;
mod outbox;
mod plan;
mod poller;
mod receiver;
pub mod rules;
mod shrink;
mod stage;
mod worker;
mod world;

pub use chance::Trouble;
pub use checks::{Check, Violation};
pub use shrink::{Shrunk, shrink};
pub use whatsgate_core::durable::rules::Rule;

/// Which schedules of a seed are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Worlds {
    /// That of the journal, then that of the outbox.
    #[default]
    Both,
    /// That of the journal.
    Journal,
    /// That of the outbox.
    Outbox,
}

/// How a schedule is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which schedules of the seed.
    pub worlds: Worlds,
    /// Kinds of trouble that are left out.
    pub without: Vec<Trouble>,
    /// Only the first so many events of the plan happen, or messages are put.
    pub most_events: Option<usize>,
    /// Write down what happens.
    pub trace: bool,
}

/// What came of a schedule.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// The first check that failed.
    pub violation: Option<Violation>,
    /// What happened, if it was to be written down.
    pub trace: Vec<String>,
    /// How much time went by in it, in milliseconds.
    pub simulated: i64,
    /// How many steps it took.
    pub steps: u64,
    /// How many events happened, and how many messages were planned.
    pub events: usize,
    /// What became of the messages.
    pub sums: Sums,
}

impl Outcome {
    /// This one, and then another one of its seed.
    fn and(mut self, mut other: Self) -> Self {
        self.violation = other.violation;
        self.trace.append(&mut other.trace);
        self.simulated += other.simulated;
        self.steps += other.steps;
        self.events += other.events;
        self.sums.add(other.sums);
        self
    }
}

/// What became of the messages that were put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// How many were put.
    pub put: u64,
    /// How many messages the gateway really sent for them.
    pub sent: u64,
    /// How many of those put are unknown in the end.
    pub unknown: u64,
    /// How many were sent more than once: by a policy, or by a person.
    pub doubled: u64,
    /// How many were put where events tell: the poll runs, nothing is carried out late, and the policy is to tell.
    pub clear_put: u64,
    /// How many of these are unknown in the end.
    pub clear_unknown: u64,
    /// How many of these were really sent.
    pub clear_unknown_sent: u64,
}

impl Sums {
    /// Adds those of other schedules.
    pub fn add(&mut self, other: Self) {
        self.put += other.put;
        self.sent += other.sent;
        self.unknown += other.unknown;
        self.doubled += other.doubled;
        self.clear_put += other.clear_put;
        self.clear_unknown += other.clear_unknown;
        self.clear_unknown_sent += other.clear_unknown_sent;
    }
}

/// Runs the schedule of a seed. The same seed with the same options always takes the same course.
///
/// ```
/// use whatsgate_simulator::{Options, simulate};
///
/// assert_eq!(simulate(1, &Options::default()).violation, None);
/// ```
pub fn simulate(seed: u64, options: &Options) -> Outcome {
    let journal = || world::World::run(seed, options);
    let outbox = || outbox::World::run(seed, options);
    match options.worlds {
        Worlds::Journal => journal(),
        Worlds::Outbox => outbox(),
        Worlds::Both => {
            let first = journal();
            if first.violation.is_some() { first } else { first.and(outbox()) }
        }
    }
}
