//! A failing schedule made small: the fewest kinds of trouble and the fewest events with which it still fails.

use crate::checks::Check;
use crate::{Options, Trouble, Worlds, simulate};

/// What is left of a failing schedule.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// How to run it.
    pub options: Options,
    /// The kinds of trouble that it needs.
    pub needed: Vec<Trouble>,
}

/// Makes a failing schedule small. It fails the same check.
pub fn shrink(seed: u64, check: Check) -> Shrunk {
    let fails = |options: &Options| {
        simulate(seed, options).violation.is_some_and(|violation| violation.check == check)
    };
    let journal = Options { worlds: Worlds::Journal, ..Options::default() };
    let mut options =
        if fails(&journal) { journal } else { Options { worlds: Worlds::Outbox, ..Options::default() } };
    for trouble in Trouble::ALL {
        options.without.push(*trouble);
        if !fails(&options) {
            options.without.pop();
        }
    }
    let mut most = simulate(seed, &options).events;
    loop {
        let less = [most / 2, most * 9 / 10, most.saturating_sub(1)]
            .into_iter()
            .find(|less| *less < most && fails(&Options { most_events: Some(*less), ..options.clone() }));
        match less {
            Some(less) => most = less,
            None => break,
        }
    }
    let shorter = Options { most_events: Some(most), ..options.clone() };
    if fails(&shorter) {
        options = shorter;
    }
    let needed = Trouble::ALL.iter().copied().filter(|trouble| !options.without.contains(trouble)).collect();
    Shrunk { options, needed }
}
