//! From an HTTP response to a reply or a failure.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use bytes::Bytes;
use whatsgate_model::{ErrorBody, JsonError, Reply, ReplySize, Said, from_json, member};

use crate::failure::ServiceWords;
use crate::kind::{ErrorKind, is_certain};
use crate::media::DecodeError;
use crate::shown::shown;
use whatsgate_model::Command;

/// What came back over HTTP. `Debug` does not show the body.
///
/// ```
/// use std::time::Duration;
/// use whatsgate_core::{ErrorKind, Response, parse};
/// use whatsgate_model::CheckRequest;
///
/// let busy = Response::new(429, "slow down").with_retry_after(Some(Duration::from_secs(5)));
/// let bad = parse::<CheckRequest>(busy).unwrap_err();
/// assert_eq!((bad.kind(), bad.raw()), (ErrorKind::Refused, &b"slow down"[..]));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// How long the service wants to be left alone, by the header `Retry-After`, or with status 429 by
    /// `X-Rate-Limit-Reset`.
    pub retry_after: Option<Duration>,
    /// The header `Date`, in Unix seconds: the time by the service's clock.
    pub date: Option<i64>,
    /// The body as it came, but for a file that was taken out of it on the way.
    pub body: Bytes,
    /// The limit in bytes that the body goes beyond, if it does; then [`body`](Self::body) is only its beginning.
    pub cut: Option<usize>,
    /// Why the file that was taken out of the body cannot be read.
    pub fault: Option<DecodeError>,
    /// Whether the request can be sent again; see [`TransportError::can_repeat`](crate::TransportError::can_repeat).
    pub can_repeat: bool,
}

impl Response {
    /// A response without headers that matter.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            retry_after: None,
            date: None,
            body: body.into(),
            cut: None,
            fault: None,
            can_repeat: true,
        }
    }

    /// Says that the file taken out of the body cannot be read, so that a success is none.
    pub fn with_fault(mut self, fault: Option<DecodeError>) -> Self {
        self.fault = fault;
        self
    }

    /// Says that the body goes beyond this limit in bytes, so that a success is none.
    pub fn with_cut(mut self, limit: Option<usize>) -> Self {
        self.cut = limit;
        self
    }

    /// Says whether the request can be sent again.
    pub fn with_can_repeat(mut self, can_repeat: bool) -> Self {
        self.can_repeat = can_repeat;
        self
    }

    /// Sets how long the service wants to be left alone.
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.retry_after = retry_after;
        self
    }

    /// Sets what the service's clock showed, in Unix seconds.
    pub fn with_date(mut self, date: Option<i64>) -> Self {
        self.date = date;
        self
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// A reply together with the text it was read from, so that members this SDK does not know stay reachable.
///
/// Dereferences to the reply. `Debug` does not show the text.
///
/// ```
/// use whatsgate_core::{Response, parse};
/// use whatsgate_model::CheckRequest;
///
/// let reply = parse::<CheckRequest>(Response::new(200, r#"{"result":"OK","data":true,"lid":"5@lid"}"#)).unwrap();
/// // A member that the schemas do not know:
/// assert!(reply.raw().contains("5@lid"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FullReply<R> {
    /// The reply.
    pub reply: R,
    /// The HTTP status.
    pub status: u16,
    /// What the service's clock showed, in Unix seconds, if it said so.
    pub date: Option<i64>,
    body: Bytes,
}

impl<R> FullReply<R> {
    fn new(reply: R, response: Response) -> Self {
        Self { reply, status: response.status, date: response.date, body: response.body }
    }
}

impl<R> FullReply<R> {
    /// The body as it came.
    pub fn raw(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or_default()
    }
}

impl<R> Deref for FullReply<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.reply
    }
}

impl<R: fmt::Debug> fmt::Debug for FullReply<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FullReply")
            .field("reply", &self.reply)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// A response that holds no reply. `Debug` does not show the body.
///
/// ```
/// use whatsgate_core::{BadContent, ErrorKind, Response, parse};
/// use whatsgate_model::CheckRequest;
///
/// let body = r#"{"name":"Exception","message":"the session is not ready","code":0}"#;
/// let bad = parse::<CheckRequest>(Response::new(500, body)).unwrap_err();
/// assert!(matches!(bad.content, BadContent::Envelope(_)));
/// assert_eq!((bad.kind(), bad.raw()), (ErrorKind::Service, body.as_bytes()));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadResponse {
    /// The HTTP status.
    pub status: u16,
    /// How long the service wants to be left alone.
    pub retry_after: Option<Duration>,
    /// What the body was.
    pub content: BadContent,
    raw: RawBody,
}

/// What the body of a response without a reply was. `Debug` does not show the envelope, any member of which may repeat what
/// the request held.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BadContent {
    /// The service's error envelope, or another object that tells of an error.
    Envelope(Box<ErrorBody>),
    /// Something else with a status of failure: a proxy's HTML, plain text, nothing.
    Other,
    /// A success whose body cannot be read, with the reason and its place.
    Unreadable(String),
}

