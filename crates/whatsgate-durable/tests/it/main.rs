//! The runtime against the sandbox.
#![allow(clippy::unwrap_used)]

mod inbox;
mod support;
