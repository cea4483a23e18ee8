//! Handing events to their handlers.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use whatsgate_core::shown;
use whatsgate_model::{
    Disconnect, ErrorReport, Event, EventAction, EventData, EventId, EventInfo, Message, Ready,
};

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Handler = Arc<dyn Fn(Event) -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> + Send + Sync>;

/// The handlers of a program, by what happened. Whatever has events hands them on with [`dispatch`](Self::dispatch): a
/// receiver of webhooks, a loop over the list of events, a test.
///
/// A handler gets what the event carries, such as the [`Message`], and the rest of the event as an [`EventInfo`]. It
/// returns nothing, or a `Result` if it can fail. What handlers share, such as a connection to a database, their closures
/// capture, and clone for each call, because several calls can be under way at a time: see `on_message` below.
///
/// Events that have no handler of their own, those of unknown actions and those whose data cannot be read go to
/// [`on_other`](Self::on_other).
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
/// use whatsgate_native::{Dispatcher, Event, Handled};
///
/// let count = Arc::new(AtomicU32::new(0));
/// let messages = Arc::clone(&count);
/// let dispatcher = Dispatcher::new()
///     .on_message(move |message, event| {
///         let messages = Arc::clone(&messages);
///         async move {
///             messages.fetch_add(1, Ordering::Relaxed);
///             println!("event {}: {}", event.id, message.body);
///         }
///     })
///     .on_disconnect(async |disconnect, _| match disconnect.reason {
///         Some(reason) => Err(format!("link the account again: {reason}")),
///         None => Ok(()),
///     });
///
/// let event: Event = serde_json::from_str(
///     r#"{"id":18,"event_action":"message","event_data":{"message":{"id":"false_79999999999@c.us_3EB0","body":"212"}}}"#,
/// )?;
/// assert_eq!(dispatcher.dispatch(event).await?, Handled::ByAction);
/// assert_eq!(count.load(Ordering::Relaxed), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct Dispatcher {
    handlers: HashMap<EventAction, Handler>,
    other: Option<Handler>,
}

/// Who handled an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Handled {
    /// The handler for its action.
    ByAction,
    /// The handler for all others.
    ByOther,
    /// Nobody: there is a handler neither for its action nor for all others.
    ByNobody,
}

/// A handler that failed. The event is not handled; the handler's own error is the [source](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
#[error("the handler of event {id}, \"{}\", failed", shown(action.as_str()))]
pub struct HandlerError {
    id: EventId,
    action: EventAction,
    source: BoxError,
}

impl HandlerError {
    /// The event's number.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// What happened.
    pub fn action(&self) -> &EventAction {
        &self.action
    }

    /// The handler's own error.
    pub fn into_source(self) -> Box<dyn std::error::Error + Send + Sync> {
        self.source
    }
}

/// What a handler may return: nothing, or a `Result` whose error is any error or a text.
pub trait HandlerResult {
    /// The same as a `Result`.
    ///
    /// # Errors
    /// The handler's error.
    fn into_result(self) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

impl HandlerResult for () {
    fn into_result(self) -> Result<(), BoxError> {
        Ok(())
    }
}

impl<E: Into<BoxError>> HandlerResult for Result<(), E> {
    fn into_result(self) -> Result<(), BoxError> {
        self.map_err(Into::into)
    }
}

/// One method per action, with the data that it carries.
macro_rules! on_action {
    ($( $(#[$meta:meta])* $method:ident, $action:ident($carried:ident: $data:ty) => $take:expr; )+) => {$(
        $(#[$meta])*
        pub fn $method<F, Fut>(mut self, handler: F) -> Self
        where
            F: Fn($data, EventInfo) -> Fut + Send + Sync + 'static,
            Fut: Future<Output: HandlerResult> + Send + 'static,
        {
            let handler = boxed(move |event: Event| {
                let (data, info) = event.into_parts();
                let EventData::$action($carried) = data else {
                    unreachable!("handlers are looked up by the action of the data")
                };
                handler($take, info)
            });
            self.handlers.insert(EventAction::$action, handler);
            self
        }
    )+};
}

impl Dispatcher {
    /// A dispatcher without handlers.
    pub fn new() -> Self {
        Self::default()
    }

    on_action! {
        /// Handles a message that came in.
        on_message, Message(message: Message) => *message;
        /// Handles the message that an asynchronous send produced.
        on_sent, Sent(message: Message) => *message;
        /// Handles a message whose delivery state changed.
        on_ack, Ack(message: Message) => *message;
        /// Handles a message whose file came in.
        on_media, Media(message: Message) => *message;
        /// Handles a message that went out.
        on_create, Create(message: Message) => *message;
        /// Handles a session that was linked.
        on_ready, Ready(ready: Ready) => ready;
        /// Handles an error of the service.
        on_error, Error(report: ErrorReport) => report;
        /// Handles a session that ended.
        on_disconnect, Disconnect(disconnect: Disconnect) => disconnect;
    }

    /// Handles everything that has no handler of its own, that this version does not know, or that cannot be read.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_native::{Dispatcher, Event, Handled};
    ///
    /// let dispatcher = Dispatcher::new()
    ///     .on_message(async |message, _| println!("{}", message.body))
    ///     .on_other(async |event| println!("{}: {}", event.action, event.raw().as_str()));
    ///
    /// // Of an action that this version does not know:
    /// let event: Event = serde_json::from_str(r#"{"id":19,"event_action":"call","event_data":{"from":"79999999999@c.us"}}"#)?;
    /// assert_eq!(dispatcher.dispatch(event).await?, Handled::ByOther);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn on_other<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Event) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult> + Send + 'static,
    {
        self.other = Some(boxed(handler));
        self
    }

    /// Hands an event to its handler and waits until that is done.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_native::{Dispatcher, Event, Handled};
    ///
    /// let dispatcher = Dispatcher::new().on_other(async |_| Err("the disk is full"));
    /// let event: Event = serde_json::from_str(r#"{"id":19,"event_action":"call","event_data":{"from":"79999999999@c.us"}}"#)?;
    /// if let Err(failed) = dispatcher.dispatch(event).await {
    ///     assert_eq!(failed.id().0, 19);
    ///     assert_eq!(failed.into_source().to_string(), "the disk is full");
    /// }
    /// # let event: Event = serde_json::from_str(r#"{"id":20,"event_action":"call","event_data":{}}"#)?;
    /// # assert_eq!(Dispatcher::new().dispatch(event).await?, Handled::ByNobody);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When the handler failed.
    pub async fn dispatch(&self, event: Event) -> Result<Handled, HandlerError> {
        let own = event.data.action().and_then(|action| self.handlers.get(&action));
        let (handler, handled) = match (own, &self.other) {
            (Some(own), _) => (own, Handled::ByAction),
            (None, Some(other)) => (other, Handled::ByOther),
            (None, None) => return Ok(Handled::ByNobody),
        };
        let (id, action) = (event.id, event.action.clone());
        match handler(event).await {
            Ok(()) => Ok(handled),
            Err(source) => Err(HandlerError { id, action, source }),
        }
    }
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher")
            .field("actions", &self.handlers.keys())
            .field("other", &self.other.is_some())
            .finish()
    }
}

fn boxed<F, Fut>(handler: F) -> Handler
where
    F: Fn(Event) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: HandlerResult> + Send + 'static,
{
    Arc::new(move |event| {
        let handled = handler(event);
        Box::pin(async move { handled.await.into_result() })
    })
}
