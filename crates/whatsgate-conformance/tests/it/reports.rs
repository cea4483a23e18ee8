//! Known failures, and reports for people and programs.

use serde_json::Value;
use whatsgate_conformance::{KnownError, KnownFailing};

use crate::{bad, run, trials};

const ONLY: [&str; 2] = ["wire/seen/as-is", "wire/seen/bom"];

async fn with(known: &str) -> whatsgate_conformance::Report {
    let known: KnownFailing = known.parse().expect("the list has no mistake");
    bad(&[]).run(trials(&ONLY), &known).await.expect("there is an adapter")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn known_failures_must_fail() {
    let bare = run(&bad(&[]), &ONLY).await;
    assert!(!bare.is_good());
    assert_eq!((bare.count("passed"), bare.count("failed")), (1, 1));
    let known = with("wire/*/bom  # serde_json refuses a byte order mark").await;
    assert!(known.is_good(), "{}", known.table());
    assert_eq!((known.count("passed"), known.count("known_failure")), (1, 1));
    let wrong = with("wire/seen  # nothing works").await;
    assert!(!wrong.is_good());
    assert_eq!(wrong.count("unexpectedly_passed"), 1);
    assert!(wrong.table().contains("PASSED wire/seen/as-is\n  although it is known to fail: nothing works"));
}

/// A pattern that was misspelt, or whose case is gone, is not passed over; one of a case that was not asked for is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_known_failure_without_a_trial_is_named() {
    let list = "wire/*/bom  # a mark\nwire/sene/*  # misspelt\nfiles/get-media/cut-in-half  # not asked for";
    let report = with(list).await;
    assert!(!report.is_good());
    assert_eq!(report.idle, ["wire/sene/*"]);
    assert!(report.table().contains("PROBLEM no trial is named like wire/sene/*, a known failure"));
}

#[test]
fn a_known_failure_wants_a_reason() {
    let read = |text: &str| text.parse::<KnownFailing>().map(drop);
    assert_eq!(read("# only a comment\n\nwire/a  # why"), Ok(()));
    let known: KnownFailing = "\u{feff}wire/a  # a mark before it".parse().expect("the mark is passed over");
    assert_eq!(known.reason("wire/a/as-is"), Some("a mark before it"));
    assert_eq!(read("wire/a  # why\nwire/b"), Err(KnownError { line: 2 }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_say_the_same() {
    let report = run(&bad(&[]), &ONLY).await;
    let table = report.table();
    assert!(
        table.starts_with("FAILED wire/seen/bom\n  it says that it failed (not JSON), which it did not\n"),
        "{table}"
    );
    let rows: Vec<_> =
        table.lines().filter(|line| line.starts_with("wire") || line.starts_with("all")).collect();
    assert_eq!(
        rows,
        ["wire           1       1       0       0", "all            1       1       0       0"]
    );
    let json: Value = serde_json::from_str(&report.json().expect("it is data")).expect("it is JSON");
    assert_eq!(json["counts"], serde_json::json!({ "passed": 1, "failed": 1 }));
    assert_eq!(json["trials"][1]["name"], "wire/seen/bom");
    assert_eq!(json["trials"][1]["verdict"], "failed");
    assert_eq!(json["trials"][1]["findings"][0], "it says that it failed (not JSON), which it did not");
    let junit = report.junit();
    assert!(junit.contains("<testsuite name=\"wire\" tests=\"2\" failures=\"1\" skipped=\"0\">"), "{junit}");
    assert!(junit.contains("name=\"wire/seen/bom\""), "{junit}");
    assert!(
        junit.contains("<failure>it says that it failed (not JSON), which it did not</failure>"),
        "{junit}"
    );
}
