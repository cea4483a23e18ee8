//! A store in a database of PostgreSQL.
//!
//! Whatever several processes want to change lies behind one lock, the row of the journal's end, except the partitions, which
//! only their workers change: so two transactions never wait for each other in a circle. It is taken with the first need of
//! it, so that who only reads or commits progress waits for nobody.

mod connection;
mod errors;
mod migrations;
mod outbox;
mod relay;
mod text;
mod transaction;

use std::collections::BTreeMap;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Content, Entry, Identity, Known, Position, Trust, checksum};
use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::partition::Parked;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_model::{RawJson, from_json};

use self::connection::{Connection, Value};
use self::text::{from_stored, to_stored};
pub use self::transaction::PostgresTransaction;
use crate::backend::Backend;
use crate::error::StoreError;
use crate::store::StoreVersion;
use crate::tables::{ConsumerRow, End, PartitionRow, Receipt, Slice, Tables, Transaction};

type Result<T> = std::result::Result<T, StoreError>;

/// How much text goes to the server in one statement.
const MOST_TEXT: usize = 16 << 20;
/// How many entries do.
const MOST_ENTRIES: usize = 5000;

/// A connection to a database.
pub(crate) struct Postgres {
    connection: Connection,
    savepoints: u32,
    /// This transaction has the lock of the store; and it had it at the savepoint.
    locked: (bool, bool),
}

impl Postgres {
    /// Connects, makes the tables if there are none, and brings them up to date if they are older.
    pub(crate) fn open(address: &str) -> Result<Self> {
        let mut postgres =
            Self { connection: Connection::new(address)?, savepoints: 0, locked: (false, false) };
        postgres.connection.begin()?;
        postgres.migrate_and_commit()?;
        Ok(postgres)
    }

    /// The version of the tables in a database, which stays as it is.
    pub(crate) fn version(address: &str) -> Result<StoreVersion> {
        let mut connection = Connection::new(address)?;
        connection.begin()?;
        let (found, known) = migrations::versions(&mut connection)?;
        connection.rollback()?;
        Ok(StoreVersion { found, known })
    }

    fn migrate_and_commit(&mut self) -> Result<()> {
        let migrated = migrations::migrate(&mut self.connection).and_then(|()| self.connection.commit());
        migrated.inspect_err(|_| {
            let _ = self.connection.rollback();
        })
    }

    fn savepoint_name(&self) -> String {
        format!("job_{}", self.savepoints)
    }

    /// Takes the lock of the store, before whatever is asked next.
    fn lock(&mut self) {
        if !self.locked.0 {
            self.connection.write("SELECT 1 FROM whatsgate.journal_end FOR UPDATE", Vec::new());
            self.locked.0 = true;
        }
    }

    fn all<R>(
        &mut self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
        read: impl FnMut(&Row) -> Result<R>,
    ) -> Result<Vec<R>> {
        self.connection.ask(sql, values)?.rows.iter().map(read).collect()
    }

    fn one<R>(
        &mut self,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
        read: impl FnOnce(&Row) -> Result<R>,
    ) -> Result<Option<R>> {
        self.connection.ask(sql, values)?.rows.first().map(read).transpose()
    }

    fn append_part(&mut self, entries: &[&Entry]) {
        // The content of entries without any is not stored.
        const APPEND: &str = "WITH entries AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], \
                              $5::text[], $6::smallint[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], \
                              $11::boolean[], $12::boolean[], $13::bigint[], $14::text[]) AS entries (position, \
                              number, session, action, message, trust, chat, lane, date, received, conflict, late, \
                              checksum, text)), \
                              contents AS (INSERT INTO whatsgate.content SELECT position, checksum, text FROM entries \
                              WHERE text IS NOT NULL) \
                              INSERT INTO whatsgate.journal SELECT position, number, session, action, message, trust, \
                              chat, lane, date, received, conflict, late FROM entries";
        let text = |of: fn(&Entry) -> &str| -> Value {
            Box::new(entries.iter().map(|entry| stored(of(entry))).collect::<Vec<_>>())
        };
        let content = |entry: &Entry| match &entry.content {
            Content::Whole(raw) => Some(raw.as_str().to_owned()),
            _ => None,
        };
        let contents: Vec<_> = entries.iter().map(|entry| content(entry)).collect();
        let checksums: Vec<_> =
            contents.iter().map(|text| text.as_ref().map(|text| signed(checksum(text)))).collect();
        let values: Vec<Value> = vec![
            each(entries, |entry| signed(entry.position)),
            each(entries, |entry| entry.identity.number),
            text(|entry| &entry.identity.session),
            text(|entry| &entry.identity.action),
            text(|entry| &entry.identity.message),
            each(entries, |entry| entry.trust.code()),
            text(|entry| &entry.chat),
            each(entries, |entry| i64::from(entry.lane())),
            each(entries, |entry| entry.date),
            each(entries, |entry| entry.received),
            each(entries, |entry| entry.conflict),
            each(entries, |entry| entry.late),
            Box::new(checksums),
            Box::new(contents),
        ];
        self.connection.write(APPEND, values);
    }
}

