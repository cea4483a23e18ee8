//! What the service says of an error.

use std::fmt::{self, Debug};

use serde::{Deserialize, Serialize, Serializer};

use crate::lenient::{self, FromScalar};

/// The service's error body (wire reference, section 1.1).
///
/// All members are optional, since nothing but a handful of examples says which ones come. `Debug` shows the status only:
/// each of the others may repeat what the request held.
///
/// ```
/// # use whatsgate_model::ErrorBody;
/// let body: ErrorBody = serde_json::from_str(r#"{"name":"Unauthorized","code":"0","status":"401","type":"x"}"#)?;
/// assert_eq!((body.code, body.status), (Some(0.into()), Some(401)));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// ```
/// use whatsgate_model::ErrorBody;
///
/// let body = ErrorBody::new("Unauthorized", "Your request was made with invalid credentials.", 0).with_status(401);
/// assert!(body.is_complete());
/// assert_eq!(serde_json::to_value(&body)?["status"], 401);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(
        description = "The service's error body. All members are optional, since nothing but a handful of examples says \
        which ones come; an error may also come as HTML, as plain text, or without a body. The status of HTTP decides, \
        never the body.",
    )
)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The kind of error, such as `Unauthorized`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The error in words, Russian or English.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The service's own number; only 0 is known.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(
            schema_with = "crate::schema::number_or_text",
            description = "The service's own number; only 0 is known. May come as text.",
        )
    )]
    pub code: Option<ErrorCode>,
    /// The HTTP status once more; documented for 401 only.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(
            schema_with = "crate::schema::number_or_text",
            description = "The HTTP status once more; documented for 401 only. May come as text.",
        )
    )]
    pub status: Option<u32>,
}

impl ErrorBody {
    /// An error body with the three members that are always documented.
    pub fn new(name: impl Into<String>, message: impl Into<String>, code: i64) -> Self {
        Self { name: Some(name.into()), message: Some(message.into()), code: Some(code.into()), status: None }
    }

    /// Adds the HTTP status, as the service does for 401.
    pub fn with_status(mut self, status: u32) -> Self {
        self.status = Some(status);
        self
    }

    /// Whether the three members that make an error are there.
    pub fn is_complete(&self) -> bool {
        self.name.is_some() && self.message.is_some() && self.code.is_some()
    }
}

impl Debug for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorBody").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The code of an error: a number as documented, also where it came as text, or any other text.
///
/// ```
/// # use whatsgate_model::{ErrorBody, ErrorCode};
/// let body: ErrorBody = serde_json::from_str(r#"{"code":"E_NO_CHAT"}"#)?;
/// assert_eq!(body.code, Some(ErrorCode::Text("E_NO_CHAT".into())));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// A number.
    Number(i64),
    /// A text that is none. May be private.
    Text(Box<str>),
}

impl From<i64> for ErrorCode {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl FromScalar for ErrorCode {
    fn from_integer(value: i64) -> Option<Self> {
        Some(Self::Number(value))
    }
    fn from_text(text: &str) -> Option<Self> {
        Some(i64::from_text(text).map_or_else(|| Self::Text(text.into()), Self::Number))
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_i64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => f.debug_tuple("Number").field(number).finish(),
            Self::Text(_) => f.debug_tuple("Text").finish_non_exhaustive(),
        }
    }
}
