//! The store: whether it opens, and what waits in it.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use whatsgate_durable::store::durable::Millis;
use whatsgate_durable::store::{ConsumerRow, Slice, StoreVersion, Tables};
use whatsgate_durable::{OutboxFilter, State, Store, StoreError};

use super::disk;
use super::finding::{Finding, Id};
use super::texts::Language;
use crate::consumers::unhandled;
use crate::store_url::{Place, StoreUrl};
use crate::text;

/// How long the file may take to be looked at from outside, and the version to be read.
const FILE: Duration = Duration::from_secs(6);
/// How long opening may take, which reads the whole file.
const OPEN: Duration = Duration::from_secs(18);
/// How long looking into it may take.
const LOOK: Duration = Duration::from_secs(10);
/// Events and messages that wait for longer are stuck.
const STUCK: Millis = 10 * MINUTE;
/// A consumer that was not there for so long is told of.
const UNSEEN: Millis = 24 * 60 * MINUTE;
const MINUTE: Millis = 60_000;
/// So many of the latest events are looked at one by one.
const LATEST: u64 = 10_000;

/// What became of the look at a store.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) findings: Vec<Finding>,
    pub(super) store: Option<Store>,
    /// What may be handed on: kind and counts.
    pub(super) counts: Value,
    /// The kinds of errors that were met.
    pub(super) errors: Vec<(&'static str, String)>,
}

/// What is counted in one transaction.
struct Counts {
    now: Millis,
    events: u64,
    conflicts: usize,
    consumers: Vec<Seen>,
    outbox: Vec<(State, u64)>,
    oldest_queued: Option<Millis>,
}

struct Seen {
    row: ConsumerRow,
    behind: usize,
    oldest: Option<Millis>,
    parked: u64,
    dead: u64,
}

/// Looks at the store of this URL. `named` says that somebody named it.
pub(super) async fn look(url: &StoreUrl, named: bool, language: Language) -> Looked {
    let mut looked = Looked { counts: json!({ "kind": kind(url) }), ..Looked::default() };
    let place = match url.place() {
        Place::Memory => {
            looked.findings.push(Id::StoreMemory.into());
            return looked;
        }
        Place::File(path) => {
            let place = text::plain(&url.to_string());
            let about = |id| Finding::new(id).with_own("place", place.clone(), handed_on(language));
            let owned = path.to_owned();
            // A network that is gone may hold it for ever.
            let file = timeout(FILE, tokio::task::spawn_blocking(move || FileLook::at(&owned))).await;
            let Ok(Ok(file)) = file else {
                looked.findings.push(about(Id::StoreTooSlow).with("seconds", FILE.as_secs()));
                return looked;
            };
            let Some(file) = file else {
                looked.findings.push(about(if named { Id::StoreMissing } else { Id::StoreNone }));
                return looked;
            };
            looked.findings.extend(file.disk);
            if let Some(kind) = file.network {
                looked.findings.push(about(Id::StoreNetwork).with("kind", kind));
            }
            if file.is_temporary {
                looked.findings.push(about(Id::StoreTemporary));
            }
            looked.findings.extend(file.owner);
            if file.is_unused_copy {
                looked.findings.push(about(Id::StoreCopy));
                return looked;
            }
            place
        }
        Place::Database => language.say("database", &[]),
    };
    let about = |id| Finding::new(id).with_own("place", text::plain(&place), handed_on(language));
    // Opening brings up to date, and makes what is not there: a look changes nothing.
    match timeout(FILE, url.version()).await {
        Ok(Ok(StoreVersion { found: 0, .. })) => {
            looked.findings.push(about(Id::StoreEmpty));
            return looked;
        }
        Ok(Ok(StoreVersion { found, known })) if found < known => {
            looked.findings.push(about(Id::StoreOlder).with("found", found).with("known", known));
            return looked;
        }
        Ok(Ok(_)) => {}
        Ok(Err(error)) => {
            looked.failed(about(id(&error)), &error);
            return looked;
        }
        Err(_) => {
            looked.findings.push(about(Id::StoreTooSlow).with("seconds", FILE.as_secs()));
            return looked;
        }
    }
    let store = match timeout(OPEN, url.open_as_it_is()).await {
        Ok(Ok(store)) => store,
        Ok(Err(error)) => {
            looked.failed(about(id(&error)), &error);
            return looked;
        }
        Err(_) => {
            looked.findings.push(about(Id::StoreTooSlow).with("seconds", OPEN.as_secs()));
            return looked;
        }
    };
    match timeout(LOOK, store.run(count)).await {
        Ok(Ok(counts)) => {
            let opens =
                about(Id::StoreOpens).with("events", counts.events).with("consumers", counts.consumers.len());
            looked.findings.push(opens);
            let store = match url.place() {
                Place::File(_) => text::word(&format!("sqlite:{place}")),
                _ => "URL".to_owned(),
            };
            looked.findings.extend(counts.findings(language, &store));
            looked.counts = counts.members(kind(url));
        }
        Ok(Err(error)) => looked.failed(about(id(&error)), &error),
        Err(_) => looked.findings.push(about(Id::StoreTooSlow).with("seconds", LOOK.as_secs())),
    }
    looked.store = Some(store);
    looked
}

