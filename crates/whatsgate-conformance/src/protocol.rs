//! What the runner and an adapter say to each other, a line of JSON each.

use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use whatsgate_sandbox::model::COMMANDS;

use crate::quoted::quoted;

/// The version of the protocol.
pub const PROTOCOL: u32 = 1;

/// The first line of an adapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(expecting = "an object with the members protocol and client")]
pub struct Hello {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The name of the client, with its version.
    pub client: String,
    /// How many questions it works on at once, 1 at least; 1 if absent, and no more than 256.
    #[serde(default = "one")]
    pub parallel: usize,
    /// The commands that the client has; all if absent. Cases of others are skipped, and a name that there is not is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<String>>,
}

fn one() -> usize {
    1
}

/// What an adapter can be asked for beside the commands of the service.
const WALKS: [&str; 3] = ["events", "poll", "webhook"];

impl Hello {
    /// Why nothing can be tried with an adapter that says this; `extra` are commands that only the trials know.
    pub(crate) fn mistake(&self, extra: &[String]) -> Option<String> {
        if self.protocol != PROTOCOL {
            return Some(format!("it speaks version {} of the protocol, not {PROTOCOL}", self.protocol));
        }
        if self.parallel == 0 {
            return Some("its first line says `parallel` 0: it must work on 1 question at least".to_owned());
        }
        let mut known: Vec<_> = COMMANDS.iter().map(|command| command.name).chain(WALKS).collect();
        // A slip of the pen in a case would be skipped without a word.
        let is_asked_in_vain = |name: &&String| {
            !known.contains(&name.as_str()) && self.commands.as_ref().is_some_and(|all| !all.contains(name))
        };
        if let Some(unknown) = extra.iter().find(is_asked_in_vain) {
            return Some(format!(
                "a case asks for the command {}, which neither the gateway has nor the first line names",
                quoted(unknown)
            ));
        }
        known.extend(extra.iter().map(String::as_str).filter(|name| !WALKS.contains(name)));
        known.sort_unstable();
        known.dedup();
        let unknown = self.commands.iter().flatten().find(|name| !known.contains(&name.as_str()))?;
        Some(format!(
            "its first line names the command {}, which there is not; the commands are {}",
            quoted(unknown),
            known.join(", ")
        ))
    }
}

/// Writes a line of an adapter in Rust to its standard output.
///
/// # Errors
/// When the runner is gone.
pub fn say(line: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(line)?;
    line.push(b'\n');
    let mut output = io::stdout().lock();
    output.write_all(&line)?;
    output.flush()
}

/// The part of a reply that is a client's result, for adapters in Rust.
///
/// ```
/// use serde_json::json;
/// use whatsgate_conformance::result_of;
///
/// assert_eq!(result_of("check", &json!({ "result": "OK", "data": true })), json!(true));
/// ```
pub fn result_of(command: &str, reply: &Value) -> Value {
    let member = match command {
        "send" => "result",
        "get-media" | "get-messagemedia" => "media",
        "check" | "get-chats" | "session-create" | "session-delete" => "data",
        _ => return reply.clone(),
    };
    reply[member].clone()
}

/// A line of the runner: what the client is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    /// The number that the answer repeats.
    pub id: u64,
    /// The name of the trial; for people.
    pub case: String,
    /// The base URL of the gateway, without a slash at its end.
    pub base_url: String,
    /// The account's key.
    pub api_key: String,
    /// The session, which the client names in its request.
    pub session: String,
    /// The command, or `events`, `poll`, `webhook`.
    pub command: String,
    /// The members of the request but for `WhatsappID`.
    pub arguments: Map<String, Value>,
    /// How long the client waits for a reply, in milliseconds.
    pub timeout_ms: u64,
}

/// An answer of an adapter: with `error` if the client failed, with what it shows otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "an object with the member id")]
pub struct Said {
    /// The number of the question.
    pub id: u64,
    /// What the client shows; may be absent where there is nothing to show.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub result: Value,
    /// The text of the reply as it came, if the client keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ClientError>,
}

impl Said {
    /// The answer of a client that shows this, and the text that it was read from.
    pub fn new(id: u64, ended: Result<(Value, Option<String>), ClientError>) -> Self {
        match ended {
            Ok((result, raw)) => Self { id, result, raw, error: None },
            Err(error) => Self { id, result: Value::Null, raw: None, error: Some(error) },
        }
    }
}

/// For adapters in Rust: whatever fails before anything is sent.
impl<E: std::error::Error> From<E> for ClientError {
    fn from(error: E) -> Self {
        Self { outcome: Some(ClientOutcome::NotSent), kind: Some(error.to_string()), status: None, raw: None }
    }
}

/// What a client says of a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(expecting = "an object that tells of a failure")]
pub struct ClientError {
    /// Whether the command may have taken effect; absent if the client does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ClientOutcome>,
    /// What went wrong, in the client's own word; for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The HTTP status, if a response came and the client tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of the reply as it came, if the client keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

/// Whether a command that failed may have taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientOutcome {
    /// It has.
    Sent,
    /// It has not.
    NotSent,
    /// Nobody knows.
    Unknown,
}
