//! The tokens of pages in a file of SQLite.

use rusqlite::{Row, ToSql};
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Entry, Position, lane};

use super::{Result, Sqlite, entry, limit, signed};
use crate::tables::{RelayTables, RelayTokenRow, RelayTokens};

const TOKEN: &str = "SELECT hash, id, program, subject, expires, state FROM relay_tokens";

fn token(row: &Row<'_>) -> rusqlite::Result<RelayTokenRow> {
    Ok(RelayTokenRow {
        hash: row.get(0)?,
        id: row.get(1)?,
        program: row.get(2)?,
        subject: row.get(3)?,
        expires: row.get(4)?,
        state: row.get(5)?,
    })
}

impl RelayTables for Sqlite {
    fn relay_token(&mut self, hash: &str) -> Result<Option<RelayTokenRow>> {
        self.one(&format!("{TOKEN} WHERE hash = ?1"), &[&hash], token)
    }

    fn lock_relay_token(&mut self, hash: &str) -> Result<Option<RelayTokenRow>> {
        // The transaction is the only one that writes.
        self.relay_token(hash)
    }

    fn relay_expiries(&mut self, hashes: &[String]) -> Result<Vec<(String, Millis)>> {
        let mut found = Vec::new();
        for hash in hashes {
            found.extend(self.relay_token(hash)?.map(|row| (row.hash, row.expires)));
        }
        Ok(found)
    }

    fn put_relay_token(&mut self, row: &RelayTokenRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO relay_tokens (hash, id, program, subject, expires, state) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values: [&dyn ToSql; 6] =
            [&row.hash, &row.id, &row.program, &row.subject, &row.expires, &row.state];
        self.execute(sql, &values)?;
        Ok(())
    }

    fn relay_tokens(
        &mut self,
        program: &str,
        expire_after: Millis,
        after: &str,
        most: usize,
    ) -> Result<Vec<RelayTokenRow>> {
        let sql = format!("{TOKEN} WHERE program = ?1 AND expires > ?2 AND id > ?3 ORDER BY id LIMIT ?4");
        self.all(&sql, &[&program, &expire_after, &after, &limit(most)], token)
    }

    fn count_relay_tokens(&mut self, program: &str, expire_after: Millis) -> Result<u64> {
        let sql = "SELECT count(*) FROM relay_tokens WHERE program = ?1 AND expires > ?2";
        let count = self.one(sql, &[&program, &expire_after], |row| row.get::<_, i64>(0))?;
        Ok(u64::try_from(count.unwrap_or_default()).unwrap_or_default())
    }

    fn remove_relay_tokens(&mut self, program: &str, which: &RelayTokens) -> Result<u64> {
        const OF: &str = "DELETE FROM relay_tokens WHERE program = ?1";
        let removed = match which {
            RelayTokens::Id(id) => self.execute(&format!("{OF} AND id = ?2"), &[&program, id]),
            RelayTokens::Subject(subject) => {
                self.execute(&format!("{OF} AND subject = ?2"), &[&program, subject])
            }
            RelayTokens::All => self.execute(OF, &[&program]),
        };
        Ok(removed? as u64)
    }

    fn sweep_relay_tokens(&mut self, expired_by: Millis) -> Result<u64> {
        Ok(self.execute("DELETE FROM relay_tokens WHERE expires <= ?1", &[&expired_by])? as u64)
    }

    fn last_of_chat(
        &mut self,
        session: &str,
        chat: &str,
        after: Position,
        most: usize,
    ) -> Result<Vec<Entry>> {
        const LAST: &str = "SELECT journal.position, number, session, action, message, trust, chat, date, received, \
                            conflict, late, content.checksum, NULL, CASE WHEN content.position IS NOT NULL THEN 1 END \
                            FROM journal LEFT JOIN content ON content.position = journal.position \
                            WHERE lane = ?1 AND journal.position > ?2 AND session = ?3 AND chat = ?4 \
                            ORDER BY journal.position DESC LIMIT ?5";
        self.all(LAST, &[&lane(session, chat), &signed(after), &session, &chat, &limit(most)], entry)
    }
}
