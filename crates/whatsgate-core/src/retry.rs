//! Whether and when a failed command is tried again: a decision on plain data.

use std::time::Duration;

use crate::kind::ErrorKind;
use whatsgate_model::Safety;

/// How patient a client is.
///
/// The default makes up to 4 tries within 60 seconds, with pauses drawn at random up to 0.5, 1 and 2 seconds.
///
/// ```
/// use std::time::Duration;
/// use whatsgate_core::RetryPolicy;
///
/// let patient = RetryPolicy::default()
///     .with_max_tries(10)
///     .with_pauses(Duration::from_secs(1), Duration::from_secs(30))
///     .with_deadline(Duration::from_secs(300));
/// assert_eq!(RetryPolicy::none().max_tries, 1);
/// # drop(patient);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The most tries, the first included; 1 means no retries.
    pub max_tries: u32,
    /// The longest first pause; it doubles with each try.
    pub first_pause: Duration,
    /// The longest pause of all.
    pub longest_pause: Duration,
    /// When to give up, counted from the first try. A pause that would end later is not begun.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_tries: 4,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(10),
            deadline: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// Never tries again.
    pub fn none() -> Self {
        Self { max_tries: 1, ..Self::default() }
    }

    /// Makes at most so many tries, the first included.
    pub fn with_max_tries(mut self, max_tries: u32) -> Self {
        self.max_tries = max_tries;
        self
    }

    /// Gives up after so long, counted from the first try.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the bounds of the pauses.
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first;
        self.longest_pause = longest;
        self
    }

    /// How long to wait before the next try; `None` means to give up.
    ///
    /// Reads and idempotent commands are repeated after failures that may pass. Commands whose repetition does something
    /// else are repeated only if it is certain that nothing was sent: never after a timeout, a broken connection or a 5xx.
    ///
    /// ```
    /// use std::time::Duration;
    /// use whatsgate_core::{ErrorKind, FailedTry, RetryPolicy, Safety};
    ///
    /// let mut failed = FailedTry {
    ///     safety: Safety::Read,
    ///     kind: ErrorKind::Timeout,
    ///     status: None,
    ///     has_envelope: false,
    ///     tries: 1,
    ///     elapsed: Duration::from_secs(1),
    ///     retry_after: None,
    ///     random: 0.5,
    /// };
    /// let policy = RetryPolicy::default();
    /// assert_eq!(policy.next_pause(&failed), Some(Duration::from_millis(250)));
    /// failed.safety = Safety::Once;
    /// assert_eq!(policy.next_pause(&failed), None);
    /// failed.kind = ErrorKind::Connect;
    /// assert_eq!(policy.next_pause(&failed), Some(Duration::from_millis(250)));
    /// ```
    pub fn next_pause(&self, failed: &FailedTry) -> Option<Duration> {
        let may_pass = failed.kind.is_transient(failed.status, failed.has_envelope);
        if failed.tries >= self.max_tries
            || !may_pass
            || !failed.kind.is_repeatable(failed.safety, failed.status)
        {
            return None;
        }
        let doublings = failed.tries.saturating_sub(1).min(16);
        let bound = self.first_pause.saturating_mul(1 << doublings).min(self.longest_pause);
        let drawn = Duration::try_from_secs_f64(bound.as_secs_f64() * failed.random.clamp(0.0, 1.0));
        // NaN, and a bound too large for a duration, fail here; the whole bound is right for both.
        let pause = drawn.unwrap_or(bound).min(bound).max(failed.retry_after.unwrap_or_default());
        (failed.elapsed.saturating_add(pause) < self.deadline).then_some(pause)
    }
}

/// A failed try.
#[derive(Clone, Debug, PartialEq)]
pub struct FailedTry {
    /// What a repetition of the command does.
    pub safety: Safety,
    /// What went wrong.
    pub kind: ErrorKind,
    /// The HTTP status, if a response came.
    pub status: Option<u16>,
    /// Whether the response was the service's own error envelope.
    pub has_envelope: bool,
    /// How many tries there have been, this one included.
    pub tries: u32,
    /// The time since the first try began.
    pub elapsed: Duration,
    /// How long the service wants to be left alone.
    pub retry_after: Option<Duration>,
    /// A random number from 0 to 1.
    pub random: f64,
}
