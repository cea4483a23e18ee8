//! Events, as webhooks deliver them and `events-get` lists them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::date::WireDate;
use crate::event_actions::event_actions;
use crate::ids::{EventId, SessionId};
use crate::json::{self, JsonError, from_valid};
use crate::lenient;
use crate::message::Message;
use crate::open_enum::open_enum;
use crate::raw::{RawJson, RawText};

macro_rules! declare {
    ($(
        #[doc = $doc:literal]
        $variant:ident = $word:literal: $data:ty;
            $schema:ident: $schema_data:ty, $note:expr, $function:expr;
    )+) => {
        open_enum! {
            /// What happened; an open list (wire reference, section 6).
            pub enum EventAction {
                $(#[doc = $doc] $variant = $word,)+
            }
        }

        impl EventAction {
            /// The handler that the 1C library has for the action.
            pub fn function_1c(&self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => $function,)+
                    Self::Unrecognized(_) => None,
                }
            }
        }

        /// What an event carries, by action.
        ///
        /// The nesting is documented for `message` only; the others are read by analogy and, when that fails, become
        /// [`Unreadable`](Self::Unreadable) (wire reference, section 6). Written in the documented form.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum EventData {
            $(#[doc = $doc] $variant($data),)+
            /// The action is not known to this version; look at [`Event::raw_data`].
            Other,
            /// The action is known but its data cannot be read; look at [`Event::raw_data`].
            Unreadable {
                /// Why, without the values that stood there.
                reason: String,
            },
        }

        impl EventData {
            /// The action that carries such data; none for [`Other`](Self::Other) and [`Unreadable`](Self::Unreadable).
            pub fn action(&self) -> Option<EventAction> {
                match self {
                    $(Self::$variant(_) => Some(EventAction::$variant),)+
                    Self::Other | Self::Unreadable { .. } => None,
                }
            }

            /// Reads the data of an action. Reading the envelope first and the data by name keeps a malformed known
            /// event apart from an unknown one.
            fn read(action: &EventAction, data: Option<&RawText<'_>>) -> Self {
                let json = data.map_or("null", |data| &*data.0);
                let read = match action {
                    $(EventAction::$variant => Payload::read(json).map(Self::$variant),)+
                    EventAction::Unrecognized(_) => return Self::Other,
                };
                read.unwrap_or_else(|error| Self::Unreadable { reason: error.to_string() })
            }
        }

        impl Serialize for EventData {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(data) => data.write(serializer),)+
                    Self::Other | Self::Unreadable { .. } => {
                        Err(serde::ser::Error::custom("these data have no form on the wire"))
                    }
                }
            }
        }
    };
}
event_actions!(declare);

/// Something that happened in a session (wire reference, section 6).
///
/// Reading keeps the whole JSON, which [`raw`](Self::raw) returns, and writing returns it unchanged, so that a change of
/// the fields does not show there. An event whose action is unknown or whose data cannot be read is an event like any
/// other: it has an id and can be acknowledged.
///
/// ```
/// # use whatsgate_model::{Event, EventData};
/// let event: Event = serde_json::from_str(
///     r#"{"id":18,"whatsapp_id":"191b80a9238","event_action":"message","event_date":"2022-09-07 18:29:37",
///         "event_data":{"message":{"id":"false_79999999999@c.us_3EB0436AE1E682FF3A37","body":"212"}}}"#,
/// )?;
/// match &event.data {
///     EventData::Message(message) => assert_eq!(message.body, "212"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The event's number, which the acknowledgement repeats.
    pub id: EventId,
    /// The session it happened in.
    pub session: Option<SessionId>,
    /// What happened.
    pub action: EventAction,
    /// When, by the service's clock; its zone is not stated, see [`WireDate`].
    pub date: Option<WireDate>,
    /// A status code; its values are not documented.
    pub status_code: Option<i64>,
    /// The number of the account's user, in `events-get` only; one client program attests it.
    pub user_id: Option<i64>,
    /// What the event carries, by action.
    pub data: EventData,
    raw: RawJson,
}

impl EventData {
    /// The message, for the five actions that carry one.
    ///
    /// ```
    /// use whatsgate_model::Event;
    ///
    /// let event: Event = serde_json::from_str(
    ///     r#"{"id":18,"event_action":"message","event_data":{"message":{"id":"false_79999999999@c.us_3EB0","body":"212"}}}"#,
    /// )?;
    /// assert_eq!(event.data.message().map(|message| message.body.as_str()), Some("212"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Message(message)
            | Self::Sent(message)
            | Self::Ack(message)
            | Self::Media(message)
            | Self::Create(message) => Some(message),
            _ => None,
        }
    }
}

