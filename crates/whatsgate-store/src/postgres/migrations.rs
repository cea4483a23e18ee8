//! The tables in the schema `whatsgate`, and how they came to be.

use super::connection::Connection;
use crate::error::StoreError;

/// Each brings the tables to the next version; the first one makes them.
///
/// - One row gives out the positions of the journal; pages that are not full let its versions go by themselves.
/// - The keys of receipts and of events without number are what comes from outside, and may be too long for an index: so it
///   holds checksums of them.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE whatsgate.settings (name text COLLATE \"C\" PRIMARY KEY, value text NOT NULL);
     CREATE TABLE whatsgate.journal_end (
         one boolean PRIMARY KEY CHECK (one), head bigint NOT NULL, highest bigint) WITH (fillfactor = 10);
     INSERT INTO whatsgate.journal_end VALUES (true, 0, NULL);
     CREATE TABLE whatsgate.journal (
         position bigint PRIMARY KEY, number bigint, session text NOT NULL, action text NOT NULL,
         message text NOT NULL, trust smallint NOT NULL, chat text NOT NULL, lane bigint NOT NULL, date bigint,
         received bigint NOT NULL, conflict boolean NOT NULL, late boolean NOT NULL);
     CREATE INDEX journal_number ON whatsgate.journal (number) WHERE number IS NOT NULL;
     CREATE INDEX journal_unnumbered ON whatsgate.journal USING hash (message) WHERE number IS NULL;
     CREATE INDEX journal_pending ON whatsgate.journal (position) WHERE trust = 2;
     CREATE TABLE whatsgate.content (position bigint PRIMARY KEY, checksum bigint NOT NULL, text text NOT NULL);
     CREATE TABLE whatsgate.consumers (
         name text COLLATE \"C\" PRIMARY KEY, partitions bigint NOT NULL, created bigint NOT NULL,
         seen bigint NOT NULL, suspended boolean NOT NULL) WITH (fillfactor = 50);
     CREATE TABLE whatsgate.partitions (
         consumer text COLLATE \"C\" NOT NULL, partition bigint NOT NULL, progress bigint NOT NULL, owner text,
         epoch bigint NOT NULL, expires bigint NOT NULL, PRIMARY KEY (consumer, partition)) WITH (fillfactor = 20);
     CREATE TABLE whatsgate.workers (
         consumer text COLLATE \"C\" NOT NULL, worker text COLLATE \"C\" NOT NULL, expires bigint NOT NULL,
         PRIMARY KEY (consumer, worker)) WITH (fillfactor = 50);
     CREATE TABLE whatsgate.parked (
         consumer text COLLATE \"C\" NOT NULL, position bigint NOT NULL, partition bigint NOT NULL,
         chat text NOT NULL, tries bigint NOT NULL, due bigint NOT NULL, reason text NOT NULL,
         dead boolean NOT NULL, PRIMARY KEY (consumer, position));
     CREATE INDEX parked_of_partition ON whatsgate.parked (consumer, partition) WHERE NOT dead;",
    "CREATE TABLE whatsgate.receipts (
         key bytea PRIMARY KEY, session text NOT NULL, message text NOT NULL, state smallint NOT NULL,
         since bigint NOT NULL);",
];

/// The number of the lock that keeps two programs from making the tables at the same time: "WGst".
const LOCK: &str = "SELECT pg_advisory_xact_lock(1464300404)";
const MAKE: &str = "CREATE SCHEMA IF NOT EXISTS whatsgate";
const MAKE_VERSION: &str = "CREATE TABLE whatsgate.version (one boolean PRIMARY KEY CHECK (one), version bigint NOT NULL); \
                            INSERT INTO whatsgate.version VALUES (true, 0)";

/// Sees to it, in the open transaction, that the tables are there and have the version of this program.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = u32::try_from(MIGRATIONS.len()).expect("there are few");
    let encoding: String = first(connection, "SELECT current_setting('server_encoding')")?;
    if encoding != "UTF8" {
        return Err(StoreError::Address("the database must have the encoding UTF8".to_owned()));
    }
    if version(connection)? != Some(known) {
        connection.simple(LOCK)?;
        // Asked again, because another process may have been quicker.
        let found = version(connection)?;
        if let Some(found) = found.filter(|found| *found > known) {
            return Err(StoreError::Newer { found, known });
        }
        if found.is_none() {
            let others = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'whatsgate'";
            if first::<i64>(connection, others)? > 0 {
                return Err(StoreError::Address(
                    "the schema whatsgate of the database is another program's".to_owned(),
                ));
            }
            let is_there = "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = 'whatsgate'";
            if first::<i64>(connection, is_there)? == 0 {
                connection.simple(MAKE)?;
            }
            connection.simple(MAKE_VERSION)?;
        }
        for migration in MIGRATIONS.iter().skip(found.unwrap_or_default() as usize) {
            connection.simple(migration)?;
        }
        let version = i64::from(known);
        connection.write("UPDATE whatsgate.version SET version = $1", vec![Box::new(version)]);
        connection.flush()?;
    }
    Ok(())
}

fn version(connection: &mut Connection) -> Result<Option<u32>, StoreError> {
    // Of the catalogue's tables, because what looks names up may not have heard yet of what another process just made.
    let is_there =
        "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'whatsgate' AND tablename = 'version'";
    if first::<i64>(connection, is_there)? == 0 {
        return Ok(None);
    }
    let version: i64 = first(connection, "SELECT version FROM whatsgate.version")?;
    Ok(Some(u32::try_from(version).unwrap_or(u32::MAX)))
}

fn first<T: for<'a> tokio_postgres::types::FromSql<'a>>(
    connection: &mut Connection,
    sql: &str,
) -> Result<T, StoreError> {
    let rows = connection.ask(sql, &[])?.rows;
    let row = rows.first().ok_or_else(|| StoreError::Corrupt("it has lost its version".to_owned()))?;
    Ok(row.try_get(0)?)
}
