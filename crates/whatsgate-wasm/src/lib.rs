#![doc = include_str!("../README.md")]

mod account;
mod argument;
mod error;
mod events;
mod fetch;
mod value;

pub use account::Account;
pub use argument::check_session;
pub use events::{EventView, acknowledgement, parse_event};
pub use value::Stream;
