//! The open transaction, for a program's own statements.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use super::Postgres;

/// An open transaction of PostgreSQL, for what a program writes to the same database together with its progress.
///
/// The methods wait for their answer. A statement that fails takes the whole part of the transaction with it, even if its
/// error is kept quiet: to go on after one, set a savepoint before it. Names of tables are looked up as in any other
/// connection of the user; the store's own are in the schema `whatsgate`. A transaction in which nothing happens for 30
/// seconds is ended by the server, and a lock is waited for no longer than 10.
///
/// ```no_run
/// # async fn example(store: whatsgate_store::Store) -> Result<(), whatsgate_store::StoreError> {
/// use whatsgate_store::Transaction;
///
/// store
///     .run(|tables| {
///         if let Transaction::Postgres(mut postgres) = tables.transaction() {
///             postgres.execute("INSERT INTO visits (guest) VALUES ($1)", &[&"79991112233"])?;
///         }
///         Ok(())
///     })
///     .await
/// # }
/// ```
pub struct PostgresTransaction<'a> {
    postgres: &'a mut Postgres,
}

impl<'a> PostgresTransaction<'a> {
    pub(super) fn new(postgres: &'a mut Postgres) -> Self {
        Self { postgres }
    }

    /// Executes a statement, and says how many rows it changed.
    ///
    /// # Errors
    /// Those of the statement; as a [`StoreError`](crate::StoreError) they are without the words of the server
    pub fn execute(&mut self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<u64, Error> {
        Ok(self.postgres.connection.ask(sql, values)?.changed)
    }

    /// Asks for rows.
    ///
    /// # Errors
    /// Those of the statement
    pub fn query(&mut self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Error> {
        Ok(self.postgres.connection.ask(sql, values)?.rows)
    }

    /// Asks for a row: the first one, if there is any.
    ///
    /// # Errors
    /// Those of the statement
    pub fn query_opt(&mut self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>, Error> {
        Ok(self.query(sql, values)?.into_iter().next())
    }

    /// Executes statements without values, separated by semicolons. Not `COMMIT` nor `ROLLBACK`: the store ends the
    /// transaction.
    ///
    /// # Errors
    /// Those of the first statement that fails
    pub fn batch_execute(&mut self, sql: &str) -> Result<(), Error> {
        self.postgres.connection.simple(sql)
    }
}
