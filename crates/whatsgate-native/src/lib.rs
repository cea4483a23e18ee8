#![doc = include_str!("../README.md")]

mod builder;
mod dispatcher;
mod file;
pub mod files;
mod transport;
#[cfg(feature = "webhook")]
mod webhook;

pub use builder::{
    API_KEY_VARIABLE, BASE_URL_VARIABLE, ClientBuilder, ConfigError, HttpSetupError, SESSION_VARIABLE,
    session_from_env,
};
pub use dispatcher::{Dispatcher, Handled, HandlerError, HandlerResult};
pub use file::{FileError, attach_file};
pub use reqwest;
pub use transport::{HttpTransport, TransportError};
#[cfg(feature = "webhook")]
pub use webhook::{HookResponse, Receiver};
pub use whatsgate_core as core;
pub use whatsgate_core::{ApiKey, BaseUrl, ErrorKind, KeySource, Outcome, RetryPolicy, WaitOptions};
pub use whatsgate_model as model;
pub use whatsgate_model::{Event, EventInfo};

/// The client of an account. [`ClientBuilder`] makes one; every method is documented at [`core::Client`].
pub type Client = whatsgate_core::Client<HttpTransport>;

/// The commands of one WhatsApp account, from [`Client::session`](core::Client::session); every method is documented at
/// [`core::Session`].
pub type Session = whatsgate_core::Session<HttpTransport>;

/// A command that failed; see [`core::Error`].
pub type Error = whatsgate_core::Error<TransportError>;
