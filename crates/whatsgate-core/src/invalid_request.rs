//! Mistakes in requests.

/// A mistake found before anything was sent. The message names the member and never repeats its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {why}")]
pub struct InvalidRequest {
    member: &'static str,
    why: String,
}

impl InvalidRequest {
    /// A mistake in `member`, a path such as `message.body`. `why` must not repeat the value, which may be private.
    pub fn new(member: &'static str, why: impl Into<String>) -> Self {
        Self { member, why: why.into() }
    }

    /// Where the mistake is, as a path such as `message.body`.
    pub fn member(&self) -> &'static str {
        self.member
    }
}
