//! The OpenAPI document is whole, and its examples satisfy it.

use serde_json::{Value, json};
use whatsgate_model::COMMANDS;

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
