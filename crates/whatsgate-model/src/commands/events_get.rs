//! `events-get`: a page of past events.

use super::prelude::*;
#[cfg(feature = "schema")]
use crate::schema;

/// Asks for past events, a page at a time; every member is optional (wire reference, section 2.6).
///
/// ```
/// # use whatsgate_model::{EventAction, EventsGetRequest, WireDate};
/// let request = EventsGetRequest::new()
///     .with_action(EventAction::Message)
///     .with_date(WireDate::new("2022-09-07 18:29:37")?)
///     .with_page_size(100);
/// assert_eq!(
///     serde_json::to_string(&request).unwrap(),
///     r#"{"date":"2022-09-07 18:29:37","action":"message","page_cnt":100}"#,
/// );
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EventsGetRequest {
    /// Only this session's events; without it those of all sessions, deleted ones too.
    #[serde(
        rename = "WhatsappID",
        default,
        deserialize_with = "lenient::non_empty",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub session: Option<SessionId>,
    /// Only events from this date on. Whether that second itself counts is not documented.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub date: Option<WireDate>,
    /// Only events of this action.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub action: Option<EventAction>,
    /// Events a page; the service's default is 10 and its maximum 100.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::page_size"))]
    pub page_cnt: Option<u32>,
    /// The page, from 1.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::page_number"))]
    pub page: Option<u32>,
}

impl EventsGetRequest {
    /// Asks for all events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only events of this session.
    pub fn with_session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Only events from this date on.
    pub fn with_date(mut self, date: WireDate) -> Self {
        self.date = Some(date);
        self
    }

    /// Only events of this action.
    pub fn with_action(mut self, action: EventAction) -> Self {
        self.action = Some(action);
        self
    }

    /// So many events a page; the service allows at most 100.
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

impl Command for EventsGetRequest {
    const NAME: &'static str = "events-get";
    const SAFETY: Safety = Safety::Read;
    const REPLY_SIZE: ReplySize = ReplySize::List;
    const SCOPE: Scope = Scope::Account;
    const FUNCTIONS_1C: &'static [&'static str] = &["ПолучитьСобытия"];
    type Reply = EventsGetReply;

    fn check(&self) -> Result<(), InvalidRequest> {
        mistakes::page(self.page, self.page_cnt, Some(100))
    }
}

/// The reply of `events-get` (wire reference, section 2.6).
pub type EventsGetReply = Page<Event>;
