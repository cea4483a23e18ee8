//! Arguments on their way from JavaScript: checked as the constructors of the model check them, and refused under the
//! name that the caller gave.

use std::str::FromStr;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use whatsgate_core::attach::{describe_as, message_type};
use whatsgate_model::{
    EventsGetRequest, FileDescription, MessageId, MimeType, OutgoingContent, OutgoingMessage, OutgoingType,
    PhoneNumber, Recipient, SessionId, SessionsGetRequest, WireDate,
};

use crate::error::{Refused, invalid};

/// Names the argument that is refused.
pub(crate) fn check<T, E: Refused>(argument: &str, result: Result<T, E>) -> Result<T, JsValue> {
    result.map_err(|error| error.refused(argument))
}

/// A session's id.
pub(crate) fn session_id(text: &str) -> Result<SessionId, JsValue> {
    check("session", SessionId::new(text))
}

/// Refuses what cannot be a session's id.
///
/// # Errors
/// A `WhatsgateError` of kind `invalidRequest`.
#[wasm_bindgen(js_name = checkSession)]
pub fn check_session(text: &str) -> Result<(), JsValue> {
    session_id(text).map(drop)
}

/// Reads an argument that came as JSON text.
pub(crate) fn read<T: DeserializeOwned>(argument: &str, text: &str) -> Result<T, JsValue> {
    whatsgate_model::from_json(text)
        .map_err(|error| invalid(argument, &whatsgate_model::json_error_without_values(&error)))
}

fn check_some<T: FromStr<Err: Refused>>(
    argument: &str,
    value: Option<impl AsRef<str>>,
) -> Result<Option<T>, JsValue> {
    value.map(|text| check(argument, text.as_ref().parse())).transpose()
}

/// Whom a command is for: text, or an object with an id or with a number and its type.
pub(crate) fn recipient(text: &str) -> Result<Recipient, JsValue> {
    const NAME: &str = "recipient";
    if text.starts_with('"') {
        return check(NAME, read::<String>(NAME, text)?.parse());
    }
    let recipient = read(NAME, text)?;
    if let Recipient::Phone(_) = recipient {
        // Without a `+`, which the wire does not have, it may lack its country code.
        let Typed { number } = read(NAME, text)?;
        return check(NAME, PhoneNumber::new(number)).map(Recipient::from);
    }
    Ok(recipient)
}

/// A recipient's number as it was typed.
#[derive(Deserialize)]
struct Typed {
    number: PhoneNumber,
}

/// A message to send.
pub(crate) fn message(text: &str) -> Result<OutgoingMessage, JsValue> {
    let message: OutgoingMessage = read("message", text)?;
    check_some::<MessageId>("message.quote", message.quote.as_ref())?;
    if let OutgoingContent::File(file) = &message.content {
        check("message.media.mimetype", MimeType::new(&file.mimetype))?;
    }
    Ok(message)
}

/// What is told of a file apart from its content.
#[derive(Deserialize)]
struct File {
    filename: String,
    /// What the platform makes of its name.
    claimed: Option<String>,
    mimetype: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    caption: Option<String>,
    quote: Option<String>,
}

/// A file to send, and the message that it answers. `head` is the beginning of the content.
pub(crate) fn file(text: &str, head: &[u8]) -> Result<(FileDescription, Option<MessageId>), JsValue> {
    let file: File = read("file", text)?;
    let mut described = check("sendFile", describe_as(&file.filename, file.claimed.as_deref(), head))?;
    if let Some(mimetype) = check_some::<MimeType>("mimetype", file.mimetype)? {
        described.kind = message_type(&mimetype);
        described.mimetype = mimetype;
    }
    if let Some(kind) = file.kind {
        described.kind = OutgoingType::from(kind);
    }
    described.caption = file.caption;
    Ok((described, check_some::<MessageId>("quote", file.quote)?))
}

/// A filter over events.
pub(crate) fn event_filter(text: &str) -> Result<EventsGetRequest, JsValue> {
    let filter: EventsGetRequest = read("filter", text)?;
    check_some::<SessionId>("session", filter.session.as_ref())?;
    check_some::<WireDate>("date", filter.date.as_ref())?;
    Ok(filter)
}

/// A filter over sessions.
pub(crate) fn session_filter(text: &str) -> Result<SessionsGetRequest, JsValue> {
    let filter: SessionsGetRequest = read("filter", text)?;
    check_some::<SessionId>("session", filter.session.as_ref())?;
    Ok(filter)
}
