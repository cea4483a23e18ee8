//! What the routes stand on.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use whatsgate_durable::{Outbox, Pages, Receipts, Store};
use whatsgate_native::{Client, Session};
use whatsgate_relay::Relay;

use crate::counters::{Counters, GatewayMetrics};
use crate::folders::Folders;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::tokens;

/// The same for all calls.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) client: Client,
    pub(crate) store: Store,
    pub(crate) outbox: Outbox,
    pub(crate) pages: Pages,
    pub(crate) receipts: Receipts,
    pub(crate) folders: RwLock<Folders>,
    pub(crate) uploads: Option<PathBuf>,
    pub(crate) limits: Limits,
    pub(crate) tokens: tokens::Known,
    pub(crate) counters: Counters,
    pub(crate) gateway: GatewayMetrics,
    pub(crate) relay: Option<Relay>,
    pub(crate) waiting: Arc<Semaphore>,
    pub(crate) ends: watch::Sender<bool>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub(crate) fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    pub(crate) fn set_folders(&self, folders: Folders) {
        *self.folders.write().unwrap_or_else(PoisonError::into_inner) = folders;
    }

    /// Begins to end.
    pub(crate) fn end(&self) {
        self.ends.send_replace(true);
    }

    /// A seat among those that wait, for as long as it is held; none is left if too many do.
    pub(crate) fn seat(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| Problem::busy())
    }

    pub(crate) fn folders(&self) -> Folders {
        self.folders.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The client's session of this name.
    pub(crate) fn session(&self, id: &str) -> Result<Session, Problem> {
        Ok(self.client.session(whatsgate_native::SessionId::new(id)?))
    }

    /// Waits for something, at most so many seconds, unless the service ends or too many wait already. `look` is called with
    /// the time that is left, and once more with none.
    pub(crate) async fn waiting<T, F: Future<Output = Result<T, Problem>>>(
        &self,
        seconds: u64,
        look: impl Fn(Duration) -> F,
    ) -> Result<T, Problem> {
        if seconds == 0 {
            return look(Duration::ZERO).await;
        }
        let _seat = self.seat()?;
        let wait = Duration::from_secs(seconds).min(self.limits.wait);
        tokio::select! {
            looked = look(wait) => return looked,
            () = self.ended() => {}
        }
        look(Duration::ZERO).await
    }

    /// Returns once the service begins to end.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut ends = self.ends.subscribe();
        async move {
            // Without a service there is nothing to wait for.
            let _ = ends.wait_for(|ends| *ends).await;
        }
    }
}
