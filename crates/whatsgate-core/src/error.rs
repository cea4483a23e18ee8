//! What can go wrong, and the three answers every error gives: what happened, whether the command may have taken effect,
//! what to do next.

use std::fmt;

use whatsgate_model::{ErrorBody, SendRequest, Unreadable};

use crate::command::{Command, Safety};
use crate::response::{BadContent, BadResponse};
use crate::transport::{TransportError, TransportFailure};

/// A mistake found before anything was sent. The message names the member and never repeats its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {why}")]
pub struct InvalidRequest {
    member: &'static str,
    why: String,
}

impl InvalidRequest {
    /// A mistake in `member`, a path such as `message.body`. `why` must not repeat the value, which may be private.
    pub fn new(member: &'static str, why: impl Into<String>) -> Self {
        Self { member, why: why.into() }
    }

    /// Where the mistake is, as a path such as `message.body`.
    pub fn member(&self) -> &'static str {
        self.member
    }
}

/// What went wrong, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request has a mistake; nothing was sent.
    InvalidRequest,
    /// The function that supplies the key failed; nothing was sent.
    Key,
    /// No connection could be made; nothing was sent.
    Connect,
    /// No complete reply came in time.
    Timeout,
    /// The connection broke before the reply was complete.
    Connection,
    /// The caller cancelled the request.
    Cancelled,
    /// The service does not accept the key.
    Unauthorized,
    /// The service refuses the request (4xx).
    Refused,
    /// The service, or a proxy before it, failed (5xx). The service's documentation gives 500 to every error, so this may
    /// be a mistake in the request too.
    Service,
    /// The service sent the message but could not describe it: `Evaluation failed … serialize` (wire reference, section
    /// 1.1). A user's program that treats it as sent works in production.
    SentWithoutReply,
    /// A success that cannot be read.
    UnexpectedReply,
    /// A session did not become ready in time.
    NotReady,
    /// A session ended while it was waited for.
    SessionEnded,
}

impl ErrorKind {
    /// The kind as one word in camel case, as the JavaScript package names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalidRequest",
            Self::Key => "key",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::Cancelled => "cancelled",
            Self::Unauthorized => "unauthorized",
            Self::Refused => "refused",
            Self::Service => "service",
            Self::SentWithoutReply => "sentWithoutReply",
            Self::UnexpectedReply => "unexpectedReply",
            Self::NotReady => "notReady",
            Self::SessionEnded => "sessionEnded",
        }
    }
}

/// Whether a failed command may have taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Certainly not, or the command only reads. Repeating it does nothing twice.
    NotSent,
    /// Perhaps. Repeating it may do something twice, such as send a second message.
    Unknown,
}

impl Outcome {
    /// The outcome in camel case, as the JavaScript package names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "notSent",
            Self::Unknown => "unknown",
        }
    }
}

/// A command that failed.
///
/// [`kind`](Self::kind) says what went wrong, [`outcome`](Self::outcome) whether it may have taken effect and
/// [`advice`](Self::advice) what to do next. Neither `Display` nor `Debug` shows a key, a body or a phone number;
/// [`raw`](Self::raw) returns the body on request. `E` is the transport's own error.
pub struct Error<E>(Box<Inner<E>>);

struct Inner<E> {
    command: &'static str,
    safety: Safety,
    tries: u32,
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

impl<E: TransportError> Error<E> {
    pub(crate) fn new(command: &'static str, safety: Safety, tries: u32, cause: Cause<E>) -> Self {
        Self(Box::new(Inner { command, safety, tries, cause }))
    }

    /// The command that failed, such as `send`.
    pub fn command(&self) -> &'static str {
        self.0.command
    }

    /// How often the request went out; 0 if it never did.
    pub fn tries(&self) -> u32 {
        self.0.tries
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        match &self.0.cause {
            Cause::Invalid(_) => ErrorKind::InvalidRequest,
            Cause::Key(_) => ErrorKind::Key,
            Cause::Transport(error) => match error.failure() {
                TransportFailure::Connect => ErrorKind::Connect,
                TransportFailure::Timeout => ErrorKind::Timeout,
                TransportFailure::Connection => ErrorKind::Connection,
                TransportFailure::Cancelled => ErrorKind::Cancelled,
                TransportFailure::Invalid => ErrorKind::InvalidRequest,
            },
            Cause::Response(response) if self.command() == SendRequest::NAME => response.kind(),
            // Other commands send no message that could have gone out.
            Cause::Response(response) => response.kind_by_status(),
            Cause::Element(_) => ErrorKind::UnexpectedReply,
            Cause::NotReady => ErrorKind::NotReady,
            Cause::SessionEnded => ErrorKind::SessionEnded,
        }
    }

