//! `sessions-get`: a page of the account's sessions.

use super::prelude::*;
#[cfg(feature = "schema")]
use crate::schema;

/// Asks for the account's active sessions, a page at a time; every member is optional (wire reference, section 2.9).
///
/// ```
/// use whatsgate_model::{SessionStatus, SessionsGetRequest};
///
/// let request = SessionsGetRequest::new()
///     .with_name("Shop")
///     .with_status(SessionStatus::Ready)
///     .with_page_size(100)
///     .with_page(2);
/// # drop(request);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionsGetRequest {
    /// Only this session.
    #[serde(
        rename = "WhatsappID",
        default,
        deserialize_with = "lenient::non_empty",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub session: Option<SessionId>,
    /// Only sessions with this label.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only sessions in this state.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub status: Option<SessionStatus>,
    /// Sessions a page; default and maximum are not documented.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::page_number"))]
    pub page_cnt: Option<u32>,
    /// The page, from 1.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::page_number"))]
    pub page: Option<u32>,
}

impl SessionsGetRequest {
    /// Asks for all active sessions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only this session.
    pub fn with_session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Only sessions with this label.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Only sessions in this state.
    pub fn with_status(mut self, status: SessionStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// So many sessions a page.
    pub fn with_page_size(mut self, page_cnt: u32) -> Self {
        self.page_cnt = Some(page_cnt);
        self
    }

    /// This page, counted from 1.
    pub fn with_page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }
}

impl Command for SessionsGetRequest {
    const NAME: &'static str = "sessions-get";
    const SAFETY: Safety = Safety::Read;
    const REPLY_SIZE: ReplySize = ReplySize::List;
    const SCOPE: Scope = Scope::Account;
    const FUNCTIONS_1C: &'static [&'static str] = &["ПолучитьВсеСессии"];
    type Reply = SessionsGetReply;

    fn check(&self) -> Result<(), InvalidRequest> {
        mistakes::page(self.page, self.page_cnt, None)
    }
}

/// The reply of `sessions-get` (wire reference, section 2.9).
pub type SessionsGetReply = Page<SessionInfo>;
