//! The pure machines, proved without a network, a clock or chance of their own.

// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used)]

mod cursor;
mod failure;
mod retry_rules;

use proptest::test_runner::{Config, RngSeed};

/// So many cases, the same in every run.
fn fixed(cases: u32) -> Config {
    Config { cases, rng_seed: RngSeed::Fixed(18), failure_persistence: None, ..Config::default() }
}
