//! Messages to send, each under a key, and what became of them.

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;
use whatsgate_model::{
    MessageId, MimeType, OutgoingContent, OutgoingMessage, OutgoingType, Recipient, SessionId,
};
use whatsgate_store::durable::Millis;
use whatsgate_store::durable::outbox::{Class, Draft, Entry, Key, State, check_times};
use whatsgate_store::durable::receipts::DeliveryState;
use whatsgate_store::outbox::{self, Decision, Reading};
use whatsgate_store::{OutboxFilter, Store, StoreError};

use crate::draft::{self, Around, AroundMedia};
use crate::receipts::{Receipts, Waited};
use crate::time::after;

/// Why a message was not put.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// The store; among it that the key is that of another message.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The message cannot be sent, and was not put.
    #[error("{0}; nothing was put")]
    Invalid(String),
}

/// Messages that are sent once, whatever happens: kept in a store under the caller's own keys, over restarts.
///
/// Putting a key again finds the message that is there, so that a program may put whenever it is in doubt. A
/// [`Sender`](crate::Sender), in this process or another, sends what is put.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_durable::{Outbox, State, Store};
/// use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
///
/// let outbox = Outbox::new(Store::memory());
/// let session = SessionId::new("6345454545454")?;
/// let to = PhoneNumber::new("79991112233")?;
/// let put = outbox.put("order-17", &session, to, OutgoingMessage::text("Your order is here")).await?;
/// assert_eq!(put.entry().course.state, State::Queued);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Outbox {
    store: Store,
    program: String,
}

/// A message to put, with more than [`Outbox::put`] takes.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use std::time::{Duration, SystemTime};
/// use whatsgate_durable::{Class, Outbox, Post, Store};
/// use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
///
/// let outbox = Outbox::new(Store::memory());
/// let session = SessionId::new("6345454545454")?;
/// let to = PhoneNumber::new("79991112233")?;
/// let post = Post::new("code-17", &session, to, OutgoingMessage::text("Your code is 120"))
///     .with_class(Class::Urgent)
///     .with_expiry(SystemTime::now() + Duration::from_secs(300));
/// outbox.post(post).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug)]
#[must_use = "it does nothing before it is put"]
pub struct Post {
    key: String,
    session: SessionId,
    recipient: Recipient,
    message: OutgoingMessage,
    file: Option<PathBuf>,
    kind: Option<OutgoingType>,
    mimetype: Option<MimeType>,
    filename: Option<String>,
    class: Class,
    not_before: Millis,
    expires: Option<Millis>,
}

impl Post {
    /// A message under a key.
    pub fn new(
        key: impl Into<String>,
        session: &SessionId,
        to: impl Into<Recipient>,
        message: impl Into<OutgoingMessage>,
    ) -> Self {
        Self {
            key: key.into(),
            session: session.clone(),
            recipient: to.into(),
            message: message.into(),
            file: None,
            kind: None,
            mimetype: None,
            filename: None,
            class: Class::Normal,
            not_before: 0,
            expires: None,
        }
    }

