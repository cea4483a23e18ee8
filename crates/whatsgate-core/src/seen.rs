//! The elements of a list that were listed already.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

/// Pairs of numbers that were seen. One type for all lists, and a hash of one line, because the standard one for every key
/// would be a good part of the JavaScript package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(HashSet<(i64, u32), BuildHasherDefault<Mix>>);

impl Seen {
    /// Whether the pair was not there yet.
    pub(crate) fn insert(&mut self, number: i64, rest: u32) -> bool {
        self.0.insert((number, rest))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Mixes numbers that differ little. Whoever made them collide would only make the lists of their own service slow.
#[derive(Default)]
struct Mix(u64);

impl Mix {
    fn add(&mut self, number: u64) {
        // An odd number without a pattern, 2^64 over the golden ratio; the halves change places, as the low bits choose.
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.add(u64::from(*byte));
        }
    }
    fn write_u32(&mut self, number: u32) {
        self.add(u64::from(number));
    }
    fn write_i64(&mut self, number: i64) {
        self.add(number.cast_unsigned());
    }
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_is_new_once() {
        let mut seen = Seen::default();
        let pairs = || (-5_000..5_000).flat_map(|number| [(number, 0), (number, 1), (number << 32, 2)]);
        assert!(pairs().all(|(number, rest)| seen.insert(number, rest)));
        assert!(!pairs().any(|(number, rest)| seen.insert(number, rest)));
        assert_eq!(seen.len(), 30_000);
    }
}
