#![doc = include_str!("../README.md")]

#[cfg(feature = "attach-by-content")]
pub mod attach;
mod client;
mod command;
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
mod validate;
pub mod webhook;

pub use client::{Client, Prepared};
pub use command::{COMMANDS, Command, Safety, Weight};
pub use credentials::{ApiKey, BaseUrl, KeySource};
pub use cursor::EventCursor;
pub use error::{Error, ErrorKind, InvalidRequest, Outcome};
pub use request::{Body, Request, build, build_file};
pub use response::{Answer, BadContent, BadResponse, Response, parse};
pub use retry::{FailedTry, RetryPolicy, retry_after};
pub use session::{Session, WaitOptions};
pub use transport::{Platform, Transport, TransportError, TransportFailure};
