//! What the Rust client makes of every fixture: one line of JSON for each, to be compared with what JavaScript makes of it.

use std::path::PathBuf;
use std::{env, fs};

use serde_json::{Value, json};
use whatsgate_core::{ApiKey, BaseUrl, Request, Response, build, parse, webhook};
use whatsgate_model::{Command, CommandVisitor, Event, EventsGetRequest, visit_command};
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
    Ok(json!({ "value": view(event), "acknowledgement": acknowledgement }))
}

fn run(command: &str, fixture: &Value) -> Result<Value, Failure> {
    visit_command(command, &mut Exchange(fixture)).ok_or_else(|| format!("no such command: {command}"))?
}

struct Exchange<'a>(&'a Value);

impl CommandVisitor for Exchange<'_> {
    type Output = Result<Value, Failure>;

    fn visit<C: Command>(&mut self) -> Self::Output {
        let fixture = self.0;
        let refused = || Ok(json!({ "error": { "kind": "invalidRequest" } }));
        let Ok(command) = serde_json::from_value::<C>(fixture["request"]["body"].clone()) else {
            return refused();
        };
        let Ok::<Request, _>(request) = build(&BaseUrl::ru(), ApiKey::new("YOUR_API_KEY")?, &command) else {
            return refused();
        };
        let body = std::str::from_utf8(request.body.bytes())?;
        let status = u16::try_from(fixture["response"]["status"].as_u64().unwrap_or_default())?;
        let response = Response::new(status, fixture["response"]["body"].to_string());
        Ok(match parse::<C>(response) {
            Ok(answer) => json!({ "request": body, "value": value(C::NAME, &answer.reply) }),
            Err(response) => {
                let error = json!({ "kind": response.kind().as_str(), "status": response.status });
                json!({ "request": body, "error": error })
            }
        })
    }
}

/// What of a reply's members a program gets.
fn value(command: &str, reply: &impl serde::Serialize) -> Value {
    let reply = json!(reply);
    let members = ["media", "data"].iter().find_map(|member| reply.get(member));
    match (command, members) {
        ("send", _) => reply["result"].clone(),
        (EventsGetRequest::NAME, Some(Value::Array(events))) => events.iter().map(shown).collect(),
        (_, Some(value)) => value.clone(),
        (_, None) => Value::Null,
    }
}

fn shown(event: &Value) -> Value {
    serde_json::from_str::<Event>(&event.to_string()).map_or(Value::Null, view)
}

/// An event as JavaScript shows it, with what crosses as text read as what it is.
fn view(event: Event) -> Value {
    let mut view = json!(EventView::from(event));
    let texts = if view["readable"] == false { &["raw", "event_data"][..] } else { &["raw"] };
    for name in texts {
        if let Some(text) = view[name].as_str() {
            view[name] = serde_json::from_str(text).unwrap_or_default();
        }
    }
    view
}
