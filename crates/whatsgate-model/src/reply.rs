//! What all replies have in common.

use std::fmt::Debug;

use serde::{Deserialize, Serialize};

use crate::lenient;

/// The body of a successful reply.
pub trait Reply: Serialize + Clone + Debug + PartialEq {
    /// Reads the body, with [`from_json`](crate::from_json): an array is no reply, however many elements it has.
    ///
    /// # Errors
    /// The JSON error when the text lacks what makes the reply useful. Its words may repeat a value of the text: keep them
    /// out of logs.
    fn from_json(json: &str) -> Result<Self, serde_json::Error>;

    /// Whether the member `result` was there.
    ///
    /// A body without it may be an error that came with status 200 (wire reference, section 1.1).
    fn has_result(&self) -> bool;
}

/// Implements [`Reply`] for a struct with the field `result: Option<String>`.
macro_rules! plain_reply {
    ($name:ty) => {
        impl $crate::reply::Reply for $name {
            fn from_json(json: &str) -> Result<Self, serde_json::Error> {
                crate::from_json(json)
            }
            fn has_result(&self) -> bool {
                self.result.is_some()
            }
        }
    };
}
pub(crate) use plain_reply;

/// The reply of commands that return nothing else: `seen`, `typing`, `set-name` and `set-hook` (wire reference, section
/// 2).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DoneReply {
    /// `OK` as documented. Success is told by the HTTP status, so another word is no failure.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}
plain_reply!(DoneReply);

/// The service's error body (wire reference, section 1.1).
///
/// All members are optional, since nothing but a handful of examples says which ones come.
///
/// ```
/// # use whatsgate_model::ErrorBody;
/// let body: ErrorBody = serde_json::from_str(r#"{"name":"Unauthorized","code":"0","status":"401","type":"x"}"#)?;
/// assert_eq!((body.code, body.status), (Some(0), Some(401)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    pub code: Option<i64>,
    /// The HTTP status once more; documented for 401 only.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub status: Option<u32>,
}

impl ErrorBody {
    /// An error body with the three members that are always documented.
    pub fn new(name: impl Into<String>, message: impl Into<String>, code: i64) -> Self {
        Self { name: Some(name.into()), message: Some(message.into()), code: Some(code), status: None }
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
