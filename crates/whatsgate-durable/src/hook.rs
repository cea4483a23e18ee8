//! Receiving posted events at paths that nobody can guess.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify};
use whatsgate_core::webhook::acknowledgement;
use whatsgate_model::{Event, EventAction, SessionId};
use whatsgate_native::{Client, HookLimits, HookResponse, Intake};
use whatsgate_store::durable::journal::Trust;
use whatsgate_store::journal::Arrival;
use whatsgate_store::{Store, StoreError, Tables};

use crate::error::InboxError;

/// How an inbox receives posted events: at which address of this machine, and under which URL the gateway reaches that.
///
/// Each session gets a path of its own with 128 random bits, which is kept in the store. The service signs nothing, so
/// that this path is all that tells its posts from others'.
///
/// ```
/// # async fn example(client: whatsgate_native::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_durable::{Hook, Inbox, Store};
///
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// let hook = Hook::new(listener, "https://shop.example/whatsgate").take().ask_back();
/// let inbox = Inbox::builder(client, Store::open("sqlite:bot.db").await?).hook(hook).start().await?;
/// # drop(inbox);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Hook {
    pub(crate) listener: TcpListener,
    pub(crate) public_url: String,
    pub(crate) take: bool,
    pub(crate) ask_back: bool,
    pub(crate) limits: HookLimits,
}

impl Hook {
    /// Receives at `listener` what the gateway posts below `public_url`, such as `https://shop.example/whatsgate`.
    ///
    /// The listener speaks HTTP without TLS and is meant for a reverse proxy, as
    /// [`Receiver::serve`](whatsgate_native::Receiver::serve) says.
    pub fn new(listener: TcpListener, public_url: impl Into<String>) -> Self {
        Self {
            listener,
            public_url: public_url.into().trim_end_matches('/').to_owned(),
            take: false,
            ask_back: false,
            limits: HookLimits::default(),
        }
    }

    /// Takes over a session whose events are posted to somebody else. Without this that is an error, and the other one goes
    /// on receiving.
    pub fn take(mut self) -> Self {
        self.take = true;
        self
    }

    /// Asks the service whether it lists what was posted, before it is handed over, so that a forged event is known for
    /// what it is: see [`Delivery::trust`](crate::Delivery::trust). Costs a question to `events-get` for each batch of posts,
    /// and the time that it takes; what cannot be asked within a minute is handed over as it is.
    pub fn ask_back(mut self) -> Self {
        self.ask_back = true;
        self
    }

    /// Sets what the other side may take of time and room.
    pub fn limits(mut self, limits: HookLimits) -> Self {
        self.limits = limits;
        self
    }
}

/// The paths of a session, as the store keeps them.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Paths {
    current: String,
    /// The gateway knows the current one.
    #[serde(default)]
    is_set: bool,
    /// Those before, at which events may still be on their way.
    #[serde(default)]
    earlier: Vec<String>,
}

impl fmt::Debug for Paths {
    /// Without the paths, which are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Paths")
    }
}

/// The setting that names the sessions with paths.
const SESSIONS: &str = "hooks";
/// How many earlier paths are still received at.
const MOST_EARLIER: usize = 4;

/// Lets the gateway post the events of sessions to a door.
#[derive(Clone, Debug)]
pub(crate) struct Posting {
    pub(crate) client: Client,
    pub(crate) door: Door,
    pub(crate) public_url: String,
    pub(crate) take: bool,
}

impl Posting {
    /// Has the session's events posted, at the path that it has or gets.
    pub(crate) async fn begin(&self, session: &SessionId) -> Result<(), InboxError> {
        self.door.open(session).await?;
        self.tell(session).await
    }

    /// The same at a new path.
    pub(crate) async fn renew(&self, session: &SessionId) -> Result<(), InboxError> {
        self.door.renew(session).await?;
        self.tell(session).await
    }

