//! Sends what is in the outbox.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use whatsgate_core::Failure;
use whatsgate_model::{SessionId, SessionStatus};
use whatsgate_native::Client;
use whatsgate_store::durable::Millis;
use whatsgate_store::durable::outbox::evidence::PATIENCE;
use whatsgate_store::durable::outbox::{Absent, Draft, Ended, Entry, Key};
use whatsgate_store::durable::pacing::Limits;
use whatsgate_store::outbox::{self, Taking};
use whatsgate_store::{Store, StoreError, pacing};

use crate::draft::{self, Ready, What};
use crate::inbox::worker_name;
use crate::stop::Stop;

/// How often the store is asked what other processes put.
const LOOK: Duration = Duration::from_millis(250);
/// How often it is looked for what was lost, and what absence says.
const JUDGE: Duration = Duration::from_secs(5);
/// How often the gateway is asked whether a session that was disconnected is connected again.
const ASK: Duration = Duration::from_secs(30);
/// How often old messages are removed.
const EXPIRE: Duration = Duration::from_secs(60 * 60);
/// The pause after the store failed.
const PAUSE: Duration = Duration::from_secs(1);
/// What an attempt may take beyond its time-out, to be stored.
const MARGIN: Duration = Duration::from_secs(30);

/// The settings of a [`Sender`].
///
/// ```
/// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use whatsgate_durable::{Absent, Limits, QuietHours, Sender, Store};
///
/// let limits = Limits::default()
///     .with_caps(100, 500)
///     .with_quiet_hours(QuietHours::new("21:00", "09:00", "Asia/Yekaterinburg")?);
/// let sender = Sender::builder(client, Store::open("sqlite:shop.db").await?)
///     .with_limits(limits)
///     .with_absent(Absent::Tell)
///     .with_patience(Duration::from_secs(10 * 60))
///     .start()
///     .await?;
/// # sender.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a sender does nothing before it is started"]
pub struct SenderBuilder {
    client: Client,
    store: Store,
    most: usize,
    timeout: Duration,
    file_timeout: Duration,
    absent: Absent,
    patience: Duration,
    limits: Option<Limits>,
    keep: Duration,
    only: Option<Key>,
}

/// Sends what is put into an outbox, each message once.
///
/// An attempt is on disk before its request leaves. What is not known to have taken effect is not sent again: events tell
/// what became of it, so that an [`Inbox`](crate::Inbox) over the same store should run as well, in this process or another.
/// On SQLite one process sends; on PostgreSQL as many as there are.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_durable::{Inbox, Outbox, Sender, Store};
/// use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
/// use whatsgate_native::ClientBuilder;
///
/// let client = ClientBuilder::from_env()?.build()?;
/// let store = Store::open("sqlite:shop.db").await?;
/// let inbox = Inbox::builder(client.clone(), store.clone()).start().await?;
/// let sender = Sender::builder(client, store.clone()).start().await?;
///
/// let session = SessionId::new("6345454545454")?;
/// let to = PhoneNumber::new("79991112233")?;
/// let outbox = Outbox::new(store);
/// let mut put = outbox.put("order-17", &session, to, OutgoingMessage::text("Your order is here")).await?;
/// println!("{:?}", put.wait_sent(std::time::Duration::from_secs(60)).await?.course.state);
/// sender.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sender {
    stop: Stop,
    tasks: JoinSet<()>,
}

impl Sender {
    /// Begins to build a sender for the account of `client`.
    pub fn builder(client: Client, store: Store) -> SenderBuilder {
        SenderBuilder {
            client,
            store,
            most: 16,
            timeout: Duration::from_secs(60),
            file_timeout: Duration::from_secs(15 * 60),
            absent: Absent::default(),
            patience: PATIENCE,
            limits: Some(Limits::default()),
            keep: Duration::from_secs(30 * 24 * 60 * 60),
            only: None,
        }
    }

    /// Begins no new message, and returns once those under way are stored.
    ///
    /// ```
    /// # async fn example(sender: whatsgate_durable::Sender) -> Result<(), Box<dyn std::error::Error>> {
    /// tokio::signal::ctrl_c().await?;
    /// sender.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stop(mut self) {
        self.stop.stop();
        while self.tasks.join_next().await.is_some() {}
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.stop.stop();
        self.tasks.abort_all();
    }
}

impl SenderBuilder {
    /// How many messages are under way at the same time; 16 unless told otherwise.
    pub fn with_most_at_once(mut self, most: usize) -> Self {
        self.most = most.max(1);
        self
    }

