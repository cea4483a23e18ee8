//! Tests across crates: the wire against its fixtures, errors, retries, events, and that no command was forgotten.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used)]

mod error_table;
mod errors;
mod events;
mod examples;
mod pages;
mod parity;
mod replies;
mod requests;
mod retry;
mod robust;
mod security;
mod support;
mod truth;
mod wait;
mod webhook;
