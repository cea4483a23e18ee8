//! Every documented request, reply and event satisfies its schema and comes through the Rust types unharmed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use whatsgate_model::{self as model, Command, CommandVisitor, Reply, visit_command};

use crate::fixtures::{Body, Schemas, bodies};

/// The documented mistakes, each with a place where it contradicts the schema.
const MISTAKES: [(&str, &str); 1] = [("quirk.get-chats.openapi-typos", "/data/0/isGroup: ")];

/// What the schemas allow and the Rust types refuse: a client in use writes a contact's id where its number belongs, and an
/// example of the vendor's has an empty word, which does not say that the message was queued.
const REFUSED: [(&str, &str); 2] =
    [("send.null_fields.sync", "request"), ("quirk.send.empty-result", "reply")];

fn mistake(body: &Body) -> Option<&'static str> {
    let known = MISTAKES.iter().find(|(fixture, _)| body.part == "reply" && *fixture == body.fixture);
    known.map(|(_, place)| *place)
}

#[test]
fn documented_bodies_satisfy_their_schemas() {
    let schemas = Schemas::load();
    let mut checked = 0;
    for body in bodies() {
        let mistakes = schemas.mistakes(&body.schema, &body.value);
        let name = format!("{} ({}, {})", body.fixture, body.part, body.schema);
        match mistake(&body) {
            None => assert!(mistakes.is_empty(), "{name} contradicts its schema:\n{}", mistakes.join("\n")),
            Some(place) => {
                assert!(mistakes.iter().any(|text| text.starts_with(place)), "{name}: {mistakes:#?}");
            }
        }
        checked += 1;
    }
    println!("checked: {checked} bodies");
    assert!(checked > 100, "only {checked} bodies were found");
}

#[test]
fn documented_bodies_come_through_the_rust_types() {
    let schemas = Schemas::load();
    for body in bodies() {
        if REFUSED.contains(&(body.fixture.as_str(), body.part)) {
            continue;
        }
        let written = match body.part {
            "request" | "reply" => visit_command(&body.command, &mut Through(&body)).unwrap(),
            "error" => through::<model::ErrorBody>(&body.value),
            "event" => through::<model::Event>(&body.value),
            _ => through::<model::Acknowledgement>(&body.value),
        };
        let name = format!("{} ({})", body.fixture, body.part);
        if mistake(&body).is_some() {
            continue;
        }
        let mistakes = schemas.mistakes(&body.schema, &written);
        assert!(mistakes.is_empty(), "{name} written anew contradicts its schema:\n{}", mistakes.join("\n"));
        kept(&body.value, &written, &name);
    }
}

#[test]
fn documented_mistakes_are_read_all_the_same() {
    let mistaken: Vec<_> = bodies().into_iter().filter(|body| mistake(body).is_some()).collect();
    assert_eq!(mistaken.len(), MISTAKES.len());
    for body in mistaken {
        let reply = model::GetChatsReply::from_json(&body.value.to_string()).unwrap();
        insta::assert_debug_snapshot!(body.fixture, reply);
    }
}

/// Everything that a body says is still there after reading and writing. What says nothing (null, empty text, an absent
/// member with its usual value) may change its form, and so may a number written as text.
fn kept(original: &Value, written: &Value, place: &str) {
    match (original, written) {
        (Value::Null, _) => {}
        (Value::String(text), Value::Null) if text.is_empty() => {}
        (Value::String(text), Value::Null) if text == "contact" && place.ends_with("/recipient/type") => {}
        (Value::Object(members), _) => {
            for (name, value) in members {
                kept(value, &written[name], &format!("{place}/{name}"));
            }
        }
        (Value::Array(items), Value::Array(others)) => {
            assert_eq!(items.len(), others.len(), "{place}");
            for (at, (item, other)) in items.iter().zip(others).enumerate() {
                kept(item, other, &format!("{place}/{at}"));
            }
        }
        (Value::String(text), Value::Number(number)) => assert_eq!(*text, number.to_string(), "{place}"),
        _ => assert_eq!(original, written, "{place}"),
    }
}

fn through<T: DeserializeOwned + Serialize>(value: &Value) -> Value {
    let read: T = serde_json::from_str(&value.to_string()).unwrap();
    serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap()
}

/// What of an exchange goes through the types of its command.
struct Through<'a>(&'a Body);

impl CommandVisitor for Through<'_> {
    type Output = Value;

    fn visit<C: Command>(&mut self) -> Value {
        let Body { part, value, .. } = self.0;
        if *part == "request" {
            return through::<C>(value);
        }
        serde_json::to_value(C::Reply::from_json(&value.to_string()).unwrap()).unwrap()
    }
}
