//! The OpenAPI document is whole, and its examples satisfy it.

use serde_json::{Value, json};
use whatsgate_model::COMMANDS;

use crate::fixtures::Schemas;

fn document() -> Value {
    serde_json::from_str(&whatsgate_schemas::files()["openapi.json"]).unwrap()
}

#[test]
fn all_commands_and_events_are_described() {
    let document = document();
    let mut paths: Vec<_> = COMMANDS.iter().map(|command| format!("/{}", command.name)).collect();
    paths.sort();
    let described: Vec<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(described, paths);
    for action in whatsgate_model::EventAction::KNOWN {
        assert!(document["webhooks"][action.as_str()].is_object(), "{action}");
    }
    assert_eq!(document["servers"].as_array().unwrap().len(), 2);
    assert_eq!(document["components"]["securitySchemes"]["ApiKey"]["name"], "X-Api-Key");
}

/// Each of these broke the clients of a generator that many use.
#[test]
fn generators_meet_nothing_that_they_stumble_over() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    for (name, schema) in schemas.as_object().unwrap() {
        no_stumbling_block(schema, name);
    }
    assert_eq!(
        schemas["SendResult"]["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|choice| &choice["title"])
            .collect::<Vec<_>>(),
        [&Value::Null, &json!("Queued")],
        "the text has a title, the message has its name"
    );
    assert_eq!(schemas["Recipient"]["type"], "object");
    assert_eq!(schemas["ErrorBody"].get("required"), None, "an error may lack everything");
    let data = schemas["Event"]["properties"]["event_data"].as_object().unwrap();
    assert!(
        ["type", "$ref", "anyOf", "oneOf"].iter().all(|keyword| !data.contains_key(*keyword)),
        "{data:?}"
    );
    assert!(schemas["EventData"]["properties"]["message"].is_object());
    let tags = document["tags"].as_array().unwrap();
    assert!(tags.iter().all(|tag| tag["name"] != document["info"]["title"]), "a tag has the title's name");
    assert_eq!(
        document["info"]["contact"]["url"], "https://whatsgate.org",
        "or a generator makes up an author"
    );
}

/// Looks for conditions, choices that no class can stand for, and numbers of 64 bits that nobody needs.
fn no_stumbling_block(schema: &Value, place: &str) {
    let Value::Object(members) = schema else { return };
    for keyword in ["if", "then", "else", "allOf", "not", "const", "enum"] {
        assert!(!members.contains_key(keyword), "{place} has {keyword}");
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let is_optional =
            choices.len() == 2 && choices[0]["$ref"].is_string() && choices[1]["type"] == "null";
        assert!(is_optional, "{place} is a choice");
    }
    assert!(schema.get("oneOf").is_none() || place == "SendResult", "{place} is a choice");
    let properties = schema["properties"].as_object().into_iter().flatten();
    for (name, property) in properties.chain(members.get_key_value("items")) {
        no_stumbling_block(property, &format!("{place}.{name}"));
        let is_small =
            ["page", "pages", "page_cnt", "elements", "ack", "code", "status", "status_code", "size"];
        assert!(
            property.get("format").is_none() || !is_small.contains(&name.as_str()),
            "{place}.{name} has 64 bits"
        );
    }
}

/// The JSON Schemas and the document take every event whose data the reader of the Rust types takes.
#[test]
fn no_data_make_an_event_invalid() {
    let document = document();
    let schema = json!({ "$ref": "#/components/schemas/Event", "components": document["components"] });
    let of_document = jsonschema::draft202012::new(&schema).unwrap();
    let schemas = Schemas::load();
    for action in
        whatsgate_model::EventAction::KNOWN.iter().map(whatsgate_model::EventAction::as_str).chain(["call"])
    {
        for data in [json!([]), json!("Timeout"), json!(null), json!({})] {
            let event = json!({ "id": 1, "event_action": action, "event_data": data });
            let path = if action == "call" { "other" } else { action };
            for path in [format!("events/{path}.json"), "events/event.json".to_owned()] {
                let mistakes = schemas.mistakes(&path, &event);
                assert!(mistakes.is_empty(), "{path}: {event}: {mistakes:?}");
            }
            assert!(of_document.is_valid(&event), "{event}");
            serde_json::from_value::<whatsgate_model::Event>(event).unwrap();
        }
    }
}

#[test]
fn examples_satisfy_the_document() {
    let document = document();
    let mut checked = 0;
    examples(&document, &document, "", &mut checked);
    println!("checked: {checked} examples of openapi.json");
    // 38 exchanges that succeed and 9 events with two bodies each, and 3 errors.
    assert!(checked >= 97, "only {checked} examples were found");
}

/// Checks the examples of every `{schema, examples}` in the document.
fn examples(part: &Value, document: &Value, place: &str, checked: &mut usize) {
    if let (Some(schema), Some(examples)) = (part.get("schema"), part.get("examples")) {
        let schema = json!({ "$ref": schema["$ref"], "components": document["components"] });
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for (name, example) in examples.as_object().unwrap() {
            let mistakes: Vec<_> = validator.iter_errors(&example["value"]).collect();
            assert!(mistakes.is_empty(), "{place}, example {name}: {mistakes:#?}");
            *checked += 1;
        }
    }
    let children: Vec<(String, &Value)> = match part {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in children {
        examples(value, document, &format!("{place}/{name}"), checked);
    }
}
