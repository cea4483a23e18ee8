//! Receiving events over HTTP.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Response, StatusCode, header};
use axum::routing::post;
use whatsgate_core::webhook::{acknowledgement, parse};
use whatsgate_model::{Disconnect, ErrorReport, Event, EventAction, EventData, Message, Ready};

type HandlerResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;
type Handler = Arc<dyn Fn(Event) -> Pin<Box<dyn Future<Output = HandlerResult> + Send>> + Send + Sync>;

/// Receives events and hands each to the handler for its action.
///
/// The acknowledgement that the gateway wants goes out only after the handler returned `Ok`; after an error the answer is
/// status 500, and the gateway repeats the event up to 3 times, 20 seconds apart (wire reference, section 6). So a handler
/// must be quick, and may see an event twice: tell them apart by [`Event::id`].
///
/// Events without a handler of their own, those of unknown actions and those whose data cannot be read go to
/// [`on_other`](Self::on_other). Without that they are acknowledged and dropped, with a warning in the log if they could
/// not be read.
///
/// The service signs nothing: serve the receiver under a path that nobody can guess.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_native::webhook::Receiver;
///
/// let receiver = Receiver::new().on_message(|message, _event| async move {
///     println!("{}", message.body);
///     Ok::<(), std::io::Error>(())
/// });
/// let listener = tokio::net::TcpListener::bind("0.0.0.0:8080").await?;
/// receiver.serve(listener, "/hook/a-long-secret").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Receiver {
    handlers: HashMap<EventAction, Handler>,
    other: Option<Handler>,
    body_limit: usize,
}

impl Default for Receiver {
    fn default() -> Self {
        Self::new()
    }
}

/// One method per action whose data has the given type.
macro_rules! on_action {
    ($( $(#[$meta:meta])* $method:ident, $action:ident, $data:ty, |$carried:ident| $take:expr; )+) => {$(
        $(#[$meta])*
        pub fn $method<F, Fut, E>(self, handler: F) -> Self
        where
            F: Fn($data, Event) -> Fut + Send + Sync + 'static,
            Fut: Future<Output = Result<(), E>> + Send + 'static,
            E: Into<Box<dyn std::error::Error + Send + Sync>>,
        {
            self.with(EventAction::$action, move |event| match event.data.clone() {
                EventData::$action($carried) => Some(handler($take, event)),
                _ => None,
            })
        }
    )+};
}

impl Receiver {
    /// A receiver that acknowledges everything and does nothing. Takes bodies of up to 16 MiB.
    pub fn new() -> Self {
        Self { handlers: HashMap::new(), other: None, body_limit: 16 * 1024 * 1024 }
    }

    on_action! {
        /// Handles a message that came in.
        on_message, Message, Message, |message| *message;
        /// Handles the message that an asynchronous send produced.
        on_sent, Sent, Message, |message| *message;
        /// Handles a message whose delivery state changed.
        on_ack, Ack, Message, |message| *message;
        /// Handles a message whose file came in.
        on_media, Media, Message, |message| *message;
        /// Handles a message that went out.
        on_create, Create, Message, |message| *message;
        /// Handles a session that was linked.
        on_ready, Ready, Ready, |ready| ready;
        /// Handles an error of the service.
        on_error, Error, ErrorReport, |report| report;
        /// Handles a session that ended.
        on_disconnect, Disconnect, Disconnect, |disconnect| disconnect;
    }

    /// Handles everything that has no handler of its own, that this version does not know, or that cannot be read.
    pub fn on_other<F, Fut, E>(mut self, handler: F) -> Self
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.other = Some(Arc::new(move |event| {
            let handled = handler(event);
            Box::pin(async move { handled.await.map_err(Into::into) })
        }));
        self
    }

    /// Refuses bodies of more than so many bytes.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    fn with<F, Fut, E>(mut self, action: EventAction, handler: F) -> Self
    where
        F: Fn(Event) -> Option<Fut> + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let handler: Handler = Arc::new(move |event| {
            let handled = handler(event);
            Box::pin(async move {
                match handled {
                    Some(handled) => handled.await.map_err(Into::into),
                    None => Ok(()),
                }
            })
        });
        self.handlers.insert(action, handler);
        self
    }

    /// Handles the body of one request, for web frameworks other than axum.
    pub async fn handle(&self, body: &[u8]) -> Answer {
        let event = match parse(body) {
            Ok(event) => event,
            Err(error) => {
                tracing::warn!(%error, "webhook refused");
                return Answer { status: 400, body: format!("{error}\n") };
            }
        };
        let acknowledged = Answer { status: 200, body: acknowledgement(&event) };
        let (id, action) = (event.id, event.action.clone());
        let unreadable = matches!(event.data, EventData::Unreadable { .. });
        let own = self.handlers.get(&action).filter(|_| !unreadable);
        let Some(handler) = own.or(self.other.as_ref()) else {
            if unreadable {
                tracing::warn!(%id, %action, "event cannot be read and has no handler");
            }
            return acknowledged;
        };
        match handler(event).await {
            Ok(()) => acknowledged,
            Err(error) => {
                tracing::error!(%id, %action, %error, "handler failed; the gateway will repeat the event");
                Answer { status: 500, body: "the handler failed\n".to_owned() }
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

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("actions", &self.handlers.keys())
            .field("other", &self.other.is_some())
            .field("body_limit", &self.body_limit)
            .finish()
    }
}

/// What to answer to the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status: 200, 400 for a body that is no event, 500 when the handler failed.
    pub status: u16,
    /// The body; JSON with status 200, a sentence otherwise.
    pub body: String,
}

async fn receive(State(receiver): State<Arc<Receiver>>, body: Bytes) -> Response<Body> {
    let answer = receiver.handle(&body).await;
    let content_type = if answer.status == 200 { "application/json" } else { "text/plain; charset=utf-8" };
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}
