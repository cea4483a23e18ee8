//! How a command fails: what is said and with which exit code.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::json;
use whatsgate_native::core::InvalidRequest;
use whatsgate_native::files::TransferError;
use whatsgate_native::model::InvalidValue;
use whatsgate_native::{ConfigError, Error, ErrorKind, Outcome};

/// Why a command failed.
pub(crate) enum Failure {
    /// The gateway, or the way to it.
    Gateway(Box<Error>),
    /// Something on this machine; nothing was sent.
    Local(anyhow::Error),
    /// The command was carried out, but its result could not be printed.
    Output(std::io::Error),
    /// The command line.
    Usage(String),
}

impl Failure {
    pub(crate) fn local(error: impl Into<anyhow::Error>) -> Self {
        Self::Local(error.into())
    }

    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    /// Prints the failure to standard error and returns the exit code.
    #[allow(clippy::print_stderr)]
    pub(crate) fn report(&self, json: bool) -> ExitCode {
        if json {
            eprintln!("{}", self.json());
        } else {
            eprint!("{}", self.text());
        }
        ExitCode::from(self.exit_code())
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Gateway(error) if error.outcome() == Outcome::Unknown => 3,
            Self::Output(_) => 3,
            Self::Gateway(error) if error.kind() == ErrorKind::InvalidRequest => 2,
            Self::Usage(_) => 2,
            Self::Gateway(_) | Self::Local(_) => 1,
        }
    }

    fn text(&self) -> String {
        let mut text = format!("error: {}\n", self.message());
        if let Self::Gateway(error) = self {
            if let Some(said) = said_by_gateway(error) {
                let _ = writeln!(text, "  the gateway says: {said}");
            }
            let _ = writeln!(text, "  {}", error.advice());
        }
        text
    }

    fn json(&self) -> serde_json::Value {
        match self {
            Self::Gateway(error) => json!({ "error": {
                "message": self.message(),
                "command": error.command(),
                "kind": error.kind().as_str(),
                "outcome": error.outcome().as_str(),
                "status": error.status(),
                "gateway": said_by_gateway(error),
                "advice": error.advice(),
            }}),
            Self::Local(_) => {
                json!({ "error": { "message": self.message(), "kind": "local", "outcome": "notSent" } })
            }
            Self::Output(_) => {
                json!({ "error": { "message": self.message(), "kind": "output", "outcome": "unknown" } })
            }
            Self::Usage(_) => {
                json!({ "error": { "message": self.message(), "kind": "usage", "outcome": "notSent" } })
            }
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Gateway(error) => with_causes(&**error),
            Self::Local(error) => with_causes(error.as_ref()),
            Self::Output(error) => {
                format!("the command was carried out, but its result cannot be printed: {error}")
            }
            Self::Usage(text) => text.clone(),
        }
    }
}

/// An error with what caused it, each thing once: some errors repeat their causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        source = cause.source();
    }
    text
}

/// The service's own words, in one line, with long numbers hidden: they may be telephone numbers.
fn said_by_gateway(error: &Error) -> Option<String> {
    let message = error.envelope()?.message.as_deref()?;
    let mut said = String::new();
    let mut digits = String::new();
    for c in message.chars().take(300).chain([' ']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        said.push_str(if digits.len() > 6 { "…" } else { &digits });
        digits.clear();
        said.push(if c.is_control() { ' ' } else { c });
    }
    Some(said.trim().to_owned())
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Gateway(Box::new(error))
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::local(error)
    }
}

impl From<TransferError> for Failure {
    fn from(error: TransferError) -> Self {
        match error {
            TransferError::Service(error) => error.into(),
            error => Self::local(error),
        }
    }
}

impl From<InvalidValue> for Failure {
    fn from(error: InvalidValue) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<InvalidRequest> for Failure {
    fn from(error: InvalidRequest) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::local(error)
    }
}
