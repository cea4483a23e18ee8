//! What a handler gets beside the event.

use std::fmt;
use std::sync::Arc;

use whatsgate_model::{EventId, RawJson};
use whatsgate_store::durable::Millis;
use whatsgate_store::durable::journal::{Content, Entry, Position, Trust};

/// What there is to know of an event that is handed over, beside the event.
///
/// ```
/// use whatsgate_durable::Consumer;
///
/// let consumer = Consumer::with_state("orders", "https://crm.example").on_message(async |message, delivery| {
///     if delivery.attempt() > 1 || !delivery.is_verified() {
///         println!("look twice at {}", delivery.key());
///     }
///     println!("{} gets {} of {}", delivery.state(), message.body, delivery.chat());
/// });
/// # drop(consumer);
/// ```
pub struct Delivery<S = ()> {
    pub(crate) entry: Arc<Entry>,
    pub(crate) attempt: u32,
    pub(crate) state: Arc<S>,
}

impl<S> Delivery<S> {
    /// A text that names the event whenever and however often it is handed over: the number of the service. Give it to
    /// whatever the handler calls, so that it can tell a repetition.
    pub fn key(&self) -> String {
        self.entry.key()
    }

    /// The number of the event; none for what could not be read.
    pub fn event_id(&self) -> Option<EventId> {
        self.entry.identity.number.map(EventId)
    }

    /// The whole event as it came.
    pub fn raw(&self) -> Option<&RawJson> {
        match &self.entry.content {
            Content::Whole(raw) => Some(raw),
            _ => None,
        }
    }

    /// Where the event stands in the journal.
    pub fn position(&self) -> Position {
        self.entry.position
    }

    /// Which try it is, from 1 on. A process may have died in the middle of one that does not count, unless the consumer
    /// [records attempts](crate::Consumer::record_attempts).
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The session it happened in, as text; empty if that is not known.
    pub fn session(&self) -> &str {
        &self.entry.identity.session
    }

    /// The chat it belongs to, as text; empty for events of no chat.
    pub fn chat(&self) -> &str {
        &self.entry.chat
    }

    /// The action, as text.
    pub fn action(&self) -> &str {
        &self.entry.identity.action
    }

    /// When it came, in milliseconds since 1970 by the store's clock.
    pub fn received(&self) -> Millis {
        self.entry.received
    }

    /// Whether the service lists it, or what else is known of its origin.
    pub fn trust(&self) -> Trust {
        self.entry.trust
    }

    /// Whether the service itself lists the event. What was only posted may be forged, because the service signs nothing.
    pub fn is_verified(&self) -> bool {
        self.entry.trust == Trust::Listed
    }

    /// Whether another event has the same number: then one of the two may be forged.
    pub fn is_conflict(&self) -> bool {
        self.entry.conflict
    }

    /// Whether it came after events with higher numbers. A forged number that is high makes all later events late, unless the
    /// inbox [asks back](crate::Hook::ask_back).
    pub fn is_late(&self) -> bool {
        self.entry.late
    }

    /// What the handlers of the consumer share.
    pub fn state(&self) -> &S {
        &self.state
    }
}

impl<S> Clone for Delivery<S> {
    fn clone(&self) -> Self {
        Self { entry: Arc::clone(&self.entry), attempt: self.attempt, state: Arc::clone(&self.state) }
    }
}

impl<S> fmt::Debug for Delivery<S> {
    /// Without what the event says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("key", &self.key())
            .field("position", &self.entry.position)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
