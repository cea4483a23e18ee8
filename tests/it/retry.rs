//! What the client repeats, and when, in virtual time.

use std::time::Duration;

use whatsgate_core::{Client, Command, ErrorKind, Outcome, Response, RetryPolicy, TransportFailure};
use whatsgate_model::{
    CheckRequest, EventsGetRequest, OutgoingMessage, SeenRequest, SendRequest, SessionCreateRequest,
    SessionDeleteRequest, SetHookRequest, SetNameRequest, TypingRequest,
};
use whatsgate_tests::{ScriptedTransport, Step, run};

use crate::support::{client, number, scripted, session_id};

const YES: &str = r#"{"result":"OK","data":true}"#;
const SESSION: &str = r#"{"result":"OK","data":{"unique_id":"6345454545454"}}"#;
const ENVELOPE: &str = r#"{"name":"Exception","message":"no such chat","code":0}"#;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn check() -> CheckRequest {
    CheckRequest::new(session_id(), number())
}

fn send() -> SendRequest {
    SendRequest::new(session_id(), number(), OutgoingMessage::text("Hello"))
}

fn pauses(client: &Client<ScriptedTransport>) -> Vec<Duration> {
    client.platform().pauses()
}

fn tries(client: &Client<ScriptedTransport>) -> usize {
    client.transport().sent().len()
}

/// Failures after which nobody knows whether the command took effect.
fn ambiguous() -> Vec<Step> {
    passing().into_iter().chain(answered()).collect()
}

/// Those that may pass.
fn passing() -> Vec<Step> {
    vec![
        Step::failure(TransportFailure::Timeout),
        Step::failure(TransportFailure::Connection),
        Step::reply(408, ""),
        Step::reply(500, "<html>"),
        Step::reply(502, ""),
        Step::reply(503, ENVELOPE),
        Step::reply(504, "Gateway Timeout"),
    ]
}

