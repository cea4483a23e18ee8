#![doc = include_str!("../README.md")]

mod chance;
mod checks;
mod gateway;
mod happenings;
mod operator;
mod plan;
mod poller;
mod receiver;
pub mod rules;
mod shrink;
mod worker;
mod world;

pub use chance::Trouble;
pub use checks::{Check, Violation};
pub use shrink::{Shrunk, shrink};
pub use whatsgate_core::durable::rules::Rule;

/// How a schedule is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Kinds of trouble that are left out.
    pub without: Vec<Trouble>,
    /// Only the first so many events of the plan happen.
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
    /// How many events happened.
    pub events: usize,
}

/// Runs the schedule of a seed. The same seed with the same options always takes the same course.
///
/// ```
/// use whatsgate_simulator::{Options, simulate};
///
/// assert_eq!(simulate(1, &Options::default()).violation, None);
/// ```
pub fn simulate(seed: u64, options: &Options) -> Outcome {
    world::World::run(seed, options)
}
