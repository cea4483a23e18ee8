//! `session-delete`: unlink an account.

use serde::{Deserialize, Serialize};

use crate::SessionId;

/// Ends the WhatsApp authorisation, removes the session's data and frees its slot in the plan (wire reference, section
/// 2.8).
///
/// The reply is [`SessionReply`](crate::SessionReply).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionDeleteRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    #[cfg_attr(feature = "schema", schemars(extend("x-1c-name" = "ИдентификаторОтправителя")))]
    pub session: SessionId,
}

impl SessionDeleteRequest {
    /// Deletes `session`.
    pub fn new(session: SessionId) -> Self {
        Self { session }
    }
}