impl Looked {
    fn failed(&mut self, finding: Finding, error: &StoreError) {
        self.errors.push(("store", finding.id.name().to_owned()));
        self.findings.push(match (finding.id, error) {
            (Id::StoreNewer, StoreError::Newer { found, known }) => {
                finding.with("found", found).with("known", known)
            }
            (Id::StoreFailed, error) => {
                finding.with_own("why", text::plain(&crate::report::without_numbers(&error.to_string())), "…")
            }
            _ => finding,
        });
    }
}

/// A file that is there, from outside.
struct FileLook {
    disk: Vec<Finding>,
    network: Option<&'static str>,
    is_temporary: bool,
    owner: Option<Finding>,
    /// Opening it would change it.
    is_unused_copy: bool,
}

impl FileLook {
    fn at(path: &Path) -> Option<Self> {
        path.exists().then(|| Self {
            disk: disk::of_store(path),
            network: disk::network(path),
            is_temporary: disk::is_temporary(path),
            owner: owner(path),
            is_unused_copy: is_unused_copy(path),
        })
    }
}

/// Whether the file of a store has another journal than a store's own, as a copy that SQLite made has: the first use changes that.
fn is_unused_copy(path: &Path) -> bool {
    use std::io::Read as _;

    let mut header = [0; 20];
    let is_read =
        path.is_file() && File::open(path).and_then(|mut file| file.read_exact(&mut header)).is_ok();
    is_read && header.starts_with(b"SQLite format 3\0") && header[18..] == [1, 1]
}

fn handed_on(language: Language) -> String {
    language.say("store", &[])
}

fn kind(url: &StoreUrl) -> &'static str {
    match url.place() {
        Place::Memory => "memory",
        Place::File(_) => "sqlite",
        Place::Database => "postgres",
    }
}

fn id(error: &StoreError) -> Id {
    match error {
        StoreError::Address(_) => Id::StoreForeign,
        StoreError::Full => Id::StoreFull,
        StoreError::Locked => Id::StoreLocked,
        StoreError::ReadOnly => Id::StoreReadOnly,
        StoreError::Corrupt(_) => Id::StoreCorrupt,
        StoreError::Newer { .. } => Id::StoreNewer,
        StoreError::Unavailable(_) => Id::StoreUnavailable,
        _ => Id::StoreFailed,
    }
}

/// The process that handles the events of a file, if one does.
fn owner(store: &Path) -> Option<Finding> {
    let mut path = store.canonicalize().ok()?.into_os_string();
    path.push(".owner");
    let file = File::open(&path).ok()?;
    // Whoever owns the store has the lock for itself. It is not kept.
    let is_owned = matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock));
    drop(file);
    let process: u32 = std::fs::read_to_string(path).ok()?.trim().parse().ok()?;
    is_owned.then(|| Finding::new(Id::StoreOwned).with("process", process))
}

fn count(tables: &mut dyn Tables) -> Result<Counts, StoreError> {
    let now = tables.now()?;
    let events = tables.end()?.head;
    let all = Slice { partition: 0, of: 1 };
    let latest = usize::try_from(LATEST).unwrap_or(usize::MAX);
    let conflicts = tables.read(all, events.saturating_sub(LATEST), latest, 0)?;
    let conflicts = conflicts.iter().filter(|entry| entry.conflict).count();
    let rows = tables.consumers()?;
    let consumers = rows.into_iter().map(|row| look_at(tables, row)).collect::<Result<_, _>>()?;
    let outbox = tables.count_outbox(&OutboxFilter::default())?;
    let queued = OutboxFilter { states: vec![State::Queued], ..OutboxFilter::default() };
    // What is not to be sent yet is not stuck.
    let oldest_queued = tables
        .outbox_entries(&queued, 100)?
        .iter()
        .map(|entry| entry.created.max(entry.course.due))
        .filter(|due| *due <= now)
        .min();
    Ok(Counts { now, events, conflicts, consumers, outbox, oldest_queued })
}

