//! Events whose handlers are at work.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{Map, Shared};
use tokio::task::{JoinError, JoinHandle};
use whatsgate_model::{Event, EventId, RawJson};

use super::response::HookResponse;

/// The work on an event: what it comes to, or none if it panicked.
pub(super) type Work =
    Shared<Map<JoinHandle<HookResponse>, fn(Result<HookResponse, JoinError>) -> Option<HookResponse>>>;

/// The events whose handlers are at work, so that one that comes again joins the work on it.
#[derive(Default)]
pub(super) struct UnderWay {
    work: Mutex<HashMap<Key, Work>>,
    hasher: RandomState,
}

/// An event's number and a digest of what it says. The number alone would not do: someone who knows the path could send a
/// false event under the next number, and the true one would be acknowledged with its answer.
pub(super) type Key = (EventId, u64);

impl UnderWay {
    pub(super) fn key(&self, event: &Event) -> Key {
        // Not of the whole text: the rest of the envelope may differ from one delivery to the next.
        let data = event.raw_data();
        let said = (&event.session, &event.action, data.as_ref().map(RawJson::as_str));
        (event.id, self.hasher.hash_one(said))
    }

    /// The work on this event; starts it if it is not under way. It goes on if nobody waits for it.
    pub(super) fn join_or_start<W>(this: &Arc<Self>, key: Key, work: impl FnOnce() -> W) -> Work
    where
        W: Future<Output = HookResponse> + Send + 'static,
    {
        let mut all = this.work.lock().unwrap_or_else(PoisonError::into_inner);
        let start = || {
            let done = Done { under_way: Arc::clone(this), key };
            let task = tokio::spawn(work().inspect(move |_| drop(done)));
            // What panicked has been reported by the panic hook.
            task.map(Result::ok as _).shared()
        };
        all.entry(key).or_insert_with(start).clone()
    }
}

/// Ends the work on an event, also when it panics.
struct Done {
    under_way: Arc<UnderWay>,
    key: Key,
}

impl Drop for Done {
    fn drop(&mut self) {
        self.under_way.work.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

impl fmt::Debug for UnderWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnderWay")
    }
}
