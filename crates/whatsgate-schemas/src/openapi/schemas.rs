//! The schemas of the OpenAPI document: the JSON Schemas, rewritten for generators of clients.
//!
//! - Ids and other plain values stand where they are used: a class around a text helps nobody.
//! - An open list is a text with `x-extensible-enum`, not a choice between a closed list and text.
//! - Chats and events are one object each, in which `isGroup` and `event_action` tell the kinds apart, because
//!   generators cannot choose between classes by a boolean or by an open list. A recipient is one, too: classes that
//!   differ in their required members only are one or the other by chance.
//! - What comes in several forms has no type: a client that is strict about one form loses the whole reply over another.
//!   The data of an event are among them; `EventData`, to which nothing refers, says what an object of them holds.
//! - The result of `send` is a choice of exactly two, of which the text has a title: generators name its class by it.
//! - No conditions: of `if` and `then`, and of choices between required members, generators make nothing, or errors.
//! - Replies allow members that are not described, in so many words: some generators refuse them otherwise.
//! - Requests hold what a program should write: no nulls, and numbers as numbers.
//! - A message has no `_id`, the last part of its `id`: many generators give both the same name.
//! - Numbers that may outgrow 32 bits say that they have 64: without a format, some generators choose 32. Small ones
//!   have no format: nobody wants a `BigInt` for a page.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use whatsgate_model::EventAction;

use crate::bundle::{Bundle, each_child};
use crate::one_c;

/// The title of the word by which `send` says that a message is queued.
const QUEUED: &str = "Queued";

/// The members that hold whole numbers of more than 32 bits: numbers of rows, times, sizes of files.
const WIDE: [&str; 5] = ["id", "user_id", "timestamp", "creation", "filesize"];

