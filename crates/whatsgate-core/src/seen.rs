//! The elements of a list that were listed already.

use std::collections::BTreeSet;

/// Pairs of numbers that were seen. One type for all lists, because one for every key would be a good part of the
/// JavaScript package; and a tree, because a hash without a secret could be made slow by whoever chooses the numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(BTreeSet<(i64, u32)>);

impl Seen {
    /// Whether the pair was not there yet.
    pub(crate) fn insert(&mut self, number: i64, rest: u32) -> bool {
        self.0.insert((number, rest))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
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