/// Those that are an answer, the same the next time.
fn answered() -> Vec<Step> {
    vec![
        Step::reply(200, ""),
        Step::reply(200, "<html>"),
        Step::reply(200, r#"{"result":{"no":"id"}}"#),
        Step::reply(200, ENVELOPE),
    ]
}

#[test]
fn reads_are_repeated_with_growing_pauses() {
    let client = scripted([
        Step::failure(TransportFailure::Timeout),
        Step::failure(TransportFailure::Connection),
        Step::reply(502, ""),
        Step::reply(200, YES),
    ]);
    assert!(run(client.call(&check())).unwrap().data);
    assert_eq!(pauses(&client), [millis(500), seconds(1), seconds(2)]);
    let sent = client.transport().sent();
    assert!(sent.iter().all(|try_| try_.body() == sent[0].body()));
}

#[test]
fn pauses_are_drawn_at_random() {
    for (random, expected) in [(0.0, 0), (0.25, 125), (0.5, 250)] {
        let steps = [Step::reply(503, ""), Step::reply(200, YES)];
        let client = client(ScriptedTransport::new(steps).with_random(random));
        run(client.call(&check())).unwrap();
        assert_eq!(pauses(&client), [millis(expected)]);
    }
}

#[test]
fn every_passing_failure_of_a_read_is_repeated() {
    let steps = passing().into_iter().chain([Step::failure(TransportFailure::Connect), Step::reply(429, "")]);
    for step in steps {
        let client = scripted([step, Step::reply(200, YES)]);
        assert!(run(client.call(&check())).unwrap().data);
        assert_eq!(tries(&client), 2);
    }
}

#[test]
fn failures_that_do_not_pass_are_not_repeated() {
    let steps = [
        Step::failure(TransportFailure::Cancelled),
        Step::failure(TransportFailure::Invalid),
        Step::reply(302, ""),
        Step::reply(400, ENVELOPE),
        Step::reply(401, ENVELOPE),
        Step::reply(404, "<html>"),
        Step::reply(413, ""),
        Step::reply(500, ENVELOPE),
        Step::reply(200, r#"{"name":"Unauthorized","message":"no","code":0}"#),
    ];
    for step in steps.into_iter().chain(answered()) {
        let client = scripted([step]);
        run(client.call(&check())).unwrap_err();
        assert!(pauses(&client).is_empty());
    }
}

#[test]
fn a_client_gives_up_after_its_last_try() {
    let client = scripted(vec![Step::reply(502, ""); 4]);
    let error = run(client.call(&check())).unwrap_err();
    assert_eq!((error.tries(), error.kind()), (4, ErrorKind::Service));
    assert!(error.to_string().ends_with("(tried 4 times)"), "{error}");

    let client = scripted([Step::reply(502, "")]).with_retry(RetryPolicy::none());
    assert_eq!(run(client.call(&check())).unwrap_err().tries(), 1);
}

#[test]
fn a_client_gives_up_at_its_deadline() {
    let slow = Step::failure(TransportFailure::Timeout).lasting(seconds(25));
    let policy = RetryPolicy::default().with_max_tries(100);
    let client = scripted(vec![slow; 3]).with_retry(policy);
    let error = run(client.call(&check())).unwrap_err();
    // The third try ends after 76.5 of 60 seconds.
    assert_eq!(error.tries(), 3);
    assert_eq!(pauses(&client), [millis(500), seconds(1)]);
}

#[test]
fn a_client_is_as_patient_as_it_is_told() {
    let policy = RetryPolicy::default()
        .with_max_tries(9)
        .with_pauses(seconds(1), seconds(4))
        .with_deadline(seconds(16));
    let client = scripted(vec![Step::reply(503, ""); 6]).with_retry(policy);
    run(client.call(&check())).unwrap_err();
    // Another pause of 4 seconds would end at 19 seconds.
    assert_eq!(pauses(&client), [seconds(1), seconds(2), seconds(4), seconds(4), seconds(4)]);
}

#[test]
fn retry_after_is_honoured() {
    for status in [429, 503] {
        let busy = Response::new(status, "").with_retry_after(Some(seconds(7)));
        let client = scripted([Step::response(busy), Step::reply(200, YES)]);
        run(client.call(&check())).unwrap();
        assert_eq!(pauses(&client), [seconds(7)]);
    }
}

#[test]
fn retry_after_beyond_the_deadline_is_not_waited_for() {
    let busy = Response::new(429, "").with_retry_after(Some(seconds(60)));
    let client = scripted([Step::response(busy)]);
    let error = run(client.call(&check())).unwrap_err();
    assert_eq!(error.response().unwrap().retry_after, Some(seconds(60)));
    assert!(pauses(&client).is_empty());
}

#[test]
fn a_short_retry_after_does_not_shorten_the_pause() {
    let busy = Response::new(503, "").with_retry_after(Some(millis(1)));
    let client = scripted([Step::response(busy), Step::reply(200, YES)]);
    run(client.call(&check())).unwrap();
    assert_eq!(pauses(&client), [millis(500)]);
}

fn is_never_repeated<C: Command>(command: &C, reply: &str) {
    for step in ambiguous() {
        let client = scripted([step.clone()]);
        let error = run(client.call(command)).map(drop).unwrap_err();
        assert_eq!((error.tries(), tries(&client)), (1, 1), "{error}: {step:?}");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}: {step:?}");
        assert!(!error.is_retryable() && pauses(&client).is_empty(), "{error}: {step:?}");
    }
    for nothing_sent in [Step::failure(TransportFailure::Connect), Step::reply(429, "")] {
        let client = scripted([nothing_sent, Step::reply(200, reply)]);
        assert!(run(client.call(command)).is_ok());
        assert_eq!((tries(&client), pauses(&client)), (2, vec![millis(500)]));
    }
}

#[test]
fn a_send_is_never_repeated_when_it_may_have_been_sent() {
    is_never_repeated(&send(), r#"{"result":"OK"}"#);
    is_never_repeated(&send().with_async(true), r#"{"result":"OK"}"#);
}

#[test]
fn a_session_is_never_created_twice() {
    is_never_repeated(&SessionCreateRequest::new("Shop"), SESSION);
}

#[test]
fn a_session_is_never_deleted_twice() {
    is_never_repeated(&SessionDeleteRequest::new(session_id()), SESSION);
}

/// A connection that fails later may already have carried the request.
#[test]
fn a_send_that_found_no_connection_stops_at_the_first_ambiguous_failure() {
    let client =
        scripted([Step::failure(TransportFailure::Connect), Step::failure(TransportFailure::Timeout)]);
    let error = run(client.call(&send())).unwrap_err();
    assert_eq!((error.tries(), error.kind(), error.outcome()), (2, ErrorKind::Timeout, Outcome::Unknown));
}

#[test]
fn a_send_whose_evaluation_failed_is_not_repeated() {
    let body = "Evaluation failed: TypeError: Cannot read properties of undefined (reading 'serialize')";
    for status in [400, 429, 500, 502] {
        let client = scripted([Step::reply(status, body)]);
        let error = run(client.call(&send())).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::SentWithoutReply, Outcome::Unknown));
    }
}

fn is_repeated<C: Command>(command: &C) {
    for step in passing() {
        let client = scripted([step, Step::reply(200, r#"{"result":"OK"}"#)]);
        assert!(run(client.call(command)).is_ok());
        assert_eq!(tries(&client), 2, "{}", C::NAME);
    }
}

#[test]
fn idempotent_commands_are_repeated() {
    is_repeated(&SeenRequest::new(session_id(), number()));
    is_repeated(&TypingRequest::new(session_id(), number()));
    is_repeated(&SetNameRequest::new(session_id(), "Shop"));
    is_repeated(&SetHookRequest::disable(session_id()));
}

#[test]
fn a_mistake_is_not_sent_at_all() {
    let client = scripted([]);
    let error = run(client.call(&EventsGetRequest::new().with_page(0))).unwrap_err();
    assert_eq!((error.kind(), error.tries()), (ErrorKind::InvalidRequest, 0));
}