fn look_at(tables: &mut dyn Tables, row: ConsumerRow) -> Result<Seen, StoreError> {
    let mut oldest = None;
    for partition in tables.partitions(&row.name)? {
        let slice = Slice { partition: partition.lease.partition, of: row.partitions };
        let next = tables.read(slice, partition.progress, 1, 0)?.into_iter().next();
        oldest = oldest.into_iter().chain(next.map(|entry| entry.received)).min();
    }
    let (parked, dead) = tables.count_parked(&row.name)?;
    let behind = unhandled(tables, &row, None)?.count;
    Ok(Seen { row, behind, oldest, parked, dead })
}

impl Counts {
    fn of(&self, state: State) -> u64 {
        self.outbox.iter().find(|(known, _)| *known == state).map_or(0, |(_, count)| *count)
    }

    /// `store` is what names the store to other commands.
    fn findings(&self, language: Language, store: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        let to_do = |finding: Finding| finding.with_own("store", store, handed_on(language));
        if self.conflicts > 0 {
            findings.push(Finding::new(Id::StoreConflicts).with("count", self.conflicts));
        }
        let active = || self.consumers.iter().filter(|seen| !seen.row.suspended);
        if active().next().is_some() {
            let behind: usize = active().map(|seen| seen.behind).sum();
            let age = active()
                .filter_map(|seen| seen.oldest)
                .min()
                .map_or(0, |oldest| self.now.saturating_sub(oldest));
            let id = if age > STUCK { Id::EventsWaiting } else { Id::EventsHandled };
            findings.push(Finding::new(id).with("count", behind).with("minutes", age.max(0) / MINUTE));
        }
        let dead: u64 = self.consumers.iter().map(|seen| seen.dead).sum();
        if dead > 0 {
            findings.push(to_do(Finding::new(Id::DeadLetters).with("count", dead)));
        }
        for (at, seen) in self.consumers.iter().enumerate() {
            let numbered = language.say("consumer", &[("number", &(at + 1))]);
            let about =
                |id| Finding::new(id).with_own("consumer", text::word(&seen.row.name), numbered.clone());
            if seen.row.suspended {
                findings.push(about(Id::ConsumerSuspended));
            } else if self.now.saturating_sub(seen.row.seen) > UNSEEN {
                let days = (self.now.saturating_sub(seen.row.seen)) / (24 * 60 * MINUTE);
                findings.push(to_do(about(Id::ConsumerUnseen).with("days", days)));
            }
        }
        let queued = self.of(State::Queued);
        let waits = self.oldest_queued.map_or(0, |oldest| self.now.saturating_sub(oldest));
        if queued > 0 {
            let id = if waits > STUCK { Id::OutboxStuck } else { Id::OutboxQueued };
            findings.push(Finding::new(id).with("count", queued).with("minutes", waits / MINUTE));
        }
        if self.of(State::Unknown) > 0 {
            findings.push(to_do(Finding::new(Id::OutboxUnknown).with("count", self.of(State::Unknown))));
        }
        findings
    }

    /// Numbers only.
    fn members(&self, kind: &str) -> Value {
        let outbox: BTreeMap<_, _> = self.outbox.iter().map(|(state, count)| (state.name(), count)).collect();
        let consumer = |seen: &Seen| {
            json!({
                "partitions": seen.row.partitions,
                "behind": seen.behind,
                "waiting": seen.parked,
                "dead": seen.dead,
                "suspended": seen.row.suspended,
                "unseenMinutes": (self.now.saturating_sub(seen.row.seen)) / MINUTE,
            })
        };
        json!({
            "kind": kind,
            "events": self.events,
            "conflicts": self.conflicts,
            "consumers": self.consumers.iter().map(consumer).collect::<Vec<_>>(),
            "outbox": outbox,
        })
    }
}
