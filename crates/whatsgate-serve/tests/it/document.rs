//! The OpenAPI document is whole by itself, and its examples satisfy it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// The methods of operations, as documents name them.
pub(crate) const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// An operation of the document.
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    pub(crate) value: &'a Value,
    pub(crate) parameters: Vec<&'a Value>,
}

impl Operation<'_> {
    pub(crate) fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap()
    }
}

/// All operations, with the parameters that all of a path share.
pub(crate) fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, value) in item.as_object().unwrap().iter().filter(|(name, _)| *name != "parameters") {
            assert!(METHODS.contains(&method.as_str()), "{path} has {method}");
            let parameters = [&item["parameters"], &value["parameters"]].into_iter();
            let parameters = parameters.filter_map(Value::as_array).flatten();
            let parameters = parameters.map(|parameter| resolved(document, parameter)).collect();
            operations.push(Operation { path, method, value, parameters });
        }
    }
    operations
}

/// What a part of the document stands for, if it is a reference.
pub(crate) fn resolved<'a>(document: &'a Value, part: &'a Value) -> &'a Value {
    match part["$ref"].as_str() {
        Some(target) => document.pointer(target.strip_prefix('#').unwrap()).expect(target),
        None => part,
    }
}

/// What is wrong with a value by a schema of the document.
pub(crate) fn mistakes(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let whole = json!({ "allOf": [schema], "components": document["components"] });
    let validator = jsonschema::draft202012::new(&whole).unwrap();
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Calls a function with every part of the document and where it stands.
fn all(part: &Value, place: &str, visit: &mut impl FnMut(&Value, &str)) {
    visit(part, place);
    match part {
        Value::Object(members) => {
            for (name, value) in members {
                // Examples are no parts of the document.
                if !["value", "example"].contains(&name.as_str()) || place.ends_with("/properties") {
                    all(value, &format!("{place}/{name}"), visit);
                }
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                all(value, &format!("{place}/{at}"), visit);
            }
        }
        _ => {}
    }
}

#[test]
fn all_references_lead_to_something_and_all_components_are_used() {
    let document = whatsgate_serve::openapi();
    // What streams carry is named in words.
    let named = ["schemas/StreamedEvent", "securitySchemes/Token"];
    let mut used: BTreeSet<_> = named.into_iter().map(str::to_owned).collect();
    for operation in operations(&document) {
        for scheme in operation.value["security"].as_array().into_iter().flatten() {
            used.extend(scheme.as_object().unwrap().keys().map(|name| format!("securitySchemes/{name}")));
        }
    }
    all(&document, "", &mut |part, place| {
        if let Some(target) = part["$ref"].as_str() {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{place}: {target}");
            used.insert(target.trim_start_matches("#/components/").to_owned());
        }
    });
    for (kind, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            assert!(used.contains(&format!("{kind}/{name}")), "nothing uses {kind}/{name}");
        }
    }
}

#[test]
fn operations_are_told_apart_and_told_whole() {
    let document = whatsgate_serve::openapi();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(document["info"]["contact"].is_null(), "an address that nobody keeps");
    assert!(document["components"]["securitySchemes"]["Token"].is_object());
    let tags: BTreeSet<_> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert!(!tags.contains(document["info"]["title"].as_str().unwrap()), "a tag has the title's name");
    let mut ids = BTreeSet::new();
    let mut used = BTreeSet::new();
    for operation in operations(&document) {
        let (id, value) = (operation.id(), operation.value);
        assert!(ids.insert(id.to_owned()), "{id} is there twice");
        assert!(id.chars().all(|letter| letter.is_ascii_alphanumeric()), "{id}");
        for member in ["summary", "description"] {
            assert!(value[member].as_str().is_some_and(|text| !text.is_empty()), "{id} has no {member}");
        }
        used.extend(value["tags"].as_array().unwrap().iter().filter_map(Value::as_str));
        let named: BTreeSet<_> =
            operation.path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        let mut given = BTreeSet::new();
        for parameter in &operation.parameters {
            let name = parameter["name"].as_str().unwrap();
            assert!(parameter["description"].is_string() && parameter["schema"].is_object(), "{id}: {name}");
            if parameter["in"] == "path" {
                assert_eq!(parameter["required"], true, "{id}: {name}");
                assert!(given.insert(name), "{id}: {name} is there twice");
            }
        }
        assert_eq!(given, named, "{id}: parameters of the path");
        for (status, response) in value["responses"].as_object().unwrap() {
            let response = resolved(&document, response);
            assert!(response["description"].is_string(), "{id}: {status}");
            assert_eq!(response["content"].is_object(), status != "204", "{id}: {status}");
        }
    }
    assert_eq!(used, tags, "tags");
}

/// Each of these broke the clients of a generator that many use.
#[test]
fn generators_meet_nothing_that_they_stumble_over() {
    let document = whatsgate_serve::openapi();
    all(&document, "", &mut |part, place| {
        let Value::Object(members) = part else { return };
        if place.ends_with("/properties") {
            return;
        }
        for keyword in ["if", "then", "else", "allOf", "anyOf", "not", "const"] {
            assert!(!members.contains_key(keyword), "{place} has {keyword}");
        }
        // A recipient is a text or an object, as the result of `send` is in the document of the gateway.
        let is_recipient = place == "/components/schemas/Draft/properties/recipient";
        assert!(!members.contains_key("oneOf") || is_recipient, "{place} is a choice");
        if members.get("format").is_some_and(|format| format == "int64") {
            let name = place.trim_end_matches("/schema").rsplit('/').next().unwrap_or_default();
            let is_small =
                ["wait", "limit", "lease_seconds", "attempts", "deliveries", "left", "unreadable", "status"];
            assert!(!is_small.contains(&name), "{place} has 64 bits");
        }
        assert!(
            members.get("enum").is_none_or(|words| words.as_array().unwrap().iter().all(Value::is_string)),
            "{place} has words that are none"
        );
    });
}

#[test]
fn only_our_own_addresses_are_named() {
    let document = whatsgate_serve::openapi();
    all(&document, "", &mut |part, place| {
        let text = part.as_str().unwrap_or_default();
        if text.contains("://") {
            assert_eq!(text, env!("CARGO_PKG_HOMEPAGE"), "{place}");
        }
    });
}

#[test]
fn examples_satisfy_the_document() {
    let document = whatsgate_serve::openapi();
    let mut checked = 0;
    all(&document, "", &mut |part, place| {
        let schema = &part["schema"];
        if !schema.is_object() {
            // The examples of a schema.
            if let (Some(examples), true) = (part["examples"].as_array(), part.get("type").is_some()) {
                for example in examples {
                    let mistakes = mistakes(&document, part, example);
                    assert!(mistakes.is_empty(), "{place}: {mistakes:#?}");
                    checked += 1;
                }
            }
            return;
        }
        let named = part["examples"].as_object().into_iter().flatten().map(|(_, example)| &example["value"]);
        for example in named.chain(part.get("example")) {
            let mistakes = mistakes(&document, schema, example);
            assert!(mistakes.is_empty(), "{place}: {mistakes:#?}");
            checked += 1;
        }
        let is_body = place.contains("/content/")
            && schema["format"] != "binary"
            && !place.contains("multipart")
            && !place.ends_with("svg+xml");
        assert!(!is_body || part["examples"].is_object(), "{place} has no example");
    });
    assert!(checked > 60, "only {checked} examples were found");
}
