//! `typing`: show the typing sign.

use super::prelude::*;

/// Shows the typing sign to the recipient for 15 seconds (wire reference, section 2.2).
///
/// The reply is [`DoneReply`](crate::DoneReply).
///
/// ```
/// use whatsgate_model::{PhoneNumber, SessionId, TypingRequest};
///
/// let request = TypingRequest::new(SessionId::new("191b80a9238")?, PhoneNumber::new("79999999999")?);
/// assert_eq!(serde_json::to_string(&request)?, r#"{"WhatsappID":"191b80a9238","recipient":{"number":"79999999999"}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TypingRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
    /// Who sees the sign.
    pub recipient: Recipient,
}

impl TypingRequest {
    /// Shows the sign to `recipient`.
    pub fn new(session: SessionId, recipient: impl Into<Recipient>) -> Self {
        Self { session, recipient: recipient.into() }
    }
}

impl Command for TypingRequest {
    const NAME: &'static str = "typing";
    const SAFETY: Safety = Safety::Idempotent;
    const FUNCTIONS_1C: &'static [&'static str] = &["ПоказатьНаборТекста"];
    type Reply = DoneReply;
}
