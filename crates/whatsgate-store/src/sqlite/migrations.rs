//! The tables of a file, and how an older file comes by them.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// What tells our files from other programs', in the place that SQLite has for it: "WGst".
const APPLICATION: i32 = 0x5747_7374;

/// Each brings a file to the next version; the first one makes it.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
     CREATE TABLE journal_end (one INTEGER PRIMARY KEY CHECK (one = 1), head INTEGER NOT NULL, highest INTEGER);
     INSERT INTO journal_end VALUES (1, 0, NULL);
     CREATE TABLE journal (
         position INTEGER PRIMARY KEY, number INTEGER, session TEXT NOT NULL, action TEXT NOT NULL,
         message TEXT NOT NULL, trust INTEGER NOT NULL, chat TEXT NOT NULL, lane INTEGER NOT NULL, date INTEGER,
         received INTEGER NOT NULL, conflict INTEGER NOT NULL, late INTEGER NOT NULL);
     CREATE INDEX journal_number ON journal (number) WHERE number IS NOT NULL;
     CREATE INDEX journal_unnumbered ON journal (message) WHERE number IS NULL;
     CREATE INDEX journal_pending ON journal (position) WHERE trust = 2;
     CREATE TABLE content (position INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, text TEXT NOT NULL);
     CREATE TABLE consumers (
         name TEXT PRIMARY KEY, partitions INTEGER NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL,
         suspended INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE partitions (
         consumer TEXT NOT NULL, partition INTEGER NOT NULL, progress INTEGER NOT NULL, owner TEXT,
         epoch INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (consumer, partition)) WITHOUT ROWID;
     CREATE TABLE workers (
         consumer TEXT NOT NULL, worker TEXT NOT NULL, expires INTEGER NOT NULL,
         PRIMARY KEY (consumer, worker)) WITHOUT ROWID;
     CREATE TABLE parked (
         consumer TEXT NOT NULL, position INTEGER NOT NULL, partition INTEGER NOT NULL, chat TEXT NOT NULL,
         tries INTEGER NOT NULL, due INTEGER NOT NULL, reason TEXT NOT NULL, dead INTEGER NOT NULL,
         PRIMARY KEY (consumer, position)) WITHOUT ROWID;
     CREATE INDEX parked_of_partition ON parked (consumer, partition) WHERE dead = 0;",
    "CREATE TABLE receipts (
         session TEXT NOT NULL, message TEXT NOT NULL, state INTEGER NOT NULL, since INTEGER NOT NULL,
         PRIMARY KEY (session, message)) WITHOUT ROWID;",
    // A program may add to the outbox by itself: what it must name, and what it may, has a default otherwise.
    "CREATE TABLE outbox (
         id INTEGER PRIMARY KEY AUTOINCREMENT, program TEXT NOT NULL DEFAULT '', key TEXT NOT NULL,
         session TEXT NOT NULL, recipient TEXT NOT NULL, message TEXT, file TEXT,
         class INTEGER NOT NULL DEFAULT 1, not_before INTEGER NOT NULL DEFAULT 0, expires INTEGER,
         created INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
         state INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
         ended INTEGER, chat TEXT, text INTEGER, other_text INTEGER, compare INTEGER NOT NULL DEFAULT 0, course TEXT,
         UNIQUE (program, key),
         CONSTRAINT program_is_text_of_at_most_255_bytes CHECK (typeof(program) = 'text'
             AND length(CAST(program AS BLOB)) < 256 AND instr(program, char(0)) = 0 AND program NOT GLOB '*['||char(1)||'-'||char(31)||']*'),
         CONSTRAINT key_is_text_of_1_to_255_bytes CHECK (typeof(key) = 'text' AND trim(key) <> ''
             AND length(CAST(key AS BLOB)) < 256 AND instr(key, char(0)) = 0
             AND key NOT GLOB '*['||char(1)||'-'||char(31)||']*'),
         CONSTRAINT session_and_recipient_are_text CHECK (typeof(session) = 'text' AND typeof(recipient) = 'text'),
         CONSTRAINT message_is_json_as_text CHECK (typeof(message) IN ('text', 'null')),
         CONSTRAINT file_is_a_path_as_text CHECK (typeof(file) IN ('text', 'null')),
         CONSTRAINT message_or_file_is_there CHECK (state <> 0 OR coalesce(nullif(message, ''), file, '') <> ''),
         CONSTRAINT state_is_not_for_others_to_set CHECK (state = 0 OR course IS NOT NULL),
         CONSTRAINT class_is_0_or_1_or_2 CHECK (class IN (0, 1, 2)),
         CONSTRAINT times_are_whole_milliseconds CHECK (typeof(not_before) = 'integer' AND not_before >= 0
             AND typeof(created) = 'integer' AND typeof(expires) IN ('integer', 'null')));
     CREATE INDEX outbox_queued ON outbox (session, class, id) WHERE state = 0;
     CREATE INDEX outbox_unread ON outbox (id) WHERE state = 0 AND chat IS NULL;
     CREATE INDEX outbox_expires ON outbox (expires) WHERE state = 0 AND expires IS NOT NULL;
     CREATE INDEX outbox_busy ON outbox (session, chat, id) WHERE state IN (0, 1, 5);
     CREATE INDEX outbox_open ON outbox (session, chat, text) WHERE state IN (3, 4, 5, 6);
     CREATE INDEX outbox_compare ON outbox (id) WHERE compare = 1;
     CREATE INDEX outbox_state ON outbox (state, id);
     CREATE TABLE sightings (
         session TEXT NOT NULL, short TEXT NOT NULL, message TEXT NOT NULL, chat TEXT NOT NULL, number INTEGER NOT NULL,
         file INTEGER NOT NULL, text INTEGER NOT NULL, sent INTEGER, received INTEGER NOT NULL, seen INTEGER NOT NULL,
         proves INTEGER, PRIMARY KEY (session, short)) WITHOUT ROWID;
     CREATE INDEX sightings_text ON sightings (session, chat, text) WHERE seen = 1;
     CREATE INDEX sightings_free ON sightings (session, text) WHERE seen = 1 AND proves IS NULL;
     CREATE INDEX sightings_received ON sightings (received);
     CREATE TABLE chat_names (
         session TEXT NOT NULL, chat TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (session, chat, other)) WITHOUT ROWID;",
    // The tokens of pages, and the way to the events of a chat: by the lane, which is a checksum of it.
    "CREATE TABLE relay_tokens (
         hash TEXT PRIMARY KEY, id TEXT NOT NULL, program TEXT NOT NULL, subject TEXT NOT NULL, expires INTEGER NOT NULL,
         state TEXT NOT NULL, UNIQUE (program, id)) WITHOUT ROWID;
     CREATE INDEX relay_tokens_expires ON relay_tokens (expires);
     CREATE INDEX journal_lane ON journal (lane, position);",
];

