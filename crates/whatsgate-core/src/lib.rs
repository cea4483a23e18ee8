#![doc = include_str!("../README.md")]

#[cfg(feature = "attach-by-content")]
pub mod attach;
mod client;
mod credentials;
mod cursor;
#[cfg(feature = "drift")]
mod drift;
#[cfg(feature = "durable")]
pub mod durable;
mod error;
mod failure;
mod kind;
mod limits;
pub mod media;
mod pages;
mod poll;
mod private;
mod request;
mod response;
mod retry;
#[cfg_attr(
    not(feature = "durable"),
    expect(dead_code, unreachable_pub, reason = "most rules are of the durable layer")
)]
mod rules;
mod seen;
mod session;
mod shown;
mod transport;
pub mod webhook;

pub use client::{Client, Prepared};
pub use credentials::{ApiKey, BaseUrl, KeySource};
pub use cursor::{CursorPosition, EventCursor, Offer, Round, Start};
#[cfg(feature = "drift")]
pub use drift::{Drift, DriftEntry, DriftKind};
pub use error::Error;
pub use failure::{Failure, ServiceWords};
pub use kind::{ErrorKind, Outcome};
pub use limits::ReplyLimits;
pub use poll::EventPoll;
pub use private::Private;
pub use request::{Body, Request, build};
pub use response::{BadContent, BadResponse, FullReply, Response, parse};
pub use retry::{FailedTry, RetryPolicy};
pub use session::{Session, WaitOptions};
pub use shown::shown;
pub use transport::{Platform, Transport, TransportError, TransportFailure};
pub use whatsgate_model::{COMMANDS, Command, InvalidRequest, ReplySize, Safety, Weight};
