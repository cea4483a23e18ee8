//! `session-create`, `session-delete`, `sessions-get`, `set-name`, `set-hook` (wire reference, sections 2.7 to 2.11).

use serde_json::json;

use super::common::{done, session};
use super::paging::Paging;
use crate::gateway::acts::linking;
use crate::gateway::answer::{Answer, Handled};
use crate::gateway::fields::Fields;
use crate::gateway::state::{AccountIndex, Session, State};

pub(super) fn create(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let name = fields.required_text("name")?;
    let callback = callback(fields)?;
    let number = match fields.text("auth_type")? {
        None | Some("QR") => None,
        Some("CODE") => {
            let number = fields.required_text("number")?;
            if !(5..=15).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(fields.refuse("number", "must have 5 to 15 digits and nothing else"));
            }
            Some(number)
        }
        Some(_) => return Err(fields.refuse("auth_type", "must be QR or CODE")),
    };
    if state.sessions.of_account(account).len() >= state.settings.sessions_limit {
        return Err(Answer::refused("The limit of sessions is reached, delete one first"));
    }
    let id = linking::create(state, account, name, callback, number);
    let data = state.sessions.get(&id).map(|session| session.to_created(&state.settings));
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn delete(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let id = session(&mut state.sessions, account, fields)?.id.clone();
    let session = linking::remove(state, &id);
    let data = session.map(|session| session.to_deleted(&state.settings));
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn list(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let id = fields.text("WhatsappID")?;
    let name = fields.text("name")?;
    let status = fields.text("status")?;
    let paging = Paging::read(fields)?;
    let of_account = state.sessions.of_account(account);
    let sessions = of_account
        .into_iter()
        .filter(|session| id.is_none_or(|id| *session.id == *id))
        .filter(|session| name.is_none_or(|name| session.name == name))
        .filter(|session| status.is_none_or(|status| session.state.code() == status));
    Ok(paging.reply(sessions, |session: &Session| session.to_listed(&state.settings)))
}

pub(super) fn set_name(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let name = fields.required_text("name")?;
    name.clone_into(&mut session(&mut state.sessions, account, fields)?.name);
    Ok(done())
}

pub(super) fn set_hook(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let callback = callback(fields)?;
    session(&mut state.sessions, account, fields)?.callback = callback.map(str::to_owned);
    Ok(done())
}

/// The URL for webhooks; an empty text, null and absence switch them off.
fn callback<'a>(fields: &Fields<'a>) -> Result<Option<&'a str>, Answer> {
    match fields.text("callback")? {
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
            Err(fields.refuse("callback", "must be an http or https URL"))
        }
        url => Ok(url),
    }
}