#[expect(clippy::cast_possible_truncation, reason = "there are few")]
pub(super) const KNOWN: u32 = MIGRATIONS.len() as u32;

pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    let version = version(connection)?;
    if version == KNOWN {
        return Ok(());
    }
    if version > 0 {
        backup(connection, path, version)?;
    }
    upgrade(connection, version)
}

/// The version of the file, 0 for a new one.
pub(super) fn version(connection: &Connection) -> Result<u32> {
    // In one transaction, as another process leaves them.
    let transaction = connection.unchecked_transaction()?;
    let number =
        |name: &str| transaction.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let tables: u32 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application = number("application_id")?;
    let found = u32::try_from(number("user_version")?).unwrap_or(u32::MAX);
    if application != APPLICATION && (tables > 0 || application != 0) {
        return Err(StoreError::Address("the file is a database of another program".to_owned()));
    }
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    Ok(found)
}

/// A copy of the file as it was, beside it.
fn backup(connection: &Connection, path: &Path, version: u32) -> Result<()> {
    let mut copy = path.as_os_str().to_owned();
    copy.push(format!(".version-{version}"));
    let copy = PathBuf::from(copy);
    if copy.exists() {
        // Of an earlier attempt, which did not come to its end; a copy is made whole or not at all.
        return Ok(());
    }
    let partial = copy.with_extension("partial");
    let io = |error: std::io::Error| StoreError::Other(error.to_string());
    if partial.exists() {
        std::fs::remove_file(&partial).map_err(io)?;
    }
    connection.execute("VACUUM INTO ?1", [partial.to_string_lossy()])?;
    std::fs::rename(&partial, &copy).map_err(io)
}

fn upgrade(connection: &mut Connection, mut version: u32) -> Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Another process may have been quicker, even one of a later program.
    let found: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > KNOWN {
        return Err(StoreError::Newer { found, known: KNOWN });
    }
    version = version.max(found);
    for migration in MIGRATIONS.iter().skip(version as usize) {
        transaction.execute_batch(migration)?;
        version += 1;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", version)?;
    transaction.commit()?;
    Ok(())
}
