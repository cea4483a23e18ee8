//! Events on their way to JavaScript, and the webhook's side of them.

use serde::Serialize;
use wasm_bindgen::prelude::*;
use whatsgate_core::webhook;
use whatsgate_model::{
    Acknowledgement, Event, EventAction, EventData, EventId, RawJson, SessionId, WireDate,
};

use crate::error;
use crate::json::json;

/// An event with its data in the documented shape, whichever way the service nested it, and with the JSON it was read
/// from.
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
    raw: &'a RawJson,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Read(&'a EventData),
    Raw(Option<RawJson>),
}

impl Serialize for EventView {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = &self.0;
        let reason = match &event.data {
            EventData::Other => Some("this version does not know the action"),
            EventData::Unreadable { reason } => Some(&**reason),
            _ => None,
        };
        let event_data = match reason {
            None => Data::Read(&event.data),
            Some(_) => Data::Raw(event.raw_data()),
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
            raw: event.raw(),
        };
        fields.serialize(serializer)
    }
}

/// Reads an event from the body of a webhook request and returns it as JSON text.
///
/// # Errors
/// A `WhatsgateError` of kind `webhook`.
#[wasm_bindgen(js_name = parseEvent)]
pub fn parse_event(body: &[u8]) -> Result<String, JsValue> {
    let event = webhook::parse(body).map_err(|error| error::webhook(&error))?;
    Ok(json(&EventView(event)))
}

/// The body of the reply that acknowledges the event with this number.
#[wasm_bindgen]
pub fn acknowledgement(id: f64) -> String {
    // JavaScript has no other numbers; event ids are far below the 2^53 up to which they are exact.
    #[allow(clippy::cast_possible_truncation)]
    json(&Acknowledgement::new(EventId(id as i64)))
}
