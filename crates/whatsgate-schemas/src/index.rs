//! Where each schema is, and the index that says so.

use serde_json::{Map, Value, json};

use crate::bundle::Bundle;
use crate::commands::{self, CommandEntry};
use crate::one_c;

/// The service's base URLs.
pub(crate) const SERVERS: [&str; 2] = ["https://whatsgate.ru/api/v1", "https://whatsgate.org/api/v1"];

/// The path of every schema that has a file of its own, with the name of its definition.
pub(crate) fn paths(bundle: &Bundle) -> Vec<(String, String)> {
    let commands = bundle.commands.iter().flat_map(|command| {
        [(request_path(command), command.request.clone()), (reply_path(command), command.reply.clone())]
    });
    let events = bundle.events().into_iter().map(|(action, name)| (event_path(&action), name));
    let event = (event_path("event"), "Event".to_owned());
    let objects = bundle.objects().into_iter().map(|name| (object_path(name), name.to_owned()));
    commands.chain(events).chain([event]).chain(objects).collect()
}

/// What belongs to which command.
pub(crate) fn index(bundle: &Bundle) -> Value {
    let commands =
        bundle.commands.iter().map(|command| (command.info.name.to_owned(), command_entry(command)));
    let events = bundle.events().into_iter().map(|(action, name)| {
        let mut entry = json!({ "schema": event_path(&action), "type": name });
        for keyword in ["x-1c-function", "x-1c-description"] {
            if let text @ Value::String(_) = &bundle.definitions[&name][keyword] {
                entry[keyword] = text.clone();
            }
        }
        (action, entry)
    });
    let objects = bundle.objects().into_iter().map(|name| (name.to_owned(), json!(object_path(name))));
    json!({
        "servers": SERVERS,
        "keyHeader": "X-Api-Key",
        "commands": commands.collect::<Map<_, _>>(),
        "error": object_path("ErrorBody"),
        "event": event_path("event"),
        "events": events.collect::<Map<_, _>>(),
        "acknowledgement": object_path("Acknowledgement"),
        "x-1c-functions": one_c::helpers(),
        "objects": objects.collect::<Map<_, _>>(),
        "bundle": "bundle.json",
        "openapi": "openapi.json",
    })
}

fn command_entry(command: &CommandEntry) -> Value {
    let mut entry = json!({
        "method": "POST",
        "path": command.path(),
        "request": request_path(command),
        "requestType": command.request,
        "reply": reply_path(command),
        "replyType": command.reply,
    });
    commands::annotate(&mut entry, &command.info);
    if let Some(other) = command.info.replaced_by {
        entry["replacedBy"] = json!(other);
    }
    entry
}

fn request_path(command: &CommandEntry) -> String {
    format!("requests/{}.json", command.info.name)
}

fn reply_path(command: &CommandEntry) -> String {
    format!("replies/{}.json", command.info.name)
}

fn event_path(action: &str) -> String {
    format!("events/{action}.json")
}

fn object_path(name: &str) -> String {
    format!("objects/{name}.json")
}
