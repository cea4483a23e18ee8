//! Receiving events over HTTP.

mod receiver;
mod room;
mod server;
mod under_way;

pub use receiver::{HookResponse, Receiver};
