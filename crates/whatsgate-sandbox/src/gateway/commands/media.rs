//! `get-media`, `get-messagemedia` (wire reference, section 2.5).

use serde_json::{Value, json};

use super::common::ready;
use crate::gateway::answer::Handled;
use crate::gateway::fields::Fields;
use crate::gateway::state::{AccountIndex, File, State};

pub(super) fn get_media(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let session = ready(&mut state.sessions, account, fields)?;
    let file = state.media.get(&session.id, fields.required_text("mediaKey")?);
    file.map(reply).ok_or_else(|| fields.refuse("mediaKey", "there is no such file"))
}

pub(super) fn get_messagemedia(state: &mut State, account: AccountIndex, fields: &Fields<'_>) -> Handled {
    let session = ready(&mut state.sessions, account, fields)?;
    let id = fields.required_text("MessageID")?;
    let Some(message) = session.messages.get(id) else {
        return Err(fields.refuse("MessageID", "there is no such message"));
    };
    let Some(key) = &message.media_key else {
        return Err(fields.refuse("MessageID", "the message has no media"));
    };
    let file = state.media.get(&session.id, key.as_str());
    file.map(reply).ok_or_else(|| fields.refuse("MessageID", "the file is no longer kept"))
}

fn reply(file: &File) -> Value {
    json!({ "result": "OK", "media": file.to_json() })
}
