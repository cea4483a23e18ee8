//! The OpenAPI document: what a program that talks to the gateway writes and reads.
//!
//! Its schemas are simpler than the JSON Schemas, so that generators of clients make good code from them: see
//! [`schemas`].

mod examples;
mod schemas;

use serde_json::{Map, Value, json};

use crate::bundle::Bundle;
use crate::commands::{self, CommandEntry};
use crate::index::SERVERS;
use crate::one_c;
use examples::Examples;

/// Generators make a class of each tag.
const COMMANDS: &str = "Whatsgate";
const WEBHOOKS: &str = "Webhooks";

/// The whole document.
pub(crate) fn document(bundle: &Bundle) -> Value {
    let examples = Examples::read();
    let paths = bundle
        .commands
        .iter()
        .map(|command| (command.path(), json!({ "post": operation(bundle, command, &examples) })));
    let webhooks = bundle.events().into_iter().map(|(action, name)| {
        let description = bundle.definitions[&name]["description"].clone();
        let mut webhook = webhook(&action, &description, &examples);
        for keyword in ["x-1c-function", "x-1c-description"] {
            if let text @ Value::String(_) = &bundle.definitions[&name][keyword] {
                webhook[keyword] = text.clone();
            }
        }
        (action, json!({ "post": webhook }))
    });
    json!({
        "openapi": "3.1.0",
        "info": {
            // Not the name of the tag: generators make a class of either.
            "title": "Whatsgate HTTP API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The HTTP API of the Whatsgate WhatsApp gateway. The request schemas say what a program \
                should write; the reply schemas accept whatever the gateway is known to write. Lists marked with \
                x-extensible-enum are open: expect words that are not listed. A member without a type is known to come \
                in several forms, which its description names.",
            // The API is the service's. Without a contact a generator makes up an author.
            "contact": { "url": "https://whatsgate.org" },
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "x-1c-functions": one_c::helpers(),
        "servers": SERVERS.map(|url| json!({ "url": url })),
        "security": [{ "ApiKey": [] }],
        "tags": [
            { "name": COMMANDS, "description": "The commands of the gateway." },
            { "name": WEBHOOKS, "description": "What the gateway posts to your program." },
        ],
        "paths": paths.collect::<Map<_, _>>(),
        "webhooks": webhooks.collect::<Map<_, _>>(),
        "components": {
            "securitySchemes": {
                "ApiKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Api-Key",
                    "description": "One key for the account; `WhatsappID` in the request selects the session.",
                    "x-1c-function": one_c::HELPERS[0].function,
                },
            },
            "responses": {
                "Unauthorized": error_response(
                    "The key is missing or wrong. The gateway may also say so with status 500.",
                    examples.errors(401),
                ),
                "Error": error_response(
                    "The request failed. The documentation gives status 500 to every error, also to mistakes in the \
                        request; other statuses occur. After a 500 to `send` or `session-create` it is not known \
                        whether the command took effect: do not repeat it blindly.",
                    examples.errors(500),
                ),
            },
            "schemas": schemas::components(bundle),
        },
    })
}

fn operation(bundle: &Bundle, command: &CommandEntry, examples: &Examples) -> Value {
    let request = &bundle.definitions[&command.request];
    let description = request["description"].as_str().unwrap_or_default();
    let (request_examples, reply_examples) = examples.of_command(command.info.name);
    let mut operation = json!({
        "operationId": camel_case(command.info.name),
        "summary": bundle.summary(&command.request),
        "description": description,
        "tags": [COMMANDS],
        "requestBody": {
            "required": true,
            "content": { "application/json": content(&command.request, request_examples) },
        },
        "responses": {
            "200": {
                "description": bundle.definitions[&command.reply]["description"],
                "content": { "application/json": content(&command.reply, reply_examples) },
            },
            "401": { "$ref": "#/components/responses/Unauthorized" },
            "500": { "$ref": "#/components/responses/Error" },
            "default": { "$ref": "#/components/responses/Error" },
        },
    });
    commands::annotate(&mut operation, &command.info);
    operation
}

fn webhook(action: &str, description: &Value, examples: &Examples) -> Value {
    json!({
        "operationId": format!("on{}", capitalised(action)),
        "summary": format!("Event `{action}`"),
        "description": description,
        "tags": [WEBHOOKS],
        "security": [],
        "requestBody": {
            "required": true,
            "content": { "application/json": content("Event", examples.of_event(action)) },
        },
        "responses": {
            "200": {
                "description": "The acknowledgement. Without it the gateway repeats the event three times, every 20 \
                    seconds.",
                "content": { "application/json": content("Acknowledgement", examples.of_acknowledgement(action)) },
            },
        },
    })
}

fn error_response(description: &str, examples: Map<String, Value>) -> Value {
    json!({
        "description": description,
        "content": { "application/json": content("ErrorBody", examples) },
    })
}

fn content(schema: &str, examples: Map<String, Value>) -> Value {
    let mut content = json!({ "schema": { "$ref": schemas::reference(schema) } });
    if !examples.is_empty() {
        content["examples"] = examples.into();
    }
    content
}

/// `get-chats` as `getChats`.
fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capitalised(word))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
