//! The commands of one session.

use std::fmt;
use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use whatsgate_model as model;
use whatsgate_model::{
    Chat, Command, EventsGetRequest, InvalidRequest, List, Media, MediaKey, MessageId, OutgoingMessage,
    PhoneNumber, Recipient, SendRequest, SendResult, SessionId, SessionStatus, SessionsGetRequest,
};

use crate::client::Client;
use crate::cursor::Start;
use crate::error::{Cause, Error};
use crate::poll::EventPoll;
use crate::transport::{Platform, Transport};

/// One WhatsApp account linked to the gateway: a client together with a session id.
///
/// Cheap to clone. Not to be confused with [`model::SessionInfo`], which is what the gateway tells of a session.
///
/// ```
/// # use whatsgate_core::{Session, Transport};
/// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_model::PhoneNumber;
///
/// println!("{} at {}", session.id(), session.client().base_url().as_str());
/// session.send_text(PhoneNumber::new("79999999999")?, "Hello").await?;
/// # Ok(())
/// # }
/// ```
pub struct Session<T: Transport> {
    client: Client<T>,
    id: SessionId,
}

impl<T: Transport> Clone for Session<T> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), id: self.id.clone() }
    }
}

impl<T: Transport> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("id", &self.id).field("client", &self.client).finish()
    }
}

/// How long [`Session::wait_until_ready`] waits and how often it asks.
///
/// ```
/// # use whatsgate_core::{Session, Transport};
/// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use whatsgate_core::WaitOptions;
///
/// let hasty = WaitOptions::default().with_deadline(Duration::from_secs(60)).with_interval(Duration::from_secs(1));
/// session.wait_until_ready(hasty, |_| {}).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitOptions {
    /// When to give up.
    pub deadline: Duration,
    /// How long to wait between two questions.
    pub interval: Duration,
}

impl Default for WaitOptions {
    /// Five minutes, asking every two seconds.
    fn default() -> Self {
        Self { deadline: Duration::from_secs(300), interval: Duration::from_secs(2) }
    }
}

impl WaitOptions {
    /// Gives up after `deadline`.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Asks every `interval`.
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }
}

impl<T: Transport> Client<T> {
    /// The commands of one session. Nothing is sent; whether the session exists shows with the first command.
    ///
    /// ```
    /// # use whatsgate_core::{Client, Transport};
    /// # use whatsgate_model::{PhoneNumber, SessionId};
    /// # async fn example<T: Transport>(client: Client<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let shop = client.session(SessionId::new("191b80a9238")?);
    /// shop.send_text(PhoneNumber::new("79999999999")?, "Hello").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn session(&self, id: impl Into<SessionId>) -> Session<T> {
        Session::new(self.clone(), id.into())
    }
}

impl<T: Transport> Session<T> {
    pub(crate) fn new(client: Client<T>, id: SessionId) -> Self {
        Self { client, id }
    }

    /// The id that commands take as `WhatsappID`.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The account's client.
    pub fn client(&self) -> &Client<T> {
        &self.client
    }

    /// Sends a message and waits until it is sent: `send`. The result is the sent message.
    ///
    /// Never repeated after a failure that leaves its outcome unknown: look at [`Error::outcome`] before you repeat it.
    ///
    /// ```
    /// # use whatsgate_core::{Outcome, Session, Transport};
    /// # use whatsgate_model::{Message, OutgoingMessage, PhoneNumber};
    /// # async fn example<T: Transport>(session: Session<T>, question: Message) -> Result<(), Box<dyn std::error::Error>> {
    /// let answer = OutgoingMessage::text("120").with_quote(question.id.clone());
    /// match session.send(PhoneNumber::new("79999999999")?, answer).await {
    ///     Ok(sent) => println!("{:?}", sent.message()),
    ///     Err(error) if error.outcome() == Outcome::NotSent => eprintln!("not sent: {error}"),
    ///     Err(error) => eprintln!("perhaps sent, not to be repeated: {error}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`]; with an empty text or file or a malformed recipient before anything is sent.
    pub async fn send(
        &self,
        recipient: impl Into<Recipient>,
        message: impl Into<OutgoingMessage>,
    ) -> Result<SendResult, Error<T::Error>> {
        self.send_request(&SendRequest::new(self.id.clone(), recipient, message)).await
    }

