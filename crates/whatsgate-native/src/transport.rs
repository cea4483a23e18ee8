//! Requests over reqwest.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use tracing::Instrument;
use whatsgate_core::{Request, Response, Transport, TransportFailure, Weight};

/// Sends requests with reqwest, and tells the time with tokio.
///
/// Made by [`ClientBuilder`](crate::ClientBuilder).
#[derive(Clone, Debug)]
pub struct HttpTransport {
    http: reqwest::Client,
    timeouts: Timeouts,
    start: Instant,
    last: Arc<Mutex<Option<Template>>>,
}

/// A request without its body, kept for the next one like it: to read a URL and headers from text takes longer than
/// anything else that is done here for a small request.
#[derive(Debug)]
struct Template {
    url: String,
    request: reqwest::Request,
}

/// How long requests may take, from the first byte sent to the last one received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) light: Duration,
    pub(crate) media: Duration,
}

impl HttpTransport {
    pub(crate) fn new(http: reqwest::Client, timeouts: Timeouts) -> Self {
        Self { http, timeouts, start: Instant::now(), last: Arc::default() }
    }

    /// Posts a request with this body in place of its own, and returns once the head of the response is there.
    pub(crate) async fn post(
        &self,
        request: &Request,
        body: impl Into<reqwest::Body>,
    ) -> Result<reqwest::Response, HttpError> {
        let timeout = match request.weight {
            Weight::Light => self.timeouts.light,
            Weight::Media => self.timeouts.media,
        };
        let mut post = self.without_body(request).map_err(HttpError::new)?;
        *post.timeout_mut() = Some(timeout);
        *post.body_mut() = Some(body.into());
        self.http.execute(post).await.map_err(HttpError::new)
    }

    fn without_body(&self, request: &Request) -> Result<reqwest::Request, reqwest::Error> {
        let headers = request.headers();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = &*last
            && template.url == request.url
            && headers.iter().all(|(name, value)| {
                template
                    .request
                    .headers()
                    .get(*name)
                    .is_some_and(|known| known.as_bytes() == value.as_bytes())
            })
            && let Some(made) = template.request.try_clone()
        {
            return Ok(made);
        }
        let mut post = self.http.post(&request.url);
        for (name, value) in headers {
            let mut value = reqwest::header::HeaderValue::try_from(value).unwrap_or_else(|_| empty_header());
            value.set_sensitive(name == "x-api-key");
            post = post.header(name, value);
        }
        let made = post.build()?;
        *last = made
            .try_clone()
            .map(|request_without_body| Template { url: request.url.clone(), request: request_without_body });
        Ok(made)
    }

    /// Fetches something that is not the gateway's, without the key.
    #[cfg(feature = "files")]
    pub(crate) async fn get(&self, url: reqwest::Url) -> Result<reqwest::Response, HttpError> {
        self.http.get(url).timeout(self.timeouts.media).send().await.map_err(HttpError::new)
    }
}

/// How much room a response gets on its word alone.
const MOST_RESERVED: u64 = 64 * 1024 * 1024;

/// What the head of a response says, without the body.
pub(crate) fn head(response: &reqwest::Response) -> Response {
    let retry_after = response
        .headers()
        .get(reqwest::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let date = response
        .headers()
        .get(reqwest::header::DATE)
        .and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok())
        .and_then(unix_seconds);
    Response::new(response.status().as_u16(), Vec::new()).with_retry_after(retry_after).with_date(date)
}

fn unix_seconds(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
}

/// The whole response, in room made once where its length is known.
pub(crate) async fn collect(mut response: reqwest::Response) -> Result<Response, HttpError> {
    let mut whole = head(&response);
    let length = response.content_length().unwrap_or_default();
    let mut next = response.chunk().await.map_err(HttpError::new)?;
    if let Some(piece) = next.take_if(|piece| piece.len() as u64 == length) {
        whole.body = piece;
        return Ok(whole);
    }
    let mut body = Vec::with_capacity(usize::try_from(length.min(MOST_RESERVED)).unwrap_or_default());
    while let Some(piece) = next {
        body.extend_from_slice(&piece);
        next = response.chunk().await.map_err(HttpError::new)?;
    }
    whole.body = body.into();
    Ok(whole)
}

/// Notes in the log what becomes of an exchange and how long it takes.
///
/// Made of combinators, because an async function would hold the exchange several times over.
pub(crate) fn observed(
    command: &'static str,
    exchange: impl Future<Output = Result<Response, HttpError>>,
) -> impl Future<Output = Result<Response, HttpError>> {
    let start = Instant::now();
    let note = move |result: &Result<Response, HttpError>| {
        let milliseconds = start.elapsed().as_millis();
        match result {
            Ok(response) => tracing::debug!(status = response.status, milliseconds, "answered"),
            Err(error) => tracing::warn!(%error, milliseconds, "failed"),
        }
    };
    exchange.inspect(note).instrument(tracing::debug_span!("whatsgate", command))
}

fn empty_header() -> reqwest::header::HeaderValue {
    reqwest::header::HeaderValue::from_static("")
}

impl Transport for HttpTransport {
    type Error = HttpError;

    async fn send(&self, mut request: Request) -> Result<Response, HttpError> {
        let body = std::mem::take(&mut request.body);
        observed(request.command, async { collect(self.post(&request, body).await?).await }).await
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn wall_clock(&self) -> Duration {
        UNIX_EPOCH.elapsed().unwrap_or_default()
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }
}

/// What went wrong on the way to the gateway.
///
/// Opaque, so that a new version of the HTTP library changes nothing for users. Shows neither URL nor headers.
pub struct HttpError {
    failure: TransportFailure,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl HttpError {
    pub(crate) fn new(error: reqwest::Error) -> Self {
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
        Self { failure, source: error.without_url().into() }
    }

    /// The exchange was given up on this side.
    #[cfg(feature = "files")]
    pub(crate) fn given_up() -> Self {
        Self { failure: TransportFailure::Cancelled, source: "given up because of a local failure".into() }
    }
}

impl whatsgate_core::TransportError for HttpError {
    fn failure(&self) -> TransportFailure {
        self.failure
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpError").field("failure", &self.failure).field("source", &self.source).finish()
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}
