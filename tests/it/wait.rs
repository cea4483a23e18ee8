//! Waiting until a session is ready, in virtual time.

use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_core::{ErrorKind, Outcome, Platform, RetryPolicy, TransportFailure, WaitOptions};
use whatsgate_model::SessionInfo;
use whatsgate_tests::{ScriptedError, Step, run};

use crate::support::{describe, scripted, session_id, snapshot};

type Waited = Result<SessionInfo, whatsgate_core::Error<ScriptedError>>;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn listed(sessions: &[Value]) -> Step {
    Step::reply(200, json!({ "result": "OK", "pages": 1, "page": 1, "data": sessions }).to_string())
}

fn state(status: &str) -> Step {
    listed(&[json!({ "unique_id": "YOUR_WHATSAPP_ID", "status": status })])
}

fn with(member: &str, value: &str) -> Step {
    listed(&[json!({ "unique_id": "YOUR_WHATSAPP_ID", "status": "AUTH", member: value })])
}

/// Waits through the steps; returns the result, what was shown and how much time passed.
fn wait(options: WaitOptions, steps: impl IntoIterator<Item = Step>) -> (Waited, Vec<SessionInfo>, Duration) {
    let client = scripted(steps).with_retry(RetryPolicy::none());
    let mut shown = Vec::new();
    let session = client.session(session_id());
    let waited = run(session.wait_until_ready(options, |session| shown.push(session.clone())));
    for sent in client.transport().sent() {
        assert_eq!(sent.body()["WhatsappID"], "YOUR_WHATSAPP_ID");
    }
    (waited, shown, client.platform().now())
}

fn statuses(shown: &[SessionInfo]) -> Vec<&str> {
    shown.iter().map(|session| session.status.as_ref().map_or("", |status| status.as_str())).collect()
}

#[test]
fn a_session_becomes_ready() {
    let steps = [state("PENDING"), state("PENDING"), state("AUTH"), state("AUTH"), state("READY")];
    let (waited, shown, passed) = wait(WaitOptions::default(), steps);
    assert!(waited.unwrap().is_ready());
    assert_eq!(statuses(&shown), ["PENDING", "AUTH"]);
    assert_eq!(passed, seconds(8));
}

#[test]
fn a_session_that_is_ready_is_not_waited_for() {
    let (waited, shown, passed) = wait(WaitOptions::default(), [state("READY")]);
    assert!(waited.unwrap().is_ready());
    assert!(shown.is_empty() && passed.is_zero());
}

#[test]
fn a_new_link_or_code_is_shown() {
    let steps = [
        state("PENDING"),
        with("qr_link", "https://whatsgate.org/qr/6345454545454"),
        with("qr_link", "https://whatsgate.org/qr/6345454545454"),
        with("code", "ABCD-1234"),
        with("code", "ABCD-5678"),
        state("READY"),
    ];
    let (waited, shown, _) = wait(WaitOptions::default(), steps);
    waited.unwrap();
    assert_eq!(shown.len(), 4);
    assert_eq!(shown[1].qr_link.as_deref(), Some("https://whatsgate.org/qr/6345454545454"));
    assert_eq!(shown[3].code.as_deref(), Some("ABCD-5678"));
}

#[test]
fn waiting_ends_at_the_deadline() {
    let options = WaitOptions::default().with_deadline(seconds(7)).with_interval(seconds(3));
    let (waited, shown, passed) = wait(options, vec![state("AUTH"); 3]);
    let error = waited.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotReady, Outcome::NotSent));
    assert_eq!(passed, seconds(6), "another pause would end beyond the deadline");
    assert_eq!(statuses(&shown), ["AUTH"]);
    snapshot("errors", "not_ready", &describe(&error));
}

/// Slow answers count as well.
#[test]
fn slow_answers_do_not_prolong_the_wait() {
    let options = WaitOptions::default().with_deadline(seconds(60)).with_interval(seconds(1));
    let (waited, _, passed) = wait(options, vec![state("AUTH").lasting(seconds(25)); 3]);
    assert_eq!(waited.unwrap_err().kind(), ErrorKind::NotReady);
    assert_eq!(passed, seconds(77));
}

#[test]
fn a_session_that_ends_is_not_waited_for() {
    let (waited, _, _) = wait(WaitOptions::default(), [state("AUTH"), state("DESTROYING")]);
    let error = waited.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    snapshot("errors", "session_ended", &describe(&error));

    let (waited, _, _) = wait(WaitOptions::default(), [state("AUTH"), listed(&[])]);
    assert_eq!(waited.unwrap_err().kind(), ErrorKind::SessionEnded);
}

/// Just after its creation; another session in its place is not taken for it.
#[test]
fn a_session_may_be_listed_late() {
    let other = listed(&[json!({ "unique_id": "6345454545455", "status": "READY" })]);
    let (waited, shown, _) =
        wait(WaitOptions::default(), [listed(&[]), other, state("AUTH"), state("READY")]);
    assert!(waited.unwrap().is_ready());
    assert_eq!(statuses(&shown), ["AUTH"]);
}

#[test]
fn an_unknown_state_is_waited_through() {
    let (waited, shown, _) = wait(WaitOptions::default(), [state("SYNCING"), state("READY")]);
    assert!(waited.unwrap().is_ready());
    assert_eq!(statuses(&shown), ["SYNCING"]);
}

#[test]
fn a_question_that_fails_for_good_ends_the_wait() {
    let (waited, ..) = wait(WaitOptions::default(), [state("AUTH"), Step::reply(401, "")]);
    assert_eq!(waited.unwrap_err().kind(), ErrorKind::Unauthorized);
}

#[test]
fn a_question_that_fails_in_passing_is_asked_again() {
    let client = scripted([
        state("AUTH"),
        Step::failure(TransportFailure::Timeout),
        Step::reply(502, "<html>"),
        state("READY"),
    ]);
    let session = client.session(session_id());
    assert!(run(session.wait_until_ready(WaitOptions::default(), |_| {})).unwrap().is_ready());
}
