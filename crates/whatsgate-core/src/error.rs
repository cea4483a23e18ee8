//! A failed command: the failure as data, and what caused it.

use std::fmt::{self, Write as _};
use std::time::Duration;

use whatsgate_model::{ErrorBody, SendRequest, Unreadable};

use crate::failure::Failure;
use crate::kind::{ErrorKind, Outcome};
use crate::private::Private;
use crate::response::{BadContent, BadResponse};
use crate::shown::shown;
use crate::transport::{TransportError, TransportFailure};
use whatsgate_model::InvalidRequest;
use whatsgate_model::{Command, Safety};

/// A command that failed: a [`Failure`], which can be kept, and its cause.
///
/// [`kind`](Self::kind) says what went wrong, [`outcome`](Self::outcome) whether it may have taken effect and
/// [`advice`](Self::advice) what to do next. Neither `Display` nor `Debug` shows a key, a body, a phone number or the
/// service's own words; [`raw`](Self::raw) returns the body on request. `E` is the transport's own error.
///
/// ```
/// # use whatsgate_core::{Error, TransportError};
/// # fn example<E: TransportError>(error: Error<E>) {
/// use whatsgate_core::{ErrorKind, Outcome};
///
/// match (error.kind(), error.outcome()) {
///     (ErrorKind::Unauthorized, _) => eprintln!("the key is not that of this host"),
///     (_, Outcome::Unknown) => eprintln!("{} may have taken effect: {}", error.command(), error.advice()),
///     _ if error.is_retryable() => eprintln!("later, then; {} tries were in vain", error.tries()),
///     _ => eprintln!("{error}, status {:?}. {}", error.status(), error.advice()),
/// }
/// // Of the service's own words, which may be private:
/// if let Some(body) = error.envelope() {
///     eprintln!("the service says {:?}", body.message);
/// }
/// // To be kept or sent on, without its cause:
/// let failure = error.into_failure();
/// # drop(failure);
/// # }
/// ```
pub struct Error<E>(Box<Inner<E>>);

struct Inner<E> {
    failure: Failure,
    cause: Cause<E>,
}

pub(crate) enum Cause<E> {
    Invalid(InvalidRequest),
    Key(Box<dyn std::error::Error + Send + Sync>),
    Transport(E),
    Response(BadResponse),
    Element(Unreadable),
    NotReady,
    SessionEnded,
}

impl<E> Error<E> {
    /// The failure as data: to be stored, sent, shown.
    pub fn failure(&self) -> &Failure {
        &self.0.failure
    }

    /// The failure as data, without its cause.
    pub fn into_failure(self) -> Failure {
        self.0.failure
    }

    /// The command that failed, such as `send`.
    #[expect(clippy::missing_panics_doc, reason = "it never does: only commands make errors")]
    pub fn command(&self) -> &str {
        self.0.failure.command.as_deref().expect("an error is always that of a command")
    }

    /// How often the request went out; 0 if it never did.
    pub fn tries(&self) -> u32 {
        self.0.failure.tries
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.failure.kind.clone()
    }

    /// Whether the command may have taken effect.
    pub fn outcome(&self) -> Outcome {
        self.0.failure.outcome
    }

    /// Whether the same request may be made again; see [`Failure::retryable`].
    pub fn is_retryable(&self) -> bool {
        self.0.failure.retryable
    }

    /// The HTTP status, if a response came.
    pub fn status(&self) -> Option<u16> {
        self.0.failure.status
    }

