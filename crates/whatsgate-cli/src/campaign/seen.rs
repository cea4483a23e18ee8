//! What came before in a list, in memory that does not grow with what it is.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Where a text came first, and how often it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub(super) first: u64,
    pub(super) times: u32,
}

/// Texts by 128 bits of their hashes: among a million, two that differ are never taken for one.
#[derive(Default)]
pub(super) struct Seen {
    hashers: [RandomState; 2],
    times: HashMap<[u64; 2], Times>,
}

impl Seen {
    /// Notes that a text comes in this line.
    pub(super) fn note(&mut self, text: &str, line: u64) -> Times {
        let hash = [self.hashers[0].hash_one(text), self.hashers[1].hash_one(text)];
        let times = self.times.entry(hash).or_insert(Times { first: line, times: 0 });
        times.times = times.times.saturating_add(1);
        *times
    }

    /// How many different texts came.
    pub(super) fn len(&self) -> usize {
        self.times.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_counted_by_itself() {
        let mut seen = Seen::default();
        assert_eq!(seen.note("a", 2), Times { first: 2, times: 1 });
        assert_eq!(seen.note("b", 3), Times { first: 3, times: 1 });
        assert_eq!(seen.note("a", 4), Times { first: 2, times: 2 });
        assert_eq!(seen.len(), 2);
    }
}
