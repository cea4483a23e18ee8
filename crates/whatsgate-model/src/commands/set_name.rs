//! `set-name`: rename a session.

use serde::{Deserialize, Serialize};

use super::mistakes;
use crate::command::{Command, InvalidRequest, Safety};
use crate::{DoneReply, SessionId};

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
    pub session: SessionId,
    /// The new label.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub name: String,
}

impl SetNameRequest {
    /// Gives `session` the label `name`.
    pub fn new(session: SessionId, name: impl Into<String>) -> Self {
        Self { session, name: name.into() }
    }
}

impl Command for SetNameRequest {
    const NAME: &'static str = "set-name";
    const SAFETY: Safety = Safety::Idempotent;
    const FUNCTIONS_1C: &'static [&'static str] = &["ИзменитьИмяСессии"];
    type Reply = DoneReply;
    type Output = ();

    fn output(_: DoneReply) {}

    fn check(&self) -> Result<(), InvalidRequest> {
        mistakes::not_blank("name", &self.name)
    }
}
