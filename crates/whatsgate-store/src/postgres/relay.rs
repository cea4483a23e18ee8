//! The tokens of pages in a database of PostgreSQL.

use tokio_postgres::Row;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Entry, Position, lane};

use super::connection::Value;
use super::{Postgres, Result, entries, entry, limit, signed, stored, text_at};
use crate::tables::{RelayTables, RelayTokenRow, RelayTokens};

macro_rules! tokens {
    ($rest:literal) => {
        concat!("SELECT hash, id, program, subject, expires, state FROM whatsgate.relay_tokens ", $rest)
    };
}

fn token(row: &Row) -> Result<RelayTokenRow> {
    Ok(RelayTokenRow {
        hash: text_at(row, 0)?,
        id: text_at(row, 1)?,
        program: text_at(row, 2)?,
        subject: text_at(row, 3)?,
        expires: row.try_get(4)?,
        state: text_at(row, 5)?,
    })
}

impl RelayTables for Postgres {
    fn relay_token(&mut self, hash: &str) -> Result<Option<RelayTokenRow>> {
        self.one(tokens!("WHERE hash = $1"), &[&stored(hash)], token)
    }

    fn lock_relay_token(&mut self, hash: &str) -> Result<Option<RelayTokenRow>> {
        self.lock();
        self.relay_token(hash)
    }

    fn relay_expiries(&mut self, hashes: &[String]) -> Result<Vec<(String, Millis)>> {
        let sql = "SELECT hash, expires FROM whatsgate.relay_tokens WHERE hash = ANY ($1)";
        let hashes: Vec<_> = hashes.iter().map(|hash| stored(hash)).collect();
        self.all(sql, &[&hashes], |row| Ok((text_at(row, 0)?, row.try_get(1)?)))
    }

    fn put_relay_token(&mut self, row: &RelayTokenRow) -> Result<()> {
        self.lock();
        let sql = "INSERT INTO whatsgate.relay_tokens (hash, id, program, subject, expires, state) \
                   VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (hash) DO UPDATE SET expires = excluded.expires, state = excluded.state";
        let values: Vec<Value> = vec![
            Box::new(stored(&row.hash)),
            Box::new(stored(&row.id)),
            Box::new(stored(&row.program)),
            Box::new(stored(&row.subject)),
            Box::new(row.expires),
            Box::new(stored(&row.state)),
        ];
        self.connection.write(sql, values);
        Ok(())
    }

    fn relay_tokens(
        &mut self,
        program: &str,
        expire_after: Millis,
        after: &str,
        most: usize,
    ) -> Result<Vec<RelayTokenRow>> {
        let sql = tokens!("WHERE program = $1 AND expires > $2 AND id > $3 ORDER BY id LIMIT $4");
        self.all(sql, &[&stored(program), &expire_after, &stored(after), &limit(most)], token)
    }

    fn count_relay_tokens(&mut self, program: &str, expire_after: Millis) -> Result<u64> {
        self.lock();
        let sql = "SELECT count(*) FROM whatsgate.relay_tokens WHERE program = $1 AND expires > $2";
        let count = self.one(sql, &[&stored(program), &expire_after], |row| Ok(row.try_get::<_, i64>(0)?))?;
        Ok(u64::try_from(count.unwrap_or_default()).unwrap_or_default())
    }

    fn remove_relay_tokens(&mut self, program: &str, which: &RelayTokens) -> Result<u64> {
        self.lock();
        let program = stored(program);
        let removed = match which {
            RelayTokens::Id(id) => {
                let sql = "DELETE FROM whatsgate.relay_tokens WHERE program = $1 AND id = $2";
                self.connection.ask(sql, &[&program, &stored(id)])
            }
            RelayTokens::Subject(subject) => {
                let sql = "DELETE FROM whatsgate.relay_tokens WHERE program = $1 AND subject = $2";
                self.connection.ask(sql, &[&program, &stored(subject)])
            }
            RelayTokens::All => {
                self.connection.ask("DELETE FROM whatsgate.relay_tokens WHERE program = $1", &[&program])
            }
        };
        Ok(removed?.changed)
    }

    fn sweep_relay_tokens(&mut self, expired_by: Millis) -> Result<u64> {
        self.lock();
        Ok(self
            .connection
            .ask("DELETE FROM whatsgate.relay_tokens WHERE expires <= $1", &[&expired_by])?
            .changed)
    }

    fn last_of_chat(
        &mut self,
        session: &str,
        chat: &str,
        after: Position,
        most: usize,
    ) -> Result<Vec<Entry>> {
        const LAST: &str = entries!(
            "WHERE lane = $2 AND journal.position > $3 AND session = $4 AND chat = $5 \
             ORDER BY journal.position DESC LIMIT $6"
        );
        // Nothing is so short.
        let (none, lane) = (-1_i32, i64::from(lane(session, chat)));
        self.all(LAST, &[&none, &lane, &signed(after), &stored(session), &stored(chat), &limit(most)], entry)
    }
}
