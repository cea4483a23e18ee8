//! The service against the sandbox.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod document;
mod hidden;
mod refusals;
mod support;
