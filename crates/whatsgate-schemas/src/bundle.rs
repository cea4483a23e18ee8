//! The JSON Schemas: all definitions, each as a document of its own, and all in one.

use std::collections::{BTreeMap, BTreeSet};

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use whatsgate_model as model;

use crate::commands::{self, CommandEntry};
use crate::{one_c, text};

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";
const REFERENCE: &str = "#/$defs/";

/// All definitions of the wire and what they are for.
pub(crate) struct Bundle {
    pub(crate) definitions: BTreeMap<String, Value>,
    pub(crate) commands: Vec<CommandEntry>,
    /// Definitions that stand in requests only.
    pub(crate) of_requests: BTreeSet<String>,
}

impl Bundle {
    pub(crate) fn new() -> Self {
        let mut generator = SchemaSettings::draft2020_12().into_generator();
        let commands = commands::commands(&mut generator);
        generator.subschema_for::<model::Event>();
        generator.subschema_for::<model::Acknowledgement>();
        generator.subschema_for::<model::ErrorBody>();
        let definitions = definitions(&mut generator);
        let mut bundle = Self { definitions, commands, of_requests: BTreeSet::new() };
        bundle.of_requests = bundle.only_in_requests();
        bundle.finish();
        bundle
    }

    /// The definition as a document that needs no other.
    pub(crate) fn document(&self, name: &str) -> Value {
        let mut document = self.definitions[name].as_object().cloned().unwrap_or_default();
        document.insert("$schema".to_owned(), json!(DIALECT));
        let mut needed = self.reachable([name]);
        needed.remove(name);
        if !needed.is_empty() {
            let parts = needed.iter().map(|name| (name.clone(), self.definitions[name].clone()));
            document.insert("$defs".to_owned(), parts.collect::<Map<_, _>>().into());
        }
        document.into()
    }

    /// Everything in one document.
    pub(crate) fn all(&self) -> Value {
        json!({
            "$schema": DIALECT,
            "title": "Whatsgate",
            "description": "All requests, replies, events and objects of the Whatsgate gateway. index.json tells \
                which command has which.",
            "x-1c-functions": one_c::helpers(),
            "$defs": self.definitions,
        })
    }

    /// The names of the events' definitions by action; the last is for actions that are not known.
    pub(crate) fn events(&self) -> Vec<(String, String)> {
        let variants = self.definitions["Event"]["oneOf"].as_array().into_iter().flatten();
        let names = variants.filter_map(|variant| variant["$ref"].as_str()?.strip_prefix(REFERENCE));
        names
            .map(|name| {
                let action = self.definitions[name]["properties"]["event_action"]["const"].as_str();
                (action.unwrap_or("other").to_owned(), name.to_owned())
            })
            .collect()
    }

    /// The names of the definitions that are neither request nor reply nor event, nor a plain text or number.
    pub(crate) fn objects(&self) -> Vec<&str> {
        let events: BTreeSet<_> = self.events().into_iter().map(|(_, name)| name).collect();
        let taken = |name: &String| {
            let is_message = |c: &CommandEntry| c.request == *name || c.reply == *name;
            name == "Event" || events.contains(name) || self.commands.iter().any(is_message)
        };
        let plain = |schema: &Value| schema["type"].is_string() && schema["type"] != "object";
        let objects = self.definitions.iter().filter(|(name, schema)| !taken(name) && !plain(schema));
        objects.map(|(name, _)| name.as_str()).collect()
    }

    /// The first sentence of what is said of a definition, without its full stop.
    pub(crate) fn summary(&self, name: &str) -> String {
        let description = self.definitions[name]["description"].as_str().unwrap_or_default();
        let sentence = description.split_inclusive(['.', ';']).next().unwrap_or_default();
        sentence.trim_end_matches(['.', ';']).to_owned()
    }

    fn reachable<'a>(&self, roots: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = roots.into_iter().map(str::to_owned).collect();
        while let Some(name) = open.pop() {
            if found.insert(name.clone()) {
                references(&self.definitions[&name], &mut open);
            }
        }
        found
    }

    fn only_in_requests(&self) -> BTreeSet<String> {
        let requests = self.reachable(self.commands.iter().map(|command| command.request.as_str()));
        let others = ["Event", "Acknowledgement", "ErrorBody"];
        let replies = self.commands.iter().map(|command| command.reply.as_str());
        let replies = self.reachable(replies.chain(others));
        requests.difference(&replies).cloned().collect()
    }

    /// Puts in what the Rust types cannot say one by one.
    fn finish(&mut self) {
        for (name, schema) in &mut self.definitions {
            schema["title"] = json!(name);
            allow_null(schema);
        }
        for command in &self.commands {
            if let Some(schema) = self.definitions.get_mut(&command.request) {
                commands::annotate(schema, &command.info);
            }
        }
        let events = self.events();
        one_c::name(&mut self.definitions, &events);
    }
}

fn definitions(generator: &mut SchemaGenerator) -> BTreeMap<String, Value> {
    let mut definitions = generator.take_definitions(true);
    definitions.values_mut().for_each(clean);
    definitions.into_iter().collect()
}

/// Turns what schemars and rustdoc write into what all readers of schemas understand.
fn clean(schema: &mut Value) {
    if let Value::Object(members) = schema {
        // Formats such as `uint64` are Rust's; strict validators reject them.
        members.remove("format");
        if members.get("default") == Some(&Value::Null) {
            members.remove("default");
        }
        if let Some(Value::String(documentation)) = members.get_mut("description") {
            *documentation = text::description(documentation);
        }
    }
    flatten(schema);
    each_child(schema, &mut clean);
}

/// Makes one choice of a choice whose first is nothing but a choice, as schemars writes an optional one.
fn flatten(schema: &mut Value) {
    let Some(choices) = schema.get_mut("anyOf").and_then(Value::as_array_mut) else { return };
    if let Some(Value::Object(first)) = choices.first()
        && first.len() == 1
        && let Some(Value::Array(inner)) = first.get("anyOf")
    {
        let inner = inner.clone();
        choices.splice(..1, inner);
    }
}

/// Lets every member that may be absent be null too: for the gateway both mean the same.
fn allow_null(schema: &mut Value) {
    let required = schema["required"].clone();
    let required = required.as_array().map_or(&[][..], Vec::as_slice);
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (name, property) in properties {
        if !required.iter().any(|member| member == name) {
            nullable(property);
        }
    }
}

fn nullable(property: &mut Value) {
    if let Some(kind @ Value::String(_)) = property.get_mut("type") {
        *kind = json!([kind, "null"]);
    }
}

fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(|to| to.as_str()?.strip_prefix(REFERENCE)) {
                found.push(name.to_owned());
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Calls `action` with each schema directly inside of this one.
pub(crate) fn each_child(schema: &mut Value, action: &mut dyn FnMut(&mut Value)) {
    let Value::Object(members) = schema else { return };
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            ("properties" | "$defs", Value::Object(schemas)) => schemas.values_mut().for_each(&mut *action),
            ("anyOf" | "oneOf" | "allOf", Value::Array(schemas)) => schemas.iter_mut().for_each(&mut *action),
            ("items" | "not" | "if" | "then" | "else", schema @ Value::Object(_)) => action(schema),
            _ => {}
        }
    }
}
