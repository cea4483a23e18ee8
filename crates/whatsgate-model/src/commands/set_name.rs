//! `set-name`: rename a session.

use super::prelude::*;
use crate::said::said;

/// Changes a session's label (wire reference, section 2.10).
///
/// Its documentation is not available: the form of request and reply follows `set-hook` and is not confirmed.
///
/// ```
/// use whatsgate_model::{SessionId, SetNameRequest};
///
/// let request = SetNameRequest::new(SessionId::new("191b80a9238")?, "Shop in Tula");
/// assert_eq!(serde_json::to_string(&request)?, r#"{"WhatsappID":"191b80a9238","name":"Shop in Tula"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    type Reply = SetNameReply;

    fn check(&self) -> Result<(), InvalidRequest> {
        mistakes::not_blank("name", &self.name)
    }
}

/// The reply of `set-name` (wire reference, section 2.10).
///
/// Its form is not known, so any object is one that has a member and none that tells of an error; a word in `result` has to
/// say that it was done.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SetNameReply {
    /// `OK`, if it is like that of `set-hook`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

impl Reply for SetNameReply {
    type Output = ();

    fn from_json(json: &str) -> Result<Self, JsonError> {
        let DoneReply { result } = from_json(json)?;
        let says = if let Some(word) = member(json, "result") {
            word.starts_with(['{', '[']) || said(json) == Said::Done
        } else {
            // Any member will do, but for this one without a value.
            let bare: String = json.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            bare != "{}" && bare != r#"{"result":null}"#
        };
        if says { Ok(Self { result }) } else { Err(JsonError::shape("it does not say that it was done")) }
    }
    fn result(&self) -> Option<&str> {
        self.result.as_deref()
    }
    fn into_output(self) {}
}