    /// What to do next, as a sentence.
    pub fn advice(&self) -> &'static str {
        self.0.failure.advice()
    }

    /// The response, if one came.
    pub fn response(&self) -> Option<&BadResponse> {
        match &self.0.cause {
            Cause::Response(response) => Some(response),
            _ => None,
        }
    }

    /// The service's own description of the error, if it sent one.
    pub fn envelope(&self) -> Option<&ErrorBody> {
        self.response().and_then(BadResponse::envelope)
    }

    /// The body of the response as it came, invalid UTF-8 replaced. May hold private data.
    ///
    /// ```
    /// # use whatsgate_core::{Error, TransportError};
    /// # fn example<E: TransportError>(error: Error<E>) -> std::io::Result<()> {
    /// if let Some(body) = error.raw() {
    ///     std::fs::write("reply.txt", body.as_bytes())?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.response().map(|response| String::from_utf8_lossy(response.raw()))
    }

    /// The transport's own error, if it failed.
    pub fn transport(&self) -> Option<&E> {
        match &self.0.cause {
            Cause::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// The transport's own error by value, if it failed.
    pub fn into_transport(self) -> Option<E> {
        match self.0.cause {
            Cause::Transport(error) => Some(error),
            _ => None,
        }
    }

    /// The element of a list that could not be read, if that is the error.
    pub fn unreadable(&self) -> Option<&Unreadable> {
        match &self.0.cause {
            Cause::Element(element) => Some(element),
            _ => None,
        }
    }
}

impl<E: TransportError> Error<E> {
    /// The failure of a command for this cause. `now` is the time since 1970.
    pub(crate) fn new(
        command: &'static str,
        safety: Safety,
        tries: u32,
        now: Duration,
        cause: Cause<E>,
    ) -> Self {
        let kind = cause.kind(command);
        let response = match &cause {
            Cause::Response(response) => Some(response),
            _ => None,
        };
        let element = match &cause {
            Cause::Element(element) => Some(element.index),
            _ => None,
        };
        let status = response.map(|response| response.status);
        let outcome = match &cause {
            Cause::Transport(error) if error.failure() == TransportFailure::CancelledBefore => {
                Outcome::NotSent
            }
            _ => kind.outcome(safety, status),
        };
        let has_envelope = response.is_some_and(|response| response.envelope().is_some());
        let failure = Failure {
            message: message(command, &kind, outcome, tries, &cause),
            // The same list would hold the same element.
            retryable: element.is_none()
                && kind.is_repeatable(safety, status)
                && kind.is_transient(status, has_envelope),
            kind,
            outcome,
            command: Some(command.to_owned()),
            safety: Some(safety),
            status,
            tries,
            failed_at: i64::try_from(now.as_millis()).ok(),
            element,
            words: Private::new(response.map(BadResponse::words).unwrap_or_default()),
        };
        Self(Box::new(Inner { failure, cause }))
    }

    /// The same of a try of which nothing was sent, after one that may have taken effect.
    pub(crate) fn after_unknown(mut self) -> Self {
        self.0.failure.outcome = Outcome::Unknown;
        self.0.failure.message.push_str("; an earlier try may have taken effect");
        self
    }
}

impl<E: TransportError> Cause<E> {
    fn kind(&self, command: &str) -> ErrorKind {
        match self {
            Self::Invalid(_) => ErrorKind::InvalidRequest,
            Self::Key(_) => ErrorKind::Key,
            Self::Transport(error) => match error.failure() {
                TransportFailure::Connect => ErrorKind::Connect,
                TransportFailure::Incomplete => ErrorKind::Incomplete,
                TransportFailure::Timeout => ErrorKind::Timeout,
                TransportFailure::Connection => ErrorKind::Connection,
                TransportFailure::Cancelled | TransportFailure::CancelledBefore => ErrorKind::Cancelled,
                TransportFailure::Invalid => ErrorKind::InvalidRequest,
            },
            Self::Response(response) if command == SendRequest::NAME => response.kind(),
            // Other commands send no message that could have gone out.
            Self::Response(response) => response.kind_by_status(),
            Self::Element(_) => ErrorKind::UnexpectedReply,
            Self::NotReady => ErrorKind::NotReady,
            Self::SessionEnded => ErrorKind::SessionEnded,
        }
    }
}

fn message<E>(command: &str, kind: &ErrorKind, outcome: Outcome, tries: u32, cause: &Cause<E>) -> String {
    let what = match cause {
        Cause::Invalid(error) => format!("{error}; nothing was sent"),
        Cause::Key(_) => "the function that supplies the key failed; nothing was sent".to_owned(),
        Cause::Transport(_) => match kind {
            ErrorKind::Connect => "no connection to the gateway; nothing was sent",
            ErrorKind::Incomplete => {
                "the request broke off before the gateway could have all of it; nothing was sent"
            }
            ErrorKind::Timeout => "no reply in time",
            ErrorKind::Cancelled => "cancelled",
            ErrorKind::InvalidRequest => "the request could not be made; nothing was sent",
            _ => "the connection broke before the reply was complete",
        }
        .to_owned(),
        Cause::Response(response) => answered(kind, response),
        Cause::Element(element) => {
            format!("element {} of the list cannot be read: {}", element.index, shown(&element.reason))
        }
        Cause::NotReady => "the session is not ready yet".to_owned(),
        Cause::SessionEnded => "the session has ended".to_owned(),
    };
    let mut message = format!("{command}: {what}");
    if outcome == Outcome::Unknown {
        message.push_str("; it may have taken effect");
    }
    if tries > 1 {
        write!(message, " (tried {tries} times)").expect("a string takes any text");
    }
    message
}

/// Nothing of the envelope is repeated: each of its members may echo what the request held.
fn answered(kind: &ErrorKind, response: &BadResponse) -> String {
    let status = response.status;
    match (kind, &response.content) {
        (ErrorKind::Unauthorized, _) => {
            format!("the gateway does not accept the API key or the token (status {status})")
        }
        (ErrorKind::SentWithoutReply, _) => {
            format!("the gateway could not describe the message that it sent (status {status})")
        }
        (_, BadContent::Unreadable(reason)) => {
            format!("the reply (status {status}) cannot be read: {}", shown(reason))
        }
        (_, BadContent::Envelope(_)) => format!("the gateway answered with an error (status {status})"),
        (_, BadContent::Other) if (300..400).contains(&status) => {
            format!("the gateway answered with a redirect (status {status}), which is not followed")
        }
        (_, BadContent::Other) => {
            format!("the gateway answered with status {status} and no error of its own")
        }
    }
}

impl<E> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.failure.fmt(f)
    }
}

impl<E: fmt::Debug> fmt::Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("failure", self.failure())
            .field("transport", &self.transport())
            .finish()
    }
}

impl<E: TransportError> std::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::Key(error) => Some(&**error),
            Cause::Transport(error) => Some(error),
            _ => None,
        }
    }
}
