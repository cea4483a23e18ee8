//! How an error is told: what is said and with which exit code.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};
use whatsgate_native::{Error, ErrorKind, Outcome, core};

use crate::causes::with_causes;
use crate::command_error::{CommandError, Reason};
use crate::facts::Facts;
use crate::secret::Secret;
use crate::text;

/// What has to be known to tell of an error.
pub(crate) struct Reporter {
    pub(crate) json: bool,
    pub(crate) verbose: u8,
    pub(crate) facts: Facts,
    pub(crate) secret: Secret,
}

impl Reporter {
    /// Prints the error to standard error and returns the exit code.
    #[allow(clippy::print_stderr)]
    pub(crate) fn report(&self, failed: &CommandError) -> ExitCode {
        if self.json {
            eprintln!("{}", text::document(&self.document(failed).to_string()));
        } else {
            eprint!("{}", text::lines(&self.text(failed)));
        }
        ExitCode::from(self.exit_code(failed))
    }

    fn exit_code(&self, failed: &CommandError) -> u8 {
        match &failed.reason {
            _ if self.outcome(failed) == Outcome::Unknown => 3,
            Reason::Usage(_) | Reason::Mistakes(_) => 2,
            Reason::Gateway(error) if error.kind() == ErrorKind::InvalidRequest => 2,
            _ => 1,
        }
    }

    fn outcome(&self, failed: &CommandError) -> Outcome {
        if failed.left.is_some() { Outcome::Unknown } else { self.told(failed).outcome }
    }

    /// What is told of the reason alone, whatever was left behind.
    fn told(&self, failed: &CommandError) -> core::Failure {
        let kind = match &failed.reason {
            Reason::Gateway(error) => {
                let mut told = error.failure().clone();
                told.message = self.message(failed);
                return told;
            }
            Reason::Local(_) => ErrorKind::Local,
            Reason::Progress(_) | Reason::Output(_) => "output".into(),
            Reason::Usage(_) | Reason::Mistakes(_) => "usage".into(),
            Reason::Interrupted => "interrupted".into(),
            Reason::Unsent(unsent) => unsent.kind.into(),
        };
        let mut told = core::Failure::local(kind, self.message(failed));
        if self.facts.changes
            && matches!(failed.reason, Reason::Progress(_) | Reason::Output(_) | Reason::Interrupted)
        {
            told.outcome = Outcome::Unknown;
        }
        if let Reason::Unsent(unsent) = &failed.reason
            && unsent.is_open
        {
            told.outcome = Outcome::Unknown;
        }
        told
    }

    fn text(&self, failed: &CommandError) -> String {
        let mut text = format!("error: {}\n", self.message(failed));
        if let Reason::Mistakes(mistakes) = &failed.reason {
            text.push_str(&mistakes.lines());
        }
        if let Reason::Gateway(error) = &failed.reason {
            if let Some(said) = self.said_by_gateway(error) {
                let _ = writeln!(text, "  the gateway says: {said}");
            }
            if let Some(reply) = self.beginning(error) {
                let _ = writeln!(text, "  the reply begins: {reply}");
            }
        }
        if let Some(advice) = self.advice(failed) {
            let _ = writeln!(text, "  {advice}");
        }
        if let Some(session) = &failed.left {
            let _ = writeln!(
                text,
                "  Session {session} is still there; to delete it: whatsgate sessions delete -s {session}",
                session = text::word(session.as_str())
            );
        }
        text
    }

    fn document(&self, failed: &CommandError) -> Value {
        let mut told = self.told(failed);
        told.outcome = self.outcome(failed);
        let mut error = json!(told);
        if let Reason::Gateway(cause) = &failed.reason {
            error["gateway"] = self.said_by_gateway(cause).into();
            if let Some(reply) = self.beginning(cause) {
                error["reply"] = reply.into();
            }
        }
        if let Reason::Mistakes(mistakes) = &failed.reason {
            error["mistakes"] = mistakes.members();
            error["mistakeCount"] = mistakes.count().into();
        }
        if let Reason::Unsent(unsent) = &failed.reason
            && let Some(state) = unsent.state
        {
            error["state"] = state.into();
        }
        if let Some(advice) = self.advice(failed) {
            error["advice"] = advice.into();
        }
        if let Some(session) = &failed.left {
            error["session"] = session.as_str().into();
        }
        json!({ "error": error })
    }

