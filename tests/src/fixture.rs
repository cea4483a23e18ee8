//! The fixtures: one exchange or one event per file (wire reference, section 9).

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// A request and its response.
pub struct Exchange {
    /// The file's name without `.json`, such as `send.text.sync`.
    pub name: String,
    /// The command's name.
    pub command: String,
    /// What is asked.
    pub request: ExchangeRequest,
    /// What is answered.
    pub response: ExchangeResponse,
}

/// What is asked.
#[derive(Deserialize)]
pub struct ExchangeRequest {
    /// The HTTP method.
    pub method: String,
    /// The path below the base URL, with a slash in front.
    pub path: String,
    /// The body as it stands in the file.
    pub body: Box<RawValue>,
}

/// What is answered.
#[derive(Deserialize)]
pub struct ExchangeResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body as it stands in the file.
    pub body: Box<RawValue>,
}

/// An event as a webhook gets it.
pub struct EventFixture {
    /// The file's name without `.json`, such as `event.message`.
    pub name: String,
    /// The event's action.
    pub action: String,
    /// The body as it stands in the file.
    pub body: Box<RawValue>,
    /// The acknowledgement that the gateway wants.
    pub reply: Value,
}

#[derive(Deserialize)]
struct File {
    command: Option<String>,
    request: Option<ExchangeRequest>,
    response: Option<ExchangeResponse>,
    event: Option<String>,
    body: Option<Box<RawValue>>,
    reply: Option<Value>,
}

/// Every exchange, in the order of the names.
///
/// # Panics
/// When a fixture cannot be read.
pub fn exchanges() -> Vec<Exchange> {
    files()
        .into_iter()
        .filter_map(|(name, file)| {
            Some(Exchange { name, command: file.command?, request: file.request?, response: file.response? })
        })
        .collect()
}

/// Every event, in the order of the names.
///
/// # Panics
/// When a fixture cannot be read.
pub fn events() -> Vec<EventFixture> {
    files()
        .into_iter()
        .filter_map(|(name, file)| {
            Some(EventFixture { name, action: file.event?, body: file.body?, reply: file.reply? })
        })
        .collect()
}

fn files() -> Vec<(String, File)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = Vec::new();
    for folder in ["documented", "reconstructed"] {
        for entry in fs::read_dir(root.join(folder)).expect("the folder of fixtures is there") {
            let path = entry.expect("the folder can be listed").path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a fixture is UTF-8 text");
            let file: File = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{name} is not in the fixtures' form: {error}"));
            let is_exchange = file.command.is_some() && file.request.is_some() && file.response.is_some();
            let is_event = file.event.is_some() && file.body.is_some() && file.reply.is_some();
            assert!(is_exchange != is_event, "{name} is neither an exchange nor an event");
            files.push((name, file));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}
