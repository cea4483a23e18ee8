//! Requests over reqwest.

use std::fmt;
use std::future::Future;
use std::time::{Duration, Instant};

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
}

/// How long requests may take, from the first byte sent to the last one received.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) light: Duration,
    pub(crate) media: Duration,
}

impl HttpTransport {
    pub(crate) fn new(http: reqwest::Client, timeouts: Timeouts) -> Self {
        Self { http, timeouts, start: Instant::now() }
    }

    /// Posts a request with this body in place of its own, and returns once the head of the response is there.
    pub(crate) async fn post(
        &self,
        request: &Request,
        body: impl Into<reqwest::Body>,
    ) -> Result<reqwest::Response, TransportError> {
        let timeout = match request.weight {
            Weight::Light => self.timeouts.light,
            Weight::Media => self.timeouts.media,
        };
        let mut post = self.http.post(&request.url).timeout(timeout);
        for (name, value) in request.headers() {
            let mut value = reqwest::header::HeaderValue::try_from(value).unwrap_or_else(|_| empty_header());
            value.set_sensitive(name == "x-api-key");
            post = post.header(name, value);
        }
        post.body(body).send().await.map_err(TransportError::new)
    }

    /// Fetches something that is not the gateway's, without the key.
    pub(crate) async fn get(&self, url: reqwest::Url) -> Result<reqwest::Response, TransportError> {
        self.http.get(url).timeout(self.timeouts.media).send().await.map_err(TransportError::new)
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
    Response::new(response.status().as_u16(), Vec::new()).with_retry_after(retry_after)
}

/// The whole response, in room made once where its length is known.
pub(crate) async fn collect(mut response: reqwest::Response) -> Result<Response, TransportError> {
    let mut whole = head(&response);
    let length = response.content_length().unwrap_or_default().min(MOST_RESERVED);
    let mut body = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    while let Some(piece) = response.chunk().await.map_err(TransportError::new)? {
        body.extend_from_slice(&piece);
    }
    whole.body = body.into();
    Ok(whole)
}

/// Notes in the log what became of an exchange and how long it took.
pub(crate) async fn observed(
    command: &'static str,
    exchange: impl Future<Output = Result<Response, TransportError>>,
) -> Result<Response, TransportError> {
    let span = tracing::debug_span!("whatsgate", command);
    async {
        let start = Instant::now();
        let result = exchange.await;
        let milliseconds = start.elapsed().as_millis();
        match &result {
            Ok(response) => tracing::debug!(status = response.status, milliseconds, "answered"),
            Err(error) => tracing::warn!(%error, milliseconds, "failed"),
        }
        result
    }
    .instrument(span)
    .await
}

fn empty_header() -> reqwest::header::HeaderValue {
    reqwest::header::HeaderValue::from_static("")
}

impl Transport for HttpTransport {
    type Error = TransportError;

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let body = request.body.clone();
        observed(request.command, async { collect(self.post(&request, body).await?).await }).await
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }
}

/// What went wrong on the way to the gateway.
///
/// Opaque, so that a new version of the HTTP library changes nothing for users. Shows neither URL nor headers.
pub struct TransportError {
    failure: TransportFailure,
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl TransportError {
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
    pub(crate) fn given_up() -> Self {
        Self { failure: TransportFailure::Cancelled, source: "given up because of a local failure".into() }
    }
}

impl whatsgate_core::TransportError for TransportError {
    fn failure(&self) -> TransportFailure {
        self.failure
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("failure", &self.failure)
            .field("source", &self.source)
            .finish()
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.source()
    }
}
