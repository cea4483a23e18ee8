//! What a round holds where a journal has the events already.

#[cfg(not(feature = "durable"))]
pub(super) use self::none::ForJournal;
#[cfg(feature = "durable")]
pub(super) use self::some::ForJournal;

#[cfg(feature = "durable")]
mod some {
    use std::collections::BTreeMap;

    use whatsgate_model::{Event, RawJson};

    use super::super::position::{CursorPosition, checksum, is_ready};

    /// The position with what was read. A long list takes no more room than a short one, as long as its numbers follow one
    /// another: the journal itself tells what has the number of another.
    #[derive(Clone, Debug)]
    pub(in super::super) struct ForJournal {
        position: CursorPosition,
        ready: bool,
        numbers: Numbers,
        unreadable: Numbers,
    }

    impl ForJournal {
        pub(in super::super) fn begin(is_wanted: bool, position: &CursorPosition) -> Option<Self> {
            is_wanted.then(|| Self {
                position: position.clone(),
                ready: false,
                numbers: Numbers::default(),
                unreadable: Numbers::default(),
            })
        }

        /// How many elements were listed.
        pub(in super::super) fn len(&self) -> usize {
            self.numbers.len + self.unreadable.len
        }

        /// Whether the number was not listed in this round yet.
        pub(in super::super) fn lists(&mut self, event: &Event) -> bool {
            self.numbers.insert(event.id.0)
        }

        pub(in super::super) fn add(&mut self, event: &Event) {
            self.ready |= is_ready(event);
            self.position.add(event);
        }

        pub(in super::super) fn add_unreadable(&mut self, element: &RawJson) {
            self.position.add_unreadable(element);
            self.unreadable.insert(i64::from(checksum([element.as_str()])));
        }

        /// The position at the end of the round, and whether a session became ready.
        pub(in super::super) fn end(self) -> (CursorPosition, bool) {
            (self.position, self.ready)
        }
    }

    /// A set of numbers, in which those that follow one another take the room of one.
    #[derive(Clone, Debug, Default)]
    struct Numbers {
        /// The last number of each range by its first one.
        ranges: BTreeMap<i64, i64>,
        len: usize,
    }

    impl Numbers {
        /// Whether it was not there yet.
        fn insert(&mut self, number: i64) -> bool {
            let first = match self.ranges.range(..=number).next_back() {
                Some((_, last)) if *last >= number => return false,
                Some((first, last)) if number.checked_sub(1) == Some(*last) => *first,
                _ => number,
            };
            let above = number.checked_add(1).and_then(|next| self.ranges.remove(&next));
            self.ranges.insert(first, above.unwrap_or(number));
            self.len += 1;
            true
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn numbers_grow_together_in_any_order() {
            let mut numbers = Numbers::default();
            for number in [i64::MAX, i64::MIN, 5, 1, 3, 2, 4, i64::MAX - 1] {
                assert!(numbers.insert(number));
                assert!(!numbers.insert(number));
            }
            assert_eq!((numbers.ranges.len(), numbers.len), (3, 8));
        }
    }
}

/// Without the durable layer there is no journal, and nothing of this takes room in a web page.
#[cfg(not(feature = "durable"))]
mod none {
    use whatsgate_model::{Event, RawJson};

    use super::super::position::CursorPosition;

    #[derive(Clone, Debug)]
    pub(in super::super) enum ForJournal {}

    impl ForJournal {
        pub(in super::super) fn begin(_: bool, _: &CursorPosition) -> Option<Self> {
            None
        }

        pub(in super::super) fn len(&self) -> usize {
            match *self {}
        }

        pub(in super::super) fn lists(&mut self, _: &Event) -> bool {
            match *self {}
        }

        pub(in super::super) fn add(&mut self, _: &Event) {
            match *self {}
        }

        pub(in super::super) fn add_unreadable(&mut self, _: &RawJson) {
            match *self {}
        }

        pub(in super::super) fn end(self) -> (CursorPosition, bool) {
            match self {}
        }
    }
}
