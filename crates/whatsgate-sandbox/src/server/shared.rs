//! The gateway behind a lock, and the clock.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, watch};

use super::recorder::Recorder;
use crate::gateway::{Entry, Gateway};

/// What came in and is not on disk yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) entries: Vec<Entry>,
    /// How many entries there ever were.
    pub(super) noted: u64,
    /// Whether these are the last ones.
    pub(super) stopped: bool,
}

impl Pending {
    fn take(&mut self) -> Self {
        Self { entries: std::mem::take(&mut self.entries), ..*self }
    }
}

/// What the server's tasks share.
pub(super) struct Shared {
    gateway: Mutex<Gateway>,
    changed: Notify,
    pending: Mutex<Pending>,
    /// Told when `pending` is not empty any more.
    noted: Condvar,
    /// How many entries are on disk.
    written: watch::Sender<u64>,
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
            pending: Mutex::default(),
            noted: Condvar::new(),
            written: watch::Sender::new(0),
            recorder,
            started_at: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
            started: Instant::now(),
        }
    }

    /// Does something with the gateway and wakes whoever waits for its next change.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut Gateway, u64) -> T) -> T {
        let mut gateway = self.gateway();
        let now = self.now();
        let before = gateway.next_due();
        let result = act(&mut gateway, now);
        if gateway.next_due() != before {
            self.changed.notify_one();
        }
        let entries = gateway.take_entries();
        if !entries.is_empty() {
            // Under the gateway's lock, so that entries stand in the order in which they came in.
            let mut pending = self.pending();
            pending.noted += u64::try_from(entries.len()).unwrap_or(u64::MAX);
            pending.entries.extend(entries);
            self.noted.notify_one();
        }
        result
    }

    /// Waits until all that came in so far is on disk, if it is to be. What is told before might be untold by a crash.
    pub(super) async fn settled(&self) {
        let noted = self.pending().noted;
        // The sender lives as long as this does.
        let _ = self.written.subscribe().wait_for(|written| *written >= noted).await;
    }

    /// Waits for what came in, and takes it.
    pub(super) fn wait_for_entries(&self) -> Pending {
        let nothing = |pending: &mut Pending| pending.entries.is_empty() && !pending.stopped;
        let pending = self.noted.wait_while(self.pending(), nothing);
        pending.unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Saves the state, and takes what came in before that.
    pub(super) fn save<T>(&self, save: impl FnOnce(&Gateway) -> T) -> (T, Pending) {
        let gateway = self.gateway();
        (save(&gateway), self.pending().take())
    }

    /// Says that so many entries are on disk.
    pub(super) fn wrote(&self, noted: u64) {
        self.written.send_replace(noted);
    }

    /// Says that nothing more comes in that is to be written.
    pub(super) fn stop(&self) {
        self.pending().stopped = true;
        self.noted.notify_one();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.pending().stopped
    }

    /// A panic elsewhere leaves a gateway that is still whole enough for a test gateway.
    fn gateway(&self) -> MutexGuard<'_, Gateway> {
        self.gateway.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
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
