//! What a body says of success and failure by itself, whatever the HTTP status.

use crate::error_body::ErrorBody;
use crate::json::{JsonError, check, from_valid, members_of_valid};
use crate::lenient::member;

/// What a body, or the word in its member `result`, says of the command (wire reference, section 1.1).
///
/// ```
/// # use whatsgate_model::Said;
/// assert_eq!(Said::by_word("OK"), Said::Done);
/// assert_eq!(Said::by_word("ERROR: no such chat"), Said::Failed);
/// assert_eq!(Said::by_word("Session not found"), Said::Nothing);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// It was carried out, or queued.
    Done,
    /// It was not, or not without a mistake.
    Failed,
    /// Neither, as far as this version knows.
    Nothing,
}

/// `OK` is the only documented one; `success` is what one program waits for (wire reference, section 8).
const DONE: [&str; 9] = ["ok", "success", "true", "1", "yes", "done", "queued", "accepted", "sent"];
const FAILED: [&str; 9] = ["error", "errors", "fail", "failed", "failure", "false", "0", "no", "rejected"];

impl Said {
    /// What a word says. A text that only begins with a word of failure is one; one of success has to stand alone, since
    /// what follows it may take it back.
    pub fn by_word(text: &str) -> Self {
        let text = text.trim().trim_end_matches(['.', '!']);
        // Asking Unicode what a letter is would weigh much in a web page.
        let ends = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric();
        let first = text.split(ends).next().unwrap_or_default();
        let is = |text: &str, words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        if is(text, &DONE) {
            Self::Done
        } else if is(first, &FAILED) {
            Self::Failed
        } else {
            Self::Nothing
        }
    }

    fn by_value(value: &str) -> Self {
        if value.starts_with('"') { Self::by_word(&text(value)) } else { Self::by_word(value) }
    }
}

/// The members by which services tell of failure, in the order of [`Marks::NAMES`].
struct Marks<'a>([Option<&'a str>; 9]);

/// What the object `json` says of success: by its member `result`, unless another member tells of an error.
pub(crate) fn said(json: &str) -> Said {
    match Marks::read(json) {
        Ok(marks) if marks.tell_of_failure() => Said::Failed,
        Ok(marks) => marks.result().map_or(Said::Nothing, Said::by_value),
        Err(_) => Said::Nothing,
    }
}

impl<'a> Marks<'a> {
    const NAMES: [&'static str; 9] =
        ["result", "success", "ok", "error", "errors", "status", "name", "message", "code"];

    fn read(json: &'a str) -> Result<Self, JsonError> {
        check(json)?;
        Self::of_valid(json)
    }

    fn of_valid(json: &'a str) -> Result<Self, JsonError> {
        members_of_valid(json, Self::NAMES).map(Self)
    }

    fn result(&self) -> Option<&'a str> {
        self.0[0]
    }

    /// The error, or what its member `error` says where it has no message.
    fn body(&self) -> ErrorBody {
        let Self([_, _, _, error, _, status, name, message, code]) = *self;
        let own = ErrorBody {
            name: member(name),
            message: member(message),
            code: member(code),
            status: member(status),
        };
        let Some(error) = error.filter(|_| own.message.is_none()) else { return own };
        match Marks::of_valid(error) {
            Ok(mut inner) => {
                // What stands inside says no more by members of its own.
                inner.0[3] = None;
                let inner = inner.body();
                ErrorBody {
                    name: inner.name.or(own.name),
                    message: inner.message,
                    code: inner.code.or(own.code),
                    status: inner.status.or(own.status),
                }
            }
            Err(_) => ErrorBody { message: member(Some(error)), ..own },
        }
    }

    fn error_in_success(&self) -> Option<ErrorBody> {
        let body = self.body();
        let fails = self.tell_of_failure() || (self.result().is_none() && body.is_complete());
        fails.then_some(body)
    }

    fn tell_of_failure(&self) -> bool {
        let Self([result, success, ok, error, errors, status, ..]) = *self;
        [result, success, ok].into_iter().flatten().any(|member| Said::by_value(member) == Said::Failed)
            || [error, errors].into_iter().flatten().any(|error| !is_empty(error))
            || status.is_some_and(is_failure)
    }
}

fn is_empty(value: &str) -> bool {
    matches!(value, "null" | "false" | "0" | "\"\"") || {
        let inside = value.strip_prefix(['[', '{']).and_then(|rest| rest.strip_suffix([']', '}']));
        inside.is_some_and(|inside| inside.trim().is_empty())
    }
}

/// A status is a word, or an HTTP status as number or text; 0 means too many things.
fn is_failure(status: &str) -> bool {
    let status = if status.starts_with('"') { text(status) } else { status.to_owned() };
    match status.trim().parse::<u32>() {
        Ok(number) => (400..600).contains(&number),
        Err(_) => Said::by_word(&status) == Said::Failed,
    }
}

fn text(value: &str) -> String {
    from_valid(value).unwrap_or_default()
}

impl ErrorBody {
    /// The error that a body with a status of success tells of, if it does: one of its members `result`, `success`, `ok`,
    /// `status`, `error` and `errors` says so, or it has the three members of an error and no `result` (wire reference,
    /// section 1.1). An object in `error`, or a text there, is read as the error.
    ///
    /// ```
    /// # use whatsgate_model::ErrorBody;
    /// let error = ErrorBody::in_success(r#"{"error":"Session not found"}"#).unwrap();
    /// assert_eq!(error.message.as_deref(), Some("Session not found"));
    /// assert_eq!(ErrorBody::in_success(r#"{"result":"OK","error":null}"#), None);
    /// ```
    pub fn in_success(json: &str) -> Option<Self> {
        Marks::read(json).ok()?.error_in_success()
    }

    /// The same of a text that a reply was read from.
    #[doc(hidden)]
    pub fn beside_reply(json: &str) -> Option<Self> {
        Marks::of_valid(json).ok()?.error_in_success()
    }

    /// The error in a body with a status of failure, where any name or message is one.
    ///
    /// ```
    /// use whatsgate_model::ErrorBody;
    ///
    /// let body = ErrorBody::in_failure(r#"{"message":"the session is not ready"}"#);
    /// assert_eq!(body.and_then(|body| body.message).as_deref(), Some("the session is not ready"));
    /// assert!(ErrorBody::in_failure(r#"{"data":[]}"#).is_none());
    /// ```
    pub fn in_failure(json: &str) -> Option<Self> {
        let marks = Marks::read(json).ok()?;
        let body = marks.body();
        (body.name.is_some() || body.message.is_some() || marks.tell_of_failure()).then_some(body)
    }
}
