//! From a command to an HTTP request.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use whatsgate_model::{Command, InvalidRequest, ReplySize, SendRequest, Weight};

use crate::credentials::{ApiKey, BaseUrl};
use crate::limits::ReplyLimits;
use crate::media::FileSend;

/// An HTTP `POST`, ready to be sent by any transport (wire reference, section 1).
///
/// `F` names the content of a file that is not in memory; see [`Transport::File`](crate::Transport::File). `Debug` shows
/// neither the key nor the body. A clone shares the body.
///
/// ```
/// use whatsgate_core::{ApiKey, BaseUrl, Request, build};
/// use whatsgate_model::SessionsGetRequest;
///
/// let request: Request = build(&BaseUrl::org(), ApiKey::new("YOUR_API_KEY")?, &SessionsGetRequest::new())?;
/// assert_eq!(request.url, "https://whatsgate.org/api/v1/sessions-get");
/// for (name, value) in request.headers() {
///     println!("{name}: {} characters", value.len());
/// }
/// println!("{} bytes", request.body.bytes().len());
/// # Ok::<(), whatsgate_core::InvalidRequest>(())
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Request<F = Infallible> {
    /// The command's name.
    pub command: &'static str,
    /// The URL to post it to.
    pub url: String,
    /// The JSON document.
    pub body: Body<F>,
    /// How long it may take.
    pub weight: Weight,
    /// The most bytes that a successful reply may have. The transport reads no more than
    /// [`ReplyLimits::for_status`] allows and says with [`Response::with_cut`](crate::Response::with_cut) that there is
    /// more.
    pub reply_limit: usize,
    key: ApiKey,
}

/// The JSON document of a request.
#[derive(Clone)]
pub enum Body<F = Infallible> {
    /// All of it.
    Whole(Bytes),
    /// Three parts, to be sent one after another.
    File {
        /// What comes before the file.
        prefix: Bytes,
        /// The file, which is sent as base64: standard alphabet, padded.
        file: F,
        /// What comes after the file.
        suffix: Bytes,
    },
}

impl Body {
    /// All of a body that cannot have a file in it.
    pub fn bytes(&self) -> &Bytes {
        match self {
            Self::Whole(bytes) => bytes,
            Self::File { file, .. } => match *file {},
        }
    }
}

impl Request {
    /// The name of the header that holds the key, in lower case.
    pub const KEY_HEADER: &str = "x-api-key";

    /// The other headers, which are the same in every request; their names are in lower case.
    pub const OTHER_HEADERS: [(&str, &str); 2] = [
        ("content-type", "application/json"),
        // Yii2 services may choose the form of their answer by it.
        ("accept", "application/json"),
    ];

    /// The headers of every request of the account with this key. The first holds the key.
    pub fn headers_with(key: &ApiKey) -> [(&'static str, &str); 3] {
        let [content_type, accept] = Self::OTHER_HEADERS;
        [(Self::KEY_HEADER, key.expose()), content_type, accept]
    }
}

impl<F> Request<F> {
    /// All headers to send. The first holds the key.
    pub fn headers(&self) -> [(&'static str, &str); 3] {
        Request::headers_with(&self.key)
    }
}

impl<F> fmt::Debug for Request<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("command", &self.command)
            .field("url", &self.url)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for Body<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::File { prefix, suffix, .. } => {
                write!(f, "{} bytes around a file", prefix.len() + suffix.len())
            }
        }
    }
}

/// Builds the request of a command, after looking for mistakes.
///
/// ```
/// use whatsgate_core::{ApiKey, BaseUrl, Request, build};
/// use whatsgate_model::{CheckRequest, PhoneNumber, SessionId};
///
/// let command = CheckRequest::new(SessionId::new("YOUR_WHATSAPP_ID")?, PhoneNumber::new("79999999999")?);
/// let request: Request = build(&BaseUrl::ru(), ApiKey::new("YOUR_API_KEY")?, &command)?;
/// assert_eq!(request.url, "https://whatsgate.ru/api/v1/check");
/// assert_eq!(request.body.bytes(), r#"{"WhatsappID":"YOUR_WHATSAPP_ID","number":"79999999999"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InvalidRequest`] when the command cannot succeed; nothing has been sent.
pub fn build<C: Command, F>(base: &BaseUrl, key: ApiKey, command: &C) -> Result<Request<F>, InvalidRequest> {
    Ok(Draft::of(command)?.request(base, key, &ReplyLimits::default()))
}

/// A request without what the account adds. Not generic over the command, so that what follows exists once in a program.
pub(crate) struct Draft<F> {
    command: &'static str,
    weight: Weight,
    reply_size: ReplySize,
    body: Body<F>,
}

impl<F> Draft<F> {
    pub(crate) fn of<C: Command>(command: &C) -> Result<Self, InvalidRequest> {
        command.check()?;
        let weight = if command.has_file() { Weight::Media } else { Weight::Light };
        Self::of_body(C::NAME, weight, C::REPLY_SIZE, serde_json::to_vec(command))
    }

    fn of_body(
        command: &'static str,
        weight: Weight,
        reply_size: ReplySize,
        body: Result<Vec<u8>, serde_json::Error>,
    ) -> Result<Self, InvalidRequest> {
        let body = body.map_err(|error| InvalidRequest::new("request", error.to_string()))?;
        Ok(Self { command, weight, reply_size, body: Body::Whole(body.into()) })
    }

    pub(crate) fn of_file(send: &FileSend, file: F) -> Result<Self, InvalidRequest> {
        let (prefix, suffix) = send.split()?;
        Ok(Self {
            command: SendRequest::NAME,
            weight: Weight::Media,
            reply_size: SendRequest::REPLY_SIZE,
            body: Body::File { prefix, file, suffix },
        })
    }

    pub(crate) fn request(self, base: &BaseUrl, key: ApiKey, limits: &ReplyLimits) -> Request<F> {
        let Self { command, weight, reply_size, body } = self;
        let reply_limit = limits.of(reply_size);
        Request { command, url: format!("{}/{command}", base.as_str()), body, weight, reply_limit, key }
    }
}
