//! The sessions of all accounts.

use std::collections::BTreeMap;

use super::keys::{AccountIndex, SessionKey};
use super::session::Session;

/// Sessions by id, and how many were ever made.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    by_id: BTreeMap<SessionKey, Session>,
    made: u64,
}

impl Sessions {
    /// Sessions that were saved.
    pub(crate) fn restored(sessions: Vec<Session>, made: u64) -> Self {
        Self { by_id: sessions.into_iter().map(|session| (session.id.clone(), session)).collect(), made }
    }

    /// The number of the next session.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.made = self.made.saturating_add(1);
        self.made
    }

    /// How many were ever made.
    pub(crate) fn made(&self) -> u64 {
        self.made
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn insert(&mut self, session: Session) {
        self.by_id.insert(session.id.clone(), session);
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Session> {
        self.by_id.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.by_id.get_mut(id)
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Session> {
        self.by_id.remove(id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.by_id.values()
    }

    /// The sessions of an account, in the order they were made.
    pub(crate) fn of_account(&self, account: AccountIndex) -> Vec<&Session> {
        let mut sessions: Vec<_> = self.iter().filter(|session| session.account == account).collect();
        sessions.sort_by_key(|session| session.number);
        sessions
    }
}
