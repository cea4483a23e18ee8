//! `session-delete`: unlink an account.

use serde::{Deserialize, Serialize};

use crate::command::{Command, Safety};
use crate::{SessionId, SessionInfo, SessionReply};

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
    type Reply = SessionReply;
    type Output = SessionInfo;

    fn output(reply: SessionReply) -> SessionInfo {
        reply.data
    }
}
