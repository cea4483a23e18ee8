//! `get-chats`: all chats of a session.

use super::prelude::*;
use crate::json::members;

/// Asks for all chats of a session; there are no pages (wire reference, section 2.4).
///
/// ```
/// use whatsgate_model::{GetChatsRequest, SessionId};
///
/// let request = GetChatsRequest::new(SessionId::new("191b80a9238")?);
/// assert_eq!(serde_json::to_string(&request)?, r#"{"WhatsappID":"191b80a9238"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetChatsRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
}

impl GetChatsRequest {
    /// Asks for the chats of `session`.
    pub fn new(session: SessionId) -> Self {
        Self { session }
    }
}

impl Command for GetChatsRequest {
    const NAME: &'static str = "get-chats";
    const SAFETY: Safety = Safety::Read;
    const REPLY_SIZE: ReplySize = ReplySize::List;
    const FUNCTIONS_1C: &'static [&'static str] = &["ПолучитьВсеАктивныеЧаты"];
    type Reply = GetChatsReply;
}

/// The reply of `get-chats` (wire reference, section 2.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetChatsReply {
    /// `OK`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The chats.
    pub data: List<Chat>,
}

impl Reply for GetChatsReply {
    type Output = List<Chat>;

    fn from_json(json: &str) -> Result<Self, JsonError> {
        let [result, data] = members(json, ["result", "data"])?;
        Ok(Self { result: lenient::member(result), data: List::from_member(data)? })
    }
    fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }
    fn into_output(self) -> List<Chat> {
        self.data
    }
}
