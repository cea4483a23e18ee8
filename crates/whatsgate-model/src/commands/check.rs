//! `check`: is a number registered on WhatsApp?

use super::prelude::*;

/// Asks whether a phone number is registered on WhatsApp (wire reference, section 2.3).
///
/// ```
/// use whatsgate_model::{CheckRequest, PhoneNumber, SessionId};
///
/// let request = CheckRequest::new(SessionId::new("191b80a9238")?, PhoneNumber::new("79999999999")?);
/// assert_eq!(serde_json::to_string(&request)?, r#"{"WhatsappID":"191b80a9238","number":"79999999999"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CheckRequest {
    /// The session that asks.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
    /// The number asked about.
    pub number: PhoneNumber,
}

impl CheckRequest {
    /// Asks about `number`.
    pub fn new(session: SessionId, number: PhoneNumber) -> Self {
        Self { session, number }
    }
}

impl Command for CheckRequest {
    const NAME: &'static str = "check";
    const SAFETY: Safety = Safety::Read;
    const FUNCTIONS_1C: &'static [&'static str] = &["ПроверитьЗарегистрированЛиНомер"];
    type Reply = CheckReply;
}

#[cfg(feature = "schema")]
const CHECKED: &str = "Whether the number is registered: `true` or `false`, as documented. A program in use compares it \
    with `1`, so take `1`, `\"1\"` and `\"true\"` for yes as well, `0`, `\"0\"` and `\"false\"` for no, and anything else \
    for an error, never for a no.";

/// The reply of `check` (wire reference, section 2.3).
///
/// A reply without `data` is an error, never a "no".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CheckReply {
    /// `OK`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Whether the number is registered; `1`, `0` and text are read too.
    #[serde(deserialize_with = "lenient::required")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::flag", description = CHECKED))]
    pub data: bool,
}
plain_reply!(CheckReply, data: bool);
