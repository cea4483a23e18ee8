//! A store in a file of SQLite.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, ToSql, params};
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Content, Entry, Identity, Known, Position, Trust, checksum};
use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::outbox::evidence::Sighting;
use whatsgate_core::durable::outbox::{Class, Course, Draft, Entry as OutboxEntry, Key, Proof, State};
use whatsgate_core::durable::partition::Parked;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_model::{RawJson, from_json};

use crate::backend::Backend;
use crate::error::StoreError;
use crate::tables::{
    ConsumerRow, End, OutboxFilter, PartitionRow, Receipt, Sendable, SightingRow, Slice, Tables, Transaction,
};

type Result<T> = std::result::Result<T, StoreError>;

/// What tells our files from other programs', in the place that SQLite has for it: "WGst".
const APPLICATION: i32 = 0x5747_7374;
/// How long to wait for another process's transaction.
const BUSY: Duration = Duration::from_secs(5);

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
         created INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)),
         state INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,
         ended INTEGER, chat TEXT, text INTEGER, other_text INTEGER, compare INTEGER NOT NULL DEFAULT 0, course TEXT,
         UNIQUE (program, key));
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
     CREATE INDEX sightings_received ON sightings (received);
     CREATE TABLE chat_names (
         session TEXT NOT NULL, chat TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (session, chat, other)) WITHOUT ROWID;",
];

#[expect(clippy::cast_possible_truncation, reason = "there are few")]
const KNOWN: u32 = MIGRATIONS.len() as u32;