fn each<T: ToSql + Sync + Send + 'static>(entries: &[&Entry], of: impl Fn(&Entry) -> T) -> Value
where
    Vec<T>: ToSql,
{
    Box::new(entries.iter().map(|entry| of(entry)).collect::<Vec<_>>())
}

impl Backend for Postgres {
    fn begin(&mut self) -> Result<()> {
        self.savepoints = 0;
        self.locked = (false, false);
        if self.connection.begin()? {
            // A later program may have changed the tables meanwhile.
            self.migrate_and_commit()?;
            self.connection.begin()?;
        }
        Ok(())
    }

    fn savepoint(&mut self) -> Result<()> {
        let before = (self.savepoints > 0).then(|| self.savepoint_name());
        // Each has a name of its own: one that could not be set must not be taken for the one before.
        self.savepoints += 1;
        self.connection.savepoint(&self.savepoint_name(), before.as_deref());
        self.locked.1 = self.locked.0;
        Ok(())
    }

    fn rollback_to_savepoint(&mut self) -> Result<()> {
        // What was locked since is free again.
        self.locked.0 = self.locked.1;
        self.connection.rollback_to(&self.savepoint_name())
    }

    fn check(&mut self) -> Result<()> {
        self.connection.check()
    }

    fn commit(&mut self) -> Result<()> {
        self.connection.commit()
    }

    fn rollback(&mut self) -> Result<()> {
        self.connection.rollback()
    }

    fn tables(&mut self) -> &mut dyn Tables {
        self
    }
}

/// The entries with their content, if it is not larger than the first value says.
macro_rules! entries {
    ($rest:literal) => {
        concat!(
            "SELECT journal.position, number, session, action, message, trust, chat, date, received, conflict, late, ",
            "content.checksum, CASE WHEN octet_length(content.text) <= $1 THEN content.text END, ",
            "content.position IS NOT NULL FROM whatsgate.journal ",
            "LEFT JOIN whatsgate.content ON content.position = journal.position ",
            $rest
        )
    };
}

use entries;

macro_rules! consumers {
    ($rest:literal) => {
        concat!("SELECT name, partitions, created, seen, suspended FROM whatsgate.consumers ", $rest)
    };
}

macro_rules! partitions {
    ($rest:literal) => {
        concat!(
            "SELECT partition, progress, owner, epoch, expires FROM whatsgate.partitions WHERE consumer = $1 ",
            $rest
        )
    };
}

macro_rules! parked {
    ($rest:literal) => {
        concat!(
            "SELECT position, chat, tries, due, reason, dead FROM whatsgate.parked WHERE consumer = $1 ",
            $rest
        )
    };
}

/// The key of a receipt: a checksum that nobody makes two messages have.
macro_rules! receipt_key {
    ($session:literal, $message:literal) => {
        concat!(
            "sha256(convert_to(length(",
            $session,
            ") || '/' || ",
            $session,
            " || '/' || ",
            $message,
            ", 'UTF8'))"
        )
    };
}
use receipt_key;

fn entry(row: &Row) -> Result<Entry> {
    let text: Option<String> = row.try_get(12)?;
    let checksum_stored: Option<i64> = row.try_get(11)?;
    let content = match (text, row.try_get(13)?) {
        (_, false) => Content::Expired,
        (None, true) => Content::LeftOut,
        (Some(text), true) if Some(signed(checksum(&text))) == checksum_stored => {
            from_json::<RawJson>(&text).map_or(Content::Damaged, Content::Whole)
        }
        (Some(_), true) => Content::Damaged,
    };
    Ok(Entry {
        position: position(row, 0)?,
        identity: identity(row, 1)?,
        trust: trust(row, 5)?,
        chat: text_at(row, 6)?,
        date: row.try_get(7)?,
        received: row.try_get(8)?,
        conflict: row.try_get(9)?,
        late: row.try_get(10)?,
        content,
    })
}

