//! How a failure is told: what is said and with which exit code.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};
use whatsgate_native::{Error, ErrorKind, Outcome, core};

use crate::failure::{Cause, Failure};
use crate::text::{self, Secret};

/// What has to be known to tell of a failure.
pub(crate) struct Reporter {
    pub(crate) json: bool,
    pub(crate) verbose: u8,
    /// Whether the command changes anything.
    pub(crate) changes: bool,
    pub(crate) secret: Secret,
}

impl Reporter {
    /// Prints the failure to standard error and returns the exit code.
    #[allow(clippy::print_stderr)]
    pub(crate) fn report(&self, failure: &Failure) -> ExitCode {
        if self.json {
            eprintln!("{}", self.document(failure));
        } else {
            eprint!("{}", text::lines(&self.text(failure)));
        }
        ExitCode::from(self.exit_code(failure))
    }

    fn exit_code(&self, failure: &Failure) -> u8 {
        match &failure.cause {
            _ if self.outcome(failure) == Outcome::Unknown => 3,
            Cause::Usage(_) => 2,
            Cause::Gateway(error) if error.kind() == ErrorKind::InvalidRequest => 2,
            _ => 1,
        }
    }

    fn outcome(&self, failure: &Failure) -> Outcome {
        if failure.left.is_some() { Outcome::Unknown } else { self.told(failure).outcome }
    }

    /// What is told of the cause alone, whatever was left behind.
    fn told(&self, failure: &Failure) -> core::Failure {
        let kind = match &failure.cause {
            Cause::Gateway(error) => {
                let mut told = error.failure().clone();
                told.message = self.message(failure);
                return told;
            }
            Cause::Local(_) => ErrorKind::Local,
            Cause::Progress(_) | Cause::Output(_) => "output".into(),
            Cause::Usage(_) => "usage".into(),
            Cause::Interrupted => "interrupted".into(),
        };
        let mut told = core::Failure::local(kind, self.message(failure));
        if self.changes && matches!(failure.cause, Cause::Progress(_) | Cause::Output(_) | Cause::Interrupted)
        {
            told.outcome = Outcome::Unknown;
        }
        told
    }

    fn text(&self, failure: &Failure) -> String {
        let mut text = format!("error: {}\n", self.message(failure));
        if let Cause::Gateway(error) = &failure.cause {
            if let Some(said) = self.said_by_gateway(error) {
                let _ = writeln!(text, "  the gateway says: {said}");
            }
            if let Some(reply) = self.beginning(error) {
                let _ = writeln!(text, "  the reply begins: {reply}");
            }
        }
        if let Some(advice) = self.advice(failure) {
            let _ = writeln!(text, "  {advice}");
        }
        if let Some(session) = &failure.left {
            let _ = writeln!(
                text,
                "  Session {session} is still there; to delete it: whatsgate sessions delete -s {session}"
            );
        }
        text
    }

    fn document(&self, failure: &Failure) -> Value {
        let mut told = self.told(failure);
        told.outcome = self.outcome(failure);
        let mut error = json!(told);
        if let Cause::Gateway(cause) = &failure.cause {
            error["gateway"] = self.said_by_gateway(cause).into();
            if let Some(reply) = self.beginning(cause) {
                error["reply"] = reply.into();
            }
        }
        if let Some(advice) = self.advice(failure) {
            error["advice"] = advice.into();
        }
        if let Some(session) = &failure.left {
            error["session"] = session.as_str().into();
        }
        json!({ "error": error })
    }

    fn message(&self, failure: &Failure) -> String {
        match &failure.cause {
            Cause::Gateway(error) if is_html(error) => {
                format!("{}; it is HTML, not JSON", with_causes(&**error))
            }
            Cause::Gateway(error) => with_causes(&**error),
            Cause::Local(error) => with_causes(error.as_ref()),
            Cause::Output(error) if self.changes => {
                format!("done, but the result could not be printed: {error}")
            }
            Cause::Output(error) => format!("the result could not be printed: {error}"),
            Cause::Progress(error) => format!("what happens could not be printed: {error}"),
            Cause::Usage(text) => text.clone(),
            Cause::Interrupted if self.changes => "interrupted; it may have taken effect".to_owned(),
            Cause::Interrupted => "interrupted".to_owned(),
        }
    }

    fn advice(&self, failure: &Failure) -> Option<&'static str> {
        match &failure.cause {
            Cause::Gateway(error) if is_html(error) && error.outcome() == Outcome::NotSent => {
                Some("Check the base URL.")
            }
            Cause::Gateway(error) => Some(error.advice()),
            _ => {
                let told = self.told(failure);
                (told.outcome == Outcome::Unknown).then(|| told.advice())
            }
        }
    }

    /// The service's own words, in one line.
    fn said_by_gateway(&self, error: &Error) -> Option<String> {
        Some(self.quoted(error.failure().words.expose().message.as_deref()?))
    }

    /// The first line of a reply that cannot be read, for those who want to know everything.
    fn beginning(&self, error: &Error) -> Option<String> {
        if self.verbose < 2 || error.kind() != ErrorKind::UnexpectedReply {
            return None;
        }
        Some(self.quoted(error.raw()?.trim().lines().next()?))
    }

    /// Words of others in one line, with the key and long numbers hidden: they may be telephone numbers.
    fn quoted(&self, text: &str) -> String {
        let mut quoted = String::new();
        let mut digits = String::new();
        for c in self.secret.hide(text).chars().take(300).chain([' ']) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            quoted.push_str(if digits.len() > 6 { "…" } else { &digits });
            digits.clear();
            quoted.push(c);
        }
        text::plain(quoted.trim())
    }
}

fn is_html(error: &Error) -> bool {
    error.kind() == ErrorKind::UnexpectedReply
        && error.raw().is_some_and(|raw| raw.trim_start_matches('\u{feff}').trim_start().starts_with('<'))
}

/// An error with what caused it, each thing once: some errors repeat their causes.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
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
