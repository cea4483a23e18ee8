//! Failures as rows: what is written reads back, what is private stays out, what is newer is not refused.

use proptest::prelude::*;
use serde_json::{Value, json};
use whatsgate_core::{ErrorKind, Failure, Outcome, Private, Safety, ServiceWords};

use crate::fixed;

fn kinds() -> impl Strategy<Value = ErrorKind> {
    prop_oneof![
        3 => prop::sample::select(ErrorKind::KNOWN),
        1 => ".*".prop_map(|word| ErrorKind::from(word.as_str())),
    ]
}

fn texts() -> impl Strategy<Value = Option<String>> {
    prop::option::of(".*")
}

prop_compose! {
    fn words()(name in texts(), code in texts(), message in texts()) -> ServiceWords {
        let mut words = ServiceWords::default();
        (words.name, words.code, words.message) = (name, code, message);
        words
    }
}

prop_compose! {
    fn failures()(
        (message, kind, command, words) in (".*", kinds(), texts(), words()),
        outcome in prop::sample::select(&[Outcome::NotSent, Outcome::Unknown][..]),
        safety in prop::option::of(prop::sample::select(
            &[Safety::Read, Safety::Idempotent, Safety::Once][..],
        )),
        status in any::<Option<u16>>(),
        tries in any::<u32>(),
        failed_at in any::<Option<i64>>(),
        element in any::<Option<usize>>(),
        retryable in any::<bool>(),
    ) -> Failure {
        let mut failure = Failure::local(kind, message);
        failure.outcome = outcome;
        failure.retryable = retryable;
        failure.command = command;
        failure.safety = safety;
        failure.status = status;
        failure.tries = tries;
        failure.failed_at = failed_at;
        failure.element = element;
        failure.words = Private::new(words);
        failure
    }
}

proptest! {
    #![proptest_config(fixed(500))]

    #[test]
    fn what_is_written_reads_back(failure in failures()) {
        let with = serde_json::to_string(&failure.with_private()).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Failure>(&with).unwrap(), &failure);

        let without = serde_json::to_string(&failure).unwrap();
        let mut read: Failure = serde_json::from_str(&without).unwrap();
        prop_assert_eq!(read.words.expose(), &ServiceWords::default());
        prop_assert_eq!(read.advice(), failure.advice());
        read.words = failure.words.clone();
        prop_assert_eq!(read, failure);
    }

    #[test]
    fn every_failure_has_the_same_members(failure in failures()) {
        let Value::Object(members) = serde_json::to_value(&failure).unwrap() else { panic!("no object") };
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        let expected = [
            "command", "element", "failedAt", "kind", "message", "outcome", "retryable", "safety", "status", "tries",
        ];
        prop_assert_eq!(names.len(), expected.len());
        prop_assert!(expected.iter().all(|name| names.contains(name)));
    }
}

#[test]
fn private_words_show_nowhere_but_where_they_are_asked_for() {
    let mut words = ServiceWords::default();
    words.name = Some("canary name".into());
    words.code = Some("canary code".into());
    words.message = Some("canary message".into());
    let mut failure = Failure::local(ErrorKind::Service, "the gateway answered with an error");
    failure.words = Private::new(words);
    let shown = format!(
        "{failure} {failure:?} {failure:#?} {} {}",
        failure.words,
        serde_json::to_string(&failure).unwrap()
    );
    assert!(!shown.contains("canary"), "{shown}");
    let asked = serde_json::to_value(failure.with_private()).unwrap();
    assert_eq!(
        asked["words"],
        json!({ "name": "canary name", "code": "canary code", "message": "canary message" }),
    );
}

#[test]
fn the_row_of_a_later_version_can_be_read() {
    let row = json!({
        "message": "a new failure", "kind": "volcano", "outcome": "perhaps", "safety": "sometimes",
        "weather": { "ash": true },
    });
    let failure: Failure = serde_json::from_value(row).unwrap();
    assert_eq!(failure.kind.as_str(), "volcano");
    // What is not understood counts as what needs the most care.
    assert_eq!((failure.outcome, failure.safety), (Outcome::Unknown, Some(Safety::Once)));
    assert!(failure.advice().starts_with("Look in the chat"), "{}", failure.advice());
    assert_eq!(serde_json::to_value(&failure).unwrap()["kind"], "volcano");
}

#[test]
fn words_and_their_values_agree() {
    for kind in ErrorKind::KNOWN {
        assert_eq!(&ErrorKind::from(kind.as_str()), kind);
    }
    for outcome in [Outcome::NotSent, Outcome::Unknown] {
        assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
    }
    for (safety, word) in [(Safety::Read, "read"), (Safety::Idempotent, "idempotent"), (Safety::Once, "once")]
    {
        assert_eq!(serde_json::to_value(safety).unwrap(), word);
        assert_eq!(serde_json::from_value::<Safety>(word.into()).unwrap(), safety);
    }
}