    /// Whether the command may have taken effect.
    pub fn outcome(&self) -> Outcome {
        outcome(self.0.safety, self.kind())
    }

    /// Whether the same request may be made again without doing anything twice, with a chance to succeed. These are the
    /// errors after which the client itself tries again, as long as its patience lasts.
    pub fn is_retryable(&self) -> bool {
        let has_envelope = self.envelope().is_some();
        // The same list would hold the same element.
        self.unreadable().is_none()
            && is_repeatable(self.0.safety, self.kind())
            && is_transient(self.kind(), self.status(), has_envelope)
    }

    /// The HTTP status, if a response came.
    pub fn status(&self) -> Option<u16> {
        self.response().map(|response| response.status)
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

    /// The body of the response as it came, with bytes that are no UTF-8 replaced. May hold private data.
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

    /// What to do next, as a sentence.
    pub fn advice(&self) -> &'static str {
        match (self.kind(), self.outcome()) {
            (ErrorKind::InvalidRequest, _) => "Correct the request.",
            (ErrorKind::Key, _) => "Look at the function that supplies the key.",
            (ErrorKind::Connect, _) => "Check the base URL, the network and the proxy, then try again.",
            (ErrorKind::Unauthorized, _) => "Check the API key and that it belongs to this host.",
            (ErrorKind::Refused, _) if self.status() == Some(429) => "Wait, then try again more slowly.",
            (ErrorKind::Refused, _) => "Check the request and the base URL.",
            (ErrorKind::SentWithoutReply, _) => {
                "The message most probably went out: look for it in the chat or in the events before sending it again."
            }
            (ErrorKind::NotReady, _) => "Scan the QR code or type in the pairing code, then wait again.",
            (ErrorKind::SessionEnded, _) => "Create a new session.",
            (_, Outcome::Unknown) if self.0.safety == Safety::Once => {
                "Look in the chat, the list of sessions or the events whether it took effect before trying again."
            }
            (ErrorKind::UnexpectedReply, _) if self.unreadable().is_some() => {
                "The others of the list were read; the text of this element tells what is new in it."
            }
            (ErrorKind::UnexpectedReply, _) => {
                "Check the base URL; if it is right, the service has changed: the raw reply tells how."
            }
            (ErrorKind::Service, _) => "Read the service's message; if it is no help, try again later.",
            (ErrorKind::Timeout | ErrorKind::Connection, _) => "Try again.",
            (ErrorKind::Cancelled, _) => "Nothing, unless it was cancelled by mistake.",
        }
    }
}

impl BadResponse {
    /// What kind of error the response to a `send` is. For other commands it is the same, save that
    /// [`SentWithoutReply`](ErrorKind::SentWithoutReply) does not occur.
    pub fn kind(&self) -> ErrorKind {
        match self.kind_by_status() {
            ErrorKind::Unauthorized => ErrorKind::Unauthorized,
            _ if self.is_sent_without_reply() => ErrorKind::SentWithoutReply,
            kind => kind,
        }
    }

    fn kind_by_status(&self) -> ErrorKind {
        let envelope = self.envelope();
        let named = |name: &str| envelope.and_then(|body| body.name.as_deref()) == Some(name);
        if self.status == 401 || named("Unauthorized") || envelope.and_then(|body| body.status) == Some(401) {
            return ErrorKind::Unauthorized;
        }
        match (&self.content, self.status) {
            (BadContent::Unreadable(_), _) => ErrorKind::UnexpectedReply,
            (_, 408) => ErrorKind::Timeout,
            (_, 300..=499) => ErrorKind::Refused,
            _ => ErrorKind::Service,
        }
    }

