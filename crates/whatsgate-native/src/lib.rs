#![doc = include_str!("../README.md")]

mod builder;
mod client;
mod dispatcher;
mod exchange;
#[cfg(feature = "files")]
pub mod files;
mod platform;
mod transport;
#[cfg(feature = "webhook")]
mod webhook;

pub use builder::{
    API_KEY_VARIABLE, BASE_URL_VARIABLE, ClientBuilder, ConfigError, HttpSetupError, SESSION_VARIABLE,
    session_from_env,
};
pub use client::{Client, Session};
pub use dispatcher::{Dispatcher, Handled, HandlerError, HandlerResult};
pub use exchange::Exchange;
#[cfg(feature = "files")]
pub use files::{Download, FileError, Progress, Received, TransferError, Upload, attach_file};
pub use futures_util::{StreamExt, TryStreamExt};
pub use platform::TokioPlatform;
#[cfg(feature = "reqwest")]
pub use reqwest;
pub use transport::{HttpError, HttpTransport};
#[cfg(feature = "webhook")]
pub use webhook::{HookLimits, HookResponse, Intake, Receiver, serve_intake};
pub use whatsgate_core as core;
pub use whatsgate_core::{
    ApiKey, BaseUrl, CursorPosition, ErrorKind, Failure, InvalidRequest, KeySource, Offer, Outcome,
    ReplyLimits, RetryPolicy, Round, Start, WaitOptions,
};
pub use whatsgate_model as model;
#[cfg(feature = "phone-local")]
pub use whatsgate_model::Country;
pub use whatsgate_model::{
    Ack, Chat, ChatId, ChatKind, Disconnect, ErrorReport, Event, EventAction, EventData, EventId, EventInfo,
    EventsGetRequest, GroupNumber, InvalidValue, List, Media, MediaKey, Message, MessageId, MessageType,
    MimeType, OutgoingFile, OutgoingMessage, OutgoingType, PhoneNumber, Ready, Recipient, SendResult,
    SessionCreateRequest, SessionId, SessionInfo, SessionStatus, SessionsGetRequest, WireDate,
};

/// A command that failed; see [`core::Error`].
pub type Error = whatsgate_core::Error<HttpError>;
