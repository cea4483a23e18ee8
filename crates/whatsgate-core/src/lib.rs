#![doc = include_str!("../README.md")]

#[cfg(feature = "attach-by-content")]
pub mod attach;
mod client;
mod credentials;
mod cursor;
mod error;
pub mod media;
mod pages;
mod request;
mod response;
mod retry;
mod session;
mod transport;
pub mod webhook;

pub use client::{Client, Prepared};
pub use credentials::{ApiKey, BaseUrl, KeySource};
pub use cursor::EventCursor;
pub use error::{Error, ErrorKind, Outcome};
pub use request::{Request, build};
pub use response::{Answer, BadContent, BadResponse, Response, parse};
pub use retry::{FailedTry, RetryPolicy, retry_after};
pub use session::{Session, WaitOptions};
pub use transport::{Transport, TransportError, TransportFailure};
pub use whatsgate_model::{COMMANDS, Command, InvalidRequest, Safety, Weight};
