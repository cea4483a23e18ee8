//! `session-create`, `session-delete`, `sessions-get`, `set-name`, `set-hook` (wire reference, sections 2.7 to 2.11).

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::answer::Answer;
use super::super::fields::Fields;
use super::super::paging::Paging;
use super::super::session::Session;
use super::{done, session};

pub(super) fn create(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
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
    let taken = gateway.sessions.values().filter(|session| session.account == account).count();
    if taken >= gateway.settings.sessions_limit {
        return Err(Answer::refused("The limit of sessions is reached, delete one first"));
    }
    let id = gateway.create_session(account, name, callback, number);
    let data = gateway.sessions.get(id.as_str()).map(|session| session.to_created(&gateway.settings));
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn delete(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let id = session(gateway, account, fields)?.id.clone();
    let session = gateway.remove_session(&id);
    let data = session.map(|session| session.to_deleted(&gateway.settings));
    Ok(json!({ "result": "OK", "data": data }))
}

pub(super) fn list(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let id = fields.text("WhatsappID")?;
    let name = fields.text("name")?;
    let status = fields.text("status")?;
    let paging = Paging::read(fields)?;
    let mut sessions: Vec<&Session> = gateway
        .sessions
        .values()
        .filter(|session| session.account == account)
        .filter(|session| id.is_none_or(|id| *session.id == *id))
        .filter(|session| name.is_none_or(|name| session.name == name))
        .filter(|session| status.is_none_or(|status| session.state.code() == status))
        .collect();
    sessions.sort_by_key(|session| session.number);
    Ok(paging.reply(sessions.into_iter(), |session| session.to_listed(&gateway.settings)))
}

pub(super) fn set_name(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let name = fields.required_text("name")?;
    name.clone_into(&mut session(gateway, account, fields)?.name);
    Ok(done())
}

pub(super) fn set_hook(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let callback = callback(fields)?;
    session(gateway, account, fields)?.callback = callback.map(str::to_owned);
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
