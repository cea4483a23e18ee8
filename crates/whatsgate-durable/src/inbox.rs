//! All that has to do with receiving: the poll, the posts, the journal, and who reads it.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use whatsgate_core::Start;
use whatsgate_model::{EventsGetRequest, SessionId, SessionsGetRequest};
use whatsgate_native::{Client, serve_intake};
use whatsgate_store::{Store, journal, poll};

use crate::consumer::Consumer;
use crate::error::InboxError;
use crate::hook::{Door, Hook, Posting};
use crate::poller::Poller;
use crate::receipts::Receipts;
use crate::stop::Stop;
use crate::worker;

/// Receives every event of an account into a store, and hands it to consumers.
///
/// The poll is the truth and posts make it quick: whatever is missed while the program or the network is down, the poll
/// fetches later. See the crate's page for what is promised and what is not.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_durable::{Consumer, Inbox, Store};
/// use whatsgate_native::ClientBuilder;
///
/// let client = ClientBuilder::from_env()?.build()?;
/// let inbox = Inbox::builder(client, Store::open("sqlite:bot.db").await?).start().await?;
/// inbox.stop_when(async { drop(tokio::signal::ctrl_c().await) });
/// inbox
///     .run(Consumer::new("answers").on_message(async |message, delivery| {
///         println!("event {}: {}", delivery.key(), message.body);
///     }))
///     .await?;
/// # Ok(())
/// # }
/// ```
///
/// Dropping the inbox ends it at once; [`stop`](Self::stop) lets handlers come to their end.
#[derive(Debug)]
pub struct Inbox {
    store: Store,
    stop: Stop,
    rounds: watch::Receiver<u64>,
    /// How many rounds of all processes were over at the start.
    rounds_before: u64,
    posting: Option<Posting>,
    tasks: JoinSet<()>,
}

/// The settings of an [`Inbox`].
///
/// ```
/// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use whatsgate_durable::{Inbox, Store};
/// use whatsgate_native::{SessionId, Start};
///
/// let inbox = Inbox::builder(client, Store::open("sqlite:bot.db").await?)
///     .session(SessionId::new("6345454545454")?)
///     .poll_every(Duration::from_secs(2))
///     .since(Start::Beginning)
///     .keep_content(Duration::from_secs(90 * 24 * 60 * 60))
///     .start()
///     .await?;
/// # drop(inbox);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an inbox does nothing before it is started"]
pub struct InboxBuilder {
    client: Client,
    store: Store,
    session: Option<SessionId>,
    interval: Option<Duration>,
    polls: bool,
    start: Start,
    hook: Option<Hook>,
    keep: Duration,
}

