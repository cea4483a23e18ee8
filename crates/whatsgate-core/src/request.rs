//! From a command to an HTTP request.

use std::fmt;

use bytes::Bytes;

use crate::credentials::{ApiKey, BaseUrl};
use whatsgate_model::{Command, InvalidRequest, Weight};

/// An HTTP `POST`, ready to be sent by any transport (wire reference, section 1).
///
/// `Debug` shows neither the key nor the body. A clone shares the body.
#[derive(Clone)]
#[non_exhaustive]
pub struct Request {
    /// The command's name.
    pub command: &'static str,
    /// Where to.
    pub url: String,
    /// The JSON document.
    pub body: Bytes,
    /// How long it may take.
    pub weight: Weight,
    key: ApiKey,
}

impl Request {
    /// The headers to send; their names are in lower case. The first holds the key.
    pub fn headers(&self) -> [(&'static str, &str); 3] {
        [
            ("x-api-key", self.key.expose()),
            ("content-type", "application/json"),
            // Yii2 services may choose the form of their answer by it.
            ("accept", "application/json"),
        ]
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("command", &self.command)
            .field("url", &self.url)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

/// Builds the request of a command, after looking for mistakes.
///
/// ```
/// use whatsgate_core::{ApiKey, BaseUrl, build};
/// use whatsgate_model::{CheckRequest, PhoneNumber, SessionId};
///
/// let command = CheckRequest::new(SessionId::new("YOUR_WHATSAPP_ID")?, PhoneNumber::new("79999999999")?);
/// let request = build(&BaseUrl::ru(), ApiKey::new("YOUR_API_KEY")?, &command)?;
/// assert_eq!(request.url, "https://whatsgate.ru/api/v1/check");
/// assert_eq!(request.body, r#"{"WhatsappID":"YOUR_WHATSAPP_ID","number":"79999999999"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InvalidRequest`] when the command cannot succeed; nothing has been sent.
pub fn build<C: Command>(base: &BaseUrl, key: ApiKey, command: &C) -> Result<Request, InvalidRequest> {
    command.check()?;
    let body =
        serde_json::to_vec(command).map_err(|error| InvalidRequest::new("request", error.to_string()))?;
    Ok(Request {
        command: C::NAME,
        url: format!("{}/{}", base.as_str(), C::NAME),
        body: body.into(),
        weight: if command.has_file() { Weight::Media } else { Weight::Light },
        key,
    })
}
