//! The end of the journal, read once for all streams of the process.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use whatsgate_store::durable::journal::{Content, Entry, Position};
use whatsgate_store::{Store, StoreError, journal};

use crate::grant::Grant;
use crate::listed::{WHOLE, is_of, whole};

/// How many entries are read at a time, and kept.
const READ: usize = 256;
const KEPT: usize = 512;
/// The pause before what was not ready to be handed over is looked at again.
const PAUSE: Duration = Duration::from_millis(400);

pub(crate) struct Tail {
    store: Store,
    kept: Mutex<Option<Kept>>,
}

/// The entries after one position up to another.
struct Kept {
    entries: VecDeque<Arc<Entry>>,
    after: Position,
    up_to: Position,
    /// What the end was, and when, as it was read last.
    seen: Position,
    at: Instant,
}

/// What there is for a stream, and up to where it was looked.
pub(crate) struct New {
    pub(crate) entries: Vec<Arc<Entry>>,
    pub(crate) up_to: Position,
}

impl Tail {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, kept: Mutex::new(None) }
    }

    /// The end of the journal as the streams know it.
    pub(crate) async fn end(&self) -> Result<Position, StoreError> {
        let mut kept = self.kept.lock().await;
        Ok(self.read_on(&mut kept).await?.up_to)
    }

    /// The events of a grant after a position; not necessarily all.
    pub(crate) async fn after(&self, position: Position, grant: &Arc<Grant>) -> Result<New, StoreError> {
        let mut kept = self.kept.lock().await;
        let tail = self.read_on(&mut kept).await?;
        let (entries, up_to) = if position >= tail.after {
            let later = tail.entries.iter().filter(|entry| entry.position > position);
            (later.filter(|entry| is_of(grant, entry)).cloned().collect::<Vec<_>>(), tail.up_to.max(position))
        } else {
            drop(kept);
            let page = self.store.run(move |tables| journal::read(tables, WHOLE, position, READ)).await?;
            let entries = page.entries.into_iter().filter(|entry| is_of(grant, entry)).map(Arc::new);
            (entries.collect(), page.up_to)
        };
        let mut whole_ones = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.content == Content::LeftOut {
                let position = entry.position;
                let read = self.store.run(move |tables| whole(tables, position)).await?;
                whole_ones.extend(read.map(Arc::new));
            } else {
                whole_ones.push(entry);
            }
        }
        Ok(New { entries: whole_ones, up_to })
    }

    /// Reads what is new, unless another stream just did.
    async fn read_on<'a>(&self, kept: &'a mut Option<Kept>) -> Result<&'a mut Kept, StoreError> {
        let end = *self.store.end().borrow();
        if kept.is_none() {
            let head = self.store.run(|tables| Ok(tables.end()?.head)).await?;
            let at = Instant::now();
            *kept = Some(Kept { entries: VecDeque::new(), after: head, up_to: head, seen: head, at });
        }
        let tail = kept.as_mut().expect("it was just made");
        while tail.up_to < end && (tail.seen != end || tail.at.elapsed() >= PAUSE) {
            let from = tail.up_to;
            let page = self.store.run(move |tables| journal::read(tables, WHOLE, from, READ)).await?;
            let is_cut = page.entries.len() >= READ;
            tail.entries.extend(page.entries.into_iter().map(Arc::new));
            tail.up_to = page.up_to.max(from);
            while tail.entries.len() > KEPT {
                tail.after = tail.entries.pop_front().map_or(tail.after, |entry| entry.position);
            }
            (tail.seen, tail.at) = (end, Instant::now());
            if !is_cut {
                break;
            }
            tail.seen = Position::MAX;
        }
        Ok(tail)
    }
}
