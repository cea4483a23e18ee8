//! What a store must be able to do with the tokens of pages.

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Entry, Position};

use crate::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// A token by which a page may do a little of what a program may.
#[derive(Clone, PartialEq, Eq)]
pub struct RelayTokenRow {
    /// The SHA-256 of the token, in hexadecimal digits.
    pub hash: String,
    /// Its name for the program, which opens nothing.
    pub id: String,
    /// The program that made it.
    pub program: String,
    /// For whom the program made it.
    pub subject: String,
    /// From when on it opens nothing.
    pub expires: Millis,
    /// What it allows and what is left of it, in JSON.
    pub state: String,
}

impl std::fmt::Debug for RelayTokenRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A subject may be a person's name.
        f.debug_struct("RelayTokenRow").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Which tokens of a program.
#[derive(Clone, PartialEq, Eq)]
pub enum RelayTokens {
    /// The one with this [id](RelayTokenRow::id).
    Id(String),
    /// Those of this subject.
    Subject(String),
    /// All of them.
    All,
}

impl std::fmt::Debug for RelayTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Id(_) => "Id",
            Self::Subject(_) => "Subject",
            Self::All => "All",
        })
    }
}

/// The tokens of pages, and the events of a chat.
#[expect(clippy::missing_errors_doc, reason = "each fails when the store does, and for no reason of its own")]
pub trait RelayTables {
    /// The token with this hash, also one that has expired.
    fn relay_token(&mut self, hash: &str) -> Result<Option<RelayTokenRow>>;
    /// The same, and no other transaction changes it before this one is over.
    fn lock_relay_token(&mut self, hash: &str) -> Result<Option<RelayTokenRow>>;
    /// Of these hashes those that are tokens, each with the time from when on it opens nothing.
    fn relay_expiries(&mut self, hashes: &[String]) -> Result<Vec<(String, Millis)>>;
    /// Adds or changes a token.
    fn put_relay_token(&mut self, row: &RelayTokenRow) -> Result<()>;
    /// The tokens of a program that expire after a time, by id, after this id, at most so many.
    fn relay_tokens(
        &mut self,
        program: &str,
        expire_after: Millis,
        after: &str,
        most: usize,
    ) -> Result<Vec<RelayTokenRow>>;
    /// How many tokens of a program expire after a time. No other transaction adds one before this one is over.
    fn count_relay_tokens(&mut self, program: &str, expire_after: Millis) -> Result<u64>;
    /// Removes tokens of a program; says how many.
    fn remove_relay_tokens(&mut self, program: &str, which: &RelayTokens) -> Result<u64>;
    /// Removes the tokens of all programs that have expired by this time; says how many.
    fn sweep_relay_tokens(&mut self, expired_by: Millis) -> Result<u64>;

    /// The last events of a session's chat after a position, the last one first, at most so many. Without content.
    fn last_of_chat(&mut self, session: &str, chat: &str, after: Position, most: usize)
    -> Result<Vec<Entry>>;
}
