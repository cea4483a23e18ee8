//! `session-create`: start linking a WhatsApp account.

use super::prelude::*;
use crate::open_enum::open_enum;

open_enum! {
    /// How an account is linked, when not by QR code (wire reference, section 2.7).
    pub enum AuthType {
        /// By a pairing code that is typed in on the phone.
        Code = "CODE",
    }
}

/// Creates a session and starts linking an account to it (wire reference, section 2.7).
///
/// ```
/// # use whatsgate_model::{PhoneNumber, SessionCreateRequest};
/// let request = SessionCreateRequest::new("Shop").with_pairing_code(PhoneNumber::new("79999999999")?);
/// assert_eq!(
///     serde_json::to_string(&request).unwrap(),
///     r#"{"name":"Shop","auth_type":"CODE","number":"79999999999"}"#,
/// );
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend(
    "anyOf" = [
        { "properties": { "auth_type": { "not": { "const": "CODE" } } } },
        { "properties": { "number": { "type": "string" } }, "required": ["number"] },
    ],
)))]
#[non_exhaustive]
pub struct SessionCreateRequest {
    /// A label.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub name: String,
    /// The URL that events are posted to; can be set later with `set-hook`.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^https?://[^/\s]\S*$")))]
    pub callback: Option<String>,
    /// How to link; by QR code when absent.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub auth_type: Option<AuthType>,
    /// The phone to link; required when `auth_type` is `CODE`, of no use otherwise.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub number: Option<PhoneNumber>,
}

impl SessionCreateRequest {
    /// A session linked by QR code.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), callback: None, auth_type: None, number: None }
    }

    /// Posts events to this URL.
    pub fn with_callback(mut self, callback: impl Into<String>) -> Self {
        self.callback = Some(callback.into());
        self
    }

    /// Links by a pairing code on the phone with this number.
    pub fn with_pairing_code(mut self, number: PhoneNumber) -> Self {
        self.auth_type = Some(AuthType::Code);
        self.number = Some(number);
        self
    }
}

impl Command for SessionCreateRequest {
    const NAME: &'static str = "session-create";
    const SAFETY: Safety = Safety::Once;
    const SCOPE: Scope = Scope::Account;
    const FUNCTIONS_1C: &'static [&'static str] = &["СоздатьНовуюСессию"];
    type Reply = SessionReply;

    fn check(&self) -> Result<(), InvalidRequest> {
        mistakes::not_blank("name", &self.name)?;
        if let Some(callback) = &self.callback {
            mistakes::url("callback", callback)?;
        }
        if self.auth_type == Some(AuthType::Code) && self.number.is_none() {
            return Err(InvalidRequest::new("number", "linking by pairing code needs the phone's number"));
        }
        Ok(())
    }
}

/// The reply of `session-create` (wire reference, section 2.7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionReply {
    /// `OK`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The session.
    pub data: SessionInfo,
}
plain_reply!(SessionReply, data: SessionInfo);