    /// How long an attempt may take: a minute for a text and 15 for a file unless told otherwise. After that its outcome is
    /// unknown.
    pub fn with_timeouts(mut self, text: Duration, file: Duration) -> Self {
        (self.timeout, self.file_timeout) = (text, file);
        self
    }

    /// What is done with a message of which it was found out that it was not sent: it is left `unknown` unless told otherwise.
    pub fn with_absent(mut self, policy: Absent) -> Self {
        self.absent = policy;
        self
    }

    /// For how long a message whose outcome is unknown is looked for in the events: five minutes at least, unless told
    /// otherwise. So long later messages of its chat wait, and only then its absence says something. A gateway that carries a
    /// message out later than that is not waited for.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How fast each session may be: [`Limits::default`] unless told otherwise. Without limits a number that sends much is
    /// likely to be banned.
    pub fn with_limits(mut self, limits: impl Into<Option<Limits>>) -> Self {
        self.limits = limits.into();
        self
    }

    /// How long the content of messages is kept once it is known what became of them; 30 days unless told otherwise. Keys and
    /// outcomes are kept for ever.
    pub fn with_content_kept(mut self, time: Duration) -> Self {
        self.keep = time;
        self
    }

    /// Sends only the message of this key, and leaves all others queued.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::{Key, Sender, Store};
    ///
    /// let store = Store::open("sqlite:shop.db").await?;
    /// let sender = Sender::builder(client, store).with_only(Key::new("order-17")).start().await?;
    /// # sender.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_only(mut self, key: Key) -> Self {
        self.only = Some(key);
        self
    }

    /// Starts to send.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::{Inbox, Sender, Store};
    ///
    /// let store = Store::open("sqlite:shop.db").await?;
    /// // Its events prove what was sent, and tell who wants no bulk: before the first message leaves.
    /// let inbox = Inbox::builder(client.clone(), store.clone()).start().await?;
    /// inbox.caught_up().await;
    /// let sender = Sender::builder(client, store).start().await?;
    /// # sender.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`], among them that another process owns a SQLite store
    pub async fn start(self) -> Result<Sender, StoreError> {
        self.store.own().await?;
        let all = !self.store.is_for_many();
        self.store.run(move |tables| outbox::lose(tables, all)).await?;
        let stop = Stop::new();
        let mut tasks = JoinSet::new();
        let work = Work {
            settings: self,
            worker: worker_name(),
            stop: stop.clone(),
            sending: JoinSet::new(),
            asked: HashMap::new(),
        };
        tasks.spawn(work.run());
        Ok(Sender { stop, tasks })
    }
}

struct Work {
    settings: SenderBuilder,
    worker: String,
    stop: Stop,
    sending: JoinSet<()>,
    /// When the gateway was last asked about a session that was disconnected.
    asked: HashMap<String, Instant>,
}

impl Work {
    async fn run(mut self) {
        let mut changes = self.settings.store.outbox_changes();
        let (mut judged, mut expired) = (None::<Instant>, None::<Instant>);
        while !self.stop.is_stopped() {
            changes.borrow_and_update();
            let is_due = |last: Option<Instant>, every| last.is_none_or(|last| last.elapsed() >= every);
            let mut failed = None;
            if is_due(judged, JUDGE) {
                judged = Some(Instant::now());
                failed = self.judge().await.err();
            }
            if is_due(expired, EXPIRE) {
                expired = Some(Instant::now());
                failed = failed.or(self.expire().await.err());
            }
            let mut pause = LOOK;
            match self.take().await {
                // There may be more.
                Ok(true) if self.sending.len() < self.settings.most => continue,
                Ok(_) => {}
                Err(error) => failed = Some(error),
            }
            if let Some(error) = failed {
                tracing::warn!(%error, "sending waits for the store");
                pause = PAUSE;
            }
            tokio::select! {
                () = self.stop.stopped() => {}
                _ = changes.changed() => {}
                Some(_) = self.sending.join_next() => {}
                () = tokio::time::sleep(pause) => {}
            }
            while self.sending.try_join_next().is_some() {}
        }
        while self.sending.join_next().await.is_some() {}
    }

    async fn judge(&self) -> Result<(), StoreError> {
        let (policy, patience) = (self.settings.absent, self.settings.patience);
        let changed = self
            .settings
            .store
            .run(move |tables| {
                outbox::lose(tables, false)?;
                outbox::judge(tables, policy, patience)
            })
            .await?;
        if changed > 0 {
            self.settings.store.tell_outbox();
        }
        Ok(())
    }

    async fn expire(&self) -> Result<(), StoreError> {
        let keep = millis(self.settings.keep);
        self.settings
            .store
            .run(move |tables| {
                let before = tables.now()?.saturating_sub(keep);
                tables.expire_outbox(before).map(drop)
            })
            .await
    }