/// The reference to a schema of the document.
pub(crate) fn reference(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

/// All schemas of the document.
pub(crate) fn components(bundle: &Bundle) -> Map<String, Value> {
    let (plain, mut schemas): (BTreeMap<_, _>, BTreeMap<_, _>) =
        bundle.definitions.clone().into_iter().partition(|(_, schema)| is_plain(schema));
    one_chat(&mut schemas);
    one_event(&mut schemas, bundle);
    if let Some(Value::Object(message)) = schemas.get_mut("Message").map(|message| &mut message["properties"])
    {
        message.remove("_id");
    }
    one_recipient(&mut schemas);
    result_of_send(&mut schemas);
    for (name, schema) in &mut schemas {
        let rewrite = Rewrite { plain: &plain, in_request: bundle.of_requests.contains(name) };
        rewrite.schema(schema);
        if !rewrite.in_request && schema["type"] == "object" {
            schema["additionalProperties"] = json!(true);
        }
    }
    schemas.into_iter().collect()
}

/// A text, a number, or an open list.
fn is_plain(schema: &Value) -> bool {
    let is_text_or_number =
        |schema: &Value| ["string", "integer", "number"].iter().any(|kind| schema["type"] == *kind);
    is_text_or_number(schema) || open_list(schema).is_some()
}

/// The known words of an open list.
fn open_list(schema: &Value) -> Option<&Value> {
    match schema["anyOf"].as_array()?.as_slice() {
        [list, any] if list["enum"].is_array() && *any == json!({ "type": "string" }) => Some(&list["enum"]),
        _ => None,
    }
}

fn one_chat(schemas: &mut BTreeMap<String, Value>) {
    let contact = schemas.remove("ContactChat").unwrap_or_default();
    let mut chat = schemas.remove("GroupChat").unwrap_or_default();
    for keyword in ["x-1c-structure", "x-1c-number"] {
        chat[keyword] = json!([&contact[keyword], &chat[keyword]]);
    }
    describe(&mut chat, "Chat");
    chat["title"] = json!("Chat");
    chat["description"] = json!("A chat with a contact or with a group; `isGroup` tells which.");
    let properties = &mut chat["properties"];
    properties["isGroup"]["description"] = json!("Whether the chat is a group.");
    if let Value::Object(is_group) = &mut properties["isGroup"] {
        is_group.remove("const");
    }
    properties["groupMetadata"]["description"] = json!("What is known of the group; absent for contacts.");
    schemas.insert("Chat".to_owned(), chat);
}

fn one_recipient(schemas: &mut BTreeMap<String, Value>) {
    let by_id = schemas.remove("RecipientById").unwrap_or_default();
    let mut recipient = schemas.remove("RecipientByNumber").unwrap_or_default();
    recipient["properties"]["id"] = by_id["properties"]["id"].clone();
    recipient["title"] = json!("Recipient");
    recipient["description"] = json!(
        "Whom a command is for: by WhatsApp id, or by number. Set exactly one of `id` and \
        `number`; with `number`, `type` may say that it is a group's."
    );
    if let Value::Object(recipient) = &mut recipient {
        recipient.remove("required");
    }
    describe(&mut recipient, "Recipient");
    schemas.insert("Recipient".to_owned(), recipient);
}

fn result_of_send(schemas: &mut BTreeMap<String, Value>) {
    let Some(result) = schemas.get_mut("SendResult") else { return };
    *result = json!({
        "title": "SendResult",
        "description": "What became of a message. An object is the message, sent: the usual result of a synchronous send. \
            Text, `OK`, says that it is queued: the usual result of an asynchronous send, and no error; the message follows in \
            a `sent` event.",
        "oneOf": [
            { "$ref": "#/$defs/Message" },
            { "type": "string", "title": QUEUED, "description": "The word of the queue, `OK`." },
        ],
    });
    describe(result, "SendResult");
}

fn one_event(schemas: &mut BTreeMap<String, Value>, bundle: &Bundle) {
    let mut event = schemas.remove("OtherEvent").unwrap_or_default();
    let mut data = Map::new();
    for (_, name) in bundle.events() {
        schemas.remove(&name);
    }
    for name in ["MessageData", "Ready", "ErrorReport", "Disconnect"] {
        let part = schemas.remove(name).unwrap_or_default();
        data.extend(part["properties"].as_object().cloned().unwrap_or_default());
    }
    let message = data.entry("message").or_insert_with(|| json!({}));
    message["anyOf"] = json!([{ "$ref": "#/$defs/Message" }, { "type": "null" }]);
    let mut event_data = json!({
        "title": "EventData",
        "description": "What an event carries in `event_data` when it is an object: `message` in `message`, `sent`, `ack`, \
            `media` and `create`; `pushname` and `number` in `ready`; `error` in `error`; `reason` in `disconnect`. All but \
            the first are not fully documented, and others may come.",
        "type": "object",
        "properties": data,
    });
    describe(&mut event_data, "EventData");
    schemas.insert("EventData".to_owned(), event_data);
    event["title"] = json!("Event");
    event["description"] = bundle.definitions["Event"]["description"].clone();
    describe(&mut event, "Event");
    let action = event["properties"]["event_action"].clone();
    event["properties"]["event_action"] = json!({
        "anyOf": [{ "$ref": "#/$defs/EventAction" }, { "type": "null" }],
        "description": "The kind of event.",
        "x-1c-name": action["x-1c-name"],
        "x-1c-description": action["x-1c-description"],
        "x-1c-functions": handlers(),
    });
    event["properties"]["event_data"]["description"] = json!(
        "What the event carries: as a rule an object, which \
        `EventData` describes, but `[]`, `{}`, text and null must be expected as well. Read the event first, and then this \
        member by itself, so that data that cannot be read lose nothing but themselves."
    );
    schemas.insert("Event".to_owned(), event);
}

/// Takes out what says that one member asks for another; the descriptions say it in words.
fn without_conditions(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    if members.contains_key("properties") {
        members.retain(|keyword, _| !["anyOf", "if", "then", "else"].contains(&keyword.as_str()));
    }
}

fn is_whole(kind: &Value) -> bool {
    *kind == "integer" || *kind == json!(["integer", "null"])
}

/// Says in Russian what a schema is that only this document has.
fn describe(schema: &mut Value, name: &str) {
    if let Some(text) = one_c::russian::definition(name) {
        schema["x-1c-description"] = json!(text);
    }
}

/// The 1C library's handlers of events, by action.
fn handlers() -> Value {
    let handler = |action: &EventAction| Some((action.as_str().to_owned(), action.function_1c()?.into()));
    EventAction::KNOWN.iter().filter_map(handler).collect::<Map<_, _>>().into()
}

struct Rewrite<'a> {
    plain: &'a BTreeMap<String, Value>,
    in_request: bool,
}

