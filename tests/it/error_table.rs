//! Which body with which status is which error, for a command that must not be repeated, one that may be, and one that
//! only reads.

use std::fmt::Write as _;

use whatsgate_canary as canary;
use whatsgate_core::{Client, Command, Error, Response, RetryPolicy, parse};
use whatsgate_model::{CheckRequest, OutgoingMessage, Recipient, SeenRequest, SendRequest};
use whatsgate_tests::{ScriptedError, ScriptedTransport, Step, run};

use crate::support::{self, session_id, snapshot};

const STATUSES: [u16; 13] = [200, 201, 302, 400, 401, 403, 404, 408, 413, 429, 500, 502, 503];

/// Bodies, all of which hold what must not be shown.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let secret = format!("{} {} {}", canary::TEXT, canary::PHONE, canary::KEY);
    let json = |text: &str| text.replace("SECRET", &secret).into_bytes();
    let evaluation =
        "Evaluation failed: TypeError: Cannot read properties of undefined (reading 'serialize')";
    vec![
        ("envelope", json(r#"{"name":"Exception","message":"SECRET","code":0}"#)),
        (
            "envelope whose name and code are private",
            json(r#"{"name":"SECRET","message":"SECRET","code":"SECRET"}"#),
        ),
        ("envelope without code", json(r#"{"message":"SECRET"}"#)),
        (
            "envelope with text for numbers",
            json(r#"{"name":"Exception","message":"SECRET","code":"7","status":"500"}"#),
        ),
        (
            "envelope in Russian",
            json(
                r#"{"name":"Внутренняя ошибка сервера","message":"Возникла внутренняя ошибка сервера. SECRET","code":0,"status":500}"#,
            ),
        ),
        (
            "envelope of debug mode",
            json(
                r#"{"name":"PHP Warning","message":"SECRET","code":2,"type":"yii\\base\\ErrorException",
                   "file":"/app/SECRET.php","line":7,"stack-trace":["SECRET","{main}"],
                   "previous":{"name":"Exception","message":"SECRET","code":0}}"#,
            ),
        ),
        ("Unauthorized", json(r#"{"name":"Unauthorized","message":"SECRET","code":0}"#)),
        ("status 401 inside", json(r#"{"name":"Ошибка","message":"SECRET","code":0,"status":"401"}"#)),
        (
            "evaluation failed",
            json(&format!(r#"{{"name":"Exception","message":"{evaluation} SECRET","code":0}}"#)),
        ),
        ("evaluation failed as text", json(&format!("Error: {evaluation} SECRET"))),
        ("plain text", json("upstream SECRET failed")),
        ("HTML", json("<html><head><title>502 Bad Gateway</title></head><body>SECRET</body></html>")),
        ("HTML in Russian", json("<!doctype html><h1>Сервис временно недоступен</h1>SECRET")),
        ("nothing", Vec::new()),
        ("half a JSON", json(r#"{"result":"OK","data":"SECRET"#)),
        ("no UTF-8", [b"{\"result\":\"".as_slice(), secret.as_bytes(), b"\xff\"}"].concat()),
        ("null", json("null")),
        ("an array", json(r#"["OK",true]"#)),
        ("an array as long as the reply of send", json(r#"["OK"]"#)),
        ("an empty array", json("[]")),
        ("wrong types", json(&format!(r#"{{"result":["SECRET"],"data":{}}}"#, canary::PHONE))),
        ("text in place of a boolean", json(r#"{"result":[],"data":"SECRET"}"#)),
        ("an empty object", json("{}")),
        ("a reply", json(r#"{"result":"OK","data":true,"more":"SECRET"}"#)),
    ]
}

#[test]
fn every_body_with_every_status() {
    let mut table = String::new();
    for (name, body) in bodies() {
        writeln!(table, "{name}").unwrap();
        for status in STATUSES {
            let step = || Step::response(Response::new(status, body.clone()));
            let send = cell(&send(), step());
            let seen = cell(&seen(), step());
            let check = cell(&check(), step());
            writeln!(table, "  {status}  send: {send:<24}  seen: {seen:<32}  check: {check}").unwrap();
        }
    }
    snapshot("errors", "table", &table);
}

fn send() -> SendRequest {
    SendRequest::new(session_id(), recipient(), OutgoingMessage::text(canary::TEXT))
}

fn seen() -> SeenRequest {
    SeenRequest::new(session_id(), recipient())
}

fn check() -> CheckRequest {
    CheckRequest::new(session_id(), canary::PHONE.parse().unwrap())
}

fn recipient() -> Recipient {
    canary::PHONE.parse().unwrap()
}

/// Carries out the command, makes sure that its error keeps quiet, and names the error.
fn cell<C: Command>(command: &C, step: Step) -> String {
    let client = support::client(ScriptedTransport::new([step])).with_retry(RetryPolicy::none());
    match outcome(&client, command) {
        Ok(()) => "ok".to_owned(),
        Err(error) => {
            canary::assert_hidden(&support::shown(&error));
            canary::assert_hidden(&format!("{:?}", error.response()));
            canary::assert_hidden(&serde_json::to_string(error.failure()).unwrap());
            assert!(error.response().is_some() && error.tries() == 1);
            let again = if error.is_retryable() { " again" } else { "" };
            format!("{} {}{again}", error.kind().as_str(), error.outcome().as_str())
        }
    }
}

fn outcome<C: Command>(client: &Client<ScriptedTransport>, command: &C) -> Result<(), Error<ScriptedError>> {
    run(client.call(command)).map(drop)
}

#[test]
fn bad_responses_keep_quiet_and_keep_their_bodies() {
    for (name, body) in bodies() {
        for status in STATUSES {
            if let Err(bad) = parse::<CheckRequest>(Response::new(status, body.clone())) {
                canary::assert_hidden(&format!("{bad:?} {bad:#?}"));
                assert_eq!(bad.raw(), body, "{name}");
            }
        }
    }
}