    /// Takes what is due, and begins to send it. Whether there was anything.
    async fn take(&mut self) -> Result<bool, StoreError> {
        self.admit().await?;
        let mut any = false;
        for session in self.settings.store.run(|tables| tables.outbox_sessions()).await? {
            let most = self.settings.most.saturating_sub(self.sending.len());
            if most == 0 {
                break;
            }
            let (worker, of, limits) = (self.worker.clone(), session.clone(), self.settings.limits.clone());
            let look = self.settings.patience;
            let only = self.settings.only.clone();
            let (text, file) =
                (millis(self.settings.timeout + MARGIN), millis(self.settings.file_timeout + MARGIN));
            let taken = self.settings.store.run(move |tables| {
                if !pacing::is_connected(tables, &of)? {
                    return Ok(None);
                }
                let lease = |draft: &Draft| if draft.file.is_some() { file } else { text };
                let taking = Taking {
                    worker: &worker,
                    session: &of,
                    most,
                    limits: limits.as_ref(),
                    look,
                    lease: &lease,
                };
                outbox::take_only(tables, &taking, only.as_ref()).map(Some)
            });
            let Some(taken) = taken.await? else {
                self.ask(&session).await?;
                continue;
            };
            any |= !taken.entries.is_empty();
            for entry in taken.entries {
                self.sending.spawn(send(self.settings.clone(), entry));
            }
        }
        Ok(any)
    }

    /// Reads what other programs put.
    async fn admit(&self) -> Result<(), StoreError> {
        for entry in self.settings.store.run(|tables| tables.unread_outbox(64)).await? {
            let reading = draft::read(&entry.draft).await.map(|(reading, _)| reading);
            self.settings.store.run(move |tables| outbox::admit(tables, entry.id, reading)).await?;
        }
        Ok(())
    }

    /// Asks the gateway about a session that was disconnected: its `ready` may have been missed.
    async fn ask(&mut self, session: &str) -> Result<(), StoreError> {
        if self.asked.get(session).is_some_and(|asked| asked.elapsed() < ASK) {
            return Ok(());
        }
        self.asked.insert(session.to_owned(), Instant::now());
        let Ok(id) = SessionId::new(session) else { return Ok(()) };
        let info = self.settings.client.session(id).info().await;
        if info.is_ok_and(|info| info.is_some_and(|info| info.status == Some(SessionStatus::Ready))) {
            let session = session.to_owned();
            self.settings.store.run(move |tables| pacing::connect(tables, &session, None, true)).await?;
        }
        Ok(())
    }
}

/// Sends one message, and stores what came of it.
async fn send(settings: SenderBuilder, entry: Entry) {
    let ended = attempt(&settings, &entry).await;
    let (id, number) = (entry.id, entry.course.attempts());
    loop {
        let ended = ended.clone();
        match settings.store.run(move |tables| outbox::end(tables, id, number, &ended)).await {
            Ok(_) => break,
            Err(error) => {
                tracing::warn!(%error, "what became of a message is not stored yet");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    settings.store.tell_outbox();
}

async fn attempt(settings: &SenderBuilder, entry: &Entry) -> Ended {
    let (reading, ready) = match draft::read(&entry.draft).await {
        Ok(read) => read,
        Err(why) => return Ended::Refused(why),
    };
    if entry.course.fingerprint.as_ref() != Some(&reading.fingerprint) {
        return Ended::Refused("its file is another one than when it was put; nothing was sent".to_owned());
    }
    let timeout = if entry.draft.file.is_some() { settings.file_timeout } else { settings.timeout };
    match tokio::time::timeout(timeout, deliver(&settings.client, ready)).await {
        Ok(ended) => ended,
        Err(_) => Ended::Unknown("no reply in time".to_owned()),
    }
}

async fn deliver(client: &Client, ready: Ready) -> Ended {
    let session = client.session(ready.session);
    let result: Result<_, Failure> = match ready.what {
        What::Message(message) => {
            session.send(ready.recipient, message).await.map_err(whatsgate_native::Error::into_failure)
        }
        What::File(upload) => {
            session.send_file(ready.recipient, *upload).await.map_err(|error| error.failure())
        }
    };
    match Ended::of(result.as_ref()) {
        Ended::Declined(words) => Ended::Declined(without_key(client, words)),
        ended => ended,
    }
}

/// A gateway may repeat what it was sent.
fn without_key(client: &Client, words: String) -> String {
    match client.key_source().key() {
        Ok(key) => words.replace(key.expose(), "…"),
        Err(_) => words,
    }
}

fn millis(time: Duration) -> Millis {
    Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX)
}