/// A file with two names would have two logs, which SQLite warns of, and two owners.
#[cfg(unix)]
fn one_name(path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    if std::fs::metadata(path).is_ok_and(|file| file.nlink() > 1) {
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

/// A connection to a file.
pub(crate) struct Sqlite {
    connection: Connection,
    has_savepoint: bool,
}

impl Sqlite {
    /// Opens the file, makes it if there is none, and brings it up to date if it is older.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // The path is one, whatever it looks like.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        one_name(path)?;
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
        Ok(Self { connection, has_savepoint: false })
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

fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
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
fn version(connection: &Connection) -> Result<u32> {
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

impl Backend for Sqlite {
    fn begin(&mut self) -> Result<()> {
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

fn outbox_entry(row: &Row<'_>) -> rusqlite::Result<OutboxEntry> {
    let created = row.get(10)?;
    let course: Option<String> = row.get(11)?;
    let course = course.map_or(Ok(Course::new(created)), |text| serde_json::from_str(&text));
    Ok(OutboxEntry {
        id: unsigned(row.get(0)?),
        key: Key { program: row.get(1)?, key: row.get(2)? },
        draft: Draft {
            session: row.get(3)?,
            recipient: row.get(4)?,
            message: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
            file: row.get(6)?,
            class: Class::from_code(row.get(7)?).unwrap_or_default(),
            not_before: row.get(8)?,
            expires: row.get(9)?,
        },
        created,
        course: course
            .map_err(|_| rusqlite::Error::InvalidColumnType(11, "course".to_owned(), Type::Text))?,
    })
}

fn sighting(row: &Row<'_>) -> rusqlite::Result<SightingRow> {
    Ok(SightingRow {
        sighting: Sighting {
            key: ReceiptKey { session: row.get(0)?, message: row.get(1)? },
            message: row.get(2)?,
            chat: row.get(3)?,
            number: row.get(4)?,
            file: row.get(5)?,
            text: unsigned(row.get(6)?),
            sent: row.get(7)?,
            received: row.get(8)?,
        },
        seen: row.get(9)?,
        proves: row.get::<_, Option<i64>>(10)?.map(unsigned),
    })
}

const OUTBOX: &str = "SELECT id, program, key, session, recipient, message, file, class, not_before, expires, created, \
                      course FROM outbox";
const SIGHTING: &str =
    "SELECT session, short, message, chat, number, file, text, sent, received, seen, proves FROM sightings";
/// The numbers of [`State::OPEN`].
const OPEN: &str = "state IN (3, 4, 5, 6)";

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

    fn lock_outbox(&mut self) -> Result<()> {
        // The transaction is the only one that writes.
        Ok(())
    }

    fn outbox_entry(&mut self, key: &Key) -> Result<Option<OutboxEntry>> {
        let sql = format!("{OUTBOX} WHERE program = ?1 AND key = ?2");
        self.one(&sql, &[&key.program, &key.key], outbox_entry)
    }

    fn add_outbox_entry(&mut self, entry: &OutboxEntry, chat: Option<&str>) -> Result<()> {
        const ADD: &str = "INSERT INTO outbox (program, key, session, recipient, message, file, class, not_before, \
                           expires, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let (key, draft) = (&entry.key, &entry.draft);
        self.execute(
            ADD,
            &[
                &key.program,
                &key.key,
                &draft.session,
                &draft.recipient,
                &draft.message,
                &draft.file,
                &draft.class.code(),
                &draft.not_before,
                &draft.expires,
                &entry.created,
            ],
        )?;
        let id = unsigned(self.connection.last_insert_rowid());
        self.put_course(&OutboxEntry { id, ..entry.clone() }, chat)
    }

    fn put_course(&mut self, entry: &OutboxEntry, chat: Option<&str>) -> Result<()> {
        const PUT: &str = "UPDATE outbox SET state = ?2, due = ?3, changed = ?4, ended = ?5, text = ?6, other_text = ?7, \
                           compare = ?8, course = ?9, chat = coalesce(?10, chat) WHERE id = ?1";
        let course = &entry.course;
        let ended = course.attempt.as_ref().and_then(|attempt| attempt.ended);
        let texts = course.content.as_ref().map(|content| &content.texts[..]).unwrap_or_default();
        let mut texts = texts.iter().map(|text| signed(*text));
        let compare = course.state == State::Sent && course.proof == Some(Proof::Id) && !course.compared;
        let json = to_json(course);
        self.execute(
            PUT,
            &[
                &signed(entry.id),
                &course.state.code(),
                &course.due,
                &course.changed,
                &ended,
                &texts.next(),
                &texts.next(),
                &compare,
                &json,
                &chat,
            ],
        )?;
        Ok(())
    }

    fn outbox_entries(&mut self, filter: &OutboxFilter, most: usize) -> Result<Vec<OutboxEntry>> {
        // A state at a time, because the index has them apart.
        let mut found = Vec::new();
        let states: Vec<_> = filter.states.iter().map(|state| Some(state.code())).collect();
        for state in if states.is_empty() { vec![None] } else { states } {
            let of_state = if state.is_some() { "state = ?1" } else { "?1 IS NULL" };
            let sql = format!(
                "{OUTBOX} WHERE {of_state} AND id > ?2 AND (?3 IS NULL OR program = ?3) \
                 AND substr(key, 1, length(?4)) = ?4 ORDER BY id LIMIT ?5"
            );
            let after = signed(filter.after);
            let values: [&dyn ToSql; 5] = [&state, &after, &filter.program, &filter.prefix, &limit(most)];
            found.extend(self.all(&sql, &values, outbox_entry)?);
        }
        found.sort_by_key(|entry| entry.id);
        found.truncate(most);
        Ok(found)
    }

    fn count_outbox(&mut self, filter: &OutboxFilter) -> Result<Vec<(State, u64)>> {
        let sql = "SELECT state, count(*) FROM outbox WHERE (?1 IS NULL OR program = ?1) \
                   AND substr(key, 1, length(?2)) = ?2 GROUP BY state ORDER BY state";
        let read = |row: &Row<'_>| Ok((row.get::<_, i16>(0)?, unsigned(row.get(1)?)));
        let counts = self.all(sql, &[&filter.program, &filter.prefix], read)?;
        Ok(counts
            .into_iter()
            .filter_map(|(code, count)| State::from_code(code).map(|state| (state, count)))
            .collect())
    }

    fn outbox_sessions(&mut self) -> Result<Vec<String>> {
        self.all("SELECT DISTINCT session FROM outbox WHERE state = 0", &[], |row| row.get(0))
    }

    fn unread_outbox(&mut self, most: usize) -> Result<Vec<OutboxEntry>> {
        let sql = format!("{OUTBOX} WHERE state = 0 AND chat IS NULL ORDER BY id LIMIT ?1");
        self.all(&sql, &[&limit(most)], outbox_entry)
    }

    fn ready_outbox(
        &mut self,
        session: &str,
        now: Millis,
        unknown_since: Millis,
        sendable: &Sendable,
        most: usize,
    ) -> Result<Vec<OutboxEntry>> {
        let is_sendable = |of: &str| {
            format!(
                "(?5 IS NULL OR ({of}.program = ?5 AND {of}.key = ?6)) AND NOT EXISTS (SELECT 1 FROM json_each(?7) AS held \
                 WHERE substr({of}.program || char(31) || {of}.key, 1, length(held.value)) = held.value)"
            )
        };
        let (entry, other) = (is_sendable("entry"), is_sendable("other"));
        let sql = format!(
            "{OUTBOX} AS entry WHERE session = ?1 AND state = 0 AND chat IS NOT NULL AND due <= ?2 AND not_before <= ?2 \
             AND {entry} AND (expires IS NULL OR expires > ?2) AND NOT EXISTS (SELECT 1 FROM outbox AS other \
             WHERE other.session = ?1 AND other.chat = entry.chat AND other.state IN (0, 1, 5) AND (other.state = 1 \
             OR (other.state = 5 AND other.ended > ?3) OR (other.state = 0 AND other.id < entry.id \
             AND other.class <= entry.class AND other.not_before <= ?2 AND {other} \
             AND (other.expires IS NULL OR other.expires > ?2)))) ORDER BY class, id LIMIT ?4"
        );
        let only = sendable.only.as_ref();
        let (program, key) = (only.map(|key| &key.program), only.map(|key| &key.key));
        let held = sendable.held_json(str::to_owned);
        let values: &[&dyn ToSql] = &[&session, &now, &unknown_since, &limit(most), &program, &key, &held];
        self.all(&sql, values, outbox_entry)
    }

    fn next_due(&mut self, session: &str, now: Millis) -> Result<Option<Millis>> {
        let sql = "SELECT min(max(due, not_before)) FROM outbox WHERE session = ?1 AND state = 0 \
                   AND max(due, not_before) > ?2";
        Ok(self.one(sql, &[&session, &now], |row| row.get(0))?.flatten())
    }

    fn expired_outbox(&mut self, now: Millis, most: usize) -> Result<Vec<OutboxEntry>> {
        let sql = format!("{OUTBOX} WHERE state = 0 AND expires IS NOT NULL AND expires <= ?1 LIMIT ?2");
        self.all(&sql, &[&now, &limit(most)], outbox_entry)
    }

    fn open_outbox(&mut self, session: &str, chat: &str, text: Option<u64>) -> Result<Vec<OutboxEntry>> {
        let sql = format!(
            "{OUTBOX} WHERE session = ?1 AND chat = ?2 AND {OPEN} AND (?3 IS NULL OR text = ?3 OR other_text = ?3) \
             ORDER BY id"
        );
        self.all(&sql, &[&session, &chat, &text.map(signed)], outbox_entry)
    }

    fn uncompared_outbox(&mut self, most: usize) -> Result<Vec<OutboxEntry>> {
        let sql = format!("{OUTBOX} WHERE compare = 1 ORDER BY id LIMIT ?1");
        self.all(&sql, &[&limit(most)], outbox_entry)
    }

    fn outbox_entry_of(&mut self, id: u64) -> Result<Option<OutboxEntry>> {
        self.one(&format!("{OUTBOX} WHERE id = ?1"), &[&signed(id)], outbox_entry)
    }

    fn expire_outbox(&mut self, changed_before: Millis) -> Result<u64> {
        let sql = "UPDATE outbox SET message = NULL, file = NULL \
                   WHERE state NOT IN (0, 1, 5) AND changed < ?1 AND message IS NOT NULL";
        Ok(self.execute(sql, &[&changed_before])? as u64)
    }

    fn sighting(&mut self, key: &ReceiptKey) -> Result<Option<SightingRow>> {
        let sql = format!("{SIGHTING} WHERE session = ?1 AND short = ?2");
        self.one(&sql, &[&key.session, &key.message], sighting)
    }

    fn put_sighting(&mut self, row: &SightingRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO sightings VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let of = &row.sighting;
        self.execute(
            sql,
            &[
                &of.key.session,
                &of.key.message,
                &of.message,
                &of.chat,
                &of.number,
                &of.file,
                &signed(of.text),
                &of.sent,
                &of.received,
                &row.seen,
                &row.proves.map(signed),
            ],
        )?;
        Ok(())
    }

    fn free_sightings(&mut self, session: &str) -> Result<Vec<SightingRow>> {
        let sql = format!("{SIGHTING} WHERE session = ?1 AND seen = 1 AND proves IS NULL ORDER BY number");
        self.all(&sql, &[&session], sighting)
    }

    fn sightings(&mut self, session: &str, chat: &str, text: u64) -> Result<Vec<SightingRow>> {
        let sql =
            format!("{SIGHTING} WHERE session = ?1 AND chat = ?2 AND text = ?3 AND seen = 1 ORDER BY number");
        self.all(&sql, &[&session, &chat, &signed(text)], sighting)
    }

    fn expire_sightings(&mut self, received_before: Millis) -> Result<u64> {
        Ok(self.execute("DELETE FROM sightings WHERE received < ?1", &[&received_before])? as u64)
    }

    fn chat_names(&mut self, session: &str, chat: &str) -> Result<Vec<String>> {
        let sql = "SELECT other FROM chat_names WHERE session = ?1 AND chat = ?2";
        self.all(sql, &[&session, &chat], |row| row.get(0))
    }

    fn add_chat_names(&mut self, session: &str, one: &str, other: &str) -> Result<bool> {
        let sql = "INSERT OR IGNORE INTO chat_names VALUES (?1, ?2, ?3), (?1, ?3, ?2)";
        Ok(self.execute(sql, &[&session, &one, &other])? > 0)
    }

    fn transaction(&mut self) -> Transaction<'_> {
        Transaction::Sqlite(&self.connection)
    }
}

fn to_json(course: &Course) -> String {
    serde_json::to_string(course).expect("it holds numbers and texts only")
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
            ErrorCode::NotADatabase => Self::Corrupt("the file is not a database".to_owned()),
            ErrorCode::DatabaseCorrupt => Self::Corrupt("SQLite finds it malformed".to_owned()),
            ErrorCode::ConstraintViolation => {
                Self::RolledBack(format!("a constraint is not met ({})", code.extended_code))
            }
            // The words may hold values of a program's own statements.
            other => Self::Other(format!("SQLite: {other:?} ({})", code.extended_code)),
        }
    }
}
