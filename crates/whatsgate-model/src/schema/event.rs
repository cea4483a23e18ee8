//! An event as one shape for each action, and one for all actions to come.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{Disconnect, ErrorReport, Event, EventAction, EventId, Message, Ready, SessionId, WireDate};

impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Something that happened in a session, as a webhook delivers it and `events-get` lists \
                it; `event_action` tells what. Acknowledge events of every kind.",
            "oneOf": [
                generator.subschema_for::<MessageEvent>(),
                generator.subschema_for::<SentEvent>(),
                generator.subschema_for::<AckEvent>(),
                generator.subschema_for::<MediaEvent>(),
                generator.subschema_for::<CreateEvent>(),
                generator.subschema_for::<ReadyEvent>(),
                generator.subschema_for::<ErrorEvent>(),
                generator.subschema_for::<DisconnectEvent>(),
                generator.subschema_for::<OtherEvent>(),
            ],
        })
    }
}

/// The data of an event about a message.
#[derive(JsonSchema)]
struct MessageData {
    /// The message.
    message: Message,
}

#[derive(JsonSchema)]
struct EventMembers {
    /// The event's number, which the acknowledgement repeats. The same number may come more than once.
    #[schemars(extend("x-1c-name" = "Идентификатор"))]
    id: EventId,
    /// The session it happened in.
    #[schemars(extend("x-1c-name" = "ИдентификаторОтправителя"))]
    whatsapp_id: Option<SessionId>,
    /// When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
    #[schemars(extend("x-1c-name" = "ДатаСобытия"))]
    event_date: Option<WireDate>,
    /// A status code; its values are not documented.
    #[schemars(extend("x-1c-name" = "КодСостояния"))]
    status_code: Option<i64>,
    /// The account's number, in `events-get` only.
    user_id: Option<i64>,
}

macro_rules! events {
    ($($(#[doc = $doc:literal])* $name:ident: $action:ident => $data:ty $(, $handler:literal)?;)+) => {$(
        $(#[doc = $doc])*
        #[derive(JsonSchema)]
        $(#[schemars(extend("x-1c-function" = $handler))])?
        struct $name {
            /// The kind of event.
            #[schemars(
                rename = "event_action",
                extend("const" = EventAction::$action, "x-1c-name" = "ИмяСобытия"),
                with = "String"
            )]
            action: EventAction,
            /// What the event carries.
            #[schemars(rename = "event_data", extend("x-1c-name" = "ДанныеСобытия"))]
            data: $data,
            #[schemars(flatten)]
            members: EventMembers,
        }
    )+};
}

events! {
    /// A message came in.
    MessageEvent: Message => MessageData, "ОбработатьВходящееСообщение";
    /// An asynchronous send is done. The data are not documented; they are believed to be those of `message`.
    SentEvent: Sent => Option<MessageData>, "ОбработатьДоставкуСообщения";
    /// A message's delivery state changed. The data are not documented; they are believed to be those of `message`.
    AckEvent: Ack => Option<MessageData>, "ОбработатьЧтениеСообщения";
    /// A file came in. The data are not documented; they are believed to be those of `message`.
    MediaEvent: Media => Option<MessageData>;
    /// A message went out. The data are not documented; they are believed to be those of `message`.
    CreateEvent: Create => Option<MessageData>;
    /// The session was linked and is usable. The names of the data are documented, their nesting is not.
    ReadyEvent: Ready => Option<Ready>;
    /// Something went wrong. The data are not documented.
    ErrorEvent: Error => Option<ErrorReport>, "ОбработатьОшибку";
    /// WhatsApp disconnected the session, which is gone. The data are not documented.
    DisconnectEvent: Disconnect => Option<Disconnect>, "ОбработатьОтключениеКлиента";
}

/// An event of a kind that is not documented. Acknowledge it like any other.
#[derive(JsonSchema)]
struct OtherEvent {
    /// Any word but the documented ones.
    #[schemars(
        rename = "event_action",
        extend("not" = { "enum": EventAction::KNOWN }, "x-1c-name" = "ИмяСобытия"),
        with = "Option<String>"
    )]
    action: Option<EventAction>,
    /// Anything.
    #[schemars(rename = "event_data", extend("x-1c-name" = "ДанныеСобытия"))]
    data: Option<serde_json::Value>,
    #[schemars(flatten)]
    members: EventMembers,
}
