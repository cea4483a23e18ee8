//! Times that may be as long as anybody likes.

use std::time::Duration;

use tokio::time::Instant;

/// As good as never.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The moment so much later; of a time beyond reckoning, one that nobody lives to see.
pub(crate) fn after(time: Duration) -> Instant {
    Instant::now() + time.min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_time_has_an_end() {
        assert!(after(Duration::MAX) > Instant::now());
    }
}
