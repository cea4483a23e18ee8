//! Requests over reqwest.

use std::fmt;
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

    async fn exchange(&self, request: Request) -> Result<Response, reqwest::Error> {
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
        let response = post.body(request.body).send().await?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        Ok(Response::new(status, response.bytes().await?).with_retry_after(retry_after))
    }
}

fn empty_header() -> reqwest::header::HeaderValue {
    reqwest::header::HeaderValue::from_static("")
}

impl Transport for HttpTransport {
    type Error = TransportError;

    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let span = tracing::debug_span!("whatsgate", command = request.command);
        async {
            let start = Instant::now();
            let result = self.exchange(request).await.map_err(TransportError::new);
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
    source: reqwest::Error,
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
        Self { failure, source: error.without_url() }
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
        std::error::Error::source(&self.source)
    }
}
