//! What became of a send whose outcome is unknown, for programs without an outbox.

use std::future::Future;
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::{StreamExt, TryStreamExt};
use whatsgate_core::Outcome;
use whatsgate_model::{
    EventAction, EventId, EventsGetRequest, MessageId, OutgoingMessage, Recipient, WireDate,
};
use whatsgate_native::files::TransferError;
use whatsgate_native::{Error, Session};
use whatsgate_store::durable::outbox::evidence::{Content, Sighting, proves};
use whatsgate_store::durable::outbox::{Attempt, chat_of};

/// What was about to be sent, and what was known before.
#[derive(Clone, Debug)]
pub struct SendAttempt {
    chat: String,
    content: Content,
    attempt: Attempt,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// It was sent: an event shows a message with this content in this chat, newer than the attempt, and only one.
    Sent(MessageId),
    /// It was certainly not sent.
    NotSent,
    /// Nobody knows. The events may not show it, not show it yet, or show several that it could be, which are these.
    Unknown(Vec<MessageId>),
}

/// The zone of the service's dates is not known, so that what is asked for begins this many seconds early.
const ZONES: i64 = 24 * 60 * 60;

impl SendAttempt {
    /// To be made before the message is sent. It asks the gateway for the numbers of its latest events: only what is newer
    /// can show the message.
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::{Resolve, SendAttempt};
    /// use whatsgate_model::{OutgoingMessage, PhoneNumber};
    ///
    /// let (to, message) = (PhoneNumber::new("79991112233")?, OutgoingMessage::text("Your order is ready"));
    /// let attempt = SendAttempt::observe(&session, &to, &message).await?;
    /// if let Err(error) = session.send(&to, message).await {
    ///     println!("{:?}", error.resolve(&session, &attempt).await?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `events-get`
    pub async fn observe(
        session: &Session,
        to: impl Into<Recipient>,
        message: &OutgoingMessage,
    ) -> Result<Self, Error> {
        let now = now();
        let seen = sightings(session, now.saturating_sub(ZONES)).await?;
        let highest = seen.iter().map(|sighting| sighting.number).max();
        Ok(Self::after(EventId(highest.unwrap_or(i64::MIN)), to, message))
    }

    /// The same for a program that follows the events anyway, and knows the highest number of those that it has seen.
    ///
    /// ```
    /// use whatsgate_durable::SendAttempt;
    /// use whatsgate_model::{EventId, OutgoingMessage, PhoneNumber};
    ///
    /// let message = OutgoingMessage::text("Your order is ready");
    /// let attempt = SendAttempt::after(EventId(1_713), PhoneNumber::new("79991112233")?, &message);
    /// # drop(attempt);
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    pub fn after(highest: EventId, to: impl Into<Recipient>, message: &OutgoingMessage) -> Self {
        let attempt = Attempt {
            number: 1,
            started: now().saturating_mul(1000),
            ended: None,
            highest: Some(highest.0),
            worker: String::new(),
            expires: 0,
        };
        Self { chat: chat_of(&to.into()).as_str().to_owned(), content: Content::of(message), attempt }
    }
}

/// Finds out what became of a send that failed.
///
/// ```no_run
/// # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_durable::{Resolution, Resolve, SendAttempt};
/// use whatsgate_model::{OutgoingMessage, PhoneNumber};
///
/// let to = PhoneNumber::new("79991112233")?;
/// let message = OutgoingMessage::text("Your order is ready");
/// let attempt = SendAttempt::observe(&session, &to, &message).await?;
/// if let Err(error) = session.send(&to, message).await {
///     match error.resolve(&session, &attempt).await? {
///         Resolution::Sent(message) => println!("sent after all: {message}"),
///         Resolution::NotSent => println!("not sent: it may be sent again"),
///         _ => println!("unknown: a person should look"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// Events come with some delay, so that asking again later may tell more. That none shows the message proves nothing: only an
/// [`Outbox`](crate::Outbox) learns how the gateway of a session behaves, and draws conclusions from that.
pub trait Resolve {
    /// What became of it, as far as the events tell now.
    ///
    /// A message of the same text that somebody else sends in the same chat meanwhile is taken for it; two such messages are
    /// [`Unknown`](Resolution::Unknown).
    ///
    /// # Errors
    /// Those of `events-get`
    fn resolve(
        &self,
        session: &Session,
        attempt: &SendAttempt,
    ) -> impl Future<Output = Result<Resolution, Error>> + Send;
}

impl Resolve for Error {
    async fn resolve(&self, session: &Session, attempt: &SendAttempt) -> Result<Resolution, Error> {
        resolve(self.outcome(), session, attempt).await
    }
}

impl Resolve for TransferError {
    async fn resolve(&self, session: &Session, attempt: &SendAttempt) -> Result<Resolution, Error> {
        resolve(self.outcome(), session, attempt).await
    }
}

async fn resolve(outcome: Outcome, session: &Session, sent: &SendAttempt) -> Result<Resolution, Error> {
    if outcome == Outcome::NotSent {
        return Ok(Resolution::NotSent);
    }
    let seen = sightings(session, (sent.attempt.started / 1000).saturating_sub(ZONES)).await?;
    let chats = [sent.chat.clone()];
    let mut found: Vec<MessageId> = Vec::new();
    for sighting in seen {
        let is_its = proves(&sent.attempt, &sent.content, &chats, &sighting, true);
        let Ok(message) = MessageId::new(&sighting.message) else { continue };
        // One message may have two events, which may call its chat otherwise.
        if is_its && !found.iter().any(|known| known.short() == message.short()) {
            found.push(message);
        }
    }
    Ok(match found.pop() {
        Some(message) if found.is_empty() => Resolution::Sent(message),
        Some(message) => {
            found.push(message);
            Resolution::Unknown(found)
        }
        None => Resolution::Unknown(Vec::new()),
    })
}

/// The messages of a session that its events show since a time.
async fn sightings(session: &Session, since: i64) -> Result<Vec<Sighting>, Error> {
    let mut seen = Vec::new();
    for action in [EventAction::Create, EventAction::Sent] {
        let date = WireDate::from_unix_seconds_as_utc(since);
        let events = session.events(EventsGetRequest::new().with_action(action).with_date(date));
        // An event that cannot be read shows nothing.
        let events = events.filter(|event| {
            let is_read = !event.as_ref().is_err_and(|error| error.unreadable().is_some());
            async move { is_read }
        });
        let mut events = std::pin::pin!(events);
        while let Some(event) = events.try_next().await? {
            seen.extend(Sighting::of(&event));
        }
    }
    Ok(seen)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
