#![doc = include_str!("../README.md")]

mod adapter;
mod case;
mod change;
mod judge;
mod known;
mod pattern;
mod protocol;
mod quoted;
mod report;
mod requests;
mod runner;
mod scene;
mod start;
mod trial;

pub use case::{CaseError, CaseFile};
pub use known::{KnownError, KnownFailing};
pub use pattern::Pattern;
pub use protocol::{Ask, ClientError, ClientOutcome, Hello, PROTOCOL, Said, result_of, say};
pub use report::{Report, Verdict, Verdicts};
pub use runner::{Progress, RunError, Runner};
pub use trial::Trial;