    /// Puts a message into the service's queue and returns at once: `send` with `async`. The message itself follows in a
    /// `sent` event if a webhook is set.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// session.enqueue(PhoneNumber::new("79999999999")?, OutgoingMessage::text("Good morning")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub async fn enqueue(
        &self,
        recipient: impl Into<Recipient>,
        message: impl Into<OutgoingMessage>,
    ) -> Result<SendResult, Error<T::Error>> {
        self.send_request(&SendRequest::new(self.id.clone(), recipient, message).with_async(true)).await
    }

    /// Sends a text and waits until it is sent.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::PhoneNumber;
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let sent = session.send_text(PhoneNumber::new("79999999999")?, "Hello").await?;
    /// println!("{:?}", sent.message().map(|message| &message.id));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`send`](Self::send).
    pub async fn send_text(
        &self,
        recipient: impl Into<Recipient>,
        text: impl Into<String>,
    ) -> Result<SendResult, Error<T::Error>> {
        self.send(recipient, OutgoingMessage::text(text)).await
    }

    async fn send_request(&self, request: &SendRequest) -> Result<SendResult, Error<T::Error>> {
        self.client.run(request).await
    }

    /// Marks the latest messages of a chat as read: `seen`.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::PhoneNumber;
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// session.mark_as_read(PhoneNumber::new("79999999999")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn mark_as_read(&self, recipient: impl Into<Recipient>) -> Result<(), Error<T::Error>> {
        self.client.run(&model::SeenRequest::new(self.id.clone(), recipient)).await
    }

    /// Shows the typing sign to the recipient for 15 seconds: `typing`.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::PhoneNumber;
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// session.show_typing(PhoneNumber::new("79999999999")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn show_typing(&self, recipient: impl Into<Recipient>) -> Result<(), Error<T::Error>> {
        self.client.run(&model::TypingRequest::new(self.id.clone(), recipient)).await
    }

    /// Whether a number is registered on WhatsApp: `check`.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::PhoneNumber;
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// if !session.is_registered(PhoneNumber::new("79999999999")?).await? {
    ///     println!("this number is not on WhatsApp");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`]; also when the reply does not say, which is never taken for a "no".
    pub async fn is_registered(&self, number: impl Into<PhoneNumber>) -> Result<bool, Error<T::Error>> {
        self.client.run(&model::CheckRequest::new(self.id.clone(), number.into())).await
    }

    /// All chats: `get-chats`. Chats that cannot be read stand in [`List::unreadable`].
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// for chat in &session.chats().await? {
    ///     println!("{}: {} unread", chat.name, chat.unread_count);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn chats(&self) -> Result<List<Chat>, Error<T::Error>> {
        self.client.run(&model::GetChatsRequest::new(self.id.clone())).await
    }

    /// The file of a message: `get-messagemedia`. Held in memory whole.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::Message;
    /// # async fn example<T: Transport>(session: Session<T>, message: Message) -> Result<(), Box<dyn std::error::Error>> {
    /// if message.has_media {
    ///     let media = session.message_media(&message.id).await?;
    ///     std::fs::write("photo.jpg", media.data.decode()?)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`]; also when the message is unknown or has no file.
    pub async fn message_media(&self, message: impl Into<MessageId>) -> Result<Media, Error<T::Error>> {
        self.client.run(&model::GetMessageMediaRequest::new(self.id.clone(), message.into())).await
    }

    /// A file by its media key: `get-media`, which the service calls deprecated in favour of
    /// [`message_media`](Self::message_media). Held in memory whole.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::Message;
    /// # async fn example<T: Transport>(session: Session<T>, message: Message) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(key) = &message.media_key {
    ///     let media = session.media(key).await?;
    ///     std::fs::write("photo.jpg", media.data.decode()?)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn media(&self, key: impl Into<MediaKey>) -> Result<Media, Error<T::Error>> {
        self.client.run(&model::GetMediaRequest::new(self.id.clone(), key.into())).await
    }

    /// Past events of this session, as [`Client::events`] returns them.
    ///
    /// A filter that names another session is a mistake: the stream yields an error of kind
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) and ends before anything is sent.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::{EventAction, EventsGetRequest};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut events = session.events(EventsGetRequest::new().with_action(EventAction::Message));
    /// while let Some(event) = events.try_next().await? {
    ///     println!("event {}: {:?}", event.id, event.data.message());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn events(
        &self,
        request: EventsGetRequest,
    ) -> impl Stream<Item = Result<model::Event, Error<T::Error>>> + Unpin + use<T> {
        match self.own(request) {
            Ok(request) => self.client.events(request).left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        }
    }

    /// Past and new events of this session, as [`Client::follow_events`] returns them.
    ///
    /// A filter that names another session is a mistake, as for [`events`](Self::events).
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::EventsGetRequest;
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use futures_util::StreamExt;
    ///
    /// let mut events = session.follow_events(EventsGetRequest::new(), Duration::from_secs(5));
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
    ) -> impl Stream<Item = Result<model::Event, Error<T::Error>>> + Unpin + use<T> {
        match self.own(request) {
            Ok(request) => self.client.follow_events(request, interval).left_stream(),
            Err(error) => stream::iter([Err(error)]).right_stream(),
        }
    }

    /// The filter for this session alone.
    fn own(&self, request: EventsGetRequest) -> Result<EventsGetRequest, Error<T::Error>> {
        if request.session.as_ref().is_some_and(|session| *session != self.id) {
            let why = "the filter names another session than the one whose events are asked for";
            let cause = Cause::Invalid(InvalidRequest::new("WhatsappID", why));
            return Err(self.client.error(EventsGetRequest::NAME, EventsGetRequest::SAFETY, 0, cause));
        }
        Ok(request.with_session(self.id.clone()))
    }

    /// New events of this session in rounds that can be kept, as [`Client::poll_events`] returns them.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # use whatsgate_model::EventsGetRequest;
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use whatsgate_core::Start;
    ///
    /// let mut poll = session.poll_events(EventsGetRequest::new(), Start::Now, Duration::from_secs(5))?;
    /// let round = poll.next_round().await?;
    /// println!("{} new events", round.offers().len());
    /// poll.keep(round);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] when the filter names another session; nothing is sent.
    pub fn poll_events(
        &self,
        filter: EventsGetRequest,
        start: Start,
        interval: Duration,
    ) -> Result<EventPoll<T>, Error<T::Error>> {
        Ok(self.client.poll_events(self.own(filter)?, start, interval))
    }

    /// Changes the session's label: `set-name`.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), whatsgate_core::Error<T::Error>> {
    /// session.rename("Shop in Tula").await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn rename(&self, name: impl Into<String>) -> Result<(), Error<T::Error>> {
        self.client.run(&model::SetNameRequest::new(self.id.clone(), name)).await
    }

    /// Posts the session's events to a URL: `set-hook`. Put a secret into the URL, because the service signs nothing.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), whatsgate_core::Error<T::Error>> {
    /// session.set_hook("https://shop.example/hook/a-long-secret").await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn set_hook(&self, callback: impl Into<String>) -> Result<(), Error<T::Error>> {
        self.client.run(&model::SetHookRequest::new(self.id.clone(), callback)).await
    }

    /// Posts the session's events nowhere: `set-hook` with an empty URL.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), whatsgate_core::Error<T::Error>> {
    /// session.clear_hook().await
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn clear_hook(&self) -> Result<(), Error<T::Error>> {
        self.client.run(&model::SetHookRequest::disable(self.id.clone())).await
    }

    /// Unlinks the account, removes the session's data and frees its slot in the plan: `session-delete`. Returns the session
    /// as it was, if the reply has it.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(deleted) = session.delete().await? {
    ///     println!("{} is {:?}", deleted.name, deleted.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn delete(&self) -> Result<Option<model::SessionInfo>, Error<T::Error>> {
        self.client.run(&model::SessionDeleteRequest::new(self.id.clone())).await
    }

    /// What the gateway tells of the session now: `sessions-get` with its id. None if it is not among the active ones.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// match session.info().await? {
    ///     Some(info) => println!("{} is {:?}", info.name, info.status),
    ///     None => println!("there is no such session, or it is not active"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`].
    pub async fn info(&self) -> Result<Option<model::SessionInfo>, Error<T::Error>> {
        let request = SessionsGetRequest::new().with_session(self.id.clone());
        let page = self.client.run(&request).await?;
        Ok(page.data.into_iter().find(|session| session.unique_id == self.id))
    }

    /// Waits until the account is linked, and calls `on_change` with the session at first and whenever its state, its QR
    /// link or its pairing code changes, so that a program can show them.
    ///
    /// ```
    /// # use whatsgate_core::{Session, Transport, WaitOptions};
    /// # async fn example<T: Transport>(session: Session<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let ready = session
    ///     .wait_until_ready(WaitOptions::default(), |now| match (&now.code, &now.qr_link) {
    ///         (Some(code), _) => println!("type {code} on the phone"),
    ///         (None, Some(page)) => println!("scan the code at {page}"),
    ///         (None, None) => {}
    ///     })
    ///     .await?;
    /// println!("linked as {:?}", ready.wid);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error`] of kind [`NotReady`](crate::ErrorKind::NotReady) when the deadline passes, of kind
    /// [`SessionEnded`](crate::ErrorKind::SessionEnded) when the session is deleted meanwhile, or that of a question
    /// that failed for good.
    pub async fn wait_until_ready(
        &self,
        options: WaitOptions,
        mut on_change: impl FnMut(&model::SessionInfo),
    ) -> Result<model::SessionInfo, Error<T::Error>> {
        let platform = self.client.platform();
        let start = platform.now();
        let mut shown: Option<model::SessionInfo> = None;
        loop {
            let now = self.info().await?;
            match &now {
                Some(session) if session.is_ready() => return Ok(session.clone()),
                Some(session) if session.status == Some(SessionStatus::Destroying) => {
                    return Err(self.wait_error(Cause::SessionEnded));
                }
                Some(session) if shown.as_ref() != Some(session) => on_change(session),
                // A session that has just been created may not be listed yet.
                None if shown.is_some() => return Err(self.wait_error(Cause::SessionEnded)),
                _ => {}
            }
            shown = now.or(shown);
            if platform.now().saturating_sub(start).saturating_add(options.interval) > options.deadline {
                return Err(self.wait_error(Cause::NotReady));
            }
            platform.sleep(options.interval).await;
        }
    }

    fn wait_error(&self, cause: Cause<T::Error>) -> Error<T::Error> {
        self.client.error(SessionsGetRequest::NAME, SessionsGetRequest::SAFETY, 1, cause)
    }
}
