//! `get-media`, `get-messagemedia` (wire reference, section 2.5).

use serde_json::{Value, json};

use super::super::Gateway;
use super::super::answer::Answer;
use super::super::fields::Fields;
use super::super::media::File;
use super::ready;

pub(super) fn get_media(gateway: &mut Gateway, account: usize, fields: &Fields<'_>) -> Result<Value, Answer> {
    let session = ready(gateway, account, fields)?.id.clone();
    let key = fields.required_text("mediaKey")?;
    let file = gateway.media.get(&session, key);
    file.map(reply).ok_or_else(|| fields.refuse("mediaKey", "there is no such file"))
}

pub(super) fn get_messagemedia(
    gateway: &mut Gateway,
    account: usize,
    fields: &Fields<'_>,
) -> Result<Value, Answer> {
    let session = ready(gateway, account, fields)?;
    let id = fields.required_text("MessageID")?;
    let Some(message) = session.messages.get(id) else {
        return Err(fields.refuse("MessageID", "there is no such message"));
    };
    let Some(key) = message.media_key.clone() else {
        return Err(fields.refuse("MessageID", "the message has no media"));
    };
    let session = session.id.clone();
    let file = gateway.media.get(&session, key.as_str());
    file.map(reply).ok_or_else(|| fields.refuse("MessageID", "the file is no longer kept"))
}

fn reply(file: &File) -> Value {
    json!({ "result": "OK", "media": file.to_json() })
}
