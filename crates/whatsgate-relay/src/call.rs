//! What is told of each call, for counters.

/// A call that was answered. Its words are the relay's own, so that no page makes more of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The command, `events/stream` or `token-renew`; `other` for what there is not.
    pub command: &'static str,
    /// What became of it.
    pub outcome: CallOutcome,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallOutcome {
    /// It was done.
    Done,
    /// Its token is unknown, has expired or was revoked.
    Unauthorized,
    /// The token does not allow it, or not any more.
    Forbidden,
    /// There were too many.
    Limited,
    /// It has a mistake.
    Invalid,
    /// The gateway refused it or failed.
    Gateway,
    /// The relay itself could not do it.
    Unavailable,
}

impl CallOutcome {
    /// The word in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Limited => "limited",
            Self::Invalid => "invalid",
            Self::Gateway => "gateway",
            Self::Unavailable => "unavailable",
        }
    }
}
