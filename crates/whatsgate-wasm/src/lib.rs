#![doc = include_str!("../README.md")]

mod argument;
mod commands;
mod error;
mod events;
mod fetch;
mod json;
mod value;

pub use argument::check_session;
pub use commands::Commands;
pub use events::{EventView, acknowledgement, parse_event};
pub use value::Stream;
