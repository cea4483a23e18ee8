//! Writing every exchange as a fixture file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

/// Writes fixtures into a folder, numbered on from those that are there.
#[derive(Debug)]
pub(super) struct Recorder {
    folder: PathBuf,
    written: AtomicU64,
}

impl Recorder {
    pub(super) fn new(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        let numbers = fs::read_dir(&folder)?.filter_map(|file| number(&file.ok()?.path()));
        let written = AtomicU64::new(numbers.max().unwrap_or(0));
        Ok(Self { folder, written })
    }

    /// A request and its reply: status and body, or nothing if the connection was closed.
    pub(super) fn request(&self, command: &str, body: &[u8], reply: Option<(u16, &[u8])>) {
        let response = reply.map(|(status, body)| json!({ "status": status, "body": json_or_text(body) }));
        self.write(
            command,
            &json!({
                "command": command,
                "source": "sandbox",
                "confidence": "recorded",
                "request": { "method": "POST", "path": format!("/{command}"), "body": json_or_text(body) },
                "response": response,
            }),
        );
    }

    /// A webhook and its reply, or nothing if there was none.
    pub(super) fn webhook(&self, event: &str, reply: Option<&[u8]>) {
        let event = json_or_text(event.as_bytes());
        let action = event["event_action"].as_str().unwrap_or_default();
        self.write(
            &format!("event.{action}"),
            &json!({
                "event": action,
                "source": "sandbox",
                "confidence": "recorded",
                "body": event,
                "reply": reply.map(json_or_text),
            }),
        );
    }

    fn write(&self, name: &str, fixture: &Value) {
        let number = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        let known =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'.');
        let name = if known { name } else { "unknown" };
        let path = self.folder.join(format!("{number:06}.{name}.json"));
        // Off the threads that answer requests; the order of files is that of their numbers.
        tokio::task::spawn_blocking({
            let text = format!("{fixture:#}\n");
            move || {
                if let Err(error) = fs::write(&path, text) {
                    tracing::error!(%error, path = %path.display(), "an exchange was not recorded");
                }
            }
        });
    }
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.split('.').next()?.parse().ok()
}

fn json_or_text(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into())
}
