//! `seen`: mark a chat as read.

use super::prelude::*;

/// Marks the latest messages of a chat as read (wire reference, section 2.2).
///
/// The reply is [`DoneReply`](crate::DoneReply).
///
/// ```
/// use whatsgate_model::{PhoneNumber, SeenRequest, SessionId};
///
/// let request = SeenRequest::new(SessionId::new("191b80a9238")?, PhoneNumber::new("79999999999")?);
/// assert_eq!(serde_json::to_string(&request)?, r#"{"WhatsappID":"191b80a9238","recipient":{"number":"79999999999"}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SeenRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
    /// Whose chat.
    pub recipient: Recipient,
}

impl SeenRequest {
    /// Marks the chat with `recipient` as read.
    pub fn new(session: SessionId, recipient: impl Into<Recipient>) -> Self {
        Self { session, recipient: recipient.into() }
    }
}

impl Command for SeenRequest {
    const NAME: &'static str = "seen";
    const SAFETY: Safety = Safety::Idempotent;
    const FUNCTIONS_1C: &'static [&'static str] = &["ПометитьКакПрочитанное"];
    type Reply = DoneReply;
}
