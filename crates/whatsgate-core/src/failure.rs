//! A failure as plain data, to be kept in a database, a log or a ticket.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kind::{ErrorKind, Outcome};
use crate::private::Private;
use whatsgate_model::Safety;

/// All that anybody needs to know about a failed command later: what went wrong, whether it may have taken effect,
/// what to do.
///
/// It is the data inside an [`Error`](crate::Error), and what the command line's JSON and the errors of the JavaScript
/// package are made of. As JSON it is an object with all members in camel case, those without a value as `null`, but
/// without [`words`](Self::words), which may be private; [`with_private`](Self::with_private) writes these too. Reading
/// skips members it does not know, takes absent ones for empty, and needs only `message`, `kind` and `outcome`.
///
/// ```
/// use whatsgate_core::{ErrorKind, Failure, Outcome};
///
/// let row = r#"{"message":"send: no reply in time","kind":"timeout","outcome":"unknown","command":"send","safety":"once"}"#;
/// let failure: Failure = serde_json::from_str(row)?;
/// assert_eq!((&failure.kind, failure.outcome), (&ErrorKind::Timeout, Outcome::Unknown));
/// assert!(failure.advice().starts_with("Look in the chat"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Failure {
    /// What went wrong, in a sentence that repeats nothing of the request or the reply.
    pub message: String,
    /// What went wrong, in a word.
    pub kind: ErrorKind,
    /// Whether the command may have taken effect.
    pub outcome: Outcome,
    /// Whether the same request may be made again without doing anything twice, with a chance to succeed. The client
    /// itself tries again after such failures, as long as its patience lasts.
    #[serde(default)]
    pub retryable: bool,
    /// The command, such as `send`; none if there was not even one.
    #[serde(default)]
    pub command: Option<String>,
    /// What a repetition of the command does.
    #[serde(default)]
    pub safety: Option<Safety>,
    /// The HTTP status, if a response came.
    #[serde(default)]
    pub status: Option<u16>,
    /// How often the request went out; 0 if it never did.
    #[serde(default)]
    pub tries: u32,
    /// When it failed, in milliseconds since 1970 by the clock of this side.
    #[serde(default)]
    pub failed_at: Option<i64>,
    /// The place in its list, from 0, of the one element that could not be read, if that is the failure.
    #[serde(default)]
    pub element: Option<usize>,
    /// The service's own description of the failure.
    #[serde(default, skip_serializing)]
    pub words: Private<ServiceWords>,
}

/// How the service itself describes a failure: the members of its error envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ServiceWords {
    /// The kind of error, such as `Unauthorized`.
    #[serde(default)]
    pub name: Option<String>,
    /// The code: a text as it came, anything else as its JSON.
    #[serde(default)]
    pub code: Option<String>,
    /// The error in words, Russian or English.
    #[serde(default)]
    pub message: Option<String>,
}

impl Failure {
    /// A failure on this side, after which nothing has taken effect. `message` must not repeat private data.
    ///
    /// ```
    /// # use whatsgate_core::{ErrorKind, Failure, Outcome};
    /// let failure = Failure::local(ErrorKind::Local, "photo.jpg: it cannot be read");
    /// assert_eq!(failure.outcome, Outcome::NotSent);
    /// ```
    pub fn local(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            kind,
            outcome: Outcome::NotSent,
            retryable: false,
            command: None,
            safety: None,
            status: None,
            tries: 0,
            failed_at: None,
            element: None,
            words: Private::default(),
        }
    }

    /// The same failure for serde, with the service's words in a member `words`, which may hold private data. What is
    /// written can be read as a [`Failure`] again.
    ///
    /// ```
    /// use whatsgate_core::{ErrorKind, Failure};
    ///
    /// let failure = Failure::local(ErrorKind::Local, "photo.jpg: it cannot be read");
    /// let for_the_log = serde_json::to_string(&failure)?;
    /// let for_the_archive = serde_json::to_string(&failure.with_private())?;
    /// assert!(!for_the_log.contains("words") && for_the_archive.contains("words"));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn with_private(&self) -> impl Serialize + '_ {
        #[derive(Serialize)]
        struct WithPrivate<'a> {
            #[serde(flatten)]
            failure: &'a Failure,
            words: &'a ServiceWords,
        }
        WithPrivate { failure: self, words: self.words.expose() }
    }

    /// What to do next, as a sentence.
    ///
    /// ```
    /// use whatsgate_core::{ErrorKind, Failure};
    ///
    /// let failure = Failure::local(ErrorKind::InvalidRequest, "number: it is too short");
    /// assert_eq!(failure.advice(), "Correct the argument.");
    /// ```
    pub fn advice(&self) -> &'static str {
        match (&self.kind, self.outcome) {
            (ErrorKind::InvalidRequest, _) if self.command.is_none() => "Correct the argument.",
            (ErrorKind::InvalidRequest, _) => "Correct the request.",
            (ErrorKind::Key, _) => "Look at the function that supplies the key.",
            (ErrorKind::Connect, _) => "Check the base URL, the network and the proxy, then try again.",
            (ErrorKind::Unauthorized, _) => {
                "Check the API key, or a page's token, and that it belongs to this host."
            }
            (ErrorKind::Refused, _) if self.status == Some(429) => "Wait, then try again more slowly.",
            (ErrorKind::SentWithoutReply, _) => {
                "The message most probably went out: look for it in the chat or in the events before sending it again."
            }
            (ErrorKind::NotReady, _) => "Scan the QR code or type in the pairing code, then wait again.",
            (ErrorKind::SessionEnded, _) => "Create a new session.",
            (ErrorKind::Refused, Outcome::Unknown) if matches!(self.status, Some(300..400)) => {
                "Check the base URL, and whether it took effect, in the chat, the list of sessions or the events."
            }
            (ErrorKind::Service, Outcome::Unknown) if self.safety == Some(Safety::Once) => {
                "Read the service's message; look in the chat, the list of sessions or the events whether it took effect before trying again."
            }
            // Of a failure without a command, and of one whose nature is unknown, the worst is assumed.
            (_, Outcome::Unknown) if self.safety.is_none_or(|safety| safety == Safety::Once) => {
                "Look in the chat, the list of sessions or the events whether it took effect before trying again."
            }
            (ErrorKind::UnexpectedReply, _) if self.element.is_some() => {
                "The others of the list were read; the text of this element tells what is new in it."
            }
            (ErrorKind::UnexpectedReply, _) => {
                "Check the base URL; if it is right, the service has changed; the raw reply shows what it sent."
            }
            (ErrorKind::Refused, _) => "Check the request and the base URL.",
            (ErrorKind::Service, _) => "Read the service's message; if it is no help, try again later.",
            (ErrorKind::Incomplete | ErrorKind::Timeout | ErrorKind::Connection, _) => "Try again.",
            (ErrorKind::Cancelled, _) => "Nothing, unless it was cancelled by mistake.",
            (ErrorKind::Webhook, _) => "Pass the body of the request as it came.",
            (ErrorKind::Local | ErrorKind::Unrecognized(_), _) => {
                "Read the message; nothing has taken effect."
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
