//! What went wrong, in one word, and what follows from the word.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use whatsgate_model::Safety;

/// Declares the kinds with their words, so that each stands in one list only.
macro_rules! kinds {
    ($( $(#[doc = $doc:literal])+ $kind:ident = $word:literal, )+) => {
        /// What went wrong, in one word.
        ///
        /// The list is open: a stored failure of a later version, or of a program with kinds of its own, keeps its word.
        ///
        /// ```
        /// # use whatsgate_core::ErrorKind;
        /// assert_eq!(ErrorKind::from("timeout"), ErrorKind::Timeout);
        /// assert_eq!(ErrorKind::from("volcano").as_str(), "volcano");
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $( $(#[doc = $doc])+ $kind, )+
            #[doc(hidden)]
            Unrecognized(Box<str>),
        }

        impl ErrorKind {
            /// Every kind that this version has.
            pub const KNOWN: &'static [Self] = &[ $( Self::$kind, )+ ];

            /// The word in camel case, as JSON and the JavaScript package have it.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$kind => $word, )+
                    Self::Unrecognized(word) => word,
                }
            }
        }

        impl From<&str> for ErrorKind {
            fn from(word: &str) -> Self {
                match word {
                    $( $word => Self::$kind, )+
                    _ => Self::Unrecognized(word.into()),
                }
            }
        }
    };
}

kinds! {
    /// The request has a mistake; nothing was sent.
    InvalidRequest = "invalidRequest",
    /// The function that supplies the key failed; nothing was sent.
    Key = "key",
    /// No connection could be made; nothing was sent.
    Connect = "connect",
    /// The request broke off before the service could have all of it, as a large file may on a bad line; nothing was sent.
    Incomplete = "incomplete",
    /// No complete reply came in time.
    Timeout = "timeout",
    /// The connection broke before the reply was complete.
    Connection = "connection",
    /// The caller cancelled the request.
    Cancelled = "cancelled",
    /// The service does not accept the key.
    Unauthorized = "unauthorized",
    /// The service, or a proxy before it, refuses the request (4xx), or sends it elsewhere (3xx).
    Refused = "refused",
    /// The service, or a proxy before it, failed (5xx). The service's documentation gives 500 to every error, so this may
    /// be a mistake in the request too.
    Service = "service",
    /// The service sent the message but could not describe it: `Evaluation failed … serialize` (wire reference, section
    /// 1.1). A user's program that treats it as sent works in production.
    SentWithoutReply = "sentWithoutReply",
    /// A success that cannot be read, or is larger than it may be.
    UnexpectedReply = "unexpectedReply",
    /// A session did not become ready in time.
    NotReady = "notReady",
    /// A session ended while it was waited for.
    SessionEnded = "sessionEnded",
    /// Something on this side failed, such as a file that cannot be read.
    Local = "local",
    /// The body of a webhook is not an event.
    Webhook = "webhook",
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(deserializer)?.as_str().into())
    }
}

/// Whether a failed command may have taken effect. A word that this version does not know reads as
/// [`Unknown`](Self::Unknown).
///
/// ```
/// use whatsgate_core::{ErrorKind, Outcome};
///
/// assert_eq!(Outcome::Unknown.as_str(), "unknown");
/// assert_eq!(ErrorKind::Timeout.as_str(), "timeout");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Certainly not, or the command only reads. Repeating it does nothing twice.
    NotSent,
    /// Perhaps. Repeating it may do something twice, such as send a second message.
    #[serde(other)]
    Unknown,
}

impl Outcome {
    /// The outcome in camel case, as JSON and the JavaScript package have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "notSent",
            Self::Unknown => "unknown",
        }
    }
}

impl ErrorKind {
    /// Whether a command that failed in this way, with this status, may have taken effect.
    pub(crate) fn outcome(&self, safety: Safety, status: Option<u16>) -> Outcome {
        if safety == Safety::Read {
            return Outcome::NotSent;
        }
        match self {
            Self::Refused if !status.is_some_and(is_certain) => Outcome::Unknown,
            Self::InvalidRequest
            | Self::Key
            | Self::Connect
            | Self::Incomplete
            | Self::Unauthorized
            | Self::Refused
            | Self::NotReady
            | Self::SessionEnded
            | Self::Local
            | Self::Webhook => Outcome::NotSent,
            Self::Timeout
            | Self::Connection
            | Self::Cancelled
            | Self::Service
            | Self::SentWithoutReply
            | Self::UnexpectedReply
            | Self::Unrecognized(_) => Outcome::Unknown,
        }
    }

    /// Whether the same request may be made again without doing anything twice.
    pub(crate) fn is_repeatable(&self, safety: Safety, status: Option<u16>) -> bool {
        safety != Safety::Once || self.outcome(safety, status) == Outcome::NotSent
    }

    /// Whether the same request has a chance the next time.
    pub(crate) fn is_transient(&self, status: Option<u16>, has_envelope: bool) -> bool {
        match self {
            Self::Connect | Self::Incomplete | Self::Timeout | Self::Connection => true,
            // An envelope is the service's considered answer, the same the next time, unless a proxy gave the status. So is
            // a reply that cannot be read.
            Self::Service => !has_envelope || matches!(status, Some(502..=504)),
            Self::Refused => status == Some(429),
            _ => false,
        }
    }
}

/// Whether whoever answers with this status certainly did not carry the command out: it says what is wrong with the
/// request. Redirects do not (303 is what follows a success), nor 408, 409 (it may be there already), 460 and 499 (the
/// client went away while it was being handled), nor what this version does not know.
///
/// 429 does: a limiter answers in the command's place, be it RFC 6585's, nginx's or Yii2's, which is a filter before the
/// action. So a `send` is repeated after it.
pub(crate) fn is_certain(status: u16) -> bool {
    matches!(status, 400..=407 | 410..=417 | 421 | 422 | 425 | 426 | 428 | 429 | 431 | 451)
}
