//! Printing: sentences for people, JSON for scripts.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;
use serde_json::{Value, json};
use whatsgate_native::Error;

use crate::command_error::{CommandError, Reason};
use crate::progress::Spinner;
use crate::secret::Secret;
use crate::text;

#[derive(Clone)]
pub(crate) struct Output {
    json: bool,
    secret: Secret,
}

impl Output {
    pub(crate) fn new(json: bool, secret: Secret) -> Self {
        Self { json, secret }
    }

    /// A sentence for people; nothing for scripts.
    pub(crate) fn say(&self, text: impl AsRef<str>) -> Result<(), CommandError> {
        if self.json { Ok(()) } else { line(&self.fit(text.as_ref()), Reason::Progress) }
    }

    /// A picture for people, with the codes that colour it.
    pub(crate) fn picture(&self, text: &str) -> Result<(), CommandError> {
        if self.json { Ok(()) } else { line(text, Reason::Progress) }
    }

    /// What somebody has to know or do before the command goes on: a sentence for people, for scripts a note that has
    /// `members` besides.
    pub(crate) fn tell(&self, members: &Value, text: impl AsRef<str>) -> Result<(), CommandError> {
        if !self.json {
            return self.say(text);
        }
        self.note_with(members.clone(), text.as_ref());
        Ok(())
    }

    /// Something worth knowing that does not end the command, on standard error.
    pub(crate) fn note(&self, text: &str) {
        self.remark(json!({}), text);
    }

    /// The same, which for scripts has `members` besides.
    pub(crate) fn remark(&self, members: Value, text: &str) {
        if self.json {
            self.note_with(members, text);
        } else {
            note_line(&format!("note: {}", self.fit(text)));
        }
    }

    fn note_with(&self, mut members: Value, text: &str) {
        members["message"] = self.fit(text).into();
        note_line(&self.document(&json!({ "note": members }).to_string()));
    }

    /// What the terminal may be given.
    pub(crate) fn fit(&self, text: &str) -> String {
        text::lines(&self.secret.hide(text))
    }

    fn document(&self, json: &str) -> String {
        text::document(&self.secret.hide(json))
    }

    /// The result: a document for scripts, `text` for people.
    pub(crate) fn result(&self, value: &impl Serialize, text: impl AsRef<str>) -> Result<(), CommandError> {
        if self.json {
            let json = serde_json::to_string(value).map_err(CommandError::local)?;
            line(&self.document(&json), Reason::Output)
        } else {
            line(&self.fit(text.as_ref()), Reason::Output)
        }
    }

    /// That a command which returns nothing was carried out, as `text` for people, or why it was not.
    pub(crate) fn done(&self, outcome: Result<(), Error>, text: &str) -> Result<(), CommandError> {
        outcome?;
        self.result(&json!({ "done": true }), text)
    }

    /// Whether the output is for scripts.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether somebody watches a terminal.
    pub(crate) fn is_watched(&self) -> bool {
        !self.json && io::stderr().is_terminal()
    }

    /// A sign of life while something takes long; none when nobody watches.
    pub(crate) fn spinner(&self, text: &str) -> Spinner {
        if self.is_watched() { Spinner::new(text) } else { Spinner::hidden() }
    }

    /// How far a file has come, once there is something to tell.
    pub(crate) fn transfer(&self, text: &str) -> Spinner {
        self.spinner(text).counting_bytes()
    }
}

/// Prints to standard error. Who does not listen there ends nothing.
fn note_line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn line(text: &str, reason: impl FnOnce(io::Error) -> Reason) -> Result<(), CommandError> {
    print(format!("{text}\n").as_bytes(), reason)
}

/// Prints what is no text of others.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), CommandError> {
    print(bytes, Reason::Output)
}

/// Prints to standard output. A reader that went away, such as `head`, is no error.
fn print(bytes: &[u8], reason: impl FnOnce(io::Error) -> Reason) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => result.map_err(|error| reason(error).into()),
    }
}