    fn message(&self, failed: &CommandError) -> String {
        match &failed.reason {
            Reason::Gateway(error) => with_causes(&**error),
            Reason::Local(error) => with_causes(error.as_ref()),
            Reason::Output(error) if self.facts.changes => {
                format!("done, but the result could not be printed: {error}")
            }
            Reason::Output(error) => format!("the result could not be printed: {error}"),
            Reason::Progress(error) => format!("what happens could not be printed: {error}"),
            Reason::Usage(text) => text.clone(),
            Reason::Unsent(unsent) => unsent.message.clone(),
            Reason::Mistakes(mistakes) => mistakes.to_string(),
            Reason::Interrupted if self.facts.changes => "interrupted; it may have taken effect".to_owned(),
            Reason::Interrupted => "interrupted".to_owned(),
        }
    }

    fn advice<'a>(&self, failed: &'a CommandError) -> Option<&'a str> {
        match &failed.reason {
            Reason::Unsent(unsent) => Some(&unsent.advice),
            Reason::Gateway(error) if is_html(error) && error.outcome() == Outcome::NotSent => {
                Some("Check the base URL.")
            }
            Reason::Gateway(error) => Some(error.advice()),
            Reason::Output(_) if self.facts.changes && self.facts.advice.is_none() => Some(
                "It is done, and not to be done again; the chat, the list of sessions or the events show its result.",
            ),
            _ => {
                let told = self.told(failed);
                (told.outcome == Outcome::Unknown).then(|| self.facts.advice.unwrap_or(told.advice()))
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
        without_numbers(&self.secret.hide(text))
    }
}

/// Words of others in one line, with long numbers hidden: they may be telephone numbers.
pub(crate) fn without_numbers(text: &str) -> String {
    let mut quoted = String::new();
    let mut number = String::new();
    for c in text.chars().take(300).chain(['\n']) {
        let separates = !number.is_empty() && matches!(c, ' ' | '-' | '(' | ')');
        if c.is_ascii_digit() || separates {
            number.push(c);
            continue;
        }
        quoted.push_str(&without_long_numbers(&number));
        number.clear();
        quoted.push(c);
    }
    text::plain(quoted.trim())
}

/// Digits and separators without what may be a telephone number: more than six digits in a row, or more than ten in all,
/// which a date with its hour has not.
fn without_long_numbers(number: &str) -> String {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    if digits(number) > 10 {
        let end = number.trim_end_matches(|c: char| !c.is_ascii_digit()).len();
        return format!("…{}", &number[end..]);
    }
    let part = |part: &str| {
        if digits(part) > 6 {
            format!("…{}", part.trim_start_matches(|c: char| c.is_ascii_digit()))
        } else {
            part.to_owned()
        }
    };
    number.split_inclusive([' ', '-', '(', ')']).map(part).collect()
}

fn is_html(error: &Error) -> bool {
    error.kind() == ErrorKind::UnexpectedReply
        && error.raw().is_some_and(|raw| raw.trim_start_matches('\u{feff}').trim_start().starts_with('<'))
}

#[cfg(test)]
mod tests {
    use super::without_long_numbers;

    #[test]
    fn telephone_numbers_are_long_and_dates_are_not() {
        for number in ["79991112233", "7 (999) 111-22-33", "8 999 111 22 33", "9991112"] {
            assert_eq!(without_long_numbers(number), "…", "{number}");
        }
        assert_eq!(without_long_numbers("7 999 111-22-33 "), "… ");
        assert_eq!(without_long_numbers("9991112 500"), "… 500");
        for number in ["", "500", "2022-09-07 18", "999999", "40 404"] {
            assert_eq!(without_long_numbers(number), number);
        }
    }
}
