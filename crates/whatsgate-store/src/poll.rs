//! Who asks the service for events, and where that is.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use whatsgate_core::CursorPosition;
use whatsgate_core::durable::Millis;

use crate::error::StoreError;
use crate::tables::Tables;

const LEASE: &str = "poll.lease";
const POSITION: &str = "poll.position";
const HISTORY: &str = "poll.history";
const ROUNDS: &str = "poll.rounds";
const BEGAN: &str = "poll.began";

#[derive(Serialize, Deserialize)]
struct Lease {
    owner: String,
    expires: Millis,
}

/// Becomes the one poller of the account, or remains it, for so many milliseconds. Says whether it is.
///
/// ```
/// use whatsgate_store::{Memory, poll};
///
/// let mut memory = Memory::new();
/// assert!(poll::lease(&mut memory, "worker-1", 15_000)?);
/// assert!(!poll::lease(&mut memory, "worker-2", 15_000)?);
/// poll::leave(&mut memory, "worker-1")?;
/// assert!(poll::lease(&mut memory, "worker-2", 15_000)?);
/// # Ok::<(), whatsgate_store::StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError`]
pub fn lease(tables: &mut dyn Tables, worker: &str, length: Millis) -> Result<bool, StoreError> {
    let now = tables.now()?;
    if holder(tables)?.is_some_and(|lease| lease.owner != worker && lease.expires > now) {
        return Ok(false);
    }
    let lease = Lease { owner: worker.to_owned(), expires: now.saturating_add(length) };
    tables.set_setting(LEASE, Some(&to_json(&lease)))?;
    Ok(true)
}

/// Where the poll stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// After its latest round; none before the first one is over.
    pub position: Option<CursorPosition>,
    /// What the service had listed before the journal began, if it began with what came new.
    pub history: Option<CursorPosition>,
}

/// Where the poll stands.
///
/// ```
/// use whatsgate_store::{Memory, poll};
///
/// let standing = poll::standing(&mut Memory::new())?;
/// assert!(standing.position.is_none());
/// # Ok::<(), whatsgate_store::StoreError>(())
/// ```
///
/// # Errors
/// [`StoreError::Corrupt`] if it cannot be read
pub fn standing(tables: &mut dyn Tables) -> Result<Standing, StoreError> {
    Ok(Standing { position: read_setting(tables, POSITION)?, history: read_setting(tables, HISTORY)? })
}

pub(crate) fn read_setting<T: DeserializeOwned>(
    tables: &mut dyn Tables,
    name: &str,
) -> Result<Option<T>, StoreError> {
    let stored = tables.setting(name)?.map(|text| serde_json::from_str(&text));
    stored.transpose().map_err(|error| unreadable(name, &error))
}

/// The words of the error may repeat what is stored, and behind the first point of a name may stand a session or a chat.
fn unreadable(name: &str, error: &serde_json::Error) -> StoreError {
    let kind = name.split_once('.').map_or(name, |(kind, _)| kind);
    let (line, column) = (error.line(), error.column());
    StoreError::Corrupt(format!("a setting of {kind} cannot be read, at line {line} column {column}"))
}

pub(crate) fn write_setting<T: Serialize>(
    tables: &mut dyn Tables,
    name: &str,
    value: &T,
) -> Result<(), StoreError> {
    tables.set_setting(name, Some(&to_json(value)))
}

/// Stores where the poll stands after a round that began at this time, and if the round took what it read for known, that
/// this is history.
///
/// # Errors
/// [`StoreError::LeaseLost`] if another one polls now
pub fn keep(
    tables: &mut dyn Tables,
    worker: &str,
    position: &CursorPosition,
    began: Millis,
    is_history: bool,
) -> Result<(), StoreError> {
    if holder(tables)?.is_none_or(|lease| lease.owner != worker) {
        return Err(StoreError::LeaseLost);
    }
    let position = to_json(position);
    if is_history {
        tables.set_setting(HISTORY, Some(&position))?;
    }
    if began > tables.now()? {
        // The clock was set back since.
        tables.set_setting(BEGAN, None)?;
    } else {
        write_setting(tables, BEGAN, &began)?;
    }
    let rounds = rounds(tables)?.saturating_add(1);
    tables.set_setting(ROUNDS, Some(&rounds.to_string()))?;
    tables.set_setting(POSITION, Some(&position))
}

/// How many rounds were kept, by whichever process.
///
/// # Errors
/// [`StoreError`]
pub fn rounds(tables: &mut dyn Tables) -> Result<u64, StoreError> {
    // What cannot be read counts nothing.
    Ok(tables.setting(ROUNDS)?.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// When the latest complete round began, by the store's clock. One of the future is forgotten: the clock was set back since,
/// and would reach it again.
///
/// # Errors
/// [`StoreError`]
pub fn round_began(tables: &mut dyn Tables) -> Result<Option<Millis>, StoreError> {
    let began: Option<Millis> = read_setting(tables, BEGAN)?;
    if began > Some(tables.now()?) {
        tables.set_setting(BEGAN, None)?;
        return Ok(None);
    }
    Ok(began)
}

/// Nobody polls.
pub(crate) fn free(tables: &mut dyn Tables) -> Result<(), StoreError> {
    tables.set_setting(LEASE, None)
}

/// This worker polls no longer.
///
/// # Errors
/// [`StoreError`]
pub fn leave(tables: &mut dyn Tables, worker: &str) -> Result<(), StoreError> {
    if holder(tables)?.is_some_and(|lease| lease.owner == worker) {
        free(tables)?;
    }
    Ok(())
}

fn holder(tables: &mut dyn Tables) -> Result<Option<Lease>, StoreError> {
    // What cannot be read holds nothing.
    Ok(tables.setting(LEASE)?.and_then(|text| serde_json::from_str(&text).ok()))
}

fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("these hold numbers and texts only")
}
