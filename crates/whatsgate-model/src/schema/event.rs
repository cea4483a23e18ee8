//! An event as one shape for each action, and one for all actions to come.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::event_actions::event_actions;
use crate::{Disconnect, ErrorReport, Event, EventAction, EventId, Message, Ready, SessionId, WireDate};

impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Something that happened in a session, as a webhook delivers it and `events-get` lists \
                it; `event_action` tells what. Acknowledge events of every kind.",
            "oneOf": events(generator),
        })
    }
}

/// The data of an event about a message.
#[derive(JsonSchema)]
struct MessageData {
    /// The message.
    message: Option<Message>,
}

/// What an event carries: an object with members that are known, or, as an empty one is written by PHP and as nobody
/// promises otherwise, `[]` or text. The Rust types read all of them, and null, without losing the event.
struct Carried<T>(PhantomData<T>);

impl<T: JsonSchema> JsonSchema for Carried<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Carried{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                generator.subschema_for::<T>(),
                { "type": "array", "maxItems": 0 },
                { "type": "string" },
            ],
        })
    }
}

#[derive(JsonSchema)]
struct EventMembers {
    /// The event's number, which the acknowledgement repeats. The same number may come more than once.
    id: EventId,
    /// The session it happened in.
    whatsapp_id: Option<SessionId>,
    /// When, `YYYY-MM-DD HH:MM:SS` by the service's clock, which seems to be UTC.
    event_date: Option<WireDate>,
    /// A status code; its values are not documented.
    status_code: Option<i64>,
    /// The account's number, in `events-get` only.
    user_id: Option<i64>,
}

const LIKE_MESSAGE: &str = "The data are not documented; they are believed to be those of `message`.";

macro_rules! declare {
    ($(
        #[doc = $doc:literal]
        $variant:ident = $word:literal: $data:ty;
            $schema:ident: $schema_data:ty, $note:expr, $function:expr;
    )+) => {
        /// The schemas of all actions, the unknown ones last.
        fn events(generator: &mut SchemaGenerator) -> Vec<Schema> {
            vec![
                $(generator.subschema_for::<$schema>(),)+
                generator.subschema_for::<OtherEvent>(),
            ]
        }

        $(
            #[derive(JsonSchema)]
            #[schemars(description = described($doc, $note))]
            struct $schema {
                /// The kind of event.
                #[schemars(rename = "event_action", extend("const" = $word), with = "String")]
                action: EventAction,
                /// What the event carries: an object as a rule, but `[]`, text and null must be expected as well.
                #[schemars(rename = "event_data")]
                data: Option<Carried<$schema_data>>,
                #[schemars(flatten)]
                members: EventMembers,
            }
        )+
    };
}
event_actions!(declare);

fn described(doc: &str, note: &str) -> String {
    format!("{doc} {note}").trim().to_owned()
}

/// An event of a kind that is not documented. Acknowledge it like any other.
#[derive(JsonSchema)]
struct OtherEvent {
    /// Any word but the documented ones.
    #[schemars(
        rename = "event_action",
        extend("not" = { "enum": EventAction::KNOWN }),
        with = "Option<String>"
    )]
    action: Option<EventAction>,
    /// Anything.
    #[schemars(rename = "event_data")]
    data: Option<serde_json::Value>,
    #[schemars(flatten)]
    members: EventMembers,
}
