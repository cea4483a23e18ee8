//! A store in a file of SQLite.

mod migrations;
mod outbox;
mod relay;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, ToSql, params};
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Content, Entry, Identity, Known, Position, Trust, checksum};
use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::partition::Parked;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_model::{RawJson, from_json};

use self::migrations::{KNOWN, migrate, version};
use crate::backend::Backend;
use crate::error::StoreError;
use crate::store::StoreVersion;
use crate::tables::{ConsumerRow, End, PartitionRow, Receipt, Slice, Tables, Transaction};

type Result<T> = std::result::Result<T, StoreError>;

/// How long to wait for another process's transaction.
const BUSY: Duration = Duration::from_secs(5);

/// A file with two names would have two logs, which SQLite warns of, and two owners.
#[cfg(unix)]
fn one_name(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let metadata = std::fs::metadata(path).ok();
    if metadata.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        return Err(StoreError::Address("it is a folder, and must be a file".to_owned()));
    }
    if metadata.is_some_and(|file| file.nlink() > 1) {
        return Err(StoreError::Address(
            "the file has several names (hard links); it must have one".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn one_name(_path: &Path) -> Result<()> {
    Ok(())
}

/// Which file it is, whatever it is called.
#[cfg(unix)]
fn identity_of(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;

    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// The file is there or not; what else it may be is not known.
#[cfg(not(unix))]
fn identity_of(path: &Path) -> Option<(u64, u64)> {
    path.exists().then_some((0, 0))
}

/// Makes the file, if there is none, for its owner alone: it holds texts and numbers.
#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt;

    // If that cannot be, opening it says why.
    let _ = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
}

#[cfg(not(unix))]
fn make_private(_path: &Path) {}

/// A connection to a file.
pub(crate) struct Sqlite {
    connection: Connection,
    has_savepoint: bool,
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl Sqlite {
    /// The version of the file at a path, which stays as it is.
    pub(crate) fn version(path: &Path) -> Result<StoreVersion> {
        one_name(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        Ok(StoreVersion { found: version(&connection)?, known: KNOWN })
    }

    /// Opens the file, makes it if there is none, and brings it up to date if it is older.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // The path is one, whatever it looks like.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        one_name(path)?;
        // Absolute, because the program may change its folder.
        let path = &std::path::absolute(path).map_err(|error| StoreError::Address(error.to_string()))?;
        let is_blank = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
        if is_blank && crate::owner::beside(path).exists() {
            return Err(StoreError::Gone);
        }
        make_private(path);
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(64);
        // Before anything is changed in it.
        version(&connection)?;
        // Stored means on disk: with FULL the log is synced before a commit returns.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        migrate(&mut connection, path)?;
        let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            return Err(StoreError::Corrupt(found));
        }
        Ok(Self { connection, has_savepoint: false, path: path.clone(), identity: identity_of(path) })
    }

    fn statement<R>(
        &self,
        sql: &str,
        work: impl FnOnce(&mut rusqlite::Statement<'_>) -> rusqlite::Result<R>,
    ) -> Result<R> {
        let mut statement = self.connection.prepare_cached(sql)?;
        Ok(work(&mut statement)?)
    }

    fn execute(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize> {
        self.statement(sql, |statement| statement.execute(values))
    }

    fn one<R>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<R>,
    ) -> Result<Option<R>> {
        self.statement(sql, |statement| statement.query_row(values, read).optional())
    }

    fn all<R>(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<R>,
    ) -> Result<Vec<R>> {
        self.statement(sql, |statement| statement.query_map(values, read)?.collect())
    }
}

impl Backend for Sqlite {
    fn begin(&mut self) -> Result<()> {
        // What is written to a file without a name is gone with the process, and with it what was sent under which key.
        if identity_of(&self.path) != self.identity {
            return Err(StoreError::Gone);
        }
        // Immediate, because a transaction that reads first and writes later may find that another one came between.
        self.execute("BEGIN IMMEDIATE", &[])?;
        self.has_savepoint = false;
        Ok(())
    }

    fn savepoint(&mut self) -> Result<()> {
        if self.has_savepoint {
            // Savepoints within savepoints would make every write slower than the one before.
            self.execute("RELEASE job", &[])?;
        }
        self.execute("SAVEPOINT job", &[])?;
        self.has_savepoint = true;
        Ok(())
    }

    fn rollback_to_savepoint(&mut self) -> Result<()> {
        self.execute("ROLLBACK TO job", &[])?;
        Ok(())
    }

    fn check(&mut self) -> Result<()> {
        if self.connection.is_autocommit() {
            return Err(StoreError::RolledBack("a statement ended the transaction".to_owned()));
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.execute("COMMIT", &[])?;
        Ok(())
    }

    fn rollback(&mut self) -> Result<()> {
        // Some errors have ended it already.
        if !self.connection.is_autocommit() {
            self.execute("ROLLBACK", &[])?;
        }
        Ok(())
    }

    fn tables(&mut self) -> &mut dyn Tables {
        self
    }
}

const ENTRY: &str = "SELECT journal.position, number, session, action, message, trust, chat, date, received, conflict, \
                     late, content.checksum, content.text, length(CAST(content.text AS BLOB)) \
                     FROM journal LEFT JOIN content ON content.position = journal.position";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let text: Option<String> = row.get(12)?;
    let length: Option<i64> = row.get(13)?;
    let content = match (text, length) {
        (_, None) => Content::Expired,
        (None, Some(_)) => Content::LeftOut,
        (Some(text), Some(_)) if signed(checksum(&text)) == row.get::<_, i64>(11)? => {
            from_json::<RawJson>(&text).map_or(Content::Damaged, Content::Whole)
        }
        (Some(_), Some(_)) => Content::Damaged,
    };
    Ok(Entry {
        position: position(row, 0)?,
        identity: identity(row, 1)?,
        trust: trust(row, 5)?,
        chat: row.get(6)?,
        date: row.get(7)?,
        received: row.get(8)?,
        conflict: row.get(9)?,
        late: row.get(10)?,
        content,
    })
}

fn position(row: &Row<'_>, column: usize) -> rusqlite::Result<Position> {
    Ok(unsigned(row.get(column)?))
}

fn identity(row: &Row<'_>, first: usize) -> rusqlite::Result<Identity> {
    Ok(Identity {
        number: row.get(first)?,
        session: row.get(first + 1)?,
        action: row.get(first + 2)?,
        message: row.get(first + 3)?,
    })
}

fn trust(row: &Row<'_>, column: usize) -> rusqlite::Result<Trust> {
    Ok(Trust::from_code(row.get(column)?).unwrap_or(Trust::Posted))
}

fn parked(row: &Row<'_>) -> rusqlite::Result<Parked> {
    Ok(Parked {
        position: position(row, 0)?,
        chat: row.get(1)?,
        tries: row.get(2)?,
        due: row.get(3)?,
        reason: row.get(4)?,
        dead: row.get(5)?,
    })
}

fn partition_row(row: &Row<'_>) -> rusqlite::Result<PartitionRow> {
    Ok(PartitionRow {
        progress: position(row, 1)?,
        lease: Lease {
            partition: row.get(0)?,
            owner: row.get(2)?,
            epoch: unsigned(row.get(3)?),
            expires: row.get(4)?,
        },
    })
}

fn consumer_row(row: &Row<'_>) -> rusqlite::Result<ConsumerRow> {
    Ok(ConsumerRow {
        name: row.get(0)?,
        partitions: row.get(1)?,
        created: row.get(2)?,
        seen: row.get(3)?,
        suspended: row.get(4)?,
    })
}

const PARTITION: &str =
    "SELECT partition, progress, owner, epoch, expires FROM partitions WHERE consumer = ?1";
const CONSUMER: &str = "SELECT name, partitions, created, seen, suspended FROM consumers";
const PARKED: &str = "SELECT position, chat, tries, due, reason, dead FROM parked WHERE consumer = ?1";

impl Tables for Sqlite {
    fn now(&mut self) -> Result<Millis> {
        Ok(crate::clock::now())
    }

    fn setting(&mut self, name: &str) -> Result<Option<String>> {
        self.one("SELECT value FROM settings WHERE name = ?1", &[&name], |row| row.get(0))
    }

    fn settings(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        let sql = "SELECT name, value FROM settings WHERE name >= ?1 AND substr(name, 1, length(?1)) = ?1 ORDER BY name";
        self.all(sql, &[&prefix], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn set_setting(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        match value {
            Some(value) => self.execute("INSERT OR REPLACE INTO settings VALUES (?1, ?2)", &[&name, &value]),
            None => self.execute("DELETE FROM settings WHERE name = ?1", &[&name]),
        }?;
        Ok(())
    }

    fn end(&mut self) -> Result<End> {
        let end = self.one("SELECT head, highest FROM journal_end", &[], |row| {
            Ok(End { head: position(row, 0)?, highest: row.get(1)? })
        })?;
        end.ok_or_else(|| StoreError::Corrupt("it has lost the end of its journal".to_owned()))
    }

    fn lock_end(&mut self) -> Result<End> {
        // The transaction is the only one that writes.
        self.end()
    }

    fn set_end(&mut self, end: End) -> Result<()> {
        let head = signed(end.head);
        self.execute("UPDATE journal_end SET head = ?1, highest = ?2", &[&head, &end.highest])?;
        Ok(())
    }

    fn known(&mut self, numbers: &[i64], unnumbered: &[String]) -> Result<Vec<Known>> {
        const KNOWN: &str = "SELECT position, number, session, action, message, trust FROM journal WHERE";
        let known = |row: &Row<'_>| {
            Ok(Known { position: position(row, 0)?, identity: identity(row, 1)?, trust: trust(row, 5)? })
        };
        let mut found = Vec::new();
        for number in numbers {
            found.extend(self.all(&format!("{KNOWN} number = ?1"), &[number], known)?);
        }
        for text in unnumbered {
            found.extend(self.all(&format!("{KNOWN} number IS NULL AND message = ?1"), &[text], known)?);
        }
        found.sort_by_key(|known| known.position);
        found.dedup();
        Ok(found)
    }

    fn append(&mut self, entries: &[Entry]) -> Result<()> {
        let mut insert = self.connection.prepare_cached(
            "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?;
        let mut insert_content = self.connection.prepare_cached("INSERT INTO content VALUES (?1, ?2, ?3)")?;
        for entry in entries {
            let identity = &entry.identity;
            insert.execute(params![
                signed(entry.position),
                identity.number,
                identity.session,
                identity.action,
                identity.message,
                entry.trust.code(),
                entry.chat,
                entry.lane(),
                entry.date,
                entry.received,
                entry.conflict,
                entry.late,
            ])?;
            if let Content::Whole(raw) = &entry.content {
                let text = raw.as_str();
                insert_content.execute(params![signed(entry.position), signed(checksum(text)), text])?;
            }
        }
        Ok(())
    }

    fn set_trust(&mut self, position: Position, trust: Trust, raw: Option<&RawJson>) -> Result<()> {
        let position = signed(position);
        self.execute("UPDATE journal SET trust = ?2 WHERE position = ?1", &[&position, &trust.code()])?;
        if let Some(raw) = raw {
            let text = raw.as_str();
            let sql = "UPDATE content SET checksum = ?2, text = ?3 WHERE position = ?1";
            self.execute(sql, &[&position, &signed(checksum(text)), &text])?;
        }
        Ok(())
    }

    fn read(
        &mut self,
        slice: Slice,
        after: Position,
        most: usize,
        most_content: usize,
    ) -> Result<Vec<Entry>> {
        // The length is asked for on its own, so that what is left out is not read.
        const READ: &str = "SELECT journal.position, number, session, action, message, trust, chat, date, received, \
                            conflict, late, content.checksum, \
                            CASE WHEN length(CAST(content.text AS BLOB)) <= ?5 THEN content.text END, \
                            length(CAST(content.text AS BLOB)) \
                            FROM journal LEFT JOIN content ON content.position = journal.position \
                            WHERE journal.position > ?1 AND lane % ?2 = ?3 ORDER BY journal.position LIMIT ?4";
        let (most, most_content) = (limit(most), limit(most_content));
        self.all(READ, &[&signed(after), &slice.of, &slice.partition, &most, &most_content], entry)
    }

    fn entry(&mut self, position: Position) -> Result<Option<Entry>> {
        self.one(&format!("{ENTRY} WHERE journal.position = ?1"), &[&signed(position)], entry)
    }

    fn chat(&mut self, session: &str, chat: &str, after: Position) -> Result<Vec<Position>> {
        let sql = "SELECT position FROM journal WHERE position > ?1 AND session = ?2 AND chat = ?3 ORDER BY position";
        self.all(sql, &[&signed(after), &session, &chat], |row| position(row, 0))
    }

    fn first_since(&mut self, date: i64) -> Result<Option<Position>> {
        let sql = "SELECT position FROM journal WHERE date >= ?1 ORDER BY position LIMIT 1";
        self.one(sql, &[&date], |row| position(row, 0))
    }

    fn pending(&mut self, most: usize) -> Result<Vec<Entry>> {
        const PENDING: &str = "SELECT journal.position, number, session, action, message, trust, chat, date, received, \
                               conflict, late, content.checksum, NULL, length(CAST(content.text AS BLOB)) \
                               FROM journal LEFT JOIN content ON content.position = journal.position \
                               WHERE trust = 2 ORDER BY journal.position LIMIT ?1";
        self.all(PENDING, &[&limit(most)], entry)
    }

    fn expire(&mut self, received_before: Millis, up_to: Position) -> Result<u64> {
        let sql = "DELETE FROM content WHERE position <= ?1 AND position IN \
                   (SELECT position FROM journal WHERE position <= ?1 AND received < ?2)";
        Ok(self.execute(sql, &[&signed(up_to), &received_before])? as u64)
    }

    fn consumers(&mut self) -> Result<Vec<ConsumerRow>> {
        self.all(&format!("{CONSUMER} ORDER BY name"), &[], consumer_row)
    }

    fn consumer(&mut self, name: &str) -> Result<Option<ConsumerRow>> {
        self.one(&format!("{CONSUMER} WHERE name = ?1"), &[&name], consumer_row)
    }

    fn put_consumer(&mut self, row: &ConsumerRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO consumers VALUES (?1, ?2, ?3, ?4, ?5)";
        self.execute(sql, &[&row.name, &row.partitions, &row.created, &row.seen, &row.suspended])?;
        Ok(())
    }

    fn remove_consumer(&mut self, name: &str) -> Result<()> {
        self.execute("DELETE FROM consumers WHERE name = ?1", &[&name])?;
        for table in ["partitions", "workers", "parked"] {
            self.execute(&format!("DELETE FROM {table} WHERE consumer = ?1"), &[&name])?;
        }
        Ok(())
    }

    fn partitions(&mut self, consumer: &str) -> Result<Vec<PartitionRow>> {
        self.all(&format!("{PARTITION} ORDER BY partition"), &[&consumer], partition_row)
    }

    fn partition(&mut self, consumer: &str, partition: u32) -> Result<Option<PartitionRow>> {
        self.one(&format!("{PARTITION} AND partition = ?2"), &[&consumer, &partition], partition_row)
    }

    fn put_partition(&mut self, consumer: &str, row: &PartitionRow) -> Result<()> {
        let lease = &row.lease;
        let sql = "INSERT OR REPLACE INTO partitions VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (progress, epoch) = (signed(row.progress), signed(lease.epoch));
        self.execute(sql, &[&consumer, &lease.partition, &progress, &lease.owner, &epoch, &lease.expires])?;
        Ok(())
    }

    fn put_worker(&mut self, consumer: &str, worker: &str, expires: Millis) -> Result<()> {
        if expires > 0 {
            self.execute(
                "INSERT OR REPLACE INTO workers VALUES (?1, ?2, ?3)",
                &[&consumer, &worker, &expires],
            )
        } else {
            self.execute("DELETE FROM workers WHERE consumer = ?1 AND worker = ?2", &[&consumer, &worker])
        }?;
        Ok(())
    }

    fn count_workers(&mut self, consumer: &str, now: Millis) -> Result<usize> {
        let sql = "SELECT count(*) FROM workers WHERE consumer = ?1 AND expires > ?2";
        let count = self.one(sql, &[&consumer, &now], |row| row.get::<_, i64>(0))?;
        Ok(count.map_or(0, |count| usize::try_from(count).unwrap_or_default()))
    }

    fn parked(&mut self, consumer: &str, partition: u32) -> Result<Vec<Parked>> {
        let sql = format!("{PARKED} AND partition = ?2 AND dead = 0 ORDER BY position");
        self.all(&sql, &[&consumer, &partition], parked)
    }

    fn dead_letters(&mut self, consumer: &str, after: Position, most: usize) -> Result<Vec<Parked>> {
        let sql = format!("{PARKED} AND position > ?2 AND dead = 1 ORDER BY position LIMIT ?3");
        self.all(&sql, &[&consumer, &signed(after), &limit(most)], parked)
    }

    fn count_parked(&mut self, consumer: &str) -> Result<(u64, u64)> {
        let sql = "SELECT count(*) FILTER (WHERE dead = 0), count(*) FILTER (WHERE dead = 1) FROM parked \
                   WHERE consumer = ?1";
        let read = |row: &Row<'_>| Ok((unsigned(row.get(0)?), unsigned(row.get(1)?)));
        Ok(self.one(sql, &[&consumer], read)?.unwrap_or_default())
    }

    fn park(&mut self, consumer: &str, partition: u32, parked: &[Parked]) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO parked VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        for one in parked {
            let at = signed(one.position);
            self.execute(
                sql,
                &[&consumer, &at, &partition, &one.chat, &one.tries, &one.due, &one.reason, &one.dead],
            )?;
        }
        Ok(())
    }

    fn release(&mut self, consumer: &str, positions: &[Position]) -> Result<()> {
        for position in positions {
            let sql = "DELETE FROM parked WHERE consumer = ?1 AND position = ?2";
            self.execute(sql, &[&consumer, &signed(*position)])?;
        }
        Ok(())
    }

    fn release_after(&mut self, consumer: &str, position: Position) -> Result<()> {
        let sql = "DELETE FROM parked WHERE consumer = ?1 AND position > ?2";
        self.execute(sql, &[&consumer, &signed(position)])?;
        Ok(())
    }

    fn receipt(&mut self, key: &ReceiptKey) -> Result<Option<Receipt>> {
        let sql = "SELECT state, since FROM receipts WHERE session = ?1 AND message = ?2";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found = self.one(sql, &[&key.session, &key.message], read)?;
        Ok(found
            .and_then(|(code, since)| DeliveryState::from_code(code).map(|state| Receipt { state, since })))
    }

    fn put_receipt(&mut self, key: &ReceiptKey, receipt: Receipt) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO receipts VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, &[&key.session, &key.message, &receipt.state.code(), &receipt.since])?;
        Ok(())
    }

    fn transaction(&mut self) -> Transaction<'_> {
        Transaction::Sqlite(&self.connection)
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// SQLite's integers have a sign; the bits are the same.
fn signed(value: u64) -> i64 {
    value.cast_signed()
}

fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error() else {
            return match error {
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..) => {
                    Self::Corrupt("a row has another form".to_owned())
                }
                _ => Self::Other("SQLite refused what it was asked for".to_owned()),
            };
        };
        match code.code {
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked,
            ErrorCode::ReadOnly => Self::ReadOnly,
            // A folder that cannot be written, or is not there.
            ErrorCode::CannotOpen => Self::Address(
                "the file cannot be opened: is its folder there, and may it be written?".to_owned(),
            ),
            ErrorCode::NotADatabase => Self::Corrupt(
                "the file is no SQLite database, and may not be the one that is meant".to_owned(),
            ),
            ErrorCode::DatabaseCorrupt => Self::Corrupt("SQLite finds it malformed".to_owned()),
            ErrorCode::ConstraintViolation => {
                Self::RolledBack(format!("a constraint is not met ({})", code.extended_code))
            }
            // The words may hold values of a program's own statements.
            other => Self::Other(format!("SQLite: {other:?} ({})", code.extended_code)),
        }
    }
}
