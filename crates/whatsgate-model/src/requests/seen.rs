//! `seen`: mark a chat as read.

use serde::{Deserialize, Serialize};

use crate::{Recipient, SessionId};

/// Marks the latest messages of a chat as read (wire reference, section 2.2).
///
/// The reply is [`DoneReply`](crate::DoneReply).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SeenRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    #[cfg_attr(feature = "schema", schemars(extend("x-1c-name" = "ИдентификаторОтправителя")))]
    pub session: SessionId,
    /// Whose chat.
    #[cfg_attr(feature = "schema", schemars(extend("x-1c-name" = "Получатель")))]
    pub recipient: Recipient,
}

impl SeenRequest {
    /// Marks the chat with `recipient` as read.
    pub fn new(session: SessionId, recipient: impl Into<Recipient>) -> Self {
        Self { session, recipient: recipient.into() }
    }
}
