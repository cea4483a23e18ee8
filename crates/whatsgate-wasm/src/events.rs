//! Events on their way to JavaScript, and the webhook's side of them.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use whatsgate_core::webhook;
use whatsgate_model::{
    Acknowledgement, Event, EventAction, EventData, EventId, RawJson, SessionId, WireDate,
};

use crate::error;
use crate::object::object;

/// An event with its data in the documented shape, whichever way the service nested it, and with the JSON text it was read
/// from. Data that this version cannot read is JSON text too.
pub struct EventView(Event);

impl From<Event> for EventView {
    fn from(event: Event) -> Self {
        Self(event)
    }
}

#[derive(Serialize)]
struct Fields<'a> {
    id: EventId,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    whatsapp_id: Option<&'a SessionId>,
    event_action: &'a EventAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_date: Option<&'a WireDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_code: Option<i64>,
    event_data: Data<'a>,
    readable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    raw: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Read(&'a EventData),
    Raw(Option<&'a str>),
}

impl Serialize for EventView {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = &self.0;
        let reason = match &event.data {
            EventData::Other => Some("this version does not know the action"),
            EventData::Unreadable { reason } => Some(&**reason),
            _ => None,
        };
        let raw_data = reason.and_then(|_| event.raw_data());
        let event_data = match reason {
            None => Data::Read(&event.data),
            Some(_) => Data::Raw(raw_data.as_ref().map(RawJson::as_str)),
        };
        let fields = Fields {
            id: event.id,
            user_id: event.user_id,
            whatsapp_id: event.session.as_ref(),
            event_action: &event.action,
            event_date: event.date.as_ref(),
            status_code: event.status_code,
            event_data,
            readable: reason.is_none(),
            reason,
            raw: event.raw().as_str(),
        };
        fields.serialize(serializer)
    }
}

/// Reads an event from the body of a webhook request.
///
/// # Errors
/// A `WhatsgateError` of kind `webhook`.
#[wasm_bindgen(js_name = parseEvent)]
pub fn parse_event(body: &[u8]) -> Result<JsValue, JsValue> {
    let event = webhook::parse(body).map_err(|error| error::webhook(&error))?;
    Ok(object(&EventView(event)))
}

/// The body of the reply that acknowledges the event with this number.
#[wasm_bindgen]
pub fn acknowledgement(id: i64) -> String {
    serde_json::to_string(&Acknowledgement::new(EventId(id))).unwrap_or_default()
}
