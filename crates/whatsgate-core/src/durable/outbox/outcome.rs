//! What an attempt came to, as far as its reply tells.

use whatsgate_model::SendResult;

use super::evidence::chats_of;
use crate::failure::Failure;
use crate::kind::{ErrorKind, Outcome};

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The reply brought the message.
    Sent {
        /// Its long id.
        message: String,
        /// What it calls its chat.
        chats: Vec<String>,
    },
    /// The service took it, and did not tell an id.
    Accepted,
    /// The service's considered refusal, a complete error of its own, in its words: they may be private.
    Declined(String),
    /// The request cannot be made, or nobody took it. Why.
    Refused(String),
    /// Nothing was sent for certain, and it may go better later. Why.
    NotSent(String),
    /// Nothing was sent for certain, and nothing else of this account would be: the key, the account or the address is
    /// wrong. Why.
    Barred(String),
    /// Perhaps it was sent, perhaps not. Why that is not known.
    Unknown(String),
}

impl Ended {
    /// What the reply of a `send`, or the lack of one, says.
    ///
    /// ```
    /// use whatsgate_core::durable::outbox::Ended;
    /// use whatsgate_core::{ErrorKind, Failure};
    ///
    /// let refused = Failure::local(ErrorKind::Connect, "no connection");
    /// assert_eq!(Ended::of(Err(&refused)), Ended::NotSent("no connection".to_owned()));
    /// ```
    pub fn of(result: Result<&SendResult, &Failure>) -> Self {
        let failure = match result {
            Ok(result) => {
                return match result.message() {
                    Some(message) => {
                        Self::Sent { message: message.id.as_str().to_owned(), chats: chats_of(message) }
                    }
                    None => Self::Accepted,
                };
            }
            Err(failure) => failure,
        };
        let why = failure.message.clone();
        match (&failure.kind, failure.outcome) {
            (ErrorKind::Unauthorized, _) => Self::Barred(why),
            (ErrorKind::Refused, _) if matches!(failure.status, Some(402 | 403)) => Self::Barred(why),
            // Nobody there knows the command, unless the service itself says so of what is named in it.
            (ErrorKind::Refused, _)
                if matches!(failure.status, Some(404 | 405 | 407)) && !is_complete(failure) =>
            {
                Self::Barred(why)
            }
            // Not one of a proxy in between, which knows nothing of the message.
            (ErrorKind::Service, _) if is_complete(failure) && !matches!(failure.status, Some(502..=504)) => {
                Self::Declined(words(failure))
            }
            (_, Outcome::Unknown) => Self::Unknown(why),
            (ErrorKind::Refused, _) if failure.status == Some(429) => Self::NotSent(why),
            (ErrorKind::Refused, _) if is_complete(failure) => Self::Declined(words(failure)),
            (ErrorKind::InvalidRequest | ErrorKind::Refused | ErrorKind::Local, _) => Self::Refused(why),
            _ => Self::NotSent(why),
        }
    }
}

/// Whether the service itself described the failure, and not whatever answered in its place.
fn is_complete(failure: &Failure) -> bool {
    let words = failure.words.expose();
    let is_there = |word: &Option<String>| word.as_deref().is_some_and(|word| !word.trim().is_empty());
    is_there(&words.name) && is_there(&words.message)
}

fn words(failure: &Failure) -> String {
    const LONGEST: usize = 1000;
    let words = failure.words.expose().message.as_deref().unwrap_or_default();
    words.trim().chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::ServiceWords;
    use crate::private::Private;

    fn failure(kind: ErrorKind, outcome: Outcome, status: u16, complete: bool) -> Failure {
        let word = |word: &str| complete.then(|| word.to_owned());
        let words = ServiceWords { name: word("Error"), code: word("0"), message: word("It went wrong.") };
        Failure {
            outcome,
            status: Some(status),
            words: Private::new(words),
            ..Failure::local(kind, "it failed")
        }
    }

    #[test]
    fn what_each_reply_says() {
        use ErrorKind::{Refused, SentWithoutReply, Service, Timeout, Unauthorized, UnexpectedReply};
        use Outcome::{NotSent, Unknown};
        let why = || "it failed".to_owned();
        let refused = || Ended::Declined("It went wrong.".to_owned());
        for (kind, outcome, status, complete, expected) in [
            (Service, Unknown, 500, true, refused()),
            (Service, Unknown, 500, false, Ended::Unknown(why())),
            (Service, Unknown, 502, true, Ended::Unknown(why())),
            (SentWithoutReply, Unknown, 500, true, Ended::Unknown(why())),
            (Timeout, Unknown, 200, false, Ended::Unknown(why())),
            (UnexpectedReply, Unknown, 200, false, Ended::Unknown(why())),
            (Unauthorized, NotSent, 401, true, Ended::Barred(why())),
            (Refused, NotSent, 402, true, Ended::Barred(why())),
            (Refused, NotSent, 404, false, Ended::Barred(why())),
            (Refused, NotSent, 404, true, refused()),
            (Refused, NotSent, 422, true, refused()),
            (Refused, NotSent, 422, false, Ended::Refused(why())),
            (Refused, NotSent, 429, true, Ended::NotSent(why())),
            (Refused, Unknown, 409, true, Ended::Unknown(why())),
        ] {
            let failure = failure(kind.clone(), outcome, status, complete);
            assert_eq!(Ended::of(Err(&failure)), expected, "{kind} {status} {complete}");
        }
    }
}