/// How often the service is asked where events are not posted, and where they are.
const INTERVAL: Duration = Duration::from_secs(5);
const INTERVAL_WITH_HOOK: Duration = Duration::from_secs(60);
/// How often it is looked whether a round of another process is over.
const FIRST_ROUND_LOOK: Duration = Duration::from_millis(50);
/// How often it is looked for the paths that other processes have made.
const REFRESH_INTERVAL: Duration = Duration::from_secs(3);
/// How often old content is removed.
const RETENTION_INTERVAL: Duration = Duration::from_secs(60 * 60);
/// After how long a consumer that nobody runs holds nothing back.
const UNSEEN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl InboxBuilder {
    /// Receives the events of one session only, instead of all of the account.
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// How often the service is asked for events: every 5 seconds unless told otherwise, and every 60 with a
    /// [hook](Self::hook).
    pub fn poll_every(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// Never asks the service. What the gateway gives up on, after three repetitions 20 seconds apart, is lost then.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::{Hook, Inbox, Store};
    ///
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// let hook = Hook::new(listener, "https://shop.example/whatsgate");
    /// let inbox = Inbox::builder(client, Store::memory()).hook(hook).without_poll().start().await?;
    /// # drop(inbox);
    /// # Ok(())
    /// # }
    /// ```
    pub fn without_poll(mut self) -> Self {
        self.polls = false;
        self
    }

    /// Where the journal begins when the store is new: with what comes new, unless told otherwise.
    pub fn since(mut self, start: Start) -> Self {
        self.start = start;
        self
    }

    /// Receives posted events as well, of sessions that are made later within as long as the poll's interval.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::{Hook, Inbox, Store};
    ///
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// let hook = Hook::new(listener, "https://shop.example/whatsgate").ask_back();
    /// let inbox = Inbox::builder(client, Store::open("sqlite:bot.db").await?).hook(hook).start().await?;
    /// # drop(inbox);
    /// # Ok(())
    /// # }
    /// ```
    pub fn hook(mut self, hook: Hook) -> Self {
        self.hook = Some(hook);
        self
    }

    /// How long the content of events is kept at least; 30 days unless told otherwise. What consumers have still to handle
    /// is kept longer, and numbers for ever, so that nothing comes twice.
    pub fn keep_content(mut self, time: Duration) -> Self {
        self.keep = time;
        self
    }

    /// Starts to receive. On a new store it returns once it is settled what is new: after the first round of the poll, for
    /// which it waits while the gateway cannot be reached.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::{Inbox, InboxError, Store, StoreError};
    ///
    /// match Inbox::builder(client, Store::open("sqlite:bot.db").await?).start().await {
    ///     Ok(inbox) => inbox.caught_up().await,
    ///     Err(InboxError::Store(StoreError::Owned { owner })) => eprintln!("process {owner} does it already"),
    ///     Err(InboxError::ForeignHook { .. }) => eprintln!("somebody else gets the events; Hook::take says to take them over"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`InboxError::Store`], among them that another process handles the events of a SQLite store
    /// - [`InboxError::ForeignHook`] if a session's events are posted to somebody else
    /// - [`InboxError::Gateway`] if the hooks could not be set, or the gateway refuses to list events, as with a
    ///   wrong key
    /// - [`InboxError::Settings`] if nothing is received at all
    pub async fn start(self) -> Result<Inbox, InboxError> {
        if !self.polls && self.hook.is_none() {
            return Err(InboxError::Settings(
                "an inbox needs the poll or a hook: otherwise nothing is received".to_owned(),
            ));
        }
        if !self.polls && self.hook.as_ref().is_some_and(|hook| hook.ask_back) {
            return Err(InboxError::Settings(
                "without the poll nobody asks back: leave out one of the two".to_owned(),
            ));
        }
        if !self.polls {
            tracing::warn!(
                "receiving without the poll: events that the gateway gives up on, after three repetitions 20 seconds \
                 apart, are lost"
            );
        }
        self.store.own().await?;
        let rounds_before = self.store.run(poll::rounds).await?;
        let stop = Stop::new();
        let mut tasks = JoinSet::new();
        let (nudge, read_back) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (rounds_sender, rounds) = watch::channel(0);
        let interval =
            self.interval.unwrap_or(if self.hook.is_some() { INTERVAL_WITH_HOOK } else { INTERVAL });
        let asks_back = self.hook.as_ref().is_some_and(|hook| hook.ask_back);
        let mut posting = None;
        if let Some(hook) = self.hook {
            let door = Door::new(self.store.clone(), asks_back, Arc::clone(&nudge), Arc::clone(&read_back));
            let sessions = sessions(&self.client, self.session.as_ref()).await?;
            for session in &sessions {
                door.open(session).await?;
            }
            // Received before it is posted.
            let (intake, listener, limits) = (door.clone(), hook.listener, hook.limits);
            tasks.spawn(async move { match serve_intake(listener, intake, limits).await {} });
            if self.store.is_for_many() {
                tasks.spawn(refresh(door.clone(), stop.clone()));
            }
            let Hook { public_url, take, .. } = hook;
            let posts = posting.insert(Posting { client: self.client.clone(), door, public_url, take });
            for session in &sessions {
                posts.tell(session).await?;
            }
            if self.session.is_none() {
                tasks.spawn(post_newcomers(posts.clone(), interval, stop.clone()));
            }
        }
        if self.polls {
            let mut filter = EventsGetRequest::new();
            if let Some(session) = &self.session {
                filter = filter.with_session(session.clone());
            }
            let (refused, refusal) = oneshot::channel();
            let begins_now = self.start == Start::Now;
            let poller = Poller {
                client: self.client.clone(),
                store: self.store.clone(),
                filter,
                start: self.start,
                interval,
                worker: worker_name(),
                asks_back,
                nudge,
                read_back,
                refused: Some(refused),
                rounds: rounds_sender,
                stop: stop.clone(),
            };
            tasks.spawn(poller.keep_running());
            if begins_now {
                first_round(&self.store, refusal).await?;
            }
        }
        tasks.spawn(retention(self.store.clone(), self.keep, stop.clone()));
        Ok(Inbox { store: self.store, stop, rounds, rounds_before, posting, tasks })
    }
}

impl Inbox {
    /// Begins to build an inbox for the account of `client`.
    ///
    /// ```
    /// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::{Inbox, Store};
    ///
    /// let inbox = Inbox::builder(client, Store::open("sqlite:bot.db").await?).start().await?;
    /// println!("from position {} on", *inbox.store().end().borrow());
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(client: Client, store: Store) -> InboxBuilder {
        InboxBuilder {
            client,
            store,
            session: None,
            interval: None,
            polls: true,
            start: Start::Now,
            hook: None,
            keep: Duration::from_secs(30 * 24 * 60 * 60),
        }
    }

    /// Handles events with a consumer, until the inbox is [stopped](Self::stop). Several consumers run at the same time, each
    /// with progress of its own; several processes with one consumer share its partitions, where the store is for many.
    ///
    /// ```
    /// # async fn example(inbox: whatsgate_durable::Inbox) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::Consumer;
    ///
    /// let answers = inbox.run(Consumer::new("answers").on_message(async |message, _| println!("{}", message.body)));
    /// let states = inbox.run(Consumer::new("states").on_ack(async |message, _| println!("{:?}", message.ack)));
    /// tokio::try_join!(answers, states)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InboxError`] when it cannot go on: failures that pass are waited for
    pub async fn run<S: Send + Sync + 'static>(&self, consumer: Consumer<S>) -> Result<(), InboxError> {
        // A name for each run, because two of one consumer share its partitions like two processes.
        worker::run(self.store.clone(), consumer, worker_name(), self.stop.clone()).await
    }

    /// Waits until everything that the service lists is in the journal for the first time since the start, whichever process
    /// polls. Returns at once without the poll.
    ///
    /// ```
    /// # async fn example(inbox: whatsgate_durable::Inbox) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// // Not for ever: the gateway may be away.
    /// if tokio::time::timeout(Duration::from_secs(60), inbox.caught_up()).await.is_err() {
    ///     eprintln!("what was missed is not here yet");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn caught_up(&self) {
        let mut own = self.rounds.clone();
        loop {
            tokio::select! {
                // An error means that nobody polls here.
                () = async { drop(own.wait_for(|rounds| *rounds > 0).await) } => return,
                () = tokio::time::sleep(FIRST_ROUND_LOOK), if self.store.is_for_many() => {}
            }
            // The first of these may have begun before the start.
            let rounds = self.store.run(poll::rounds).await;
            if rounds.is_ok_and(|rounds| rounds >= self.rounds_before + 2) {
                return;
            }
        }
    }

    /// Gives a session a new path at which its events are posted. What is still on its way to the one before is received.
    ///
    /// ```
    /// # async fn example(inbox: whatsgate_durable::Inbox) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::SessionId;
    ///
    /// // Somebody has seen the path.
    /// inbox.renew_hook(&SessionId::new("6345454545454")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InboxError`]; then the old path is still the one that the gateway knows, and both are received at
    pub async fn renew_hook(&self, session: &SessionId) -> Result<(), InboxError> {
        let Some(posting) = &self.posting else {
            return Err(InboxError::Settings("this inbox receives no posts".to_owned()));
        };
        posting.renew(session).await
    }

    /// Receives the posted events of a session that was made after the start at once: without this the inbox finds it by
    /// itself, within the poll's interval.
    ///
    /// ```
    /// # async fn example(inbox: whatsgate_durable::Inbox, client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::{SessionCreateRequest, WaitOptions};
    ///
    /// let created = client.create_session(SessionCreateRequest::new("Shop in Tula")).await?;
    /// let session = client.session(created.unique_id);
    /// session.wait_until_ready(WaitOptions::default(), |_| {}).await?;
    /// inbox.add_session(session.id()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InboxError`]
    pub async fn add_session(&self, session: &SessionId) -> Result<(), InboxError> {
        let Some(posting) = &self.posting else { return Ok(()) };
        posting.begin(session).await
    }

    /// How far sent messages have come.
    ///
    /// ```
    /// # async fn example(inbox: whatsgate_durable::Inbox) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::SessionId;
    ///
    /// let session = SessionId::new("6345454545454")?;
    /// let receipt = inbox.receipts().of(&session, "3EB0B430B6F8F1D0E053").await?;
    /// println!("{:?}", receipt.map(|receipt| receipt.state));
    /// # Ok(())
    /// # }
    /// ```
    pub fn receipts(&self) -> Receipts {
        Receipts::new(self.store.clone())
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Ends the consumers once what they are at is done: [`run`](Self::run) returns then.
    ///
    /// ```
    /// # async fn example(inbox: whatsgate_durable::Inbox) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_durable::Consumer;
    ///
    /// let bot = Consumer::new("bot").on_message(async |message, _| println!("{}", message.body));
    /// tokio::select! {
    ///     ended = inbox.run(bot) => ended?,
    ///     _ = tokio::signal::ctrl_c() => inbox.stop(),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn stop(&self) {
        self.stop.stop();
    }

    /// Stops when something has happened, such as the signal to end.
    ///
    /// ```
    /// # async fn example(inbox: whatsgate_durable::Inbox) -> Result<(), Box<dyn std::error::Error>> {
    /// inbox.stop_when(async { drop(tokio::signal::ctrl_c().await) });
    /// # Ok(())
    /// # }
    /// ```
    pub fn stop_when(&self, happened: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = happened => stop.stop(),
                () = stop.stopped() => {}
            }
        });
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.stop.stop();
        self.tasks.abort_all();
    }
}

