//! The other direction: events that the gateway posts.
//!
//! The gateway counts an event as delivered only when the reply's body is `{"result":"OK","id":<event id>}`, and repeats
//! it three times, 20 seconds apart, otherwise (wire reference, section 6). So answer with [`acknowledgement`] once the
//! event is handled or safely stored, and with anything else, such as status 500, when it is not.
//!
//! ```
//! use whatsgate_core::webhook;
//!
//! let body = br#"{"id":18,"whatsapp_id":"191b80a9238","event_action":"news","event_data":[]}"#;
//! let event = webhook::parse(body)?;
//! assert_eq!(event.action, "news");
//! assert_eq!(webhook::acknowledgement(&event), r#"{"result":"OK","id":18}"#);
//! # Ok::<(), webhook::WebhookError>(())
//! ```

use whatsgate_model::{Event, JsonError, from_json};

/// The body of a webhook that is not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// There was no body.
    #[error("the body is empty; did something read it before the handler?")]
    Empty,
    /// The body was turned into text by JavaScript instead of JSON.
    #[error("the body is \"[object Object]\": pass the raw body, not one that was parsed already")]
    AlreadyParsed,
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    /// The body is JSON but has no event number, so that it could not even be acknowledged.
    #[error("the body is JSON but not an event: {0}")]
    NotAnEvent(String),
}

/// Reads an event from the body of a webhook request.
///
/// An event of an unknown action or with unreadable data is read as well: see [`whatsgate_model::EventData`].
///
/// ```
/// use whatsgate_core::webhook;
///
/// let event = webhook::parse(br#"{"id":18,"event_action":"ready","event_data":{}}"#)?;
/// assert_eq!(event.id.0, 18);
/// assert!(webhook::parse(b"{}").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WebhookError`] when the body is not a JSON object with an event number.
pub fn parse(body: &[u8]) -> Result<Event, WebhookError> {
    let text = std::str::from_utf8(body).map_err(|error| WebhookError::NotJson(error.to_string()))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(WebhookError::Empty);
    }
    if text == "[object Object]" {
        return Err(WebhookError::AlreadyParsed);
    }
    from_json(text).map_err(|error: JsonError| {
        let reason = error.to_string();
        if error.is_shape() { WebhookError::NotAnEvent(reason) } else { WebhookError::NotJson(reason) }
    })
}

/// The body of the reply that acknowledges an event.
///
/// ```
/// use whatsgate_core::webhook;
///
/// let event = webhook::parse(br#"{"id":18,"event_action":"ready","event_data":{}}"#)?;
/// // The body of the answer, with status 200:
/// println!("{}", webhook::acknowledgement(&event));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn acknowledgement(event: &Event) -> String {
    format!(r#"{{"result":"OK","id":{}}}"#, event.id)
}
