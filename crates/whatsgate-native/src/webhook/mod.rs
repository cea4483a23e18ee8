//! Receiving events over HTTP.

mod receiver;
mod response;
mod room;
mod server;
mod under_way;

pub use receiver::Receiver;
pub use response::HookResponse;
