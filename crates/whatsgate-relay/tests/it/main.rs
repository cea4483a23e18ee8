//! The relay against the sandbox.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budget;
mod commands;
mod doors;
mod events;
mod hidden;
mod many;
mod support;
mod tokens;