    /// A file under a key, with a caption, which may be empty. It is read when it is put and again when it is sent, and not
    /// sent if it is another one by then.
    ///
    /// ```
    /// # async fn example(outbox: whatsgate_durable::Outbox, session: whatsgate_model::SessionId) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::Post;
    /// use whatsgate_model::PhoneNumber;
    ///
    /// let post = Post::file("invoice-17", &session, PhoneNumber::new("79991112233")?, "invoices/17.pdf", "Your invoice")
    ///     .with_filename("Invoice.pdf")
    ///     .with_mimetype("application/pdf".parse()?);
    /// outbox.post(post).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn file(
        key: impl Into<String>,
        session: &SessionId,
        to: impl Into<Recipient>,
        path: impl Into<PathBuf>,
        caption: impl Into<String>,
    ) -> Self {
        let mut post = Self::new(key, session, to, OutgoingMessage::text(caption));
        post.file = Some(path.into());
        post
    }

    /// Sends the file as this type instead of the one it looks like. Of no effect on a text.
    pub fn with_type(mut self, kind: OutgoingType) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The file's MIME type instead of the one it looks like. Of no effect on a text.
    pub fn with_mimetype(mut self, mimetype: MimeType) -> Self {
        self.mimetype = Some(mimetype);
        self
    }

    /// The file's name for the recipient instead of its own. Of no effect on a text.
    pub fn with_filename(mut self, name: impl Into<String>) -> Self {
        self.filename = Some(name.into());
        self
    }

    /// Answers this message.
    pub fn with_quote(mut self, message: MessageId) -> Self {
        self.message = self.message.with_quote(message);
        self
    }

    /// How urgent it is.
    pub fn with_class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// Not to be sent before this time, which must be earlier than an [expiry](Self::with_expiry).
    pub fn with_not_before(mut self, time: SystemTime) -> Self {
        self.not_before = unix_millis(time);
        self
    }

    /// Not to be sent from this time on, when it is of no use any more.
    pub fn with_expiry(mut self, time: SystemTime) -> Self {
        self.expires = Some(unix_millis(time));
        self
    }

    /// Refuses times between which it can never be sent, as putting it does.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use std::time::{Duration, SystemTime};
    /// use whatsgate_durable::Post;
    /// use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    ///
    /// let session = SessionId::new("6345454545454")?;
    /// let now = SystemTime::now();
    /// let post = Post::new("a", &session, PhoneNumber::new("79991112233")?, OutgoingMessage::text("Good morning"))
    ///     .with_not_before(now + Duration::from_secs(3600))
    ///     .with_expiry(now + Duration::from_secs(60));
    /// assert!(post.check_times().is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`OutboxError::Invalid`]
    pub fn check_times(&self) -> Result<(), OutboxError> {
        check_times(self.not_before, self.expires).map_err(|why| OutboxError::Invalid(why.to_owned()))
    }

    fn draft(&self) -> Result<Draft, OutboxError> {
        let invalid = |why: &str| Err(OutboxError::Invalid(why.to_owned()));
        let file = match &self.file {
            // As others are to find it too.
            Some(path) => {
                match std::path::absolute(path).ok().and_then(|path| path.to_str().map(str::to_owned)) {
                    Some(path) => Some(path),
                    None => return invalid("the path of the file is not text"),
                }
            }
            None => None,
        };
        let message = match (&self.message.content, &file) {
            (OutgoingContent::Text(caption), Some(_)) => serde_json::to_string(&Around {
                body: Some(caption.clone()).filter(|caption| !caption.is_empty()),
                quote: self.message.quote.clone(),
                media: (self.mimetype.is_some() || self.filename.is_some()).then(|| AroundMedia {
                    mimetype: self.mimetype.clone(),
                    filename: self.filename.clone(),
                }),
                kind: self.kind.clone(),
            }),
            _ => serde_json::to_string(&self.message),
        };
        Ok(Draft {
            session: self.session.as_str().to_owned(),
            recipient: chat_text(&self.recipient),
            message: message.map_err(|error| OutboxError::Invalid(error.to_string()))?,
            file,
            class: self.class,
            not_before: self.not_before,
            expires: self.expires,
        })
    }
}

/// A recipient in one text.
fn chat_text(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Phone(number) => number.as_str().to_owned(),
        other => whatsgate_store::durable::outbox::chat_of(other).as_str().to_owned(),
    }
}