    /// Tells the gateway the session's path.
    pub(crate) async fn tell(&self, session: &SessionId) -> Result<(), InboxError> {
        let Some(paths) = self.door.paths_of(session) else { return Ok(()) };
        let url = format!("{}/{}", self.public_url, paths.current);
        let session = self.client.session(session.clone());
        let now = session.info().await?.and_then(|info| info.callback).unwrap_or_default();
        if now != url {
            // At this URL, with the path of a store that is gone; or at another one, with a path of this store.
            let is_below = now.strip_prefix(&self.public_url).is_some_and(|rest| rest.starts_with('/'));
            let is_ours = now.is_empty() || is_below || self.door.session_at(&now).is_some();
            if !is_ours && !self.take {
                return Err(InboxError::ForeignHook { session: session.id().clone() });
            }
            session.set_hook(url).await?;
        }
        self.door.update(session.id(), |paths| paths.is_set = true).await?;
        Ok(())
    }
}

/// Where posts are received.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    store: Store,
    paths: Arc<RwLock<Vec<(SessionId, Paths)>>>,
    /// Who changes the paths or reads them anew does so alone.
    order: Arc<Mutex<()>>,
    trust: Trust,
    /// The poll is to ask now.
    nudge: Arc<Notify>,
    /// The poll is to go back far.
    read_back: Arc<Notify>,
}

impl Door {
    pub(crate) fn new(store: Store, ask_back: bool, nudge: Arc<Notify>, read_back: Arc<Notify>) -> Self {
        let trust = if ask_back { Trust::Pending } else { Trust::Posted };
        Self { store, paths: Arc::default(), order: Arc::default(), trust, nudge, read_back }
    }

    /// Learns the paths of a session, and makes the first one if there is none.
    pub(crate) async fn open(&self, session: &SessionId) -> Result<(), StoreError> {
        let fresh = random_path();
        let paths = self.update(session, move |paths| {
            if paths.current.is_empty() {
                paths.current = fresh;
            }
        });
        paths.await
    }

    /// Gives a session a new path. The one before is still received at.
    async fn renew(&self, session: &SessionId) -> Result<(), StoreError> {
        let fresh = random_path();
        let paths = self.update(session, move |paths| {
            // One that the gateway never heard of is still new.
            if paths.is_set {
                let before = std::mem::replace(&mut paths.current, fresh);
                paths.earlier.insert(0, before);
                paths.earlier.truncate(MOST_EARLIER);
                paths.is_set = false;
            }
        });
        paths.await
    }

    async fn update(
        &self,
        session: &SessionId,
        change: impl FnOnce(&mut Paths) + Send + 'static,
    ) -> Result<(), StoreError> {
        let _alone = self.order.lock().await;
        let name = setting(session.as_str());
        let id = session.as_str().to_owned();
        let paths = self.store.run(move |tables| {
            let stored = tables.setting(&name)?;
            let mut paths: Paths =
                stored.and_then(|stored| serde_json::from_str(&stored).ok()).unwrap_or_default();
            let before = paths.clone();
            change(&mut paths);
            if paths != before {
                let text = serde_json::to_string(&paths).expect("these are texts");
                tables.set_setting(&name, Some(&text))?;
            }
            let mut sessions = sessions(tables)?;
            if !sessions.contains(&id) {
                sessions.push(id);
                let text = serde_json::to_string(&sessions).expect("these are texts");
                tables.set_setting(SESSIONS, Some(&text))?;
            }
            Ok(paths)
        });
        let paths = paths.await?;
        let mut all = self.paths.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|(known, _)| known != session);
        all.push((session.clone(), paths));
        Ok(())
    }

    /// Learns the paths that other processes have made since.
    pub(crate) async fn refresh(&self) -> Result<(), StoreError> {
        let _alone = self.order.lock().await;
        let stored = self.store.run(|tables| {
            let mut all = Vec::new();
            for session in sessions(tables)? {
                let paths =
                    tables.setting(&setting(&session))?.and_then(|text| serde_json::from_str(&text).ok());
                all.extend(SessionId::new(&session).ok().zip(paths));
            }
            Ok(all)
        });
        let stored: Vec<(SessionId, Paths)> = stored.await?;
        *self.paths.write().unwrap_or_else(PoisonError::into_inner) = stored;
        Ok(())
    }

    /// Whether the gateway was told the session's path.
    pub(crate) fn is_set(&self, session: &SessionId) -> bool {
        self.paths_of(session).is_some_and(|paths| paths.is_set)
    }

    fn paths_of(&self, session: &SessionId) -> Option<Paths> {
        let all = self.paths.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|(known, _)| known == session).map(|(_, paths)| paths.clone())
    }

    /// Whose path it is. Looks at the last part only, because a proxy may have changed what stands before it; and at all
    /// paths to their ends, so that the time tells nothing.
    fn session_at(&self, path: &str) -> Option<SessionId> {
        let last = path.rsplit('/').next().unwrap_or_default().as_bytes();
        let all = self.paths.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = None;
        for (session, paths) in all.iter() {
            for path in std::iter::once(&paths.current).chain(&paths.earlier) {
                if bool::from(path.as_bytes().ct_eq(last)) && !path.is_empty() {
                    found = Some(session.clone());
                }
            }
        }
        found
    }
}

