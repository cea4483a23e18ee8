//! The tokens of pages in memory.

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Content, Entry, Position};

use super::{Memory, Result};
use crate::tables::{RelayTables, RelayTokenRow, RelayTokens};

impl Memory {
    fn set_relay_token(&mut self, hash: &str, row: Option<RelayTokenRow>) {
        let hash = hash.to_owned();
        let before = match row {
            Some(row) => self.relay_tokens.insert(hash.clone(), row),
            None => self.relay_tokens.remove(&hash),
        };
        self.on_undo(move |memory| {
            match before {
                Some(before) => memory.relay_tokens.insert(hash, before),
                None => memory.relay_tokens.remove(&hash),
            };
        });
    }

    fn remove_relay_tokens_where(&mut self, takes: impl Fn(&RelayTokenRow) -> bool) -> u64 {
        let hashes: Vec<_> =
            self.relay_tokens.values().filter(|row| takes(row)).map(|row| row.hash.clone()).collect();
        for hash in &hashes {
            self.set_relay_token(hash, None);
        }
        hashes.len() as u64
    }
}

impl RelayTables for Memory {
    fn relay_token(&mut self, hash: &str) -> Result<Option<RelayTokenRow>> {
        Ok(self.relay_tokens.get(hash).cloned())
    }

    fn lock_relay_token(&mut self, hash: &str) -> Result<Option<RelayTokenRow>> {
        self.relay_token(hash)
    }

    fn relay_expiries(&mut self, hashes: &[String]) -> Result<Vec<(String, Millis)>> {
        let rows = hashes.iter().filter_map(|hash| self.relay_tokens.get(hash));
        Ok(rows.map(|row| (row.hash.clone(), row.expires)).collect())
    }

    fn put_relay_token(&mut self, row: &RelayTokenRow) -> Result<()> {
        self.set_relay_token(&row.hash, Some(row.clone()));
        Ok(())
    }

    fn relay_tokens(
        &mut self,
        program: &str,
        expire_after: Millis,
        after: &str,
        most: usize,
    ) -> Result<Vec<RelayTokenRow>> {
        let of_program =
            |row: &&RelayTokenRow| row.program == program && row.expires > expire_after && *row.id > *after;
        let mut rows: Vec<_> = self.relay_tokens.values().filter(of_program).cloned().collect();
        rows.sort_by(|one, other| one.id.cmp(&other.id));
        rows.truncate(most);
        Ok(rows)
    }

    fn count_relay_tokens(&mut self, program: &str, expire_after: Millis) -> Result<u64> {
        let of_program = |row: &&RelayTokenRow| row.program == program && row.expires > expire_after;
        Ok(self.relay_tokens.values().filter(of_program).count() as u64)
    }

    fn remove_relay_tokens(&mut self, program: &str, which: &RelayTokens) -> Result<u64> {
        Ok(self.remove_relay_tokens_where(|row| {
            row.program == program
                && match which {
                    RelayTokens::Id(id) => row.id == *id,
                    RelayTokens::Subject(subject) => row.subject == *subject,
                    RelayTokens::All => true,
                }
        }))
    }

    fn sweep_relay_tokens(&mut self, expired_by: Millis) -> Result<u64> {
        Ok(self.remove_relay_tokens_where(|row| row.expires <= expired_by))
    }

    fn last_of_chat(
        &mut self,
        session: &str,
        chat: &str,
        after: Position,
        most: usize,
    ) -> Result<Vec<Entry>> {
        let later = self.journal.range(after + 1..).rev().map(|(_, (entry, _))| entry);
        let same = later.filter(|entry| entry.identity.session == session && entry.chat == chat);
        let bare = |entry: &Entry| {
            let content = if entry.content == Content::Expired { Content::Expired } else { Content::LeftOut };
            Entry { content, ..entry.clone() }
        };
        Ok(same.take(most).map(bare).collect())
    }
}
