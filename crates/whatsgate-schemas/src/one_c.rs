//! The names of the 1C library, beside those of the wire (wire reference, section 7).
//!
//! Of [`STRUCTURES`], which are the model's, and [`calls`] the modules in `schemas/1c` are made as well.
//!
//! The functions that carry out a command stand with the command, as
//! [`FUNCTIONS_1C`](whatsgate_model::Command::FUNCTIONS_1C), and the handlers with the event actions.

pub mod calls;
pub(crate) mod modules;
pub mod russian;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use whatsgate_model as model;
pub use whatsgate_model::one_c::{EVENT, Names, STRUCTURES, Structure};

/// A function of the library that carries out no command.
pub struct Helper {
    /// Its name.
    pub function: &'static str,
    /// The schema that shows what it returns or fills, if one does.
    pub schema: Option<&'static str>,
    /// What it does.
    pub does: &'static str,
}

/// The functions of the library that carry out no command.
pub const HELPERS: [Helper; 4] = [
    Helper {
        function: "ПолучитьТокенПользователя", schema: None, does: "supplies the header X-Api-Key"
    },
    Helper {
        function: "ПолучитьИдентификаторСессии",
        schema: Some("SessionId"),
        does: "supplies the member WhatsappID",
    },
    Helper {
        function: "ПолучитьСтруктуруДанных",
        schema: None,
        does: "makes an empty structure; x-1c-number is its argument",
    },
    Helper {
        function: "ПрикрепитьФайл",
        schema: Some("OutgoingMedia"),
        does: "reads a file into the member media of a message",
    },
];

/// Puts the names into the definitions of the wire.
pub(crate) fn name(definitions: &mut BTreeMap<String, Value>, events: &[(String, String)]) {
    for structure in STRUCTURES {
        let Some(definition) = definitions.get_mut(structure.schema) else { continue };
        for names in structure.names {
            name_members(definition, names);
        }
        if let Some((number, name)) = structure.of_library {
            definition["x-1c-structure"] = json!(name);
            definition["x-1c-number"] = json!(number);
        }
    }
    for (action, event) in events {
        let Some(definition) = definitions.get_mut(event) else { continue };
        name_members(definition, EVENT);
        if let Some(function) = model::EventAction::from(action.as_str()).function_1c() {
            definition["x-1c-function"] = json!(function);
        }
    }
    for helper in &HELPERS {
        if let Some(definition) = helper.schema.and_then(|schema| definitions.get_mut(schema)) {
            definition["x-1c-function"] = json!(helper.function);
        }
    }
    describe(definitions, events);
}

/// Says in Russian what every definition and member is.
fn describe(definitions: &mut BTreeMap<String, Value>, events: &[(String, String)]) {
    for (name, definition) in definitions {
        let event = events.iter().find(|(_, event)| event == name);
        let text = event.and_then(|(action, _)| russian::event(action)).or_else(|| russian::definition(name));
        if let Some(text) = text {
            definition["x-1c-description"] = json!(text);
        }
        let members = definition.get_mut("properties").and_then(Value::as_object_mut);
        for (member, schema) in members.into_iter().flatten() {
            if let Some(text) = russian::member(name, member) {
                schema["x-1c-description"] = json!(text);
            }
        }
    }
}

/// What the functions of the library do that carry out no command.
pub(crate) fn helpers() -> Value {
    HELPERS
        .iter()
        .map(|helper| (helper.function.to_owned(), json!(helper.does)))
        .collect::<Map<_, _>>()
        .into()
}

fn name_members(definition: &mut Value, names: Names) {
    for (wire, name) in names {
        if let Some(member) = definition["properties"].get_mut(wire) {
            member["x-1c-name"] = json!(name);
        }
    }
}
