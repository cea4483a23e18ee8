//! Why a command fails.

use std::fmt::Display;

use whatsgate_durable::{InboxError, OutboxError, StoreError};
use whatsgate_native::core::InvalidRequest;
use whatsgate_native::files::TransferError;
use whatsgate_native::model::{InvalidValue, SessionId};
use whatsgate_native::{ConfigError, Error, FileError};

use crate::campaign::mistakes::Mistakes;
use crate::causes::with_causes;

/// Why a command failed, and what it left behind.
pub(crate) struct CommandError {
    pub(crate) reason: Reason,
    /// A session that the command made and that is still there.
    pub(crate) left: Option<SessionId>,
}

pub(crate) enum Reason {
    /// The gateway, or the way to it.
    Gateway(Box<Error>),
    /// Something on this machine; nothing was sent.
    Local(anyhow::Error),
    /// What was to be said on the way could not be printed.
    Progress(std::io::Error),
    /// The command was carried out, but its result could not be printed.
    Output(std::io::Error),
    /// The command line, or what it leads to; nothing was sent.
    Usage(String),
    /// A list that cannot be sent as it is; nothing was sent.
    Mistakes(Box<Mistakes>),
    /// Somebody asked the program to end.
    Interrupted,
    /// Messages of the outbox that were not sent, or not yet.
    Unsent(Box<Unsent>),
}

/// What became of messages of the outbox that are not sent.
pub(crate) struct Unsent {
    pub(crate) message: String,
    pub(crate) kind: &'static str,
    pub(crate) advice: String,
    /// The state, where there is one message.
    pub(crate) state: Option<&'static str>,
    /// Whether they may have been sent, or will be.
    pub(crate) is_open: bool,
}

impl CommandError {
    pub(crate) fn local(error: impl Into<anyhow::Error>) -> Self {
        Reason::Local(error.into()).into()
    }

    /// A store that does not open.
    pub(crate) fn of_store(store: impl Display, error: StoreError) -> Self {
        Self::local(anyhow::Error::new(error).context(store.to_string()))
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Reason::Usage(text.into()).into()
    }

    pub(crate) fn interrupted() -> Self {
        Reason::Interrupted.into()
    }

    /// What it says of something on this machine or of the command line; none of the gateway and of an interruption.
    pub(crate) fn of_this_machine(&self) -> Option<String> {
        match &self.reason {
            Reason::Local(error) => Some(with_causes(error.as_ref())),
            Reason::Usage(text) => Some(text.clone()),
            Reason::Mistakes(mistakes) => {
                let lines: Vec<_> = mistakes.lines().lines().map(|line| line.trim().to_owned()).collect();
                Some([vec![mistakes.to_string()], lines].concat().join("; "))
            }
            _ => None,
        }
    }

    pub(crate) fn leaving(self, session: &SessionId) -> Self {
        Self { left: Some(session.clone()), ..self }
    }
}

impl From<Unsent> for CommandError {
    fn from(unsent: Unsent) -> Self {
        Reason::Unsent(Box::new(unsent)).into()
    }
}

impl From<OutboxError> for CommandError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Store(error @ StoreError::OtherMessage) => Self::usage(error.to_string()),
            OutboxError::Store(error) => error.into(),
            error => Self::usage(error.to_string()),
        }
    }
}

impl From<Reason> for CommandError {
    fn from(reason: Reason) -> Self {
        Self { reason, left: None }
    }
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        Reason::Gateway(Box::new(error)).into()
    }
}

impl From<ConfigError> for CommandError {
    fn from(error: ConfigError) -> Self {
        Self::local(error)
    }
}

impl From<TransferError> for CommandError {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Service(error) => error.into(),
            TransferError::Invalid(error) => error.into(),
            TransferError::File(FileError::Unsuitable { path, source }) => {
                let text = source.to_string();
                let why = text.strip_prefix(source.member()).and_then(|why| why.strip_prefix(": "));
                Self::usage(format!("{}: {}", path.display(), why.unwrap_or(&text)))
            }
            error => Self::local(error),
        }
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::local(error)
    }
}

impl From<InboxError> for CommandError {
    fn from(error: InboxError) -> Self {
        match error {
            InboxError::Store(error) => error.into(),
            InboxError::Gateway(error) => error.into(),
            InboxError::ForeignHook { session } => Self::local(anyhow::anyhow!(
                "events of session {session} are posted to another address already; --take-hook takes it over, if nobody \
                 needs that any more"
            )),
            error => Self::local(error),
        }
    }
}

impl From<InvalidValue> for CommandError {
    fn from(error: InvalidValue) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<InvalidRequest> for CommandError {
    fn from(error: InvalidRequest) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        Self::local(error)
    }
}