fn unix_millis(time: SystemTime) -> Millis {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// What was read of a message that is to be put.
enum Read {
    New(Key, Draft, Reading),
    Known(Entry),
}

/// How often the store is asked what another process did.
const LOOK: Duration = Duration::from_millis(500);

impl Outbox {
    /// The outbox of a store.
    pub fn new(store: Store) -> Self {
        Self { store, program: String::new() }
    }

    /// Gives the keys of this program a space of their own. Without it, all programs share one.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use whatsgate_durable::{Outbox, Store};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    /// # let outbox = Outbox::new(Store::memory());
    /// # let session = SessionId::new("6345454545454")?;
    /// # let to = PhoneNumber::new("79991112233")?;
    /// let shop = outbox.clone().with_program("shop");
    /// shop.put("1", &session, &to, OutgoingMessage::text("Your order is ready")).await?;
    /// let clinic = outbox.with_program("clinic");
    /// assert!(clinic.get("1").await?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn with_program(mut self, program: impl Into<String>) -> Self {
        self.program = program.into();
        self
    }

    /// Puts a message under a key, on disk when this returns. If the key is there already with the same message, it is that
    /// one, and how urgent it is and when it may be sent stay as they were.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_durable::{Outbox, OutboxError, Store, StoreError};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    /// #
    /// # let outbox = Outbox::new(Store::memory());
    /// # let session = SessionId::new("6345454545454")?;
    /// # let to = PhoneNumber::new("79991112233")?;
    /// let first = outbox.put("order-17", &session, &to, OutgoingMessage::text("Your order is ready")).await?;
    /// // After a crash nobody knows whether it was put: put it again.
    /// let again = outbox.put("order-17", &session, &to, OutgoingMessage::text("Your order is ready")).await?;
    /// assert_eq!(first.entry().id, again.entry().id);
    ///
    /// let other = outbox.put("order-17", &session, &to, OutgoingMessage::text("Something else")).await;
    /// assert!(matches!(other, Err(OutboxError::Store(StoreError::OtherMessage))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`StoreError::OtherMessage`] if the key is that of another message, [`OutboxError::Invalid`] if the message cannot be
    /// sent; nothing was put then
    pub async fn put(
        &self,
        key: impl Into<String>,
        session: &SessionId,
        to: impl Into<Recipient>,
        message: impl Into<OutgoingMessage>,
    ) -> Result<Handle, OutboxError> {
        self.post(Post::new(key, session, to, message)).await
    }

    /// Puts a message with all that can be said of it.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_durable::{Class, Outbox, Post, Store};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    /// # let outbox = Outbox::new(Store::memory());
    /// # let session = SessionId::new("6345454545454")?;
    /// # let to = PhoneNumber::new("79991112233")?;
    /// let post = Post::new("news-17", &session, to, OutgoingMessage::text("We are open")).with_class(Class::Bulk);
    /// let put = outbox.post(post).await?;
    /// assert_eq!(put.entry().draft.class, Class::Bulk);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`put`](Self::put)
    pub async fn post(&self, post: Post) -> Result<Handle, OutboxError> {
        let (key, draft, reading) = match self.read(post).await? {
            Read::Known(known) => return Ok(self.handle(known)),
            Read::New(key, draft, reading) => (key, draft, reading),
        };
        let entry = self.store.run(move |tables| outbox::put(tables, &key, &draft, reading)).await?;
        self.store.tell_outbox();
        Ok(self.handle(entry))
    }

    /// The message that is there already under the key of this one; nothing is put.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_durable::{Outbox, Post, Store};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    /// # let outbox = Outbox::new(Store::memory());
    /// # let session = SessionId::new("6345454545454")?;
    /// # let to = PhoneNumber::new("79991112233")?;
    /// let post = Post::new("order-17", &session, to, OutgoingMessage::text("Your order is ready"));
    /// assert!(outbox.find(post.clone()).await?.is_none());
    /// outbox.post(post.clone()).await?;
    /// assert!(outbox.find(post).await?.is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As for [`put`](Self::put)
    pub async fn find(&self, post: Post) -> Result<Option<Handle>, OutboxError> {
        let (key, draft, reading) = match self.read(post).await? {
            Read::Known(known) => return Ok(Some(self.handle(known))),
            Read::New(key, draft, reading) => (key, draft, reading),
        };
        let entry = self.store.run(move |tables| outbox::known(tables, &key, &draft, &reading)).await?;
        Ok(entry.map(|entry| self.handle(entry)))
    }

    /// Reads a message that is to be put. One that is there already, and whose file went away since, is known by all but that.
    async fn read(&self, post: Post) -> Result<Read, OutboxError> {
        post.check_times()?;
        let draft = post.draft()?;
        let key = self.key(post.key);
        key.check().map_err(|why| OutboxError::Invalid(why.to_owned()))?;
        match draft::read(&draft).await {
            Ok((reading, _)) => Ok(Read::New(key, draft, reading)),
            Err(why) => {
                let known = self.store.run(move |tables| tables.outbox_entry(&key)).await?;
                match known.filter(|known| draft.file.is_some() && known.draft.is_alike(&draft)) {
                    Some(known) => Ok(Read::Known(known)),
                    None => Err(OutboxError::Invalid(why)),
                }
            }
        }
    }

    /// The message of a key.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// # use whatsgate_durable::{Outbox, Store};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    /// # let outbox = Outbox::new(Store::memory());
    /// # let session = SessionId::new("6345454545454")?;
    /// # let to = PhoneNumber::new("79991112233")?;
    /// outbox.put("order-17", &session, to, OutgoingMessage::text("Your order is ready")).await?;
    /// if let Some(known) = outbox.get("order-17").await? {
    ///     println!("{}", known.entry().course.state.name());
    /// }
    /// # assert!(outbox.get("order-18").await?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn get(&self, key: impl Into<String>) -> Result<Option<Handle>, StoreError> {
        let key = self.key(key.into());
        let entry = self.store.run(move |tables| tables.outbox_entry(&key)).await?;
        Ok(entry.map(|entry| self.handle(entry)))
    }

    /// Messages in the order of putting: those that a filter lets through, the first so many.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_durable::{Outbox, OutboxFilter, State, Store};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    /// # let outbox = Outbox::new(Store::memory());
    /// # let session = SessionId::new("6345454545454")?;
    /// # let to = PhoneNumber::new("79991112233")?;
    /// # outbox.put("order-17", &session, to, OutgoingMessage::text("Your order is ready")).await?;
    /// let mut open = OutboxFilter { states: vec![State::Queued, State::Unknown], ..OutboxFilter::default() };
    /// loop {
    ///     let page = outbox.list(open.clone(), 100).await?;
    ///     let Some(last) = page.last() else { break };
    ///     open.after = last.id;
    ///     for entry in page {
    ///         println!("{}: {}", entry.key.key, entry.course.state.name());
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn list(&self, filter: OutboxFilter, most: usize) -> Result<Vec<Entry>, StoreError> {
        let filter = OutboxFilter { program: Some(self.program.clone()), ..filter };
        self.store.run(move |tables| tables.outbox_entries(&filter, most)).await
    }

    /// How many messages with keys that begin so are in each state.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_durable::{Outbox, State, Store};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    /// # let outbox = Outbox::new(Store::memory());
    /// # let session = SessionId::new("6345454545454")?;
    /// # let to = PhoneNumber::new("79991112233")?;
    /// outbox.put("order-17", &session, to, OutgoingMessage::text("Your order is ready")).await?;
    /// assert_eq!(outbox.count("order-").await?, [(State::Queued, 1)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn count(&self, prefix: &str) -> Result<Vec<(State, u64)>, StoreError> {
        let filter = OutboxFilter {
            program: Some(self.program.clone()),
            prefix: prefix.to_owned(),
            ..OutboxFilter::default()
        };
        self.store.run(move |tables| tables.count_outbox(&filter)).await
    }

    /// Carries out what somebody decided about a message; see [`Decision`]. None if there is no such key, otherwise whether its
    /// state allowed that, and how it stands.
    ///
    /// ```
    /// # tokio::runtime::Runtime::new().unwrap().block_on(async {
    /// use whatsgate_durable::{Decision, Outbox, State, Store};
    /// # use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
    /// # let outbox = Outbox::new(Store::memory());
    /// # let session = SessionId::new("6345454545454")?;
    /// # let to = PhoneNumber::new("79991112233")?;
    /// outbox.put("order-17", &session, to, OutgoingMessage::text("Your order is ready")).await?;
    /// match outbox.decide("order-17", Decision::Cancel).await? {
    ///     None => println!("there is no such message"),
    ///     Some((true, _)) => println!("it is not sent"),
    ///     Some((false, entry)) => println!("too late: it is {}", entry.course.state.name()),
    /// }
    /// # assert_eq!(outbox.count("").await?, [(State::Cancelled, 1)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn decide(
        &self,
        key: impl Into<String>,
        decision: Decision,
    ) -> Result<Option<(bool, Entry)>, StoreError> {
        let key = self.key(key.into());
        let decided = self.store.run(move |tables| outbox::decide(tables, &key, &decision)).await;
        self.store.tell_outbox();
        decided
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    fn key(&self, key: String) -> Key {
        Key { program: self.program.clone(), key }
    }

    fn handle(&self, entry: Entry) -> Handle {
        Handle { store: self.store.clone(), entry }
    }
}

