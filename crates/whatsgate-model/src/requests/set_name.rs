//! `set-name`: rename a session.

use serde::{Deserialize, Serialize};

use crate::SessionId;

/// Changes a session's label (wire reference, section 2.10).
///
/// Its documentation is not available: the form of request and reply follows `set-hook` and is not confirmed. The reply is
/// [`DoneReply`](crate::DoneReply).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetNameRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    #[cfg_attr(feature = "schema", schemars(extend("x-1c-name" = "ИдентификаторОтправителя")))]
    pub session: SessionId,
    /// The new label.
    #[cfg_attr(feature = "schema", schemars(extend("x-1c-name" = "Название"), length(min = 1)))]
    pub name: String,
}

impl SetNameRequest {
    /// Gives `session` the label `name`.
    pub fn new(session: SessionId, name: impl Into<String>) -> Self {
        Self { session, name: name.into() }
    }
}
