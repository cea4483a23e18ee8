//! Receiving events over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Response, StatusCode, header};
use axum::routing::post;
use whatsgate_core::webhook::{acknowledgement, parse};
use whatsgate_model::EventData;

use crate::dispatcher::{Dispatcher, Handled};

/// Receives events over HTTP and hands each to a [`Dispatcher`].
///
/// The acknowledgement that the gateway wants goes out only after the handler is done; when it fails the answer is
/// status 500, and the gateway repeats the event up to 3 times, 20 seconds apart (wire reference, section 6). So a handler
/// must be quick, and may see an event twice: tell them apart by [`Event::id`](crate::Event::id).
///
/// Events that nobody handles are acknowledged and dropped, with a warning in the log if they could not be read.
///
/// The service signs nothing: serve the receiver under a path that nobody can guess.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_native::{Dispatcher, Receiver};
///
/// let dispatcher = Dispatcher::new().on_message(async |message, event| {
///     println!("event {}: {}", event.id, message.body);
/// });
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// Receiver::new(dispatcher).serve(listener, "/hook/a-long-secret").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Receiver {
    dispatcher: Arc<Dispatcher>,
    body_limit: usize,
}

/// What to answer to the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookResponse {
    /// The HTTP status: 200, 400 for a body that is no event, 500 when the handler failed.
    pub status: u16,
    /// The body; JSON with status 200, a sentence otherwise.
    pub body: String,
}

impl Receiver {
    /// A receiver that hands events to `dispatcher`. Takes bodies of up to 16 MiB.
    pub fn new(dispatcher: impl Into<Arc<Dispatcher>>) -> Self {
        Self { dispatcher: dispatcher.into(), body_limit: 16 * 1024 * 1024 }
    }

    /// Refuses bodies of more than so many bytes.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Handles the body of one request, for web frameworks other than axum.
    pub async fn handle(&self, body: &[u8]) -> HookResponse {
        let event = match parse(body) {
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(%error, "webhook refused");
                return HookResponse { status: 400, body: format!("{error}\n") };
            }
        };
        let acknowledged = HookResponse { status: 200, body: acknowledgement(&event) };
        let (id, action) = (event.id, event.action.clone());
        let unreadable = matches!(event.data, EventData::Unreadable { .. });
        match self.dispatcher.dispatch(event).await {
            Ok(handled) => {
                if unreadable && handled == Handled::ByNobody {
                    tracing::warn!(%id, action = action.as_str(), "event cannot be read and has no handler");
                }
                acknowledged
            }
            Err(failed) => {
                let error = failed.into_source();
                tracing::error!(
                    %id, action = action.as_str(), %error,
                    "handler failed; the gateway will repeat the event"
                );
                HookResponse { status: 500, body: "the handler failed\n".to_owned() }
            }
        }
    }

    /// An axum router that receives events under `path`, which must start with `/`.
    pub fn router(self, path: &str) -> Router {
        let limit = DefaultBodyLimit::max(self.body_limit);
        Router::new().route(path, post(receive)).layer(limit).with_state(Arc::new(self))
    }

    /// Receives events under `path` until the program ends.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self, listener: tokio::net::TcpListener, path: &str) -> std::io::Result<()> {
        axum::serve(listener, self.router(path)).await
    }
}

async fn receive(State(receiver): State<Arc<Receiver>>, body: Bytes) -> Response<Body> {
    let answer = receiver.handle(&body).await;
    let content_type = if answer.status == 200 { "application/json" } else { "text/plain; charset=utf-8" };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}
