//! What the journal of a store holds, and where a consumer begins in it.

use serde::{Deserialize, Serialize};
use whatsgate_durable::StoreError;
use whatsgate_durable::store::durable::journal::Position;
use whatsgate_durable::store::{Slice, Tables, poll};
use whatsgate_native::Start;
use whatsgate_native::model::WireDate;

use crate::since::From;
use crate::text;

/// The setting in the store.
const SETTING: &str = "cli.journal";

/// What was decided when the journal began. All that is received later must fit to it, or something would be missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Journal {
    /// The one session whose events it holds; none for all.
    session: Option<String>,
    since: Since,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Since {
    Beginning,
    /// Unix seconds.
    Now(i64),
    /// Unix seconds as if the date were in UTC.
    Date(i64),
}

/// A consumer at the start.
pub(crate) struct Begun {
    /// Where the poll begins if it has not begun yet.
    pub(crate) start: Start,
    /// How many partitions the consumer has, if it is known already.
    pub(crate) partitions: Option<u32>,
}

/// Looks whether a consumer may begin or go on, and notes what the journal holds if it is new.
pub(crate) fn begin(
    tables: &mut dyn Tables,
    name: &str,
    session: Option<&str>,
    from: &From,
) -> Result<Begun, StoreError> {
    let is_empty = tables.end()?.head == 0 && poll::standing(tables)?.position.is_none();
    let known = if is_empty { None } else { journal(tables)? };
    let journal = match known {
        Some(known) => {
            if known.session.as_deref() != session {
                return Err(of_others(known));
            }
            Some(known)
        }
        // Another program of the same account began it.
        None if !is_empty => None,
        None => {
            let since = match from {
                From::Beginning => Since::Beginning,
                From::Date(_, seconds) => Since::Date(*seconds),
                From::Now | From::Position(_) => Since::Now(tables.now()? / 1000),
            };
            let journal = Journal { session: session.map(str::to_owned), since };
            write(tables, &journal)?;
            Some(journal)
        }
    };
    let start = start(journal.as_ref());
    if let Some(row) = tables.consumer(name)? {
        if row.suspended {
            return Err(StoreError::Consumer(format!(
                "the consumer {name:?} was not run for so long that it was suspended, and events that it has not handled \
                 may have lost their content; say where it is to go on: whatsgate events replay --consumer {} --from now",
                text::word(name)
            )));
        }
        return Ok(Begun { start, partitions: Some(row.partitions) });
    }
    place(tables, from)?;
    Ok(Begun { start, partitions: None })
}

/// The events that tell what became of sent messages.
pub(crate) struct Proofs {
    /// Those of one session only; of all if there is none.
    pub(crate) session: Option<String>,
    /// Where the poll begins if it has not begun yet.
    pub(crate) start: Start,
}

/// Looks whether the store may hold what a session sends, and notes what the journal holds if it is new.
pub(crate) fn for_sending(tables: &mut dyn Tables, session: &str) -> Result<Proofs, StoreError> {
    let is_empty = tables.end()?.head == 0 && poll::standing(tables)?.position.is_none();
    if !is_empty {
        return match journal(tables)? {
            Some(known) if known.session.as_ref().is_some_and(|only| only != session) => {
                Err(of_others(known))
            }
            Some(known) => Ok(Proofs { start: start(Some(&known)), session: known.session }),
            None => Ok(Proofs { session: None, start: Start::Now }),
        };
    }
    let journal = Journal { session: Some(session.to_owned()), since: Since::Now(tables.now()? / 1000) };
    write(tables, &journal)?;
    Ok(Proofs { session: journal.session, start: Start::Now })
}

/// Looks whether the store may hold the events of all sessions, and notes so if it is new. Says where the poll begins.
pub(crate) fn for_account(tables: &mut dyn Tables) -> Result<Start, StoreError> {
    let is_empty = tables.end()?.head == 0 && poll::standing(tables)?.position.is_none();
    if !is_empty {
        let known = journal(tables)?;
        return match known.as_ref().and_then(|known| known.session.as_ref()) {
            Some(session) => Err(StoreError::Consumer(format!(
                "the journal in this store holds the events of session {} alone, and this is for all of the account: name \
                 another store with --store",
                text::word(session)
            ))),
            None => Ok(start(known.as_ref())),
        };
    }
    let journal = Journal { session: None, since: Since::Now(tables.now()? / 1000) };
    write(tables, &journal)?;
    Ok(Start::Now)
}

fn of_others(known: Journal) -> StoreError {
    let whose = known.session.map_or_else(
        || "of all sessions: give --all-sessions".to_owned(),
        |session| format!("of session {} alone: give that one", text::word(&session)),
    );
    StoreError::Consumer(format!(
        "the journal in this store holds the events {whose}, or another store with --store"
    ))
}

fn start(journal: Option<&Journal>) -> Start {
    match journal.map(|journal| &journal.since) {
        Some(Since::Beginning) => Start::Beginning,
        Some(Since::Date(seconds)) => Start::Date(WireDate::from_unix_seconds_as_utc(*seconds)),
        Some(Since::Now(_)) | None => Start::Now,
    }
}

fn write(tables: &mut dyn Tables, journal: &Journal) -> Result<(), StoreError> {
    let text = serde_json::to_string(journal).expect("these are texts and numbers");
    tables.set_setting(SETTING, Some(&text))
}

/// The position after which a consumer begins.
///
/// # Errors
/// If the journal does not reach so far back, or not so far.
pub(crate) fn place(tables: &mut dyn Tables, from: &From) -> Result<Position, StoreError> {
    if let From::Date(_, wanted) = from
        && let Some(begins) = begins(tables)?
        && *wanted < begins
    {
        return Err(StoreError::Consumer(format!(
            "--from: the journal in this store begins at {}, and what was before is not in it: give a later date, or \
             \"beginning\" for all that it holds, or begin another one with --store",
            WireDate::from_unix_seconds_as_utc(begins)
        )));
    }
    from.place().position(tables)
}

/// Since when the journal holds all events, in Unix seconds; none if it begins with the first one that there was.
fn begins(tables: &mut dyn Tables) -> Result<Option<i64>, StoreError> {
    match journal(tables)?.map(|journal| journal.since) {
        Some(Since::Beginning) => Ok(None),
        Some(Since::Now(seconds) | Since::Date(seconds)) => Ok(Some(seconds)),
        None => {
            let first = tables.read(Slice { partition: 0, of: 1 }, 0, 1, 0)?.pop();
            Ok(first.and_then(|entry| entry.date))
        }
    }
}

fn journal(tables: &mut dyn Tables) -> Result<Option<Journal>, StoreError> {
    // What cannot be read was written by a later version.
    Ok(tables.setting(SETTING)?.and_then(|text| serde_json::from_str(&text).ok()))
}
