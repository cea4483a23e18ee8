//! Which tokens of streams still open something: asked of the store once for all streams of the process.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use whatsgate_store::durable::Millis;
use whatsgate_store::{Store, StoreError};

use crate::gate::Gate;

/// For how long what was read counts. Together with the pause between two looks of a stream it is less than a second.
const FRESH: Duration = Duration::from_millis(400);

/// What the store said of the tokens that have streams.
#[derive(Default)]
pub(crate) struct Standing(Mutex<Option<Read>>);

struct Read {
    at: Instant,
    now: Millis,
    expiries: HashMap<String, Millis>,
}

impl Standing {
    /// Whether a token that has a stream since this time still opens something.
    pub(crate) async fn holds(
        &self,
        hash: &str,
        since: Instant,
        gate: &Gate,
        store: &Store,
    ) -> Result<bool, StoreError> {
        let mut read = self.0.lock().await;
        let is_fresh = read.as_ref().is_some_and(|read| read.at > since && read.at.elapsed() < FRESH);
        if !is_fresh {
            let at = Instant::now();
            let hashes = gate.streaming();
            let looked = store.run(move |tables| Ok((tables.now()?, tables.relay_expiries(&hashes)?)));
            let (now, expiries) = looked.await?;
            *read = Some(Read { at, now, expiries: expiries.into_iter().collect() });
        }
        let read = read.as_ref().expect("it was just read");
        Ok(read.expiries.get(hash).is_some_and(|expires| *expires > read.now))
    }
}
