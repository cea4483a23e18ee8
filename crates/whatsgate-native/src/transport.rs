//! Requests over reqwest.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::{FutureExt, TryFutureExt};
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use tracing::Instrument;
use whatsgate_core::{Body, ReplyLimits, Request, Response, Transport, TransportFailure, Weight, shown};

use crate::exchange::{Exchange, Observer};
#[cfg(feature = "files")]
use crate::files::{BrokenOff, EncodedBody, FileContent, TransferError};
use crate::platform::TokioPlatform;

/// Without the feature `files` every request is whole.
#[cfg(not(feature = "files"))]
type FileContent = std::convert::Infallible;

/// Sends requests with reqwest.
///
/// Made by [`ClientBuilder`](crate::ClientBuilder).
#[derive(Clone, Debug)]
pub struct HttpTransport {
    http: reqwest::Client,
    timeouts: Timeouts,
    /// What `http` allows a request that says nothing else.
    default_timeout: Option<Duration>,
    urls: Arc<Urls>,
    pub(crate) observer: Observer,
}

/// The URLs of commands, as text and as read from it, which takes longer than anything else that is done here for a small
/// request. There are fewer commands than places, and none is changed once it is taken, so that nobody waits for a lock.
type Urls = [OnceLock<(String, reqwest::Url)>; 32];

/// How long requests may take, from the first byte sent to the last one received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) light: Duration,
    pub(crate) media: Duration,
}

impl HttpTransport {
    /// Sends with `http`, which allows a request that says nothing else as long as `default_timeout`, if that is known.
    pub(crate) fn new(
        http: reqwest::Client,
        timeouts: Timeouts,
        default_timeout: Option<Duration>,
        observer: Observer,
    ) -> Self {
        Self { http, timeouts, default_timeout, urls: Arc::default(), observer }
    }

    /// Posts a request, and returns once the head of the response is there.
    pub(crate) async fn post(&self, request: Request<FileContent>) -> Result<reqwest::Response, HttpError> {
        let (post, body) = self.head_of(request)?;
        let (body, ended): (_, Option<Arc<AtomicBool>>) = match body {
            Body::Whole(bytes) => (bytes.into(), None),
            #[cfg(not(feature = "files"))]
            Body::File { file, .. } => match file {},
            #[cfg(feature = "files")]
            Body::File { prefix, file, suffix } => {
                // Boxed, so that small requests need no room for it.
                let opened = Box::pin(file.open(self)).await.map_err(HttpError::local)?;
                let body = EncodedBody::new(prefix, opened, suffix, file.report());
                let ended = body.handed_over();
                (reqwest::Body::wrap(body), Some(ended))
            }
        };
        let sent = self.execute(post, body).await;
        // What ends the JSON document is still here.
        let incomplete = ended.is_some_and(|ended| !ended.load(Ordering::SeqCst));
        match sent {
            Ok(response) if incomplete && response.status().is_success() => Err(HttpError::too_early()),
            Ok(response) => Ok(response),
            Err(error) if incomplete => Err(HttpError::new(error).incomplete()),
            Err(error) => Err(HttpError::new(error)),
        }
    }

    /// All of a request but the body, and the body. This and `execute` are no part of `post`, because its future would keep
    /// room for everything that is made on the way.
    fn head_of(
        &self,
        request: Request<FileContent>,
    ) -> Result<(reqwest::Request, Body<FileContent>), HttpError> {
        let mut post = reqwest::Request::new(reqwest::Method::POST, self.url(&request)?);
        *post.headers_mut() = headers(&request);
        let timeout = match request.weight {
            Weight::Light => self.timeouts.light,
            Weight::Media => self.timeouts.media,
        };
        if self.default_timeout != Some(timeout) {
            *post.timeout_mut() = Some(timeout);
        }
        Ok((post, request.body))
    }

    fn execute(
        &self,
        mut post: reqwest::Request,
        body: reqwest::Body,
    ) -> impl Future<Output = Result<reqwest::Response, reqwest::Error>> + use<> {
        *post.body_mut() = Some(body);
        self.http.execute(post)
    }

    fn url(&self, request: &Request<FileContent>) -> Result<reqwest::Url, HttpError> {
        let known = self.urls.iter().map_while(OnceLock::get).find(|(text, _)| *text == request.url);
        if let Some((_, url)) = known {
            return Ok(url.clone());
        }
        let url = reqwest::Url::parse(&request.url).map_err(|error| HttpError {
            failure: TransportFailure::Invalid,
            can_repeat: true,
            source: error.into(),
        })?;
        if let Some(free) = self.urls.iter().find(|place| place.get().is_none()) {
            // Another thread may have been quicker.
            let _ = free.set((request.url.clone(), url.clone()));
        }
        Ok(url)
    }

