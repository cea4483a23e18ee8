//! Receiving events over HTTP.

mod intake;
mod receiver;
mod response;
mod room;
mod server;
mod under_way;

pub use intake::{HookLimits, Intake};
pub use receiver::Receiver;
pub use response::HookResponse;
pub use server::serve_intake;
