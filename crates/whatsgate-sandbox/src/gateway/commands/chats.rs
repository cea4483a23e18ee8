//! `seen`, `typing`, `check`, `get-chats` (wire reference, sections 2.2 to 2.4).

use std::time::Duration;

use serde_json::json;
use whatsgate_model::ChatId;

use super::common::{done, ready};
use super::recipient::recipient;
use crate::gateway::answer::{Answer, Handled};
use crate::gateway::clock::after;
use crate::gateway::fields::Fields;
use crate::gateway::state::{AccountIndex, Session, Sessions, State, is_registered};
use crate::settings::Settings;

/// How long the recipient sees the sign of typing.
const TYPING_TIME: Duration = Duration::from_secs(15);

pub(super) fn seen(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let (session, chat) = reachable(&mut state.sessions, &state.settings, account, fields)?;
    if let Some(chat) = session.chats.get_mut(&chat) {
        chat.unread_count = 0;
    }
    Ok(done())
}

pub(super) fn typing(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let (session, chat) = reachable(&mut state.sessions, &state.settings, account, fields)?;
    let now = state.clock.now();
    session.typing.retain(|_, until| *until > now);
    session.typing.insert(chat.to_string(), after(now, TYPING_TIME));
    Ok(done())
}

pub(super) fn check(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    ready(&mut state.sessions, account, fields)?;
    let number = fields.required_text("number")?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(fields.refuse("number", "must have digits only"));
    }
    Ok(json!({ "result": "OK", "data": is_registered(&state.settings, number) }))
}

pub(super) fn get_chats(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let session = ready(&mut state.sessions, account, fields)?;
    Ok(json!({ "result": "OK", "data": session.chats.latest_first() }))
}

/// The session and a chat that it can reach.
fn reachable<'s>(
    sessions: &'s mut Sessions,
    settings: &Settings,
    account: AccountIndex,
    fields: &Fields<'_>,
) -> Result<(&'s mut Session, ChatId), Answer> {
    let session = ready(sessions, account, fields)?;
    let chat = recipient(&fields.required_object("recipient")?, settings.recipient_both)?;
    match session.chats.unreachable(settings, &chat) {
        Some(why) => Err(Answer::refused(why)),
        None => Ok((session, chat)),
    }
}
