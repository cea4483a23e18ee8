//! What the Rust client makes of every fixture: one line of JSON for each, to be compared with what JavaScript makes of it.

use std::path::PathBuf;
use std::{env, fs};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use whatsgate_core::{ApiKey, BaseUrl, Command, Request, Response, build, parse, webhook};
use whatsgate_model as model;
use whatsgate_model::{Event, Page};
use whatsgate_wasm::EventView;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in env::args().skip(1) {
        for entry in fs::read_dir(folder)? {
            files.push(entry?.path());
        }
    }
    files.sort();
    for file in files {
        let fixture: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        let result = match fixture["command"].as_str() {
            Some(command) => run(command, &fixture)?,
            None => event(&fixture)?,
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        #[allow(clippy::print_stdout)]
        {
            println!("{}", json!({ "file": name, "result": result }));
        }
    }
    Ok(())
}

fn event(fixture: &Value) -> Result<Value, Failure> {
    let event = webhook::parse(fixture["body"].to_string().as_bytes())?;
    let acknowledgement = webhook::acknowledgement(&event);
    Ok(json!({ "value": EventView::from(event), "acknowledgement": acknowledgement }))
}

fn run(command: &str, fixture: &Value) -> Result<Value, Failure> {
    match command {
        "send" => exchange::<model::SendRequest>(fixture, |reply| json!(reply.result)),
        "seen" => exchange::<model::SeenRequest>(fixture, |_| Value::Null),
        "typing" => exchange::<model::TypingRequest>(fixture, |_| Value::Null),
        "check" => exchange::<model::CheckRequest>(fixture, |reply| json!(reply.data)),
        "get-chats" => exchange::<model::GetChatsRequest>(fixture, |reply| json!(reply.data)),
        "get-media" => exchange::<model::GetMediaRequest>(fixture, |reply| json!(reply.media)),
        "get-messagemedia" => exchange::<model::GetMessageMediaRequest>(fixture, |reply| json!(reply.media)),
        "events-get" => exchange::<model::EventsGetRequest>(fixture, events),
        "session-create" => exchange::<model::SessionCreateRequest>(fixture, |reply| json!(reply.data)),
        "session-delete" => exchange::<model::SessionDeleteRequest>(fixture, |reply| json!(reply.data)),
        "sessions-get" => exchange::<model::SessionsGetRequest>(fixture, |reply| json!(reply.data)),
        "set-name" => exchange::<model::SetNameRequest>(fixture, |_| Value::Null),
        "set-hook" => exchange::<model::SetHookRequest>(fixture, |_| Value::Null),
        other => Err(format!("no such command: {other}").into()),
    }
}

fn events(page: Page<Event>) -> Value {
    json!(page.data.items.into_iter().map(EventView::from).collect::<Vec<_>>())
}

fn exchange<C: Command + DeserializeOwned>(
    fixture: &Value,
    value: impl Fn(C::Reply) -> Value,
) -> Result<Value, Failure> {
    let command: C = serde_json::from_value(fixture["request"]["body"].clone())?;
    let Ok::<Request, _>(request) = build(&BaseUrl::ru(), ApiKey::new("YOUR_API_KEY")?, &command) else {
        return Ok(json!({ "error": { "kind": "invalidRequest" } }));
    };
    let body = std::str::from_utf8(request.body.bytes())?;
    let status = u16::try_from(fixture["response"]["status"].as_u64().unwrap_or_default())?;
    let response = Response::new(status, fixture["response"]["body"].to_string());
    Ok(match parse::<C>(response) {
        Ok(answer) => json!({ "request": body, "value": value(answer.reply) }),
        Err(response) => {
            let error = json!({ "kind": response.kind().as_str(), "status": response.status });
            json!({ "request": body, "error": error })
        }
    })
}
