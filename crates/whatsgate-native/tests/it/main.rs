//! The native client against the sandbox, against servers that misbehave, and the webhook receiver.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounded;
mod commands;
mod dispatcher;
mod drift;
mod examples;
mod faults;
mod files;
mod hostile;
mod receiver;
mod serve;
mod support;
