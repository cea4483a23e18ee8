//! Events asked for again and again, round by round or as a stream.

use std::fmt;
use std::time::Duration;

use futures_util::{Stream, stream};
use whatsgate_model::{Event, EventsGetRequest};

use crate::client::Client;
use crate::cursor::{EventCursor, Offer, Round, Start};
use crate::error::Error;
use crate::pages::element_error;
use crate::transport::{Platform, Transport};

/// Asks for events every so often and hands them over in rounds that the caller keeps; made by
/// [`Client::poll_events`] and [`Session::poll_events`](crate::Session::poll_events).
///
/// An [`EventCursor`] over the client, for programs that go on after a restart where they were: store the round's
/// position where its events go, in one transaction if there is one, then keep the round.
///
/// ```
/// # use std::time::Duration;
/// # use whatsgate_core::{Offer, Session, Start, Transport};
/// # use whatsgate_model::EventsGetRequest;
/// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
/// let start = match std::fs::read("position.json") {
///     Ok(stored) => Start::Position(serde_json::from_slice(&stored)?),
///     Err(error) if error.kind() == std::io::ErrorKind::NotFound => Start::Now,
///     Err(error) => return Err(error.into()),
/// };
/// let mut poll = session.poll_events(EventsGetRequest::new(), start, Duration::from_secs(5))?;
/// loop {
///     let round = poll.next_round().await?;
///     for offer in round.offers() {
///         match offer {
///             Offer::New(event) => println!("event {}", event.id),
///             other => eprintln!("{other:?}"),
///         }
///     }
///     std::fs::write("position.json", serde_json::to_vec(round.position())?)?;
///     poll.keep(round);
/// }
/// # }
/// ```
pub struct EventPoll<T: Transport> {
    client: Client<T>,
    cursor: EventCursor,
    interval: Duration,
    must_wait: bool,
}

impl<T: Transport> fmt::Debug for EventPoll<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventPoll")
            .field("client", &self.client)
            .field("cursor", &self.cursor)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

impl<T: Transport> Client<T> {
    /// Past events and then new ones as they come, asked for every `interval`; never ends.
    ///
    /// Every event comes once, in the order of its number within a poll; see [`EventCursor`](crate::EventCursor) for what
    /// is done about the service's missing cursor. After an error the stream asks again at the next interval. What the
    /// stream has handed over is behind it: use [`poll_events`](Self::poll_events) to go on after a restart.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::EventsGetRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use futures_util::StreamExt;
    ///
    /// let mut events = client.follow_events(EventsGetRequest::new(), Duration::from_secs(5));
    /// while let Some(event) = events.next().await {
    ///     match event {
    ///         Ok(event) => println!("event {}", event.id),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow_events(
        &self,
        request: EventsGetRequest,
        interval: Duration,
    ) -> impl Stream<Item = Result<Event, Error<T::Error>>> + Unpin + use<T> {
        follow(self.clone(), request, Start::Beginning, interval)
    }

    /// New events from `start` on in rounds, asked for every `interval`, with a position that can be stored.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use whatsgate_core::{Client, Start, Transport};
    /// # use whatsgate_model::EventsGetRequest;
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), whatsgate_core::Error<T::Error>> {
    /// let mut poll = client.poll_events(EventsGetRequest::new(), Start::Now, Duration::from_secs(5));
    /// let round = poll.next_round().await?;
    /// println!("{} new events", round.offers().len());
    /// poll.keep(round);
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_events(&self, filter: EventsGetRequest, start: Start, interval: Duration) -> EventPoll<T> {
        EventPoll::new(self.clone(), filter, start, interval)
    }
}

impl<T: Transport> EventPoll<T> {
    pub(crate) fn new(client: Client<T>, filter: EventsGetRequest, start: Start, interval: Duration) -> Self {
        Self { client, cursor: EventCursor::new(filter, start), interval, must_wait: false }
    }

    /// Waits until the interval is over and reads all that is new, which may be nothing.
    ///
    /// Call it again after an error: it waits and goes on with the page that failed. Dropping the future loses nothing.
    ///
    /// ```
    /// # use whatsgate_core::{EventPoll, Transport};
    /// # async fn example<T: Transport>(mut poll: EventPoll<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// loop {
    ///     match poll.next_round().await {
    ///         Ok(round) => {
    ///             println!("{} new events", round.offers().len());
    ///             poll.keep(round);
    ///         }
    ///         // It waits for the interval by itself.
    ///         Err(error) => eprintln!("{error}. {}", error.advice()),
    ///     }
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`]
    pub async fn next_round(&mut self) -> Result<Round, Error<T::Error>> {
        loop {
            if self.must_wait {
                self.client.platform().sleep(self.interval).await;
                self.must_wait = false;
            }
            let now = self.client.platform().wall_clock().as_secs();
            let request = self.cursor.request(i64::try_from(now).unwrap_or(i64::MAX));
            match self.client.call(&request).await {
                Ok(answer) => {
                    if let Some(round) = self.cursor.accept(answer.reply, answer.date) {
                        self.must_wait = true;
                        return Ok(round);
                    }
                }
                Err(error) => {
                    self.must_wait = true;
                    return Err(error);
                }
            }
        }
    }

    /// Moves past what the round offered; a round that is not kept is offered again.
    ///
    /// ```
    /// # use whatsgate_core::{EventPoll, Transport};
    /// # async fn example<T: Transport>(mut poll: EventPoll<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let round = poll.next_round().await?;
    /// std::fs::write("position.new", serde_json::to_vec(round.position())?)?;
    /// std::fs::rename("position.new", "position.json")?;
    /// poll.keep(round);
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep(&mut self, round: Round) {
        self.cursor.keep(round);
    }

    /// Makes the next round go [`EventCursor::BACK_SECONDS`] back, as is due when a session became ready: the events of its
    /// phone's time offline come with old dates.
    ///
    /// ```
    /// # use whatsgate_core::{EventPoll, Transport};
    /// # async fn example<T: Transport>(mut poll: EventPoll<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// // A session became ready: its phone tells now what happened while it was offline.
    /// poll.read_back();
    /// let round = poll.next_round().await?;
    /// # poll.keep(round);
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_back(&mut self) {
        self.cursor.read_back();
    }
}

pub(crate) fn follow<T: Transport>(
    client: Client<T>,
    filter: EventsGetRequest,
    start: Start,
    interval: Duration,
) -> impl Stream<Item = Result<Event, Error<T::Error>>> + Unpin {
    let poll = EventPoll::new(client, filter, start, interval);
    Box::pin(stream::unfold((poll, Vec::new().into_iter()), async |(mut poll, mut queue)| {
        loop {
            if let Some(offer) = queue.next() {
                let element = match offer {
                    Offer::New(event) | Offer::Conflict(event) => Ok(event),
                    Offer::Unreadable(element) => {
                        Err(element_error::<EventsGetRequest, T>(&poll.client, element))
                    }
                };
                return Some((element, (poll, queue)));
            }
            match poll.next_round().await {
                Ok(mut round) => {
                    queue = round.take_offers().into_iter();
                    poll.keep(round);
                }
                Err(error) => return Some((Err(error), (poll, queue))),
            }
        }
    }))
}
