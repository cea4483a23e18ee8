//! Sessions: WhatsApp accounts linked to the gateway.

use serde::{Deserialize, Serialize};

use crate::date::WireDate;
use crate::ids::{ChatId, SessionId};
use crate::lenient;
use crate::open_enum::open_enum;

open_enum! {
    /// The state of a session; an open list (wire reference, section 5).
    pub enum SessionStatus {
        /// Being set up.
        Pending = "PENDING",
        /// Waits to be linked, by QR or pairing code.
        Auth = "AUTH",
        /// Linked and usable.
        Ready = "READY",
        /// Being deleted.
        Destroying = "DESTROYING",
    }
}

/// A session, as `session-create`, `sessions-get` and `session-delete` show it (wire reference, section 5; the 1C
/// library's structure `Сессия`).
///
/// Only `unique_id` is required; which other members come depends on the command.
///
/// ```
/// use whatsgate_model::{SessionId, SessionInfo, SessionStatus};
///
/// let mut session = SessionInfo::new(SessionId::new("191b80a9238")?);
/// assert!(!session.is_ready());
/// session.status = Some(SessionStatus::Ready);
/// assert!(session.is_ready());
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Session"))]
#[non_exhaustive]
pub struct SessionInfo {
    /// The service's internal number. Commands take [`unique_id`](Self::unique_id).
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    /// The label given at creation.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The id that commands take as `WhatsappID`.
    pub unique_id: SessionId,
    /// The state.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub status: Option<SessionStatus>,
    /// The URL that events are posted to; none when the service writes `null` or `""`.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(description = "The URL that events are posted to; `null` or `\"\"` when there is none.")
    )]
    pub callback: Option<String>,
    /// When the session was made; zone unknown.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub date_add: Option<WireDate>,
    /// The QR code. The documentation shows `null` only, so its form is unknown.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub qr: Option<String>,
    /// The pairing code of a session created with `auth_type` `CODE`.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The state's name in the language of the host.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub status_name: Option<String>,
    /// The account's WhatsApp name, once linked.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub pushname: Option<String>,
    /// The account's WhatsApp id, once linked.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub wid: Option<ChatId>,
    /// The page that shows the QR or pairing code; none when there is nothing to scan.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(
            description = "The page that shows the QR or pairing code; `\"\"` when there is nothing to scan."
        )
    )]
    pub qr_link: Option<String>,
}

impl SessionInfo {
    /// A session of which only the id is known.
    pub fn new(unique_id: SessionId) -> Self {
        Self {
            id: None,
            name: String::new(),
            unique_id,
            status: None,
            callback: None,
            date_add: None,
            qr: None,
            code: None,
            status_name: None,
            pushname: None,
            wid: None,
            qr_link: None,
        }
    }

    /// Whether the session is linked and usable.
    pub fn is_ready(&self) -> bool {
        self.status == Some(SessionStatus::Ready)
    }
}
