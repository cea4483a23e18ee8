//! The elements of a list that were listed already.

use std::collections::BTreeMap;

/// Pairs of numbers that were seen. One type for all lists, because one for every key would be a good part of the
/// JavaScript package; and a tree, because a hash without a secret could be made slow by whoever chooses the numbers.
///
/// Numbers that follow one another take no more room than one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// The last number of each range, by what is paired with its numbers and by its first one.
    ranges: BTreeMap<(u32, i64), i64>,
    len: usize,
}

impl Seen {
    /// Whether the pair was not there yet.
    pub(crate) fn insert(&mut self, number: i64, rest: u32) -> bool {
        let below = self.ranges.range_mut(..=(rest, number)).next_back().filter(|((of, _), _)| *of == rest);
        let first = match below {
            Some((_, last)) if *last >= number => return false,
            Some(((_, first), last)) if number.checked_sub(1) == Some(*last) => *first,
            _ => number,
        };
        let above = number.checked_add(1).and_then(|next| self.ranges.remove(&(rest, next)));
        self.ranges.insert((rest, first), above.unwrap_or(number));
        self.len += 1;
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.len
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

    #[test]
    fn ranges_grow_together_in_any_order() {
        let mut seen = Seen::default();
        for number in [i64::MAX, i64::MIN, 5, 1, 3, 2, 4, i64::MAX - 1] {
            assert!(seen.insert(number, 7));
            assert!(!seen.insert(number, 7));
        }
        assert_eq!((seen.ranges.len(), seen.len()), (3, 8));
        assert!(seen.insert(3, 8));
    }
}
