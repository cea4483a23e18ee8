//! The life of a session: made, shows a code, linked, gone (wire reference, sections 2.7 and 5).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use whatsgate_model::{ChatId, SessionId};

use super::clock::after;
use super::incoming::PhoneError;
use super::session::{Messages, Session, SessionState};
use super::timeline::Task;
use super::{Gateway, chats};
use crate::settings::Scan;

/// The first of the phone numbers that linked accounts get; the next session has the next number.
const FIRST_PHONE: u64 = 79_991_234_567;

/// What a session shows to be linked by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkingCode {
    /// Nothing yet, it is starting.
    NotYet,
    /// The text of a QR code.
    Qr(String),
    /// A pairing code.
    Pairing(String),
    /// Nothing any more, it is linked.
    Linked,
}

impl Gateway {
    /// Makes a session, starts it and returns its id; `phone` is the number to link by pairing code.
    pub(crate) fn create_session(
        &mut self,
        account: usize,
        name: &str,
        callback: Option<&str>,
        phone: Option<&str>,
    ) -> SessionId {
        self.sessions_made = self.sessions_made.saturating_add(1);
        let number = self.sessions_made;
        let id = self.random.session_id();
        let session = Session {
            number,
            account,
            id: id.as_str().into(),
            name: name.to_owned(),
            state: SessionState::Pending,
            callback: callback.map(str::to_owned),
            created: self.now,
            qr: None,
            pairing_code: phone.map(|_| self.random.pairing_code()),
            phone: phone.map_or_else(|| FIRST_PHONE.saturating_add(number - 1).to_string(), str::to_owned),
            pushname: "Vasya".to_owned(),
            chats: BTreeMap::new(),
            messages: Messages::default(),
            switched_off: BTreeSet::new(),
            typing: BTreeMap::new(),
        };
        self.timeline.add(after(self.now, self.settings.authorization_delay), id.as_str(), Task::Authorize);
        self.sessions.insert(id.as_str().into(), session);
        id
    }

    /// Shows a code.
    pub(crate) fn authorize(&mut self, id: &str) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.state != SessionState::Pending {
            return;
        }
        session.state = SessionState::Authorizing;
        if session.pairing_code.is_none() {
            session.qr = Some(self.random.qr_text());
        }
        self.plan_refresh(id, 1);
        if let Scan::After(delay) = self.settings.scan {
            self.timeline.add(after(self.now, delay), id, Task::Scan);
        }
    }

    /// Puts another QR code in the place of one shown long enough, or gives the session up. A pairing code stays, since
    /// the reply that held it cannot be changed any more.
    pub(crate) fn refresh_code(&mut self, id: &str, shown: u32) {
        if self.settings.code_limit.is_some_and(|limit| shown >= limit) {
            self.drop_link(id, "Max qrcode retries reached");
            return;
        }
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.qr.is_some() {
            session.qr = Some(self.random.qr_text());
        }
        self.plan_refresh(id, shown.saturating_add(1));
    }

    fn plan_refresh(&mut self, id: &str, shown: u32) {
        let interval = self.settings.code_interval;
        if !interval.is_zero() {
            self.timeline.add(after(self.now, interval), id, Task::RefreshCode(shown));
        }
    }

    /// Tells that a session is gone, and forgets it.
    fn drop_link(&mut self, id: &str, reason: &str) {
        self.emit(id, "disconnect", &json!({ "reason": reason }));
        self.remove_session(id);
    }

    /// Links the account.
    pub(crate) fn link(&mut self, id: &str) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if session.state == SessionState::Ready {
            return;
        }
        session.state = SessionState::Ready;
        session.qr = None;
        // Before this, a session's only tasks are those that lead here.
        self.timeline.drop_session(id);
        chats::preset(&self.settings, session, self.now);
        let data = json!({ "pushname": session.pushname, "number": session.phone });
        self.emit(id, "ready", &data);
    }

    /// Forgets a session; its events stay.
    pub(crate) fn remove_session(&mut self, id: &str) -> Option<Session> {
        let session = self.sessions.remove(id)?;
        self.timeline.drop_session(id);
        self.media.drop_session(id);
        Some(session)
    }

    /// Makes a session of the first account and links it at once.
    pub fn ready_session(&mut self, name: &str, now: u64) -> SessionId {
        self.advance(now);
        let id = self.create_session(0, name, None, None);
        self.authorize(id.as_str());
        self.link(id.as_str());
        id
    }

    /// The linked sessions of the first account, in the order they were made.
    pub fn ready_sessions(&self) -> Vec<SessionId> {
        let mut ready: Vec<_> = self
            .sessions
            .values()
            .filter(|session| session.account == 0 && session.state == SessionState::Ready)
            .collect();
        ready.sort_by_key(|session| session.number);
        ready.iter().filter_map(|session| SessionId::new(&session.id).ok()).collect()
    }

    /// Scans a session's code, or types it in, as the account's phone would; a session that is still starting shows its
    /// code first.
    ///
    /// # Errors
    /// [`PhoneError::UnknownSession`], or [`PhoneError::NothingToScan`] for a session that is linked already.
    pub fn scan(&mut self, session: &SessionId, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        match self.session_state(session) {
            None => Err(PhoneError::UnknownSession),
            Some(SessionState::Ready) => Err(PhoneError::NothingToScan),
            Some(_) => {
                self.authorize(session.as_str());
                self.link(session.as_str());
                Ok(())
            }
        }
    }

    /// Ends a session from the phone's side, as logging out there does (reason `LOGOUT`): gives the event `disconnect`
    /// and removes the session.
    ///
    /// # Errors
    /// [`PhoneError::UnknownSession`].
    pub fn disconnect(&mut self, session: &SessionId, reason: &str, now: u64) -> Result<(), PhoneError> {
        self.advance(now);
        self.session_state(session).ok_or(PhoneError::UnknownSession)?;
        self.drop_link(session.as_str(), reason);
        Ok(())
    }

    /// What a session shows now; none if there is no such session.
    pub fn code(&self, session: &SessionId) -> Option<LinkingCode> {
        let session = self.sessions.get(session.as_str())?;
        Some(match (session.state, &session.pairing_code, &session.qr) {
            (SessionState::Ready, _, _) => LinkingCode::Linked,
            (SessionState::Authorizing, Some(code), _) => LinkingCode::Pairing(code.clone()),
            (SessionState::Authorizing, None, Some(qr)) => LinkingCode::Qr(qr.clone()),
            _ => LinkingCode::NotYet,
        })
    }

    /// The WhatsApp id of a session's account.
    pub fn own_id(&self, session: &SessionId) -> Option<ChatId> {
        ChatId::new(self.sessions.get(session.as_str())?.wid()).ok()
    }
}