fn position(row: &Row, column: usize) -> Result<Position> {
    Ok(unsigned(row.try_get(column)?))
}

fn small(row: &Row, column: usize) -> Result<u32> {
    let number: i64 = row.try_get(column)?;
    u32::try_from(number).map_err(|_| StoreError::Corrupt("a row has another form".to_owned()))
}

fn text_at(row: &Row, column: usize) -> Result<String> {
    Ok(from_stored(get(row, column)?))
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T> {
    Ok(row.try_get(column)?)
}

fn identity(row: &Row, first: usize) -> Result<Identity> {
    Ok(Identity {
        number: row.try_get(first)?,
        session: text_at(row, first + 1)?,
        action: text_at(row, first + 2)?,
        message: text_at(row, first + 3)?,
    })
}

fn trust(row: &Row, column: usize) -> Result<Trust> {
    Ok(Trust::from_code(row.try_get(column)?).unwrap_or(Trust::Posted))
}

fn parked(row: &Row) -> Result<Parked> {
    Ok(Parked {
        position: position(row, 0)?,
        chat: text_at(row, 1)?,
        tries: small(row, 2)?,
        due: row.try_get(3)?,
        reason: text_at(row, 4)?,
        dead: row.try_get(5)?,
    })
}

fn partition_row(row: &Row) -> Result<PartitionRow> {
    let owner: Option<String> = row.try_get(2)?;
    Ok(PartitionRow {
        progress: position(row, 1)?,
        lease: Lease {
            partition: small(row, 0)?,
            owner: owner.map(from_stored),
            epoch: unsigned(row.try_get(3)?),
            expires: row.try_get(4)?,
        },
    })
}

fn consumer_row(row: &Row) -> Result<ConsumerRow> {
    Ok(ConsumerRow {
        name: text_at(row, 0)?,
        partitions: small(row, 1)?,
        created: row.try_get(2)?,
        seen: row.try_get(3)?,
        suspended: row.try_get(4)?,
    })
}

fn receipt(state: i16, since: Millis) -> Option<Receipt> {
    DeliveryState::from_code(state).map(|state| Receipt { state, since })
}

impl Tables for Postgres {
    fn now(&mut self) -> Result<Millis> {
        Ok(self.connection.now())
    }

    fn setting(&mut self, name: &str) -> Result<Option<String>> {
        self.lock();
        let sql = "SELECT value FROM whatsgate.settings WHERE name = $1";
        self.one(sql, &[&stored(name)], |row| text_at(row, 0))
    }

    fn settings(&mut self, prefix: &str) -> Result<Vec<(String, String)>> {
        self.lock();
        let sql = "SELECT name, value FROM whatsgate.settings WHERE starts_with(name, $1) ORDER BY name";
        self.all(sql, &[&stored(prefix)], |row| Ok((text_at(row, 0)?, text_at(row, 1)?)))
    }

    fn set_setting(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        self.lock();
        let name = Box::new(stored(name));
        match value {
            Some(value) => {
                let sql = "INSERT INTO whatsgate.settings VALUES ($1, $2) \
                           ON CONFLICT (name) DO UPDATE SET value = excluded.value";
                self.connection.write(sql, vec![name, Box::new(stored(value))]);
            }
            None => self.connection.write("DELETE FROM whatsgate.settings WHERE name = $1", vec![name]),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<End> {
        let end = self.one("SELECT head, highest FROM whatsgate.journal_end", &[], |row| {
            Ok(End { head: position(row, 0)?, highest: row.try_get(1)? })
        })?;
        end.ok_or_else(|| StoreError::Corrupt("it has lost the end of its journal".to_owned()))
    }

    fn lock_end(&mut self) -> Result<End> {
        // What is asked after the lock was got sees what was committed meanwhile.
        self.lock();
        self.end()
    }

    fn set_end(&mut self, end: End) -> Result<()> {
        let values: Vec<Value> = vec![Box::new(signed(end.head)), Box::new(end.highest)];
        self.connection.write("UPDATE whatsgate.journal_end SET head = $1, highest = $2", values);
        Ok(())
    }

    fn known(&mut self, numbers: &[i64], unnumbered: &[String]) -> Result<Vec<Known>> {
        const KNOWN: &str = "SELECT position, number, session, action, message, trust FROM whatsgate.journal \
                             WHERE number = ANY ($1) UNION ALL \
                             SELECT position, number, session, action, message, trust FROM whatsgate.journal \
                             WHERE number IS NULL AND message = ANY ($2) ORDER BY position";
        let unnumbered: Vec<_> = unnumbered.iter().map(|text| stored(text)).collect();
        self.all(KNOWN, &[&numbers, &unnumbered], |row| {
            Ok(Known { position: position(row, 0)?, identity: identity(row, 1)?, trust: trust(row, 5)? })
        })
    }

    fn append(&mut self, entries: &[Entry]) -> Result<()> {
        let mut part = Vec::new();
        let mut size = 0;
        for entry in entries {
            let length = if let Content::Whole(raw) = &entry.content { raw.as_str().len() } else { 0 };
            if part.len() >= MOST_ENTRIES || (size + length > MOST_TEXT && !part.is_empty()) {
                self.append_part(&part);
                // So that memory holds one part at a time.
                self.connection.flush()?;
                part.clear();
                size = 0;
            }
            size += length;
            part.push(entry);
        }
        if !part.is_empty() {
            self.append_part(&part);
        }
        Ok(())
    }

    fn set_trust(&mut self, position: Position, trust: Trust, raw: Option<&RawJson>) -> Result<()> {
        let position = signed(position);
        let sql = "UPDATE whatsgate.journal SET trust = $2 WHERE position = $1";
        self.connection.write(sql, vec![Box::new(position), Box::new(trust.code())]);
        if let Some(raw) = raw {
            let text = raw.as_str().to_owned();
            let sql = "UPDATE whatsgate.content SET checksum = $2, text = $3 WHERE position = $1";
            let checksum = signed(checksum(&text));
            self.connection.write(sql, vec![Box::new(position), Box::new(checksum), Box::new(text)]);
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
        const READ: &str =
            entries!("WHERE journal.position > $2 AND lane % $3 = $4 ORDER BY journal.position LIMIT $5");
        let most_content = i32::try_from(most_content).unwrap_or(i32::MAX);
        let (of, partition) = (i64::from(slice.of), i64::from(slice.partition));
        self.all(READ, &[&most_content, &signed(after), &of, &partition, &limit(most)], entry)
    }

    fn entry(&mut self, position: Position) -> Result<Option<Entry>> {
        self.one(entries!("WHERE journal.position = $2"), &[&i32::MAX, &signed(position)], entry)
    }

    fn chat(&mut self, session: &str, chat: &str, after: Position) -> Result<Vec<Position>> {
        let sql = "SELECT position FROM whatsgate.journal WHERE position > $1 AND session = $2 AND chat = $3 \
                   ORDER BY position";
        self.all(sql, &[&signed(after), &stored(session), &stored(chat)], |row| position(row, 0))
    }

    fn first_since(&mut self, date: i64) -> Result<Option<Position>> {
        let sql = "SELECT position FROM whatsgate.journal WHERE date >= $1 ORDER BY position LIMIT 1";
        self.one(sql, &[&date], |row| position(row, 0))
    }

    fn pending(&mut self, most: usize) -> Result<Vec<Entry>> {
        let sql = entries!("WHERE trust = 2 ORDER BY journal.position LIMIT $2");
        // Nothing is so short.
        self.all(sql, &[&-1_i32, &limit(most)], entry)
    }

    fn expire(&mut self, received_before: Millis, up_to: Position) -> Result<u64> {
        let sql = "DELETE FROM whatsgate.content USING whatsgate.journal \
                   WHERE journal.position = content.position AND content.position <= $1 AND journal.received < $2";
        Ok(self.connection.ask(sql, &[&signed(up_to), &received_before])?.changed)
    }

    fn consumers(&mut self) -> Result<Vec<ConsumerRow>> {
        self.all(consumers!("ORDER BY name"), &[], consumer_row)
    }

    fn consumer(&mut self, name: &str) -> Result<Option<ConsumerRow>> {
        // One that is not there yet has no row to lock.
        self.lock();
        self.one(consumers!("WHERE name = $1 FOR UPDATE"), &[&stored(name)], consumer_row)
    }

    fn put_consumer(&mut self, row: &ConsumerRow) -> Result<()> {
        let sql = "INSERT INTO whatsgate.consumers VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET \
                   partitions = excluded.partitions, created = excluded.created, seen = excluded.seen, \
                   suspended = excluded.suspended";
        let values: Vec<Value> = vec![
            Box::new(stored(&row.name)),
            Box::new(i64::from(row.partitions)),
            Box::new(row.created),
            Box::new(row.seen),
            Box::new(row.suspended),
        ];
        self.connection.write(sql, values);
        Ok(())
    }

    fn remove_consumer(&mut self, name: &str) -> Result<()> {
        self.lock();
        for sql in [
            "DELETE FROM whatsgate.consumers WHERE name = $1",
            "DELETE FROM whatsgate.partitions WHERE consumer = $1",
            "DELETE FROM whatsgate.workers WHERE consumer = $1",
            "DELETE FROM whatsgate.parked WHERE consumer = $1",
        ] {
            self.connection.write(sql, vec![Box::new(stored(name))]);
        }
        Ok(())
    }

    fn partitions(&mut self, consumer: &str) -> Result<Vec<PartitionRow>> {
        self.all(partitions!("ORDER BY partition"), &[&stored(consumer)], partition_row)
    }

    fn partition(&mut self, consumer: &str, partition: u32) -> Result<Option<PartitionRow>> {
        let sql = partitions!("AND partition = $2 FOR UPDATE");
        self.one(sql, &[&stored(consumer), &i64::from(partition)], partition_row)
    }

    fn put_partition(&mut self, consumer: &str, row: &PartitionRow) -> Result<()> {
        let sql = "INSERT INTO whatsgate.partitions VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (consumer, partition) DO UPDATE SET progress = excluded.progress, \
                   owner = excluded.owner, epoch = excluded.epoch, expires = excluded.expires";
        let lease = &row.lease;
        let values: Vec<Value> = vec![
            Box::new(stored(consumer)),
            Box::new(i64::from(lease.partition)),
            Box::new(signed(row.progress)),
            Box::new(lease.owner.as_deref().map(stored)),
            Box::new(signed(lease.epoch)),
            Box::new(lease.expires),
        ];
        self.connection.write(sql, values);
        Ok(())
    }

    fn put_worker(&mut self, consumer: &str, worker: &str, expires: Millis) -> Result<()> {
        let (consumer, worker) = (Box::new(stored(consumer)), Box::new(stored(worker)));
        if expires > 0 {
            let sql = "INSERT INTO whatsgate.workers VALUES ($1, $2, $3) \
                       ON CONFLICT (consumer, worker) DO UPDATE SET expires = excluded.expires";
            self.connection.write(sql, vec![consumer, worker, Box::new(expires)]);
        } else {
            let sql = "DELETE FROM whatsgate.workers WHERE consumer = $1 AND worker = $2";
            self.connection.write(sql, vec![consumer, worker]);
        }
        Ok(())
    }

    fn count_workers(&mut self, consumer: &str, now: Millis) -> Result<usize> {
        let sql = "SELECT count(*) FROM whatsgate.workers WHERE consumer = $1 AND expires > $2";
        let count: Option<i64> = self.one(sql, &[&stored(consumer), &now], |row| get(row, 0))?;
        Ok(usize::try_from(count.unwrap_or_default()).unwrap_or_default())
    }

    fn parked(&mut self, consumer: &str, partition: u32) -> Result<Vec<Parked>> {
        let sql = parked!("AND partition = $2 AND NOT dead ORDER BY position");
        self.all(sql, &[&stored(consumer), &i64::from(partition)], parked)
    }

    fn dead_letters(&mut self, consumer: &str, after: Position, most: usize) -> Result<Vec<Parked>> {
        let sql = parked!("AND position > $2 AND dead ORDER BY position LIMIT $3");
        self.all(sql, &[&stored(consumer), &signed(after), &limit(most)], parked)
    }

    fn count_parked(&mut self, consumer: &str) -> Result<(u64, u64)> {
        let sql = "SELECT count(*) FILTER (WHERE NOT dead), count(*) FILTER (WHERE dead) FROM whatsgate.parked \
                   WHERE consumer = $1";
        let counts = |row: &Row| Ok((unsigned(get(row, 0)?), unsigned(get(row, 1)?)));
        Ok(self.one(sql, &[&stored(consumer)], counts)?.unwrap_or_default())
    }

    fn park(&mut self, consumer: &str, partition: u32, parked: &[Parked]) -> Result<()> {
        const PARK: &str = "INSERT INTO whatsgate.parked SELECT $1::text, position, $2::bigint, chat, tries, due, reason, dead \
                            FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::boolean[]) \
                            AS parked (position, chat, tries, due, reason, dead) \
                            ON CONFLICT (consumer, position) DO UPDATE SET partition = excluded.partition, \
                            chat = excluded.chat, tries = excluded.tries, due = excluded.due, \
                            reason = excluded.reason, dead = excluded.dead";
        // The last one of each position counts; one statement cannot change a row twice.
        let parked: BTreeMap<_, _> = parked.iter().map(|parked| (parked.position, parked)).collect();
        let parked: Vec<_> = parked.into_values().collect();
        let values: Vec<Value> = vec![
            Box::new(stored(consumer)),
            Box::new(i64::from(partition)),
            Box::new(parked.iter().map(|parked| signed(parked.position)).collect::<Vec<_>>()),
            Box::new(parked.iter().map(|parked| stored(&parked.chat)).collect::<Vec<_>>()),
            Box::new(parked.iter().map(|parked| i64::from(parked.tries)).collect::<Vec<_>>()),
            Box::new(parked.iter().map(|parked| parked.due).collect::<Vec<_>>()),
            Box::new(parked.iter().map(|parked| stored(&parked.reason)).collect::<Vec<_>>()),
            Box::new(parked.iter().map(|parked| parked.dead).collect::<Vec<_>>()),
        ];
        self.connection.write(PARK, values);
        Ok(())
    }

    fn release(&mut self, consumer: &str, positions: &[Position]) -> Result<()> {
        let sql = "DELETE FROM whatsgate.parked WHERE consumer = $1 AND position = ANY ($2)";
        let positions: Vec<_> = positions.iter().copied().map(signed).collect();
        self.connection.write(sql, vec![Box::new(stored(consumer)), Box::new(positions)]);
        Ok(())
    }

    fn release_after(&mut self, consumer: &str, position: Position) -> Result<()> {
        let sql = "DELETE FROM whatsgate.parked WHERE consumer = $1 AND position > $2";
        self.connection.write(sql, vec![Box::new(stored(consumer)), Box::new(signed(position))]);
        Ok(())
    }

    fn receipt(&mut self, key: &ReceiptKey) -> Result<Option<Receipt>> {
        Ok(self.receipts(&[key])?.pop().flatten())
    }

    fn receipts(&mut self, keys: &[&ReceiptKey]) -> Result<Vec<Option<Receipt>>> {
        const RECEIPTS: &str = concat!(
            "SELECT receipts.state, receipts.since FROM unnest($1::text[], $2::text[]) WITH ORDINALITY ",
            "AS keys (session, message, place) LEFT JOIN whatsgate.receipts ON receipts.key = ",
            receipt_key!("keys.session", "keys.message"),
            " ORDER BY place"
        );
        let sessions: Vec<_> = keys.iter().map(|key| stored(&key.session)).collect();
        let messages: Vec<_> = keys.iter().map(|key| stored(&key.message)).collect();
        self.all(RECEIPTS, &[&sessions, &messages], |row| {
            let state: Option<i16> = row.try_get(0)?;
            let since: Option<Millis> = row.try_get(1)?;
            Ok(state.zip(since).and_then(|(state, since)| receipt(state, since)))
        })
    }

    fn put_receipt(&mut self, key: &ReceiptKey, receipt: Receipt) -> Result<()> {
        const PUT: &str = concat!(
            "INSERT INTO whatsgate.receipts VALUES (",
            receipt_key!("$1::text", "$2::text"),
            ", $1, $2, $3, $4) ON CONFLICT (key) DO UPDATE SET state = excluded.state, since = excluded.since"
        );
        let values: Vec<Value> = vec![
            Box::new(stored(&key.session)),
            Box::new(stored(&key.message)),
            Box::new(receipt.state.code()),
            Box::new(receipt.since),
        ];
        self.connection.write(PUT, values);
        Ok(())
    }

    fn transaction(&mut self) -> Transaction<'_> {
        Transaction::Postgres(PostgresTransaction::new(self))
    }
}

fn stored(text: &str) -> String {
    to_stored(text).into_owned()
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

/// PostgreSQL's integers have a sign; the bits are the same.
fn signed(value: u64) -> i64 {
    value.cast_signed()
}

fn unsigned(value: i64) -> u64 {
    value.cast_unsigned()
}
