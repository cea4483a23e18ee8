//! The gateway as a whole: the pure machine under virtual time, and the server over loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin;
mod events;
mod faults;
mod fixtures;
mod http;
mod life;
mod messages;
mod modules;
mod open_questions;
mod properties;
mod record;
mod sessions;
mod stage;
mod state;
mod support;
mod webhooks;
