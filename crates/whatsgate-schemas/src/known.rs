//! What the schemas know of replies and events, place by place: for telling what they do not know.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::bundle::Bundle;

/// What is known of a place.
#[derive(Default, Serialize)]
struct Known {
    /// The JSON types that a value may have there.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    types: BTreeSet<String>,
    /// The words that are known there, if it is a list of words, be it open.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    words: BTreeSet<String>,
    /// Whether anything may be there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    any: bool,
    /// Whether events are there, each of which is judged by itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    events: bool,
}

/// Places as JSON pointers whose numbers of elements are `*`, by command, by `event.<action>`, and of `error`.
pub(crate) fn known(bundle: &Bundle) -> String {
    let mut subjects: BTreeMap<String, BTreeMap<String, Known>> = BTreeMap::new();
    let commands =
        bundle.commands.iter().map(|command| (command.info.name.to_owned(), command.reply.clone()));
    let events = bundle.events().into_iter().map(|(action, name)| (format!("event.{action}"), name));
    let error = [("error".to_owned(), "ErrorBody".to_owned())];
    for (subject, name) in commands.chain(events).chain(error) {
        walk(bundle, &bundle.definitions[&name], "", subjects.entry(subject).or_default());
    }
    // A place in a line, so that a change shows as one.
    let mut text = "{\n".to_owned();
    for (number, (subject, places)) in subjects.iter().enumerate() {
        text.push_str(&format!("{}: {{\n", Value::from(subject.as_str())));
        for (number, (place, known)) in places.iter().enumerate() {
            let known = serde_json::to_string(known).unwrap_or_default();
            let end = if number + 1 < places.len() { "," } else { "" };
            text.push_str(&format!("  {}: {known}{end}\n", Value::from(place.as_str())));
        }
        text.push_str(if number + 1 < subjects.len() { "},\n" } else { "}\n" });
    }
    text + "}\n"
}

fn walk(bundle: &Bundle, schema: &Value, at: &str, places: &mut BTreeMap<String, Known>) {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix("#/$defs/")) {
        if name == "Event" {
            places.entry(at.to_owned()).or_default().events = true;
        } else {
            walk(bundle, &bundle.definitions[name], at, places);
        }
    }
    for choices in ["anyOf", "oneOf", "allOf"] {
        for choice in schema[choices].as_array().into_iter().flatten() {
            walk(bundle, choice, at, places);
        }
    }
    let place = places.entry(at.to_owned()).or_default();
    let types = &schema["type"];
    let types = types.as_array().into_iter().flatten().chain(types.is_string().then_some(types));
    for kind in types.filter_map(Value::as_str) {
        place.types.insert(if kind == "integer" { "number".to_owned() } else { kind.to_owned() });
    }
    let words = schema["enum"].as_array().into_iter().flatten().chain(schema.get("const"));
    place.words.extend(words.filter_map(Value::as_str).map(str::to_owned));
    let says_something =
        ["$ref", "anyOf", "oneOf", "allOf", "type"].iter().any(|name| schema.get(name).is_some());
    place.any |= !says_something;
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        walk(bundle, member, &format!("{at}/{name}"), places);
    }
    if let Some(items) = schema.get("items") {
        walk(bundle, items, &format!("{at}/*"), places);
    }
}
