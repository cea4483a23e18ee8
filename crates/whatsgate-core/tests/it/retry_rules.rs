//! Properties of the decision to try again.

use std::time::Duration;

use proptest::prelude::*;
use whatsgate_core::{ErrorKind, FailedTry, RetryPolicy, Safety};

use crate::fixed;

/// The kinds after which a command has certainly not taken effect, in words of this test's own.
const CERTAIN: [ErrorKind; 8] = [
    ErrorKind::InvalidRequest,
    ErrorKind::Key,
    ErrorKind::Connect,
    ErrorKind::Incomplete,
    ErrorKind::Unauthorized,
    ErrorKind::Refused,
    ErrorKind::NotReady,
    ErrorKind::SessionEnded,
];

fn durations() -> impl Strategy<Value = Duration> {
    prop_oneof![
        8 => (0_u64..100_000).prop_map(Duration::from_millis),
        1 => Just(Duration::ZERO),
        1 => Just(Duration::MAX),
    ]
}

fn policies() -> impl Strategy<Value = RetryPolicy> {
    (0_u32..8, durations(), durations(), durations()).prop_map(|(tries, first, longest, deadline)| {
        RetryPolicy::default().with_max_tries(tries).with_pauses(first, longest).with_deadline(deadline)
    })
}

fn failed_tries() -> impl Strategy<Value = FailedTry> {
    (
        prop::sample::select(&[Safety::Read, Safety::Idempotent, Safety::Once][..]),
        prop::sample::select(ErrorKind::KNOWN),
        prop::option::of(prop::sample::select(&[200_u16, 302, 404, 409, 429, 499, 500, 503][..])),
        any::<bool>(),
        prop_oneof![1_u32..8, Just(u32::MAX)],
        durations(),
        prop::option::of(durations()),
        prop_oneof![0.0..1.0, Just(0.0), Just(1.0), Just(f64::NAN), Just(-1.0)],
    )
        .prop_map(|(safety, kind, status, has_envelope, tries, elapsed, retry_after, random)| {
            FailedTry { safety, kind, status, has_envelope, tries, elapsed, retry_after, random }
        })
}

proptest! {
    #![proptest_config(fixed(2000))]

    #[test]
    fn what_must_not_happen_twice_is_repeated_only_if_it_certainly_did_not_happen(
        policy in policies(),
        mut failed in failed_tries(),
    ) {
        failed.safety = Safety::Once;
        if policy.next_pause(&failed).is_some() {
            prop_assert!(CERTAIN.contains(&failed.kind));
            prop_assert!(failed.kind != ErrorKind::Refused || failed.status == Some(429));
        }
    }

    #[test]
    fn no_pause_ends_beyond_the_deadline_or_before_the_service_wants(
        policy in policies(),
        failed in failed_tries(),
    ) {
        if let Some(pause) = policy.next_pause(&failed) {
            prop_assert!(failed.elapsed.saturating_add(pause) < policy.deadline);
            prop_assert!(pause >= failed.retry_after.unwrap_or_default());
            prop_assert!(pause <= policy.longest_pause.max(failed.retry_after.unwrap_or_default()));
            prop_assert!(failed.tries < policy.max_tries);
        }
    }

    /// Whoever gets another try gets it under a more patient policy as well, after the same pause.
    #[test]
    fn more_patience_never_means_fewer_tries(
        policy in policies(),
        failed in failed_tries(),
        more_tries in 0_u32..5,
        more_time in durations(),
    ) {
        let patient = policy
            .clone()
            .with_max_tries(policy.max_tries + more_tries)
            .with_deadline(policy.deadline.saturating_add(more_time));
        if let Some(pause) = policy.next_pause(&failed) {
            prop_assert_eq!(patient.next_pause(&failed), Some(pause));
        }
    }

    /// Pauses never shrink as tries add up, and a larger random number never means a shorter pause.
    #[test]
    fn pauses_grow(policy in policies(), failed in failed_tries(), random in 0.0..1.0) {
        let policy = policy.with_max_tries(u32::MAX).with_deadline(Duration::MAX);
        let later = FailedTry { tries: failed.tries.saturating_add(1), ..failed.clone() };
        if let (Some(now), Some(then)) = (policy.next_pause(&failed), policy.next_pause(&later)) {
            prop_assert!(now <= then);
        }
        let luckier = FailedTry { random: failed.random.min(random), ..failed.clone() };
        let unluckier = FailedTry { random: failed.random.max(random), ..failed.clone() };
        if let (Some(short), Some(long)) = (policy.next_pause(&luckier), policy.next_pause(&unluckier)) {
            prop_assert!(short <= long);
        }
    }

    /// Reading is repeated whenever an idempotent command is, and that whenever one that must not happen twice is.
    #[test]
    fn safer_commands_are_repeated_no_less(policy in policies(), failed in failed_tries()) {
        let with = |safety| policy.next_pause(&FailedTry { safety, ..failed.clone() });
        prop_assert_eq!(with(Safety::Read), with(Safety::Idempotent));
        if with(Safety::Once).is_some() {
            prop_assert_eq!(with(Safety::Once), with(Safety::Idempotent));
        }
    }
}