/// The data of `ready` (wire reference, section 6: the names are documented, the nesting is not).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Ready {
    /// The account's WhatsApp name.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub pushname: Option<String>,
    /// The account's phone number, as the service writes it.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

/// The data of `error` (wire reference, section 6: the member's name is a guess of ours).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(!from))]
#[serde(from = "WireErrorReport")]
#[non_exhaustive]
pub struct ErrorReport {
    /// The error in words, from `error` or, failing that, from `message`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(
            description = "The error in words. The member's name is a guess; they may also come in `message`, or as text in \
            place of the object.",
        )
    )]
    pub error: Option<String>,
}

/// The members that may hold the words of an error.
#[derive(Deserialize)]
struct WireErrorReport {
    #[serde(default, deserialize_with = "lenient::option")]
    error: Option<String>,
    #[serde(default, deserialize_with = "lenient::option")]
    message: Option<String>,
}

impl From<WireErrorReport> for ErrorReport {
    fn from(wire: WireErrorReport) -> Self {
        Self { error: wire.error.or(wire.message) }
    }
}

/// The data of `disconnect` (wire reference, section 6: the member's name is a guess of ours).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Disconnect {
    /// The reason, such as `LOGOUT`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(
            description = "The reason, such as `LOGOUT`. The member's name is a guess; the reason may also come as text in \
            place of the object.",
        )
    )]
    pub reason: Option<String>,
}

impl Ready {
    /// The data of an account with this name and number.
    pub fn new(pushname: impl Into<String>, number: impl Into<String>) -> Self {
        Self { pushname: Some(pushname.into()), number: Some(number.into()) }
    }
}

impl ErrorReport {
    /// A report with these words.
    pub fn new(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()) }
    }
}

impl Disconnect {
    /// A disconnect for this reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()) }
    }
}

impl Event {
    /// An event of a known action, as a gateway would write it.
    ///
    /// ```
    /// use whatsgate_model::{Event, EventAction, EventData, EventId, Ready, SessionId, WireDate};
    ///
    /// let data = EventData::Ready(Ready::new("Anna", "79999999999"));
    /// let event = Event::new(EventId(18), SessionId::new("191b80a9238")?, WireDate::new("2022-09-07 18:29:37")?, &data)?;
    /// assert_eq!(event.action, EventAction::Ready);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When `data` is [`EventData::Other`] or [`EventData::Unreadable`], which have no form on the wire.
    pub fn new(
        id: EventId,
        session: SessionId,
        date: WireDate,
        data: &EventData,
    ) -> Result<Self, serde_json::Error> {
        let Some(action) = data.action() else {
            return Err(serde::ser::Error::custom("an event needs data of a known action"));
        };
        let raw = serde_json::to_string(&Envelope {
            id,
            user_id: None,
            whatsapp_id: Some(session),
            event_action: action,
            event_date: Some(date),
            status_code: None,
            event_data: Some(RawText(serde_json::to_string(data)?.into())),
        })?;
        serde_json::from_str(&raw)
    }

    /// The whole event as it came.
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }

    /// The member `event_data` as it came; none if it was absent or `null`.
    ///
    /// ```
    /// use whatsgate_model::{Event, EventData};
    ///
    /// let event: Event = serde_json::from_str(r#"{"id":19,"event_action":"call","event_data":{"from":"79999999999@c.us"}}"#)?;
    /// assert_eq!(event.data, EventData::Other);
    /// assert_eq!(event.raw_data().unwrap().as_str(), r#"{"from":"79999999999@c.us"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn raw_data(&self) -> Option<RawJson> {
        json::member(self.raw.as_str(), "event_data").map(RawJson::of_valid)
    }

    /// Takes the data out of the event, and leaves what else is known of it. Copies nothing.
    ///
    /// ```
    /// # use whatsgate_model::{Event, EventData};
    /// let event: Event = serde_json::from_str(r#"{"id":18,"event_action":"disconnect","event_data":{}}"#)?;
    /// let (data, info) = event.into_parts();
    /// assert!(matches!(data, EventData::Disconnect(_)));
    /// assert_eq!(info.id.to_string(), "18");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn into_parts(self) -> (EventData, EventInfo) {
        let Self { id, session, action, date, status_code, user_id, data, raw } = self;
        (data, EventInfo { id, session, action, date, status_code, user_id, raw })
    }
}

