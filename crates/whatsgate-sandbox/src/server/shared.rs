//! The gateway behind a lock, and the clock.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use crate::gateway::Gateway;

/// What the server's tasks share.
pub(super) struct Shared {
    gateway: Mutex<Gateway>,
    changed: Notify,
    /// Unix time at the start; later times are measured by a clock that never steps back.
    started_at: Duration,
    started: Instant,
}

impl Shared {
    pub(super) fn new(gateway: Gateway) -> Self {
        Self {
            gateway: Mutex::new(gateway),
            changed: Notify::new(),
            started_at: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            started: Instant::now(),
        }
    }

    /// Does something with the gateway and wakes whoever waits for its next change.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut Gateway, u64) -> T) -> T {
        // A panic elsewhere leaves a gateway that is still whole enough for a test gateway.
        let mut gateway = self.gateway.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        let before = gateway.next_due();
        let result = act(&mut gateway, now);
        if gateway.next_due() != before {
            self.changed.notify_one();
        }
        result
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
