//! Transfers that fail.

use std::io;

use whatsgate_core::{ErrorKind, Failure, InvalidRequest, Outcome};

use super::attach::FileError;
use crate::Error;
use crate::transport::HttpError;

/// A file that could not be sent or received. Everything but [`Service`](Self::Service) happened on this side.
///
/// ```
/// # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_native::{PhoneNumber, TransferError};
///
/// match session.send_file(PhoneNumber::new("79999999999")?, "film.mp4").await {
///     Ok(_) => {}
///     Err(TransferError::Read { name, source }) => eprintln!("{name}: {source}"),
///     Err(error) => {
///         let failure = error.failure();
///         eprintln!("{error}. {} ({})", failure.advice(), failure.kind.as_str());
///         if let Some(error) = error.service() {
///             eprintln!("status {:?} after {} tries", error.status(), error.tries());
///         }
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The command failed: before it was sent, on the way to the gateway or there.
    #[error(transparent)]
    Service(Error),
    /// The path cannot be used; nothing was sent.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file, its name or its description is wrong; nothing was sent.
    #[error("{0}; nothing was sent")]
    Invalid(#[from] InvalidRequest),
    /// What is to be sent cannot be read. A request that had begun was broken off.
    #[error("{name}: it cannot be read, so the message was not sent")]
    Read {
        /// The path, the URL without its query, or the name of the file.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// What is to be sent is shorter or longer than it said at first. The request was broken off.
    #[error("{name}: it has {} than the {expected} bytes it had at first, so the message was not sent; was it being written to?", if *.grew { "more" } else { "less" })]
    Changed {
        /// The path, the URL without its query, or the name of the file.
        name: String,
        /// How many bytes there were at first.
        expected: u64,
        /// Whether there are more now, not less.
        grew: bool,
    },
    /// What was received cannot be written, for example because the disk is full.
    #[error("{name}: it cannot be written")]
    Write {
        /// The path, or `the writer`.
        name: String,
        /// Why.
        source: io::Error,
    },
    /// The file to receive is larger than the caller allows.
    #[error("the file has more than the {limit} bytes that are allowed")]
    TooLarge {
        /// How many bytes are allowed.
        limit: u64,
    },
}

impl TransferError {
    /// Whether a message may have gone out; see [`Outcome`].
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Service(error) => error.outcome(),
            _ => Outcome::NotSent,
        }
    }

    /// The failure as data that can be kept. The kind of a failure on this side is [`Local`](ErrorKind::Local), or
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for a mistake, and the message names its cause.
    pub fn failure(&self) -> Failure {
        let kind = match self {
            Self::Service(error) => return error.failure().clone(),
            Self::Invalid(_) => ErrorKind::InvalidRequest,
            _ => ErrorKind::Local,
        };
        let message = match std::error::Error::source(self) {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        };
        Failure::local(kind, message)
    }

    /// The failure of the command, if that is what it was.
    pub fn service(&self) -> Option<&Error> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Error> for TransferError {
    /// Takes a failure of this side out of the command's.
    fn from(error: Error) -> Self {
        if !error.transport().is_some_and(HttpError::is_local) {
            return Self::Service(error);
        }
        let transport = error.into_transport().expect("there is one, since it was looked at");
        transport.into_local().expect("it is of this side, since it was looked at")
    }
}