    /// Fetches something that is not the gateway's, without the key.
    #[cfg(feature = "files")]
    pub(crate) async fn get(&self, url: reqwest::Url) -> Result<reqwest::Response, HttpError> {
        self.http.get(url).timeout(self.timeouts.media).send().await.map_err(HttpError::new)
    }
}

const RATE_LIMIT_RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");

/// How much room a response gets on its word alone.
const MOST_RESERVED: u64 = 64 * 1024 * 1024;

/// What the head of a response says, without the body.
pub(crate) fn head(response: &reqwest::Response) -> Response {
    let date = header(response, DATE).and_then(|value| httpdate::parse_http_date(value).ok());
    Response::new(response.status().as_u16(), Vec::new())
        .with_retry_after(retry_after(response, date.unwrap_or_else(SystemTime::now)))
        .with_date(date.and_then(unix_seconds))
}

fn header(response: &reqwest::Response, name: HeaderName) -> Option<&str> {
    Some(response.headers().get(name)?.to_str().ok()?.trim())
}

/// How long the service wants to be left alone, in seconds or until a date. `now` is the service's own time if it said so.
fn retry_after(response: &reqwest::Response, now: SystemTime) -> Option<Duration> {
    // A number of any length is a number.
    let seconds = |value: &str| {
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| Duration::from_secs(value.parse().unwrap_or(u64::MAX)))
    };
    let until = |value: &str| {
        let date = httpdate::parse_http_date(value).ok()?;
        // A date that is past asks for no wait.
        Some(date.duration_since(now).unwrap_or_default())
    };
    let said = header(response, RETRY_AFTER).and_then(|value| seconds(value).or_else(|| until(value)));
    // Yii2 sends this with every response, and it means a wait only when the limit is reached.
    let limited = response.status() == reqwest::StatusCode::TOO_MANY_REQUESTS;
    said.or_else(|| if limited { header(response, RATE_LIMIT_RESET).and_then(seconds) } else { None })
}

