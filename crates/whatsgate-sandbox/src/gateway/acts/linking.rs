//! The life of a session: made, shows a code, linked, gone (wire reference, sections 2.7 and 5).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::phone_error::PhoneError;
use crate::gateway::clock::after;
use crate::gateway::state::{AccountIndex, Chats, Messages, Session, SessionKey, SessionState, State, Task};
use crate::settings::Scan;

/// The first of the phone numbers that linked accounts get; the next session has the next number.
const FIRST_PHONE: u64 = 79_991_234_567;

/// Makes a session, starts it and returns its key; `phone` is the number to link by pairing code.
pub(crate) fn create(
    state: &mut State,
    account: AccountIndex,
    name: &str,
    callback: Option<&str>,
    phone: Option<&str>,
) -> SessionKey {
    let now = state.clock.now();
    let number = state.sessions.next_number();
    let id = SessionKey::from(&state.random.session_id());
    state.sessions.insert(Session {
        number,
        account,
        id: id.clone(),
        name: name.to_owned(),
        state: SessionState::Pending,
        callback: callback.map(str::to_owned),
        created: now,
        qr: None,
        pairing_code: phone.map(|_| state.random.pairing_code()),
        phone: phone.map_or_else(|| FIRST_PHONE.saturating_add(number - 1).to_string(), str::to_owned),
        pushname: "Vasya".to_owned(),
        chats: Chats::default(),
        messages: Messages::default(),
        switched_off: BTreeSet::new(),
        typing: BTreeMap::new(),
    });
    state.timeline.add(after(now, state.settings.authorization_delay), &id, Task::Authorize);
    id
}

/// Shows a code.
pub(crate) fn authorize(state: &mut State, id: &SessionKey) {
    let Some(session) = state.sessions.get_mut(id) else { return };
    if session.state != SessionState::Pending {
        return;
    }
    session.state = SessionState::Authorizing;
    if session.pairing_code.is_none() {
        session.qr = Some(state.random.qr_text());
    }
    plan_refresh(state, id, 1);
    if let Scan::After(delay) = state.settings.scan {
        state.timeline.add(after(state.clock.now(), delay), id, Task::Scan);
    }
}

/// Puts another QR code in the place of one shown long enough, or gives the session up. A pairing code stays, since
/// the reply that held it cannot be changed any more.
pub(crate) fn refresh_code(state: &mut State, id: &SessionKey, shown: u32) {
    if state.settings.code_limit.is_some_and(|limit| shown >= limit) {
        drop_link(state, id, "Max qrcode retries reached");
        return;
    }
    let Some(session) = state.sessions.get_mut(id) else { return };
    if session.qr.is_some() {
        session.qr = Some(state.random.qr_text());
    }
    plan_refresh(state, id, shown.saturating_add(1));
}

fn plan_refresh(state: &mut State, id: &SessionKey, shown: u32) {
    let interval = state.settings.code_interval;
    if !interval.is_zero() {
        state.timeline.add(after(state.clock.now(), interval), id, Task::RefreshCode(shown));
    }
}

/// Links the account.
pub(crate) fn link(state: &mut State, id: &str) {
    let Some(session) = state.sessions.get_mut(id) else { return };
    if session.state == SessionState::Ready {
        return;
    }
    let now = state.clock.now();
    session.state = SessionState::Ready;
    session.qr = None;
    // Before this, a session's only tasks are those that lead here.
    state.timeline.drop_session(id);
    session.chats.preset(&state.settings, &session.phone, now);
    let data = json!({ "pushname": session.pushname, "number": session.phone });
    state.news.tell(&state.settings, now, session, "ready", &data);
}

/// Scans a session's code, or types it in, as the account's phone would; one that is still starting shows its code first.
pub(crate) fn scan(state: &mut State, id: &str) -> Result<(), PhoneError> {
    let session = state.sessions.get(id).ok_or(PhoneError::UnknownSession)?;
    if session.state == SessionState::Ready {
        return Err(PhoneError::NothingToScan);
    }
    let id = session.id.clone();
    authorize(state, &id);
    link(state, &id);
    Ok(())
}

/// Ends a session from the phone's side: tells that it is gone, and forgets it.
pub(crate) fn disconnect(state: &mut State, id: &str, reason: &str) -> Result<(), PhoneError> {
    state.sessions.get(id).ok_or(PhoneError::UnknownSession)?;
    drop_link(state, id, reason);
    Ok(())
}

fn drop_link(state: &mut State, id: &str, reason: &str) {
    if let Some(session) = state.sessions.get(id) {
        let data = json!({ "reason": reason });
        state.news.tell(&state.settings, state.clock.now(), session, "disconnect", &data);
    }
    remove(state, id);
}

/// Forgets a session; its events stay.
pub(crate) fn remove(state: &mut State, id: &str) -> Option<Session> {
    let session = state.sessions.remove(id)?;
    state.timeline.drop_session(id);
    state.media.drop_session(id);
    Some(session)
}
