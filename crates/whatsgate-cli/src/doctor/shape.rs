//! The shape of events: which members there are and of which types, and no values.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use whatsgate_native::model::{Event, EventAction};

/// Stands for a name that may be private.
const HIDDEN: &str = "<hidden>";
/// Where there are more names at one place it is a map, whose names are data.
const MOST_NAMES: usize = 60;

/// By place, how often which type was there.
type Places = BTreeMap<String, BTreeMap<&'static str, u64>>;

/// The shape of these events, by their actions.
pub(super) fn of<'a>(events: impl Iterator<Item = &'a Event>) -> Value {
    let mut actions: BTreeMap<&str, (u64, Places)> = BTreeMap::new();
    for event in events {
        let is_known = EventAction::KNOWN.contains(&event.action);
        let action = if is_known { event.action.as_str() } else { HIDDEN };
        let (count, places) = actions.entry(action).or_default();
        *count += 1;
        if let Ok(value) = serde_json::from_str(event.raw().as_str()) {
            note(places, "", &value);
        }
    }
    let written = actions
        .into_iter()
        .map(|(action, (count, places))| (action.to_owned(), json!({ "count": count, "places": places })));
    Value::Object(written.collect())
}

fn note(places: &mut Places, place: &str, value: &Value) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(text) if text.is_empty() => "empty string",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let at = if place.is_empty() { "/" } else { place };
    *places.entry(at.to_owned()).or_default().entry(kind).or_default() += 1;
    match value {
        Value::Array(elements) => {
            for element in elements {
                note(places, &format!("{place}/*"), element);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = if members.len() <= MOST_NAMES && is_name(name) { name } else { HIDDEN };
                note(places, &format!("{place}/{name}"), member);
            }
        }
        _ => {}
    }
}

/// Whether a name looks like one that a programmer gave, and not like a number or a person's.
fn is_name(name: &str) -> bool {
    let digits = name.chars().filter(char::is_ascii_digit).count();
    (1..=40).contains(&name.len())
        && digits <= 3
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_private_names_are_not_told() {
        let mut places = Places::new();
        let value = json!({ "id": 1, "79991112233@c.us": { "Anna": "x" }, "list": [1, "secret", null] });
        note(&mut places, "", &value);
        assert_eq!(
            places.keys().collect::<Vec<_>>(),
            ["/", "/<hidden>", "/<hidden>/<hidden>", "/id", "/list", "/list/*"]
        );
        assert!(!format!("{places:?}").contains("secret"));
    }
}
