//! The fixtures and the schemas by which they are checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// A body of a fixture.
pub(crate) struct Body {
    pub(crate) fixture: String,
    /// `request`, `reply`, `error`, `event` or `acknowledgement`.
    pub(crate) part: &'static str,
    /// The command; empty for events.
    pub(crate) command: String,
    /// The path of its schema.
    pub(crate) schema: String,
    pub(crate) value: Value,
}

/// All bodies of all fixtures.
pub(crate) fn bodies() -> Vec<Body> {
    let index: Value = serde_json::from_str(&whatsgate_schemas::files()["index.json"]).unwrap();
    let mut bodies = Vec::new();
    for (name, fixture) in fixtures() {
        let mut body = |part, schema: &Value, value: &Value| {
            let schema = schema.as_str().unwrap_or_else(|| panic!("{name}: no schema for {part}")).to_owned();
            let command = fixture["command"].as_str().unwrap_or_default().to_owned();
            bodies.push(Body { fixture: name.clone(), part, command, schema, value: value.clone() });
        };
        if let Some(command) = fixture["command"].as_str() {
            let command = &index["commands"][command];
            let (part, schema) =
                if fixture["response"]["status"] == 200 { ("reply", "reply") } else { ("error", "") };
            let schema = command.get(schema).unwrap_or(&index["error"]);
            body("request", &command["request"], &fixture["request"]["body"]);
            body(part, schema, &fixture["response"]["body"]);
        } else {
            let action = fixture["event"].as_str().unwrap();
            body("event", &index["events"][action]["schema"], &fixture["body"]);
            body("event", &index["event"], &fixture["body"]);
            body("acknowledgement", &index["acknowledgement"], &fixture["reply"]);
        }
    }
    bodies
}

fn fixtures() -> Vec<(String, Value)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut fixtures = Vec::new();
    for folder in ["documented", "reconstructed"] {
        for file in fs::read_dir(root.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            fixtures.push((name, serde_json::from_slice(&fs::read(path).unwrap()).unwrap()));
        }
    }
    fixtures.sort_by(|(a, _), (b, _)| a.cmp(b));
    fixtures
}

/// Validators of all generated schemas.
pub(crate) struct Schemas(BTreeMap<String, Validator>);

impl Schemas {
    pub(crate) fn load() -> Self {
        let files = whatsgate_schemas::files().into_iter();
        let schemas = files.filter(|(path, _)| {
            !path.starts_with("1c/") && !["index.json", "openapi.json"].contains(&path.as_str())
        });
        let validators = schemas.map(|(path, text)| {
            let schema = serde_json::from_str(&text).unwrap();
            jsonschema::draft202012::meta::validate(&schema)
                .unwrap_or_else(|error| panic!("{path}: {error}"));
            let validator = jsonschema::draft202012::new(&schema).unwrap();
            (path, validator)
        });
        Self(validators.collect())
    }

    /// Where a value contradicts a schema.
    pub(crate) fn mistakes(&self, schema: &str, value: &Value) -> Vec<String> {
        let validator = self.0.get(schema).unwrap_or_else(|| panic!("there is no schema {schema}"));
        validator.iter_errors(value).map(|error| deepest(&error)).collect()
    }
}

/// The error itself, or, of a choice, the error in the shape that is meant or else came nearest.
fn deepest(error: &ValidationError<'_>) -> String {
    let (ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context }) =
        error.kind()
    else {
        return format!("{}: {error}", error.instance_path());
    };
    let depth = |text: &str| text.split(": ").next().unwrap_or_default().matches('/').count();
    // The constants of a shape, such as `isGroup`, tell whether it is meant.
    let is_constant =
        |error: &ValidationError<'_>| matches!(error.kind(), ValidationErrorKind::Constant { .. });
    let shapes = context.iter().filter_map(|errors| {
        let text = deepest(errors.first()?);
        Some((!errors.iter().any(is_constant), depth(&text), text))
    });
    shapes.max().map_or_else(|| error.to_string(), |(_, _, text)| text)
}