    /// Error texts may be Russian or English, but this one is whatsapp-web.js's own and always English.
    fn is_sent_without_reply(&self) -> bool {
        let raw = String::from_utf8_lossy(self.raw());
        !matches!(self.content, BadContent::Unreadable(_))
            && raw.contains("Evaluation failed")
            && raw.contains("serialize")
    }
}

pub(crate) fn outcome(safety: Safety, kind: ErrorKind) -> Outcome {
    if safety == Safety::Read {
        return Outcome::NotSent;
    }
    match kind {
        ErrorKind::InvalidRequest
        | ErrorKind::Key
        | ErrorKind::Connect
        | ErrorKind::Unauthorized
        | ErrorKind::Refused
        | ErrorKind::NotReady
        | ErrorKind::SessionEnded => Outcome::NotSent,
        ErrorKind::Timeout
        | ErrorKind::Connection
        | ErrorKind::Cancelled
        | ErrorKind::Service
        | ErrorKind::SentWithoutReply
        | ErrorKind::UnexpectedReply => Outcome::Unknown,
    }
}

/// Whether the same request may be made again without doing anything twice.
pub(crate) fn is_repeatable(safety: Safety, kind: ErrorKind) -> bool {
    safety != Safety::Once || outcome(safety, kind) == Outcome::NotSent
}

/// Whether the same request has a chance the next time.
pub(crate) fn is_transient(kind: ErrorKind, status: Option<u16>, has_envelope: bool) -> bool {
    match kind {
        ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Connection | ErrorKind::UnexpectedReply => true,
        // A complete envelope with status 500 is the service's considered answer, the same the next time.
        ErrorKind::Service => !(has_envelope && status == Some(500)),
        ErrorKind::Refused => status == Some(429),
        _ => false,
    }
}

impl<E: TransportError> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.command())?;
        match &self.0.cause {
            Cause::Invalid(error) => write!(f, "{error}; nothing was sent")?,
            Cause::Key(_) => f.write_str("the function that supplies the key failed; nothing was sent")?,
            Cause::Transport(_) => f.write_str(match self.kind() {
                ErrorKind::Connect => "no connection to the gateway; nothing was sent",
                ErrorKind::Timeout => "no reply in time",
                ErrorKind::Cancelled => "cancelled",
                ErrorKind::InvalidRequest => "the request could not be made; nothing was sent",
                _ => "the connection broke before the reply was complete",
            })?,
            Cause::Response(response) => write_response(f, self.kind(), response)?,
            Cause::Element(element) => {
                write!(f, "element {} of the list cannot be read: {}", element.index, element.reason)?;
            }
            Cause::NotReady => f.write_str("the session is not ready yet")?,
            Cause::SessionEnded => f.write_str("the session has ended")?,
        }
        if self.outcome() == Outcome::Unknown {
            f.write_str("; it may have taken effect")?;
        }
        if self.tries() > 1 {
            write!(f, " (tried {} times)", self.tries())?;
        }
        Ok(())
    }
}

fn write_response(f: &mut fmt::Formatter<'_>, kind: ErrorKind, response: &BadResponse) -> fmt::Result {
    let status = response.status;
    match (kind, &response.content) {
        (ErrorKind::Unauthorized, _) => {
            write!(f, "the gateway does not accept the API key (status {status})")
        }
        (ErrorKind::SentWithoutReply, _) => {
            write!(f, "the gateway could not describe the message that it sent (status {status})")
        }
        (_, BadContent::Unreadable(reason)) => {
            write!(f, "the reply (status {status}) cannot be read: {reason}")
        }
        (_, BadContent::Envelope(body)) => {
            write!(f, "the gateway answered with an error (status {status}")?;
            if let Some(name) = &body.name {
                // The name is the class of the error; the message may repeat what the request held.
                write!(f, ", {}", name.chars().filter(|c| !c.is_control()).take(60).collect::<String>())?;
            }
            if let Some(code) = body.code {
                write!(f, ", code {code}")?;
            }
            f.write_str(")")
        }
        (_, BadContent::Other) => {
            write!(f, "the gateway answered with status {status} and no error of its own")
        }
    }
}

impl<E: TransportError> fmt::Debug for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("command", &self.command())
            .field("kind", &self.kind())
            .field("outcome", &self.outcome())
            .field("status", &self.status())
            .field("tries", &self.tries())
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