/// Waits until the journal has a beginning. What happens from then on is new.
async fn first_round(
    store: &Store,
    mut refusal: oneshot::Receiver<whatsgate_native::Error>,
) -> Result<(), InboxError> {
    while store.run(poll::standing).await?.position.is_none() {
        tokio::select! {
            Ok(error) = &mut refusal => return Err(error.into()),
            // Another process may be the one that polls.
            () = tokio::time::sleep(FIRST_ROUND_LOOK) => {}
        }
    }
    Ok(())
}

async fn sessions(client: &Client, only: Option<&SessionId>) -> Result<Vec<SessionId>, InboxError> {
    if let Some(only) = only {
        return Ok(vec![only.clone()]);
    }
    let mut sessions = Vec::new();
    let mut listed = std::pin::pin!(client.sessions(SessionsGetRequest::new()));
    while let Some(session) = listed.next().await {
        sessions.push(session?.unique_id);
    }
    Ok(sessions)
}

/// Has the events of sessions posted too that are made after the start. Until then, and if it cannot be, the poll brings them.
async fn post_newcomers(posting: Posting, interval: Duration, stop: Stop) {
    let mut foreign = HashSet::new();
    while !stop.after(interval).await {
        let listed = match sessions(&posting.client, None).await {
            Ok(listed) => listed,
            Err(error) => {
                tracing::warn!(%error, "no sessions listed: events of new ones are not posted yet");
                continue;
            }
        };
        for session in listed.into_iter().filter(|session| !posting.door.is_set(session)) {
            if foreign.contains(&session) {
                continue;
            }
            if let Err(error) = posting.begin(&session).await {
                tracing::warn!(%error, "the events of a new session are not posted");
                if matches!(error, InboxError::ForeignHook { .. }) {
                    foreign.insert(session);
                }
            }
        }
    }
}

/// Keeps up with the paths that other processes make.
async fn refresh(door: Door, stop: Stop) {
    loop {
        if let Err(error) = door.refresh().await {
            tracing::warn!(%error, "the paths of posts were not read");
        }
        if stop.after(REFRESH_INTERVAL).await {
            return;
        }
    }
}

async fn retention(store: Store, keep: Duration, stop: Stop) {
    loop {
        let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let expired = store
            .run(move |tables| {
                let now = tables.now()?;
                let unseen = now.saturating_sub(millis(UNSEEN));
                let before = now.saturating_sub(millis(keep));
                tables.expire_sightings(before)?;
                journal::expire(tables, before, unseen)
            })
            .await;
        match expired {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "old content removed"),
            Err(error) => tracing::warn!(%error, "old content not removed yet"),
        }
        if stop.after(RETENTION_INTERVAL).await {
            return;
        }
    }
}

/// A name that no other worker has.
pub(crate) fn worker_name() -> String {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    let random = u64::from_ne_bytes(bytes);
    format!("{}-{random:016x}", std::process::id())
}
