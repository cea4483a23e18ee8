//! The gateway as a whole, under virtual time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod events;
mod fixtures;
mod messages;
mod sessions;
mod support;
mod webhooks;