impl Rewrite<'_> {
    fn schema(&self, schema: &mut Value) {
        without_conditions(schema);
        self.first_choice(schema);
        self.inline(schema);
        let Value::Object(members) = schema else { return };
        // `title` would rename the classes made of parts of a schema; the keys of the components are names enough.
        members.retain(|keyword, value| keyword != "title" || *value == QUEUED);
        if let Some(Value::String(to)) = members.get_mut("$ref") {
            *to = reference(to.trim_start_matches("#/$defs/"));
        }
        // What is left of choices between plain types are the forms in which a reply may come.
        let choices = members.get("anyOf").and_then(Value::as_array);
        if choices.is_some_and(|choices| {
            choices.iter().all(|choice| choice["type"].is_string() && choice["type"] != "object")
        }) {
            members.remove("anyOf");
        }
        if self.in_request
            && let Some(kind @ Value::Array(_)) = members.get_mut("type")
        {
            *kind = kind[0].clone();
        }
        each_child(schema, &mut |child| self.schema(child));
        let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
        for (name, property) in properties {
            if WIDE.contains(&name.as_str()) && is_whole(&property["type"]) {
                property["format"] = json!("int64");
            }
        }
    }

    /// Where a number may also be text, or a request may also hold null: takes the one that should be written.
    fn first_choice(&self, schema: &mut Value) {
        let Some(choices) = schema["anyOf"].as_array() else { return };
        let (null, others): (Vec<_>, Vec<_>) = choices.iter().partition(|choice| choice["type"] == "null");
        let has_preference = others.len() == 1 || others[0]["type"] == "integer";
        if !null.is_empty() && self.in_request && has_preference {
            let Value::Object(first) = others[0].clone() else { return };
            let Value::Object(members) = schema else { return };
            members.remove("anyOf");
            members.extend(first);
        }
    }

    /// Puts plain values where they are used, and null into their types.
    fn inline(&self, schema: &mut Value) {
        let name = |schema: &Value| Some(schema["$ref"].as_str()?.trim_start_matches("#/$defs/").to_owned());
        let (name, nullable) = match schema["anyOf"].as_array().map(Vec::as_slice) {
            Some([choice, null]) if null["type"] == "null" => (name(choice), true),
            _ => (name(schema), false),
        };
        let Some(plain) = name.and_then(|name| self.plain.get(&name)) else { return };
        let Value::Object(members) = schema else { return };
        members.remove("$ref");
        members.remove("anyOf");
        let mut kind = plain["type"].clone();
        if let Some(words) = open_list(plain) {
            kind = json!("string");
            members.insert("x-extensible-enum".to_owned(), words.clone());
            members.insert("examples".to_owned(), json!([words[0]]));
            let known = plain["description"].as_str().and_then(|text| text.split_once("Known values:"));
            if let (Some((_, known)), Some(Value::String(text))) = (known, members.get_mut("description")) {
                *text = format!("{text}\n\nKnown values:{known}");
            }
        }
        for (keyword, value) in plain.as_object().into_iter().flatten() {
            if !["type", "anyOf", "title", "description"].contains(&keyword.as_str()) {
                members.insert(keyword.clone(), value.clone());
            }
        }
        members.insert("type".to_owned(), if nullable { json!([kind, "null"]) } else { kind });
    }
}