/// Whose events a store receives at a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookOwner {
    /// No [`Hook`] ever received into this store.
    NoHooks,
    /// The URL ends in no path of this store: somebody else receives there.
    Foreign,
    /// The URL ends in a path of this session, of now or of before.
    Session(SessionId),
}

/// Whose events a store receives at a URL, such as the callback of a session. Reads only.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_durable::{HookOwner, Store, hook_owner};
///
/// let store = Store::open("memory:").await?;
/// assert_eq!(hook_owner(&store, "https://shop.example/whatsgate/1234").await?, HookOwner::NoHooks);
/// # Ok::<(), whatsgate_durable::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError`]
pub async fn hook_owner(store: &Store, url: &str) -> Result<HookOwner, StoreError> {
    let door = Door::new(store.clone(), false, Arc::default(), Arc::default());
    door.refresh().await?;
    if door.paths.read().unwrap_or_else(PoisonError::into_inner).is_empty() {
        return Ok(HookOwner::NoHooks);
    }
    Ok(door.session_at(url).map_or(HookOwner::Foreign, HookOwner::Session))
}

impl Intake for Door {
    fn receives_at(&self, path: &str) -> bool {
        self.session_at(path).is_some()
    }

    async fn take<H: Send + 'static>(&self, path: &str, event: Event, held: H) -> HookResponse {
        let Some(session) = self.session_at(path) else { return HookResponse::new(404, "") };
        // Posted at the path of one session, and said to be of another: the service does not do so.
        let is_foreign = event.session.as_ref().is_some_and(|of| *of != session);
        let trust = if is_foreign { Trust::Unlisted } else { self.trust };
        let stored = self.store.append(vec![Arrival::new(&event, trust, Some(session.as_str()))]).await;
        drop(held);
        if event.action == EventAction::Ready {
            self.read_back.notify_one();
            self.nudge.notify_one();
        }
        match stored {
            Ok(()) => {
                if trust == Trust::Pending {
                    self.nudge.notify_one();
                }
                HookResponse::new(200, acknowledgement(&event))
            }
            Err(error) => {
                tracing::error!(%error, id = %event.id, "an event was not stored; the poll will fetch it");
                self.nudge.notify_one();
                HookResponse::new(503, "not stored\n")
            }
        }
    }
}

fn setting(session: &str) -> String {
    format!("hook.{session}")
}

fn sessions(tables: &mut dyn Tables) -> Result<Vec<String>, StoreError> {
    Ok(tables.setting(SESSIONS)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

fn random_path() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    format!("{:032x}", u128::from_ne_bytes(bytes))
}
