//! What becomes of a request's body: the handler's work and the answer.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use whatsgate_core::shown;
use whatsgate_core::webhook::{acknowledgement, parse};
use whatsgate_model::{Event, EventData};

use super::intake::HookLimits;
use super::response::HookResponse;
use super::under_way::UnderWay;
use crate::dispatcher::{Dispatcher, Handled};

/// Receives events over HTTP and hands each to a [`Dispatcher`].
///
/// The acknowledgement that the gateway wants goes out only after the handler is done; when it fails the answer is
/// status 500, and the gateway repeats the event up to 3 times, 20 seconds apart (wire reference, section 6). So a handler
/// must be quick, and may see an event twice: tell them apart by [`Event::id`](crate::Event::id).
///
/// - A handler runs to its end, even if the gateway hangs up meanwhile.
/// - An event that comes again while its handler is at work starts no second one: both deliveries get the one answer.
/// - A handler that panics has failed, and so has one that is not done after
///   [15 seconds](Self::with_handler_deadline).
/// - Events that nobody handles are acknowledged and dropped, with a warning in the log if they could not be read.
///
/// The service signs nothing: serve the receiver under a path that nobody can guess.
///
/// It keeps nothing, and so cannot promise that nothing is lost: an event that comes while the program is down for longer than
/// those repetitions is gone, and one whose handler was done when the program died, or answered too late, is handled again.
/// The crate `whatsgate-durable` stores events before they are acknowledged, and fetches what was missed.
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
    under_way: Arc<UnderWay>,
    handler_deadline: Duration,
    pub(super) limits: HookLimits,
}

impl Receiver {
    /// A receiver that hands events to `dispatcher`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use whatsgate_native::{Dispatcher, Receiver};
    ///
    /// let receiver = Receiver::new(Dispatcher::new())
    ///     .with_handler_deadline(Duration::from_secs(5))
    ///     .with_body_limit(1 << 20)
    ///     .with_memory_limit(8 << 20)
    ///     .with_connection_limit(64)
    ///     .with_read_timeout(Duration::from_secs(10));
    /// # drop(receiver);
    /// ```
    pub fn new(dispatcher: impl Into<Arc<Dispatcher>>) -> Self {
        Self {
            dispatcher: dispatcher.into(),
            under_way: Arc::default(),
            handler_deadline: Duration::from_secs(15),
            limits: HookLimits::default(),
        }
    }

    /// How long a handler may take, 15 seconds unless told otherwise. After that its future is dropped, and the event
    /// counts as not handled.
    ///
    /// Less than the 20 seconds after which the gateway repeats an event: then the repetition finds the first try ended,
    /// and gets a new one, instead of waiting for one that hangs.
    pub fn with_handler_deadline(mut self, deadline: Duration) -> Self {
        self.handler_deadline = deadline;
        self
    }

    /// Refuses bodies of more than so many bytes; 16 MiB unless told otherwise.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// How many bytes of bodies [`serve`](Self::serve) holds at most in all connections and for all handlers at work, 32 MiB
    /// unless told otherwise. The program takes a few times as much at most: room that grows is given back in pieces, and
    /// an event that was read holds its text and what was made of it.
    ///
    /// A body that still grows when there is no room left takes the room of the connection that has been slow for longest,
    /// which gets a 503; if only handlers hold room, it gets the 503 itself. The gateway sends such an event again.
    pub fn with_memory_limit(mut self, bytes: usize) -> Self {
        self.limits.memory = bytes;
        self
    }

    /// How many connections [`serve`](Self::serve) has at most, 1024 unless told otherwise.
    ///
    /// One more takes the place of the connection that has sent no whole request for longest; if all of them have, it waits.
    pub fn with_connection_limit(mut self, connections: usize) -> Self {
        self.limits.connections = connections;
        self
    }

    /// How long the other side of [`serve`](Self::serve) may take for the head of a request, since it connected or got the
    /// last answer, and how long for its body; 30 seconds each unless told otherwise.
    pub fn with_read_timeout(mut self, timeout: Duration) -> Self {
        self.limits.read_timeout = timeout;
        self
    }

    /// Handles the body of one request, for programs that have a web server already. Must be called on a tokio runtime.
    ///
    /// The limits of [`serve`](Self::serve) are that server's then. The handler runs to its end even if this future is
    /// dropped.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_native::{Dispatcher, Receiver};
    ///
    /// let receiver = Receiver::new(Dispatcher::new().on_message(async |message, _| println!("{}", message.body)));
    /// let body = br#"{"id":18,"event_action":"message","event_data":{"message":{"id":"false_79999999999@c.us_3EB0","body":"212"}}}"#;
    /// let response = receiver.handle(body).await;
    /// assert_eq!((response.status, response.body.contains("OK")), (200, true));
    /// assert_eq!(receiver.handle(b"no event").await.status, 400);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub async fn handle(&self, body: &[u8]) -> HookResponse {
        match read(body) {
            Ok(event) => self.answer(event, ()).await,
            Err(refused) => refused,
        }
    }

    /// The answer to an event. What is `held` is dropped once the handler is done.
    pub(super) fn answer<H: Send + 'static>(
        &self,
        event: Event,
        held: H,
    ) -> impl Future<Output = HookResponse> + use<H> {
        let key = self.under_way.key(&event);
        let work = || work(Arc::clone(&self.dispatcher), event, self.handler_deadline, held);
        UnderWay::join_or_start(&self.under_way, key, work)
            .map(|response| response.unwrap_or_else(|| HookResponse::new(500, FAILED)))
    }
}

const FAILED: &str = "the handler failed\n";

/// The event in a body, or the answer that there is none.
pub(super) fn read(body: &[u8]) -> Result<Event, HookResponse> {
    parse(body).map_err(|error| {
        tracing::warn!(%error, "webhook refused");
        HookResponse::new(400, format!("{error}\n"))
    })
}

async fn work(
    dispatcher: Arc<Dispatcher>,
    event: Event,
    deadline: Duration,
    _held: impl Send + 'static,
) -> HookResponse {
    let acknowledged = HookResponse::new(200, acknowledgement(&event));
    let (id, action) = (event.id, event.action.clone());
    // It comes from outside, and a line break in it could forge a line of the log.
    let action = shown(action.as_str());
    let unreadable = matches!(event.data, EventData::Unreadable { .. });
    match tokio::time::timeout(deadline, dispatcher.dispatch(event)).await {
        Ok(Ok(handled)) => {
            if unreadable && handled == Handled::ByNobody {
                tracing::warn!(%id, %action, "event cannot be read and has no handler");
            }
            acknowledged
        }
        Ok(Err(failed)) => {
            let error = failed.into_source();
            tracing::error!(%id, %action, %error, "handler failed; the gateway will repeat the event");
            HookResponse::new(500, FAILED)
        }
        Err(_) => {
            tracing::error!(%id, %action, ?deadline, "handler took too long; the gateway will repeat the event");
            HookResponse::new(500, "the handler took too long\n")
        }
    }
}
