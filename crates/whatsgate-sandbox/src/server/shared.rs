//! The gateway behind a lock, and the clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use super::recorder::Recorder;
use crate::gateway::Gateway;

/// What the server's tasks share.
pub(super) struct Shared {
    gateway: Mutex<Gateway>,
    changed: Notify,
    revision: AtomicU64,
    pub(super) recorder: Option<Recorder>,
    /// Unix time at the start; later times are measured by a clock that never steps back.
    started_at: Duration,
    started: Instant,
}

impl Shared {
    pub(super) fn new(gateway: Gateway, recorder: Option<Recorder>) -> Self {
        Self {
            gateway: Mutex::new(gateway),
            changed: Notify::new(),
            revision: AtomicU64::new(0),
            recorder,
            started_at: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            started: Instant::now(),
        }
    }

    /// Does something with the gateway and wakes whoever waits for its next change.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut Gateway, u64) -> T) -> T {
        // A panic elsewhere leaves a gateway that is still whole enough for a test gateway.
        let mut gateway = self.gateway.lock().unwrap_or_else(PoisonError::into_inner);
        self.revision.fetch_add(1, Ordering::Relaxed);
        let now = self.now();
        let before = gateway.next_due();
        let result = act(&mut gateway, now);
        if gateway.next_due() != before {
            self.changed.notify_one();
        }
        result
    }

    /// Looks at the gateway without changing it.
    pub(super) fn look<T>(&self, look: impl FnOnce(&Gateway) -> T) -> T {
        look(&self.gateway.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A number that is another one after every change.
    pub(super) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Relaxed)
    }

    /// The time, Unix milliseconds.
    pub(super) fn now(&self) -> u64 {
        u64::try_from((self.started_at + self.started.elapsed()).as_millis()).unwrap_or(u64::MAX)
    }

    /// Waits for the next change of what is due.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }
}
