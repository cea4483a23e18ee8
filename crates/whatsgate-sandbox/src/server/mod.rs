//! The HTTP server around the gateway.

mod api;
mod connection;
mod faulty;
mod ledger;
mod page;
mod poster;
mod recorder;
mod sandbox;
mod saver;
mod shared;
mod stage;
mod start_error;
mod state_files;
mod state_lock;
mod state_log;

pub use sandbox::Sandbox;
pub use stage::{Scene, SeenRequest, Stage};
pub use start_error::StartError;
