//! What the tests across crates share: the fixtures, and a transport that follows a script in virtual time.

mod fixture;
mod scripted;

pub use fixture::{EventFixture, Exchange, ExchangeRequest, ExchangeResponse, events, exchanges};
pub use scripted::{ScriptedError, ScriptedTime, ScriptedTransport, Sent, Step, run};

/// The examples of the repository's first page compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../README.ru.md")]
pub struct Readme;
