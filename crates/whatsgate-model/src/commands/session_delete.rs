//! `session-delete`: unlink an account.

use super::prelude::*;
use crate::said::{Said, said};

/// Ends the WhatsApp authorisation, removes the session's data and frees its slot in the plan (wire reference, section
/// 2.8).
///
/// ```
/// use whatsgate_model::{SessionDeleteRequest, SessionId};
///
/// let request = SessionDeleteRequest::new(SessionId::new("191b80a9238")?);
/// assert_eq!(serde_json::to_string(&request)?, r#"{"WhatsappID":"191b80a9238"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionDeleteRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
}

impl SessionDeleteRequest {
    /// Deletes `session`.
    pub fn new(session: SessionId) -> Self {
        Self { session }
    }
}

impl Command for SessionDeleteRequest {
    const NAME: &'static str = "session-delete";
    // A repetition whose first try got through would be answered with an error, and hide that the session is gone.
    const SAFETY: Safety = Safety::Once;
    // The second is the documentation's own name in its example; the command deletes one session all the same.
    const FUNCTIONS_1C: &'static [&'static str] = &["УдалитьИмяСессии", "УдалитьВсеСессии"];
    type Reply = SessionDeleteReply;
}

/// The reply of `session-delete` (wire reference, section 2.8).
///
/// A reply that says neither `OK` nor what was deleted does not say that anything was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionDeleteReply {
    /// `OK`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The session as it was, as documented. The deletion does not depend on it.
    #[serde(default, deserialize_with = "lenient::object", skip_serializing_if = "Option::is_none")]
    pub data: Option<SessionInfo>,
}

impl Reply for SessionDeleteReply {
    type Output = Option<SessionInfo>;

    fn from_json(json: &str) -> Result<Self, JsonError> {
        let done = said(json) == Said::Done;
        match from_json::<Self>(json) {
            Ok(reply) if done || reply.data.is_some() => Ok(reply),
            Ok(_) => Err(JsonError::shape("`result` does not say that it was done")),
            // The session in it cannot be read.
            Err(_) if done => from_json(json).map(|DoneReply { result }| Self { result, data: None }),
            Err(error) => Err(error),
        }
    }
    fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }
    fn into_output(self) -> Option<SessionInfo> {
        self.data
    }
}
