//! Arguments on their way from JavaScript: checked as the constructors of the model check them, and refused under the
//! name that the caller gave.

use std::borrow::Cow;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use whatsgate_core::attach::{describe_as, message_type};
use whatsgate_model::{
    EventAction, EventsGetRequest, FileDescription, Media, MessageId, MimeType, OutgoingMessage,
    OutgoingType, PhoneNumber, Recipient, RecipientType, SessionId, SessionStatus, SessionsGetRequest,
    all_members_of_valid,
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

/// Reads an argument that came as JSON text, which `JSON.stringify` wrote.
pub(crate) fn read<T: DeserializeOwned>(argument: &str, text: &str) -> Result<T, JsValue> {
    whatsgate_model::from_valid(text).map_err(|error| invalid(argument, &error.to_string()))
}

/// Whom a command is for: text, or an object with an id or with a number and its type.
pub(crate) fn recipient(text: &str) -> Result<Recipient, JsValue> {
    const NAME: &str = "recipient";
    if text.starts_with('"') {
        return check(NAME, read::<String>(NAME, text)?.parse());
    }
    let members = Members::new(NAME, text);
    let number = members.word_text("number")?;
    let kind = members.word_text("type")?.map(RecipientType::from);
    let recipient = check(NAME, Recipient::from_members(members.word_text("id")?, number.clone(), kind))?;
    if let (Recipient::Phone(_), Some(number)) = (&recipient, number) {
        // Without a `+`, which the wire does not have, it may lack its country code.
        return check(NAME, PhoneNumber::new(number)).map(Recipient::from);
    }
    Ok(recipient)
}

/// A message to send.
pub(crate) fn message(text: &str) -> Result<OutgoingMessage, JsValue> {
    const NAME: &str = "message";
    let members = Members::new(NAME, text);
    let kind = members.word_text("type")?.map(OutgoingType::from);
    let quote = members.word("quote", "message.quote")?;
    let media = members.read::<Media>("media")?;
    if let Some(mimetype) = media.as_ref().and_then(|media| media.mimetype.as_ref()) {
        check("message.media.mimetype", MimeType::new(mimetype))?;
    }
    OutgoingMessage::from_members(kind, members.text("body")?, quote, media)
        .map_err(|missing| invalid(NAME, missing))
}

/// The members of an argument, which JavaScript has checked for their types. One reader for all arguments, because what is
/// derived for each weighs more.
pub(crate) struct Members<'a> {
    argument: &'static str,
    members: Vec<(Cow<'a, str>, &'a str)>,
}

impl<'a> Members<'a> {
    pub(crate) fn new(argument: &'static str, text: &'a str) -> Self {
        Self { argument, members: all_members_of_valid(text) }
    }

    /// The JSON text of a member, `null` without it.
    pub(crate) fn raw(&self, name: &str) -> &'a str {
        self.members.iter().find(|(member, _)| member == name).map_or("null", |(_, text)| text)
    }

    pub(crate) fn session(&self) -> Result<SessionId, JsValue> {
        session_id(&self.text("session")?.unwrap_or_default())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, JsValue> {
        self.read(name)
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u32>, JsValue> {
        self.read(name)
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, JsValue> {
        match self.raw(name) {
            "null" => Ok(None),
            text => read(self.argument, text).map(Some),
        }
    }

    /// A text that means nothing when it is empty.
    fn word_text(&self, name: &str) -> Result<Option<String>, JsValue> {
        Ok(self.text(name)?.filter(|text| !text.is_empty()))
    }

    fn word<T: FromStr<Err: Refused>>(&self, name: &str, shown: &str) -> Result<Option<T>, JsValue> {
        self.word_text(name)?.map(|text| check(shown, text.parse())).transpose()
    }
}

/// A file to send, and the message that it answers. `head` is the beginning of the content.
pub(crate) fn file(
    members: &Members<'_>,
    head: &[u8],
) -> Result<(FileDescription, Option<MessageId>), JsValue> {
    let filename = members.text("filename")?.unwrap_or_default();
    let claimed = members.text("claimed")?;
    let mut described = check("sendFile", describe_as(&filename, claimed.as_deref(), head))?;
    if let Some(mimetype) = members.text("mimetype")? {
        let mimetype = check("mimetype", mimetype.parse::<MimeType>())?;
        described.kind = message_type(&mimetype);
        described.mimetype = mimetype;
    }
    if let Some(kind) = members.text("type")? {
        described.kind = OutgoingType::from(kind);
    }
    described.caption = members.text("caption")?;
    let quote = members.text("quote")?.map(|quote| check("quote", quote.parse())).transpose()?;
    Ok((described, quote))
}

/// A filter over events.
pub(crate) fn event_filter(text: &str) -> Result<EventsGetRequest, JsValue> {
    let members = Members::new("filter", text);
    let mut filter = EventsGetRequest::new();
    filter.session = members.word("WhatsappID", "session")?;
    filter.date = members.word("date", "date")?;
    filter.action = members.word_text("action")?.map(EventAction::from);
    filter.page_cnt = members.number("page_cnt")?;
    filter.page = members.number("page")?;
    Ok(filter)
}

/// A filter over sessions.
pub(crate) fn session_filter(text: &str) -> Result<SessionsGetRequest, JsValue> {
    let members = Members::new("filter", text);
    let mut filter = SessionsGetRequest::new();
    filter.session = members.word("WhatsappID", "session")?;
    filter.name = members.word_text("name")?;
    filter.status = members.word_text("status")?.map(SessionStatus::from);
    filter.page_cnt = members.number("page_cnt")?;
    filter.page = members.number("page")?;
    Ok(filter)
}
