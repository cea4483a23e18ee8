//! The 13 commands (wire reference, section 2).

mod chats;
mod events;
mod media;
mod send;
mod sessions;

use serde_json::{Value, json};

use super::Gateway;
use super::answer::Answer;
use super::fields::Fields;
use super::session::{Session, SessionState};

/// What runs a command for the account with that place in the list of keys.
pub(crate) type Run = fn(&mut Gateway, usize, &Fields<'_>) -> Result<Value, Answer>;

/// The command with this name.
pub(crate) fn find(name: &str) -> Option<Run> {
    Some(match name {
        "send" => send::send,
        "seen" => chats::seen,
        "typing" => chats::typing,
        "check" => chats::check,
        "get-chats" => chats::get_chats,
        "get-media" => media::get_media,
        "get-messagemedia" => media::get_messagemedia,
        "events-get" => events::events_get,
        "session-create" => sessions::create,
        "session-delete" => sessions::delete,
        "sessions-get" => sessions::list,
        "set-name" => sessions::set_name,
        "set-hook" => sessions::set_hook,
        _ => return None,
    })
}

pub(super) fn done() -> Value {
    json!({ "result": "OK" })
}

/// The account's session that `WhatsappID` names.
pub(super) fn session<'g>(
    gateway: &'g mut Gateway,
    account: usize,
    fields: &Fields<'_>,
) -> Result<&'g mut Session, Answer> {
    let id = fields.required_text("WhatsappID")?;
    gateway
        .sessions
        .get_mut(id)
        .filter(|session| session.account == account)
        .ok_or_else(|| fields.refuse("WhatsappID", "there is no such session"))
}

/// The same, linked.
pub(super) fn ready<'g>(
    gateway: &'g mut Gateway,
    account: usize,
    fields: &Fields<'_>,
) -> Result<&'g mut Session, Answer> {
    let session = session(gateway, account, fields)?;
    if session.state == SessionState::Ready {
        Ok(session)
    } else {
        Err(fields.refuse("WhatsappID", "the session is not linked yet"))
    }
}
