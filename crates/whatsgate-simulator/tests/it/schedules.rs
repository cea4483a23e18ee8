//! Schedules, one after another from seed 0 on.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use whatsgate_simulator::{Options, Trouble, shrink, simulate};

const SCHEDULES: u64 = 1000;

#[test]
fn a_thousand_schedules_hold() {
    let begun = Instant::now();
    let next = AtomicU64::new(0);
    let simulated = AtomicU64::new(0);
    scope(|scope| {
        for _ in 0..available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SCHEDULES {
                        return;
                    }
                    let outcome = simulate(seed, &Options::default());
                    assert!(
                        outcome.violation.is_none(),
                        "seed {seed}: {:?}\nsee it with: cargo xtask simulate --seed {seed}",
                        outcome.violation
                    );
                    simulated.fetch_add(outcome.simulated.unsigned_abs() / 1000, Ordering::Relaxed);
                }
            });
        }
    });
    let real = begun.elapsed();
    let times = u128::from(simulated.into_inner()) * 1000 / real.as_millis().max(1);
    eprintln!("{SCHEDULES} schedules in {real:.1?}, {times} times as fast as real time");
    assert!(times > 10_000, "simulated time goes only {times} times as fast as real time");
}

#[test]
fn a_seed_always_takes_the_same_course() {
    let options = Options { trace: true, ..Options::default() };
    for seed in 0..5 {
        let (one, other) = (simulate(seed, &options), simulate(seed, &options));
        assert_eq!(one.trace, other.trace);
        // Writing it down changes nothing.
        assert_eq!(one.steps, simulate(seed, &Options::default()).steps);
    }
}

#[test]
fn every_kind_of_trouble_changes_some_schedule() {
    for trouble in Trouble::ALL {
        let without = Options { without: vec![*trouble], ..Options::default() };
        let changes = (0..300).any(|seed| {
            let (with, without) = (simulate(seed, &Options::default()), simulate(seed, &without));
            (with.steps, with.events) != (without.steps, without.events)
        });
        assert!(changes, "{} changes nothing", trouble.name());
    }
}

#[test]
fn a_failing_schedule_shrinks_to_what_it_needs() {
    let case = whatsgate_simulator::rules::CASES[0];
    case.rule.without(|| {
        let shrunk = shrink(case.seed, case.fails);
        let after = simulate(case.seed, &shrunk.options);
        assert_eq!(after.violation.map(|violation| violation.check), Some(case.fails));
        assert!(shrunk.needed.len() < Trouble::ALL.len() / 2, "{:?}", shrunk.needed);
    });
}
