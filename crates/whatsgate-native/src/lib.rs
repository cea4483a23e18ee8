#![doc = include_str!("../README.md")]

mod builder;
pub mod files;
mod platform;
mod transport;
#[cfg(feature = "webhook")]
pub mod webhook;

pub use builder::{
    API_KEY_VARIABLE, BASE_URL_VARIABLE, ClientBuilder, ConfigError, HttpSetupError, SESSION_VARIABLE,
    session_from_env,
};
pub use files::{FileError, attach_file};
pub use platform::TokioPlatform;
pub use reqwest;
pub use transport::{HttpTransport, TransportError};
pub use whatsgate_core as core;
pub use whatsgate_core::{ApiKey, BaseUrl, ErrorKind, KeySource, Outcome, RetryPolicy, WaitOptions};
pub use whatsgate_model as model;

/// The client of an account. [`ClientBuilder`] makes one; every method is documented at [`core::Client`].
pub type Client = whatsgate_core::Client<HttpTransport>;

/// The commands of one WhatsApp account, from [`Client::session`](core::Client::session); every method is documented at
/// [`core::Session`].
pub type Session = whatsgate_core::Session<HttpTransport>;

/// A command that failed; see [`core::Error`].
pub type Error = whatsgate_core::Error<TransportError>;