impl fmt::Debug for BadContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Envelope(_) => f.debug_tuple("Envelope").finish_non_exhaustive(),
            Self::Other => f.write_str("Other"),
            Self::Unreadable(reason) => {
                f.debug_tuple("Unreadable").field(&format_args!("{}", shown(reason))).finish()
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
struct RawBody(Bytes);

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl BadResponse {
    /// The body as it came.
    pub fn raw(&self) -> &[u8] {
        &self.raw.0
    }

    /// The service's error envelope, if there was one.
    pub fn envelope(&self) -> Option<&ErrorBody> {
        match &self.content {
            BadContent::Envelope(body) => Some(body),
            _ => None,
        }
    }

    /// The service's own words, empty if there was no envelope.
    pub(crate) fn words(&self) -> ServiceWords {
        let Some(body) = self.envelope() else { return ServiceWords::default() };
        let text = String::from_utf8_lossy(self.raw());
        ServiceWords {
            name: body.name.clone(),
            // The model reads numbers and text; a code may be anything.
            code: member(bare(&text), "code").map(|code| from_json(code).unwrap_or_else(|_| code.to_owned())),
            message: body.message.clone(),
        }
    }

    /// What kind of error the response to a `send` is. For other commands it is the same, save that
    /// [`SentWithoutReply`](ErrorKind::SentWithoutReply) does not occur.
    pub fn kind(&self) -> ErrorKind {
        match self.kind_by_status() {
            ErrorKind::Unauthorized => ErrorKind::Unauthorized,
            _ if self.is_sent_without_reply() => ErrorKind::SentWithoutReply,
            kind => kind,
        }
    }

    pub(crate) fn kind_by_status(&self) -> ErrorKind {
        let envelope = self.envelope();
        // With another status than these it may be the word of somebody behind a proxy that tells a story of its own.
        let may_say = matches!(self.status, 200..=299 | 500) || is_certain(self.status);
        let says = envelope
            .is_some_and(|body| body.name.as_deref() == Some("Unauthorized") || body.status == Some(401));
        if self.status == 401 || (may_say && says) {
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
        let says = |words: &str| self.raw().windows(words.len()).any(|part| part == words.as_bytes());
        !matches!(self.content, BadContent::Unreadable(_)) && says("Evaluation failed") && says("serialize")
    }

    fn new(response: Response, content: BadContent) -> Self {
        Self {
            status: response.status,
            retry_after: response.retry_after,
            content,
            raw: RawBody(response.body),
        }
    }
}

/// Reads the reply of a command.
///
/// A success is any 2xx whose body has the shape of the reply and tells of no error: [`ErrorBody::in_success`] has the rule
/// (wire reference, section 1.1).
///
/// ```
/// use whatsgate_core::{Response, parse};
/// use whatsgate_model::CheckRequest;
///
/// let answer = parse::<CheckRequest>(Response::new(200, r#"{"result":"OK","data":"1","new":7}"#)).unwrap();
/// assert!(answer.data);
/// assert!(answer.raw().contains("new"));
/// ```
///
/// # Errors
/// [`BadResponse`] keeps the status and the body.
pub fn parse<C: Command>(response: Response) -> Result<FullReply<C::Reply>, BadResponse> {
    let read = success(&response).map(<C::Reply as Reply>::from_json);
    let content = match read {
        Ok(Ok(reply)) => match error_beside(&response, C::REPLY_SIZE, reply.result()) {
            None => return Ok(FullReply::new(reply, response)),
            Some(error) => error,
        },
        Ok(Err(error)) => unreadable(&response, &error),
        Err(content) => content,
    };
    Err(BadResponse::new(response, content))
}

/// The error that a body tells of which can be read as a reply as well.
///
/// A list or a file shows by itself that it is none, so that it need not be read again for what small replies are looked
/// through for.
fn error_beside(response: &Response, size: ReplySize, result: Option<&str>) -> Option<BadContent> {
    let plain = size != ReplySize::Small && result.is_some_and(|word| Said::by_word(word) == Said::Done);
    if plain { None } else { error_in(response, ErrorBody::beside_reply) }
}

fn error_in(response: &Response, read: fn(&str) -> Option<ErrorBody>) -> Option<BadContent> {
    let body = success(response).ok()?;
    Some(BadContent::Envelope(Box::new(read(body)?)))
}

fn unreadable(response: &Response, error: &JsonError) -> BadContent {
    error_in(response, ErrorBody::in_success).unwrap_or_else(|| {
        let is_page = response.body.trim_ascii_start().starts_with(b"<");
        let why = if is_page { "it is HTML, not JSON".to_owned() } else { error.to_string() };
        BadContent::Unreadable(why)
    })
}

fn success(response: &Response) -> Result<&str, BadContent> {
    let text = std::str::from_utf8(&response.body);
    if !(200..300).contains(&response.status) {
        return Err(match text.ok().and_then(|text| ErrorBody::in_failure(bare(text))) {
            Some(body) => BadContent::Envelope(Box::new(body)),
            None => BadContent::Other,
        });
    }
    if let Some(limit) = response.cut {
        return Err(BadContent::Unreadable(format!("it has more than the {limit} bytes that are allowed")));
    }
    if let Some(fault) = &response.fault {
        return Err(BadContent::Unreadable(fault.to_string()));
    }
    text.map(bare).map_err(|error| BadContent::Unreadable(error.to_string()))
}

/// Some PHP files begin with a byte order mark, which JSON does not allow.
fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}
