//! A named reader of the journal and its handlers.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use whatsgate_model::{
    ChatId, Disconnect, ErrorReport, Event, EventAction, EventData, Message, MessageType, RawJson, Ready,
};
use whatsgate_native::HandlerResult;
use whatsgate_store::Transaction;
use whatsgate_store::consumers::StartAt;
use whatsgate_store::durable::partition::Patience;

use crate::delivery::Delivery;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Handling = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
type AsyncHandler<S> = Arc<dyn Fn(Event, Delivery<S>) -> Handling + Send + Sync>;
type SyncHandler<S> =
    Arc<dyn Fn(&mut Transaction<'_>, Event, Delivery<S>) -> Result<(), BoxError> + Send + Sync>;
pub(crate) type UnreadableHandler<S> = Arc<dyn Fn(RawJson, Delivery<S>) -> Handling + Send + Sync>;

/// Handles the events of a journal under a name, at which the next process goes on where this one ended.
///
/// A handler gets what the event carries and a [`Delivery`]. Which one gets an event is decided by, in this order: the chat,
/// the message's type, the action, and last [`on_other`](Self::on_other). An event that nobody wants counts as handled.
///
/// **How often.** Each event is handled at least once: when a process dies between a handler's work and the commit of its
/// progress, the next one does it again, with the same [`key`](Delivery::key). With a handler that writes to the store's own
/// database, [`on_message_in_transaction`](Self::on_message_in_transaction), work and progress are one commit: exactly
/// once.
///
/// **In which order.** Events of a chat are handled one after another. Chats are spread over
/// [partitions](Self::partitions), which work at the same time.
///
/// **When it fails.** A handler that returns an error, panics or takes longer than its
/// [deadline](Self::deadline) is tried again after growing pauses, and the later events of its chat wait meanwhile. After
/// the last try, or at once for an error of [`GiveUp`], the event becomes a dead letter and its chat goes on.
///
/// ```
/// use whatsgate_durable::Consumer;
///
/// let consumer = Consumer::new("answers").on_message(async |message, delivery| {
///     println!("event {}: {}", delivery.key(), message.body);
/// });
/// # drop(consumer);
/// ```
///
/// ```
/// use std::time::Duration;
/// use whatsgate_durable::{Consumer, Patience, StartAt};
///
/// let consumer = Consumer::new("orders")
///     .partitions(16)
///     .start_at(StartAt::Beginning)
///     .max_age(Duration::from_secs(24 * 60 * 60))
///     .patience(Patience::default().with_most_tries(3))
///     .deadline(Duration::from_secs(10))
///     .record_attempts()
///     .only_verified()
///     .on_message(async |message, delivery| println!("{}: {}", delivery.key(), message.body))
///     .on_disconnect(async |_, delivery| println!("session {} ended", delivery.session()));
/// # drop(consumer);
/// ```
pub struct Consumer<S = ()> {
    pub(crate) name: String,
    pub(crate) state: Arc<S>,
    pub(crate) settings: Settings,
    handlers: Handlers<S>,
}

/// Each partition is a task, and asks the store when events come.
const MOST_PARTITIONS: u32 = 1024;

/// How a consumer works.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) partitions: u32,
    pub(crate) start: StartAt,
    pub(crate) max_age: Option<Duration>,
    pub(crate) patience: Patience,
    pub(crate) deadline: Duration,
    pub(crate) only_verified: bool,
    pub(crate) records_attempts: bool,
}

struct Handlers<S> {
    chats: HashMap<ChatId, Handler<S>>,
    types: HashMap<MessageType, Handler<S>>,
    actions: HashMap<EventAction, Handler<S>>,
    other: Option<Handler<S>>,
    unreadable: Option<UnreadableHandler<S>>,
}

/// A handler, as it is called.
pub(crate) enum Handler<S> {
    /// On its own.
    Async(AsyncHandler<S>),
    /// Within the transaction that stores its progress.
    InTransaction(SyncHandler<S>),
}

