//! How far sent messages have come, folded from events.

use whatsgate_model::{Ack, Event, EventData, Message, SessionId};

use super::rules::Rule;

/// How far a message that a session sent has come.
///
/// Later states are greater. A failure counts more than `Sent`, which says only that WhatsApp's server had the message,
/// and less than a delivery, which proves that it did not fail.
///
/// ```
/// use whatsgate_core::durable::receipts::DeliveryState;
///
/// assert!(DeliveryState::Read > DeliveryState::Delivered);
/// assert_eq!(DeliveryState::from_name("delivered"), Some(DeliveryState::Delivered));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DeliveryState {
    /// The gateway has it, WhatsApp's server not yet.
    Queued,
    /// WhatsApp's server has it.
    Sent,
    /// WhatsApp reported an error, and nothing later speaks against it.
    Failed,
    /// It is on the recipient's device.
    Delivered,
    /// It was read.
    Read,
    /// It was listened to.
    Played,
}

impl DeliveryState {
    /// All of them, in their order.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Sent, Self::Failed, Self::Delivered, Self::Read, Self::Played];

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
        }
    }

    /// The number by which stores keep it: its place among [`ALL`](Self::ALL).
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The state with this number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// What an acknowledgement of WhatsApp says; none for a value that is not known.
    pub fn of(ack: Ack) -> Option<Self> {
        Some(match ack {
            Ack::ERROR => Self::Failed,
            Ack::PENDING => Self::Queued,
            Ack::SERVER => Self::Sent,
            Ack::DEVICE => Self::Delivered,
            Ack::READ => Self::Read,
            played if played > Ack::READ => Self::Played,
            _ => return None,
        })
    }

    /// The state after another one was reported, in whichever order and however often reports come.
    pub fn and(self, reported: Self) -> Self {
        if Rule::ReceiptsGoForward.holds() { self.max(reported) } else { reported }
    }
}

/// What names a sent message in events: its session and its short id. The long id names the chat as well, and one event may
/// do so by phone number (`@c.us`), the next by WhatsApp's hidden id (`@lid`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceiptKey {
    /// The session that sent the message.
    pub session: String,
    /// The short id of the message.
    pub message: String,
}

impl ReceiptKey {
    /// The key of a message.
    ///
    /// ```
    /// use whatsgate_core::durable::receipts::ReceiptKey;
    /// use whatsgate_model::{MessageId, SessionId};
    ///
    /// let session = SessionId::new("6345454545454")?;
    /// let one = ReceiptKey::new(&session, MessageId::new("true_79991112233@c.us_3EB0EBC34954F8976AA6")?.as_str());
    /// let same = ReceiptKey::new(&session, MessageId::new("true_1234567@lid_3EB0EBC34954F8976AA6")?.as_str());
    /// assert_eq!(one, same);
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    pub fn new(session: &SessionId, message: &str) -> Self {
        Self { session: session.as_str().to_owned(), message: short(message).to_owned() }
    }
}

/// The short id in a long one; of what is no long id, all of it.
fn short(id: &str) -> &str {
    if !Rule::ReceiptsByShortId.holds() {
        return id;
    }
    id.split('_').nth(2).filter(|short| !short.is_empty()).unwrap_or(id)
}

/// What an event says of a message that its session sent.
pub fn reported(event: &Event) -> Option<(ReceiptKey, DeliveryState)> {
    let session = event.session.as_ref()?;
    let at_least = |message: &Message, least: DeliveryState| {
        message.ack.and_then(DeliveryState::of).map_or(least, |state| state.max(least))
    };
    let (message, state) = match &event.data {
        EventData::Create(message) => (message, at_least(message, DeliveryState::Queued)),
        EventData::Sent(message) => (message, at_least(message, DeliveryState::Sent)),
        EventData::Ack(message) => (message, DeliveryState::of(message.ack?)?),
        _ => return None,
    };
    message.id.is_outgoing().then(|| (ReceiptKey::new(session, message.id.as_str()), state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_and_the_number_of_reports_do_not_matter() {
        for one in DeliveryState::ALL {
            assert_eq!(one.and(one), one);
            for other in DeliveryState::ALL {
                assert_eq!(one.and(other), other.and(one));
                for third in DeliveryState::ALL {
                    assert_eq!(one.and(other).and(third), one.and(other.and(third)));
                }
            }
        }
    }

    #[test]
    fn a_failure_overrules_sent_and_is_overruled_by_a_delivery() {
        assert_eq!(DeliveryState::Sent.and(DeliveryState::Failed), DeliveryState::Failed);
        assert_eq!(DeliveryState::Failed.and(DeliveryState::Delivered), DeliveryState::Delivered);
    }
}