fn unix_seconds(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// The whole response, in room made once where its length is known; or the beginning of one that is larger than it may be.
pub(crate) async fn collect(
    mut response: reqwest::Response,
    reply_limit: usize,
) -> Result<Response, HttpError> {
    let mut whole = head(&response);
    let limit = ReplyLimits::for_status(whole.status, reply_limit);
    let length = response.content_length().unwrap_or_default();
    let mut next = response.chunk().await.map_err(HttpError::new)?;
    if let Some(piece) = next.take_if(|piece| piece.len() as u64 == length && piece.len() <= limit) {
        whole.body = piece;
        return Ok(whole);
    }
    let room = usize::try_from(length.min(MOST_RESERVED)).unwrap_or_default();
    let mut body = Vec::with_capacity(room.min(limit));
    while let Some(piece) = next {
        if piece.len() > limit - body.len() {
            // Enough to see what it was.
            body.extend_from_slice(&piece[..limit - body.len()]);
            body.truncate(ReplyLimits::ERROR);
            body.shrink_to_fit();
            whole.cut = Some(limit);
            break;
        }
        body.extend_from_slice(&piece);
        next = response.chunk().await.map_err(HttpError::new)?;
    }
    whole.body = body.into();
    Ok(whole)
}

/// Notes in the log what becomes of an exchange and how long it takes, and tells who observes.
///
/// Made of combinators, because an async function would hold the exchange several times over.
pub(crate) fn observed(
    observer: &Observer,
    command: &'static str,
    exchange: impl Future<Output = Result<Response, HttpError>>,
) -> impl Future<Output = Result<Response, HttpError>> {
    let start = Instant::now();
    let observer = observer.clone();
    let note = move |result: &Result<Response, HttpError>| {
        let took = start.elapsed();
        let milliseconds = took.as_millis();
        let status = result.as_ref().ok().map(|response| response.status);
        observer.tell(&Exchange { command, status, took });
        match result {
            Ok(response) => tracing::debug!(status = response.status, milliseconds, "answered"),
            Err(error) => tracing::warn!(%error, milliseconds, "failed"),
        }
    };
    exchange.inspect(note).instrument(tracing::debug_span!("whatsgate", command))
}

/// Made by the compiler, so that no name is read and no value copied for a request.
const KEY_HEADER: HeaderName = HeaderName::from_static(Request::KEY_HEADER);
const OTHER_HEADERS: [(HeaderName, HeaderValue); 2] = {
    let [(content_type, json), (accept, also_json)] = Request::OTHER_HEADERS;
    [
        (HeaderName::from_static(content_type), HeaderValue::from_static(json)),
        (HeaderName::from_static(accept), HeaderValue::from_static(also_json)),
    ]
};

fn headers(request: &Request<FileContent>) -> HeaderMap {
    let [(_, key), ..] = request.headers();
    let mut key = HeaderValue::from_str(key).expect("a key has no characters that a header refuses");
    key.set_sensitive(true);
    // With room for the name of this client, which reqwest adds.
    let mut map = HeaderMap::with_capacity(OTHER_HEADERS.len() + 2);
    map.insert(KEY_HEADER, key);
    map.extend(OTHER_HEADERS);
    map
}

impl Transport for HttpTransport {
    type Error = HttpError;
    type Platform = TokioPlatform;
    type File = FileContent;

    /// Made of combinators, as `observed` is.
    fn send(&self, request: Request<FileContent>) -> impl Future<Output = Result<Response, HttpError>> {
        let can_repeat = match &request.body {
            Body::Whole(_) => true,
            #[cfg(not(feature = "files"))]
            Body::File { file, .. } => match *file {},
            #[cfg(feature = "files")]
            Body::File { file, .. } => file.can_reopen(),
        };
        let (command, limit) = (request.command, request.reply_limit);
        let exchange = self.post(request).and_then(move |response| collect(response, limit));
        observed(&self.observer, command, exchange).map(move |result| with_can_repeat(result, can_repeat))
    }
}

/// Says with the result whether there can be another.
pub(crate) fn with_can_repeat(
    result: Result<Response, HttpError>,
    can_repeat: bool,
) -> Result<Response, HttpError> {
    match result {
        Ok(response) => Ok(response.with_can_repeat(can_repeat)),
        Err(error) => Err(HttpError { can_repeat: can_repeat && error.can_repeat, ..error }),
    }
}

/// What went wrong on the way to the gateway.
///
/// Opaque, so that a new version of the HTTP library changes nothing for users. Shows neither URL nor headers.
pub struct HttpError {
    failure: TransportFailure,
    can_repeat: bool,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl HttpError {
    pub(crate) fn new(error: reqwest::Error) -> Self {
        #[cfg(feature = "files")]
        if let Some(broken) = std::iter::successors(std::error::Error::source(&error), |cause| cause.source())
            .find_map(|cause| cause.downcast_ref::<BrokenOff>())
        {
            return Self::local(broken.clone().into());
        }
        // A time-out while connecting counts as connecting: nothing was sent.
        let failure = if error.is_builder() {
            TransportFailure::Invalid
        } else if error.is_connect() {
            TransportFailure::Connect
        } else if error.is_timeout() {
            TransportFailure::Timeout
        } else {
            TransportFailure::Connection
        };
        Self { failure, can_repeat: true, source: error.without_url().into() }
    }

    /// The same error of a request that was not handed over to its end.
    fn incomplete(mut self) -> Self {
        if matches!(self.failure, TransportFailure::Timeout | TransportFailure::Connection) {
            self.failure = TransportFailure::Incomplete;
        }
        self
    }

    /// A success came before the request was sent to its end. Nobody can have carried it out; but something answers there
    /// that is not what it should be, so that nothing is taken for certain.
    fn too_early() -> Self {
        let source = "the gateway answered before it had the whole request";
        Self { failure: TransportFailure::Connection, can_repeat: false, source: source.into() }
    }

    /// The exchange was given up for a reason of this side.
    #[cfg(feature = "files")]
    pub(crate) fn local(error: TransferError) -> Self {
        Self { failure: TransportFailure::Invalid, can_repeat: false, source: error.into() }
    }

    /// The reason of this side, if that is what it was.
    #[cfg(feature = "files")]
    pub(crate) fn into_local(self) -> Result<TransferError, Self> {
        let Self { failure, can_repeat, source } = self;
        source.downcast().map(|error| *error).map_err(|source| Self { failure, can_repeat, source })
    }

    #[cfg(feature = "files")]
    pub(crate) fn is_local(&self) -> bool {
        self.source.is::<TransferError>()
    }
}

impl whatsgate_core::TransportError for HttpError {
    fn failure(&self) -> TransportFailure {
        self.failure
    }

    fn can_repeat(&self) -> bool {
        self.can_repeat
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(&self.source.to_string()).fmt(f)
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpError")
            .field("failure", &self.failure)
            .field("can_repeat", &self.can_repeat)
            .field("source", &format_args!("{}", shown(&format!("{:?}", self.source))))
            .finish()
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}