/// All of an [`Event`] but its data, which [`Event::into_parts`] took out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventInfo {
    /// As [`Event::id`].
    pub id: EventId,
    /// As [`Event::session`].
    pub session: Option<SessionId>,
    /// As [`Event::action`].
    pub action: EventAction,
    /// As [`Event::date`].
    pub date: Option<WireDate>,
    /// As [`Event::status_code`].
    pub status_code: Option<i64>,
    /// As [`Event::user_id`].
    pub user_id: Option<i64>,
    raw: RawJson,
}

impl EventInfo {
    /// The whole event as it came, its data included.
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }
}

/// The members of an event, in the order of the wire.
#[derive(Serialize, Deserialize)]
#[serde(expecting = "an event")]
struct Envelope<'a> {
    id: EventId,
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    user_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient::non_empty")]
    whatsapp_id: Option<SessionId>,
    #[serde(default = "no_action", deserialize_with = "action_or_none")]
    event_action: EventAction,
    #[serde(default, deserialize_with = "lenient::non_empty")]
    event_date: Option<WireDate>,
    #[serde(default, deserialize_with = "lenient::option")]
    status_code: Option<i64>,
    #[serde(borrow, default)]
    event_data: Option<RawText<'a>>,
}

fn no_action() -> EventAction {
    EventAction::from("")
}

fn action_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventAction, D::Error> {
    Ok(lenient::option(deserializer)?.unwrap_or_else(no_action))
}

/// Data that an event may carry.
trait Payload: Sized {
    fn read(json: &str) -> Result<Self, JsonError>;
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Under `message`, or flat: the documentation shows the first form, and for `message` only.
impl Payload for Box<Message> {
    fn read(json: &str) -> Result<Self, JsonError> {
        #[derive(Deserialize)]
        struct Data {
            #[serde(default, deserialize_with = "lenient::object")]
            message: Option<Box<Message>>,
        }
        match from_valid::<Data>(json)?.message {
            Some(message) => Ok(message),
            None => from_valid(json),
        }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Data<'a> {
            message: &'a Message,
        }
        Data { message: self }.serialize(serializer)
    }
}

impl Payload for Ready {
    fn read(json: &str) -> Result<Self, JsonError> {
        members(json)
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl Payload for ErrorReport {
    fn read(json: &str) -> Result<Self, JsonError> {
        members_or_text(json, |error| Self { error })
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

impl Payload for Disconnect {
    fn read(json: &str) -> Result<Self, JsonError> {
        members_or_text(json, |reason| Self { reason })
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}

/// An object; nothing, or PHP's `[]` for an empty map, counts as one without members.
fn members<T: DeserializeOwned + Default>(json: &str) -> Result<T, JsonError> {
    match json {
        "null" | "[]" => Ok(T::default()),
        _ => from_valid(json),
    }
}

/// The same, where plain text may stand in the place of the object.
fn members_or_text<T>(json: &str, from_text: impl FnOnce(Option<String>) -> T) -> Result<T, JsonError>
where
    T: DeserializeOwned + Default,
{
    if json.starts_with('"') { from_valid(json).map(from_text) } else { members(json) }
}

impl<'de> Deserialize<'de> for Event {
    /// Reads from JSON text; deserializers of other formats are refused, because the raw text could not be kept.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        let envelope: Envelope<'_> = from_valid(raw.as_str()).map_err(JsonError::inside)?;
        Ok(Self {
            data: EventData::read(&envelope.event_action, envelope.event_data.as_ref()),
            id: envelope.id,
            session: envelope.whatsapp_id,
            action: envelope.event_action,
            date: envelope.event_date,
            status_code: envelope.status_code,
            user_id: envelope.user_id,
            raw,
        })
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

/// The body with which a webhook acknowledges an event (wire reference, section 6).
///
/// A plain 200 is not enough: the service wants the event's id back, or it posts the event again.
///
/// ```
/// # use whatsgate_model::{Acknowledgement, EventId};
/// let body = serde_json::to_string(&Acknowledgement::new(EventId(18)))?;
/// assert_eq!(body, r#"{"result":"OK","id":18}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Acknowledgement {
    /// `OK`.
    pub result: String,
    /// The number of the event.
    pub id: EventId,
}

impl Acknowledgement {
    /// The acknowledgement of the event with this number.
    pub fn new(id: EventId) -> Self {
        Self { result: "OK".to_owned(), id }
    }
}