/// A message that was put.
///
/// ```
/// # async fn example(outbox: whatsgate_durable::Outbox) -> Result<(), whatsgate_durable::StoreError> {
/// if let Some(put) = outbox.get("order-17").await? {
///     let course = &put.entry().course;
///     println!("{} after {} attempts", course.state.name(), course.attempts());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Handle {
    store: Store,
    entry: Entry,
}

impl Handle {
    /// How it stood when this was made, or last waited for.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Waits until it is known what became of the message, at most for the time given: until it is sent, refused, or whatever
    /// else is no longer [queued, being sent or unknown](State). Says how it stands.
    ///
    /// ```
    /// # async fn example(outbox: whatsgate_durable::Outbox) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use whatsgate_durable::State;
    ///
    /// if let Some(mut put) = outbox.get("order-17").await? {
    ///     let course = &put.wait_sent(Duration::from_secs(60)).await?.course;
    ///     match course.state {
    ///         State::Sent => println!("sent as {:?}", course.message),
    ///         State::Failed => println!("refused: {}", course.reason),
    ///         // Put it again under the same key, or ask again, but send it by no other way.
    ///         state => println!("{} so far", state.name()),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn wait_sent(&mut self, at_most: Duration) -> Result<&Entry, StoreError> {
        let deadline = after(at_most);
        let mut changes = self.store.outbox_changes();
        let mut end = self.store.end();
        loop {
            changes.borrow_and_update();
            end.borrow_and_update();
            let id = self.entry.id;
            match self.store.run(move |tables| tables.outbox_entry_of(id)).await {
                Ok(Some(entry)) => self.entry = entry,
                Ok(None) => {}
                // Whoever sends may be too busy to let others in.
                Err(error) if error.is_passing() && Instant::now() < deadline => {}
                Err(error) => return Err(error),
            }
            if self.entry.course.state.is_settled() || Instant::now() >= deadline {
                return Ok(&self.entry);
            }
            tokio::select! {
                _ = changes.changed() => {}
                _ = end.changed() => {}
                () = tokio::time::sleep_until(deadline.min(after(LOOK))) => {}
            }
        }
    }

    /// Waits until the message is on the recipient's device, at most for the time given.
    ///
    /// ```
    /// # async fn example(mut put: whatsgate_durable::Handle) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    /// use whatsgate_durable::Waited;
    ///
    /// match put.wait_delivered(Duration::from_secs(2 * 60 * 60)).await? {
    ///     Waited::Reached(state) => println!("{}", state.name()),
    ///     Waited::Failed => println!("it does not come"),
    ///     _ => println!("the phone is off: try another way"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn wait_delivered(&mut self, at_most: Duration) -> Result<Waited, StoreError> {
        let deadline = after(at_most);
        self.wait_sent(at_most).await?;
        let session = SessionId::new(&self.entry.draft.session);
        let (Some(message), Ok(session)) = (self.entry.course.message.clone(), session) else {
            let failed = matches!(self.entry.course.state, State::Failed | State::NotSent);
            return Ok(if failed { Waited::Failed } else { Waited::Stalled(None) });
        };
        let left = deadline.saturating_duration_since(Instant::now());
        Receipts::new(self.store.clone()).wait(&session, &message, DeliveryState::Delivered, left).await
    }
}
