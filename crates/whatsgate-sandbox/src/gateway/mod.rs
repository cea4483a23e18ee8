//! The gateway as a pure state machine: requests and times in, answers and webhooks out; no I/O, no clock.

mod acts;
mod admin;
mod answer;
mod clock;
mod commands;
mod course;
mod fields;
mod journal;
mod machine;
mod random;
mod request;
mod snapshot;
mod state;

pub use acts::PhoneError;
pub use admin::ADMIN_OPENAPI;
pub use answer::Answer;
pub(crate) use commands::is_command;
pub(crate) use journal::Entry;
pub use machine::Gateway;
pub use request::RequestBody;
pub(crate) use snapshot::Generation;
pub use state::{Delivery, DeliveryOutcome, DeliveryRecord, Incoming, LinkingCode, SessionState};