/// An error with which a handler says that trying again is of no use: the event becomes a dead letter at once.
///
/// ```
/// use whatsgate_durable::{Consumer, GiveUp};
///
/// let consumer = Consumer::new("orders").on_message(async |message, _| {
///     message.body.parse::<u32>().map(drop).map_err(|_| GiveUp::new("this is no order's number"))
/// });
/// # drop(consumer);
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error("{reason}")]
pub struct GiveUp {
    reason: String,
    /// What is looked for: it remains in the chain of sources whatever the error is wrapped in.
    #[source]
    mark: Mark,
}

#[derive(Debug, Clone, thiserror::Error)]
#[error("trying again is of no use")]
struct Mark;

impl GiveUp {
    /// With the reason, which the dead letter shows.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), mark: Mark }
    }

    pub(crate) fn is_in(error: &BoxError) -> bool {
        let mut cause = Some(&**error as &(dyn std::error::Error + 'static));
        while let Some(error) = cause {
            if error.is::<Mark>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

impl Consumer {
    /// A consumer without handlers. The name may be any text; it is how the next process finds its place.
    pub fn new(name: impl Into<String>) -> Self {
        Self::with_state(name, ())
    }
}

/// One method per action, with the data that it carries.
macro_rules! on_action {
    ($( $(#[$meta:meta])* $method:ident, $action:ident($carried:ident: $data:ty) => $take:expr; )+) => {$(
        $(#[$meta])*
        pub fn $method<F, Fut>(mut self, handler: F) -> Self
        where
            F: Fn($data, Delivery<S>) -> Fut + Send + Sync + 'static,
            Fut: Future<Output: HandlerResult> + Send + 'static,
        {
            let handler = Handler::new(move |event: Event, delivery| {
                let EventData::$action($carried) = event.data else {
                    unreachable!("handlers are looked up by the action of the data")
                };
                handler($take, delivery)
            });
            self.handlers.actions.insert(EventAction::$action, handler);
            self
        }
    )+};
}

impl<S: Send + Sync + 'static> Consumer<S> {
    /// A consumer whose handlers share a state, such as the client to answer with: see [`Delivery::state`].
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU64, Ordering};
    /// use whatsgate_durable::Consumer;
    ///
    /// let consumer = Consumer::with_state("count", AtomicU64::new(0)).on_message(async |_, delivery| {
    ///     delivery.state().fetch_add(1, Ordering::Relaxed);
    /// });
    /// # drop(consumer);
    /// ```
    pub fn with_state(name: impl Into<String>, state: S) -> Self {
        Self {
            name: name.into(),
            state: Arc::new(state),
            settings: Settings {
                partitions: 8,
                start: StartAt::Now,
                max_age: None,
                patience: Patience::default(),
                deadline: Duration::from_secs(60),
                only_verified: false,
                records_attempts: false,
            },
            handlers: Handlers {
                chats: HashMap::new(),
                types: HashMap::new(),
                actions: HashMap::new(),
                other: None,
                unreadable: None,
            },
        }
    }

    /// Into how many parts the chats are spread, which work at the same time: from 1 to 1024, and 8 unless told otherwise.
    /// Is fixed when the consumer is first run; later it changes nothing.
    pub fn partitions(mut self, partitions: u32) -> Self {
        self.settings.partitions = partitions.clamp(1, MOST_PARTITIONS);
        self
    }

    /// Where it begins when it is first run: with what comes new, unless told otherwise, so that a first start does not
    /// answer years of customers.
    pub fn start_at(mut self, start: StartAt) -> Self {
        self.settings.start = start;
        self
    }

    /// Takes events of a greater age for handled, without calling a handler: by the time of the message, or failing that by
    /// when the event came.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.settings.max_age = Some(age);
        self
    }

    /// How often and when a failed event is tried again.
    pub fn patience(mut self, patience: Patience) -> Self {
        self.settings.patience = patience;
        self
    }

    /// How long a handler may take, 60 seconds unless told otherwise. Then its future is dropped, and the try has failed. A
    /// handler within a transaction is not interrupted.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Stores each try before it begins, for twice as many commits. Then [`Delivery::attempt`] counts those in which the
    /// process died too: a handler whose work must not be done twice looks at what became of the first try when that is
    /// not 1. And an event that brings down every process that handles it becomes a dead letter in the end.
    pub fn record_attempts(mut self) -> Self {
        self.settings.records_attempts = true;
        self
    }

    /// Hands over only what the service itself lists. What was posted and is not listed becomes a dead letter, and is
    /// handed over by itself should the service list it later: nothing real is lost, and nothing forged is handled.
    ///
    /// Posted events come as soon as the poll has seen them, so poll often, or let the inbox
    /// [ask back](crate::Hook::ask_back).
    pub fn only_verified(mut self) -> Self {
        self.settings.only_verified = true;
        self
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

    /// Handles the messages that come in from a chat.
    ///
    /// ```
    /// use whatsgate_durable::Consumer;
    /// use whatsgate_model::ChatId;
    ///
    /// let consumer = Consumer::new("staff")
    ///     .on_chat(ChatId::new("4239048293082@g.us")?, async |message, _| println!("the staff says {}", message.body))
    ///     .on_message(async |message, _| println!("a customer says {}", message.body));
    /// # drop(consumer);
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    pub fn on_chat<F, Fut>(mut self, chat: impl Into<ChatId>, handler: F) -> Self
    where
        F: Fn(Message, Delivery<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult> + Send + 'static,
    {
        self.handlers.chats.insert(chat.into(), Handler::of_message(handler));
        self
    }

    /// Handles the messages of a type that come in, such as [`MessageType::Image`].
    ///
    /// ```
    /// use whatsgate_durable::Consumer;
    /// use whatsgate_model::MessageType;
    ///
    /// let consumer = Consumer::new("photos")
    ///     .on_type(MessageType::Image, async |message, _| println!("a photo: {}", message.id));
    /// # drop(consumer);
    /// ```
    pub fn on_type<F, Fut>(mut self, kind: MessageType, handler: F) -> Self
    where
        F: Fn(Message, Delivery<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult> + Send + 'static,
    {
        self.handlers.types.insert(kind, Handler::of_message(handler));
        self
    }

    /// Handles everything that has no handler of its own, that this version does not know, or whose data cannot be read.
    ///
    /// ```
    /// use whatsgate_durable::Consumer;
    ///
    /// let consumer = Consumer::new("log")
    ///     .on_message(async |message, _| println!("{}", message.body))
    ///     .on_other(async |event, delivery| println!("{} {}", delivery.action(), event.raw().as_str()));
    /// # drop(consumer);
    /// ```
    pub fn on_other<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(Event, Delivery<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult> + Send + 'static,
    {
        self.handlers.other = Some(Handler::new(handler));
        self
    }

    /// Handles what the service lists and what is no event, because it has no number. Without this it is logged.
    ///
    /// ```
    /// use whatsgate_durable::Consumer;
    ///
    /// let consumer = Consumer::new("log").on_unreadable(async |raw, delivery| {
    ///     println!("position {}: {}", delivery.position(), raw.as_str());
    /// });
    /// # drop(consumer);
    /// ```
    pub fn on_unreadable<F, Fut>(mut self, handler: F) -> Self
    where
        F: Fn(RawJson, Delivery<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult> + Send + 'static,
    {
        self.handlers.unreadable = Some(Arc::new(move |raw, delivery| boxed(handler(raw, delivery))));
        self
    }

    /// Handles a message that came in within the transaction that stores its progress: what the handler writes to the same
    /// database and that the event is handled are one commit. Nothing of it remains when it fails.
    ///
    /// The handler holds up whatever else the store does, so it must be quick, and must wait for nothing.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// use whatsgate_durable::{Consumer, Transaction};
    ///
    /// let consumer = Consumer::new("orders").on_message_in_transaction(|transaction, message, delivery| {
    ///     let Transaction::Sqlite(database) = transaction else { return Err("this wants SQLite".into()) };
    ///     database.execute("INSERT INTO orders VALUES (?1, ?2)", (delivery.key(), message.body))?;
    ///     Ok(())
    /// });
    /// # drop(consumer);
    /// # }
    /// ```
    pub fn on_message_in_transaction<F>(mut self, handler: F) -> Self
    where
        F: Fn(
                &mut Transaction<'_>,
                Message,
                Delivery<S>,
            ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
    {
        let handler: SyncHandler<S> = Arc::new(move |transaction, event, delivery| match event.data {
            EventData::Message(message) => handler(transaction, *message, delivery),
            _ => unreachable!("handlers are looked up by the action of the data"),
        });
        self.handlers.actions.insert(EventAction::Message, Handler::InTransaction(handler));
        self
    }

    /// The same for everything that has no handler of its own.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// use whatsgate_durable::{Consumer, Transaction};
    ///
    /// let consumer = Consumer::new("archive").on_other_in_transaction(|transaction, event, delivery| {
    ///     let Transaction::Sqlite(database) = transaction else { return Err("this wants SQLite".into()) };
    ///     database.execute("INSERT INTO archive VALUES (?1, ?2)", (delivery.key(), event.raw().as_str()))?;
    ///     Ok(())
    /// });
    /// # drop(consumer);
    /// # }
    /// ```
    pub fn on_other_in_transaction<F>(mut self, handler: F) -> Self
    where
        F: Fn(
                &mut Transaction<'_>,
                Event,
                Delivery<S>,
            ) -> Result<(), Box<dyn std::error::Error + Send + Sync>>
            + Send
            + Sync
            + 'static,
    {
        self.handlers.other = Some(Handler::InTransaction(Arc::new(handler)));
        self
    }

    /// Who handles an event.
    pub(crate) fn handler(&self, event: &Event) -> Option<Handler<S>> {
        let handlers = &self.handlers;
        if let EventData::Message(message) = &event.data {
            let chat = message.from.as_ref().and_then(|chat| handlers.chats.get(chat));
            let by_type = || message.kind.as_ref().and_then(|kind| handlers.types.get(kind));
            if let Some(handler) = chat.or_else(by_type) {
                return Some(handler.clone());
            }
        }
        let own = event.data.action().and_then(|action| handlers.actions.get(&action));
        own.or(handlers.other.as_ref()).cloned()
    }

    /// Who handles what cannot be read.
    pub(crate) fn unreadable_handler(&self) -> Option<UnreadableHandler<S>> {
        self.handlers.unreadable.clone()
    }
}

impl<S> Handler<S> {
    fn new<F, Fut>(handler: F) -> Self
    where
        F: Fn(Event, Delivery<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult> + Send + 'static,
    {
        Self::Async(Arc::new(move |event, delivery| boxed(handler(event, delivery))))
    }

    fn of_message<F, Fut>(handler: F) -> Self
    where
        F: Fn(Message, Delivery<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: HandlerResult> + Send + 'static,
    {
        Self::new(move |event: Event, delivery| match event.data {
            EventData::Message(message) => handler(*message, delivery),
            _ => unreachable!("these handlers are looked up for messages"),
        })
    }
}

impl<S> Clone for Handler<S> {
    fn clone(&self) -> Self {
        match self {
            Self::Async(handler) => Self::Async(Arc::clone(handler)),
            Self::InTransaction(handler) => Self::InTransaction(Arc::clone(handler)),
        }
    }
}

impl<S> fmt::Debug for Consumer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("name", &self.name).finish_non_exhaustive()
    }
}

fn boxed<Fut>(handled: Fut) -> Handling
where
    Fut: Future<Output: HandlerResult> + Send + 'static,
{
    Box::pin(async move { handled.await.into_result() })
}
