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
    /// No complete reply came in time.
    Timeout = "timeout",
    /// The connection broke before the reply was complete.
    Connection = "connection",
    /// The caller cancelled the request.
    Cancelled = "cancelled",
    /// The service does not accept the key.
    Unauthorized = "unauthorized",
    /// The service refuses the request (4xx).
    Refused = "refused",
    /// The service, or a proxy before it, failed (5xx). The service's documentation gives 500 to every error, so this may
    /// be a mistake in the request too.
    Service = "service",
    /// The service sent the message but could not describe it: `Evaluation failed … serialize` (wire reference, section
    /// 1.1). A user's program that treats it as sent works in production.
    SentWithoutReply = "sentWithoutReply",
    /// A success that cannot be read.
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
    /// Whether a command that failed in this way may have taken effect.
    pub(crate) fn outcome(&self, safety: Safety) -> Outcome {
        if safety == Safety::Read {
            return Outcome::NotSent;
        }
        match self {
            Self::InvalidRequest
            | Self::Key
            | Self::Connect
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
    pub(crate) fn is_repeatable(&self, safety: Safety) -> bool {
        safety != Safety::Once || self.outcome(safety) == Outcome::NotSent
    }

    /// Whether the same request has a chance the next time.
    pub(crate) fn is_transient(&self, status: Option<u16>, has_envelope: bool) -> bool {
        match self {
            Self::Connect | Self::Timeout | Self::Connection | Self::UnexpectedReply => true,
            // A complete envelope with status 500 is the service's considered answer, the same the next time.
            Self::Service => !(has_envelope && status == Some(500)),
            Self::Refused => status == Some(429),
            _ => false,
        }
    }
}
