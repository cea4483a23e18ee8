//! `set-hook`: where events are posted to.

use serde::{Deserialize, Serialize};

use crate::{SessionId, lenient};

/// Sets or removes the URL that a session's events are posted to (wire reference, section 2.11).
///
/// The reply is [`DoneReply`](crate::DoneReply).
///
/// How the service wants a webhook removed is not documented; `""` is what it shows for sessions without one, and what
/// [`disable`](Self::disable) sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetHookRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    #[cfg_attr(feature = "schema", schemars(extend("x-1c-name" = "ИдентификаторОтправителя")))]
    pub session: SessionId,
    /// The URL, or `""` for none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[cfg_attr(feature = "schema", schemars(extend("x-1c-name" = "URL_Обработчик"), regex(pattern = r"^(https?://[^/\s]\S*)?$")))]
    pub callback: String,
}

impl SetHookRequest {
    /// Posts the events of `session` to this URL.
    pub fn new(session: SessionId, callback: impl Into<String>) -> Self {
        Self { session, callback: callback.into() }
    }

    /// Posts the events of `session` nowhere.
    pub fn disable(session: SessionId) -> Self {
        Self::new(session, "")
    }
}
