//! The elements of a list that were listed already.

/// Pairs of numbers that were seen. One type for all lists, because one for every key would be a good part of the
/// JavaScript package; and in order, because a hash without a secret could be made slow by whoever chooses the numbers.
///
/// In runs, each in order and before the next: what `BTreeSet` does with many levels, for a fifth of the code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    runs: Vec<Vec<(i64, u32)>>,
    count: usize,
}

/// The most of a run: what an insertion may have to move.
const RUN: usize = 1024;

impl Seen {
    /// Whether the pair was not there yet.
    pub(crate) fn insert(&mut self, number: i64, rest: u32) -> bool {
        let pair = (number, rest);
        let at = self
            .runs
            .partition_point(|run| run.first().is_some_and(|first| *first <= pair))
            .saturating_sub(1);
        let Some(run) = self.runs.get_mut(at) else {
            self.runs.push(vec![pair]);
            self.count = 1;
            return true;
        };
        let place = run.partition_point(|known| *known < pair);
        if run.get(place) == Some(&pair) {
            return false;
        }
        run.insert(place, pair);
        if run.len() > RUN {
            let rest = run.split_off(RUN / 2);
            self.runs.insert(at + 1, rest);
        }
        self.count += 1;
        true
    }

    pub(crate) fn len(&self) -> usize {
        self.count
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
