//! `set-hook`: where events are posted to.

use super::prelude::*;

/// Sets or removes the URL that a session's events are posted to (wire reference, section 2.11).
///
/// The reply is [`DoneReply`](crate::DoneReply).
///
/// How the service wants a webhook removed is not documented; `""` is what it shows for sessions without one, and what
/// [`disable`](Self::disable) sends.
///
/// ```
/// use whatsgate_model::{SessionId, SetHookRequest};
///
/// let request = SetHookRequest::new(SessionId::new("191b80a9238")?, "https://shop.example/hook/a-long-secret");
/// assert_eq!(serde_json::to_string(&request)?, r#"{"WhatsappID":"191b80a9238","callback":"https://shop.example/hook/a-long-secret"}"#);
/// assert_eq!(SetHookRequest::disable(SessionId::new("191b80a9238")?).callback, "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetHookRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
    /// The URL, or `""` for none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^(https?://[^/\s]\S*)?$")))]
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

impl Command for SetHookRequest {
    const NAME: &'static str = "set-hook";
    const SAFETY: Safety = Safety::Idempotent;
    const FUNCTIONS_1C: &'static [&'static str] = &["УстановитьОбработчик"];
    type Reply = DoneReply;

    fn check(&self) -> Result<(), InvalidRequest> {
        if self.callback.is_empty() { Ok(()) } else { mistakes::url("callback", &self.callback) }
    }
}
