//! The runtime against the sandbox.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hostile;
mod inbox;
mod outbox;
mod support;
