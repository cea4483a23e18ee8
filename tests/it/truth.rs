//! That the client calls nothing done that was not, nothing failed that was done, and nothing certain that is not.

use whatsgate_core::{
    Client, Command, Error, ErrorKind, Outcome, ReplyLimits, Response, RetryPolicy, TransportFailure, parse,
};
use whatsgate_model::{
    CheckRequest, CommandVisitor, GetChatsRequest, OutgoingMessage, SeenRequest, SendRequest,
    SessionDeleteRequest, SetHookRequest, SetNameRequest, TypingRequest, visit_commands,
};
use whatsgate_tests::{ScriptedError, ScriptedTransport, Step, run};

use crate::support::{client, number, session_id};

fn send() -> SendRequest {
    SendRequest::new(session_id(), number(), OutgoingMessage::text("Hello"))
}

fn check() -> CheckRequest {
    CheckRequest::new(session_id(), number())
}

/// What a command comes to when every try meets this response, and how many tries there were.
fn met<C: Command>(command: &C, response: &Response) -> (Result<(), Error<ScriptedError>>, usize) {
    let response = response.clone();
    let client = client(ScriptedTransport::serving(move |_, _| Step::response(response.clone())));
    let result = run(client.call(command)).map(drop);
    (result, client.transport().sent().len())
}

fn failed<C: Command>(command: &C, status: u16, body: &str) -> (ErrorKind, Outcome, usize) {
    let (result, tries) = met(command, &Response::new(status, body.to_owned()));
    let error = result.expect_err(body);
    (error.kind(), error.outcome(), tries)
}

#[test]
fn a_send_that_says_error_is_none() {
    for body in [
        r#"{"result":"error","message":"no such chat"}"#,
        r#"{"result":"ERROR"}"#,
        r#"{"result":"OK","error":"Session not found"}"#,
        r#"{"error":"Session not found"}"#,
        r#"{"status":"error","message":"Invalid API key"}"#,
        r#"{"result":false}"#,
        r#"{"name":"Exception","message":"no such chat","code":"E7"}"#,
    ] {
        assert_eq!(failed(&send(), 200, body), (ErrorKind::Service, Outcome::Unknown, 1), "{body}");
    }
    for body in [
        r#"{"result":""}"#,
        r#"{"result":{"id":""}}"#,
        r#"{"result":"Session not found"}"#,
        r#"{"result":null}"#,
        "{}",
    ] {
        assert_eq!(failed(&send(), 200, body), (ErrorKind::UnexpectedReply, Outcome::Unknown, 1), "{body}");
    }
}

#[test]
fn a_command_without_data_needs_a_word_that_says_so() {
    fn refused<C: Command>(command: &C, bodies: &[&str]) {
        for body in bodies {
            let (result, tries) = met(command, &Response::new(200, (*body).to_owned()));
            assert!(result.is_err() && tries == 1, "{}: {body}", C::NAME);
        }
    }
    let bodies = [
        r#"{"result":false}"#,
        r#"{"error":"Session not found"}"#,
        r#"{"status":"error","message":"Invalid API key"}"#,
        "{}",
        "[]",
    ];
    refused(&SeenRequest::new(session_id(), number()), &bodies);
    refused(&TypingRequest::new(session_id(), number()), &bodies);
    refused(&SetHookRequest::new(session_id(), "https://example.org"), &bodies);
    refused(&SetNameRequest::new(session_id(), "Shop"), &bodies);
    // Nobody knows what it answers.
    let unconfirmed = Response::new(200, r#"{"data":{"name":"Shop"}}"#);
    assert!(met(&SetNameRequest::new(session_id(), "Shop"), &unconfirmed).0.is_ok());
}

#[test]
fn a_list_that_says_error_is_none() {
    for body in [r#"{"result":"error","data":[]}"#, r#"{"success":false,"data":[]}"#] {
        let (kind, _, tries) = failed(&GetChatsRequest::new(session_id()), 200, body);
        assert_eq!((kind, tries), (ErrorKind::Service, 1), "{body}");
    }
}

#[test]
fn a_deletion_that_says_ok_has_succeeded() {
    let delete = SessionDeleteRequest::new(session_id());
    assert!(met(&delete, &Response::new(200, r#"{"result":"OK"}"#)).0.is_ok());
}

#[test]
fn a_code_that_is_text_stays_reachable() {
    let body = r#"{"name":"Exception","message":"no such chat","code":"E7"}"#;
    for status in [200, 500] {
        let error = met(&check(), &Response::new(status, body)).0.unwrap_err();
        assert_eq!(error.failure().words.expose().code.as_deref(), Some("E7"));
        assert_eq!(error.envelope().unwrap().code, Some(whatsgate_model::ErrorCode::Text("E7".into())));
    }
}

#[test]
fn a_status_that_is_no_plain_refusal_leaves_a_send_unknown() {
    for status in [300, 302, 303, 307, 408, 409, 418, 423, 460, 499, 500, 502, 503, 520] {
        assert_eq!(failed(&send(), status, "").1, Outcome::Unknown, "{status}");
        assert_eq!(failed(&send(), status, "").2, 1, "{status}");
    }
    for status in [400, 401, 403, 404, 405, 413, 415, 422] {
        assert_eq!(failed(&send(), status, "").1, Outcome::NotSent, "{status}");
    }
    let body = r#"{"name":"Unauthorized","message":"no","code":0,"status":401}"#;
    for (status, outcome) in [
        (200, Outcome::NotSent),
        (500, Outcome::NotSent),
        (400, Outcome::NotSent),
        (502, Outcome::Unknown),
        (302, Outcome::Unknown),
        (409, Outcome::Unknown),
    ] {
        assert_eq!(failed(&send(), status, body).1, outcome, "{status}");
    }
    // Yii2 and the proxies before it count requests before they look at them.
    assert_eq!(failed(&send(), 429, ""), (ErrorKind::Refused, Outcome::NotSent, 4));
}

#[test]
fn what_cannot_be_read_is_not_asked_for_again() {
    for body in ["", "<html>", r#"{"result":"#, r#"{"result":"OK"}"#] {
        assert_eq!(failed(&check(), 200, body), (ErrorKind::UnexpectedReply, Outcome::NotSent, 1), "{body}");
    }
    let cut = Response::new(200, "[").with_cut(Some(1024));
    let (result, tries) = met(&check(), &cut);
    let error = result.unwrap_err();
    assert_eq!((error.kind(), tries), (ErrorKind::UnexpectedReply, 1));
    assert!(error.to_string().contains("more than the 1024 bytes that are allowed"), "{error}");
    assert_eq!(met(&send(), &cut).0.unwrap_err().outcome(), Outcome::Unknown);
}

#[test]
fn a_request_that_broke_off_is_no_send() {
    let transport = ScriptedTransport::serving(|_, _| Step::failure(TransportFailure::Incomplete));
    let error = run(client(transport).with_retry(RetryPolicy::none()).call(&send())).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Incomplete, Outcome::NotSent));
    assert!(error.is_retryable() && error.to_string().ends_with("nothing was sent"), "{error}");
}

#[test]
fn every_command_carries_its_limit() {
    struct Limit;
    impl CommandVisitor for Limit {
        type Output = (&'static str, usize);
        fn visit<C: Command>(&mut self) -> Self::Output {
            let limits = ReplyLimits::default().with_small(1).with_list(2).with_file(3);
            (C::NAME, limits.of(C::REPLY_SIZE))
        }
    }
    let of = |wanted: usize| -> Vec<_> {
        visit_commands(&mut Limit)
            .into_iter()
            .filter(|(_, size)| *size == wanted)
            .map(|(name, _)| name)
            .collect()
    };
    assert_eq!(of(2), ["get-chats", "events-get", "sessions-get"]);
    assert_eq!(of(3), ["get-media", "get-messagemedia"]);

    let limits = ReplyLimits::default().with_small(77);
    let transport = ScriptedTransport::new([Step::reply(200, r#"{"result":"OK","data":true}"#)]);
    let client: Client<_> = client(transport).with_reply_limits(limits);
    run(client.call(&check())).unwrap();
    assert_eq!(client.transport().sent()[0].request.reply_limit, 77);
}

/// Deeper than any stack, in the places where what is read and where what is kept stands.
#[test]
fn no_depth_overflows() {
    struct Read<'a>(&'a str);
    impl CommandVisitor for Read<'_> {
        type Output = ();
        fn visit<C: Command>(&mut self) {
            for status in [200, 500] {
                let _ = parse::<C>(Response::new(status, self.0.to_owned())).map(drop);
            }
        }
    }
    const DEPTH: usize = 20_000;
    for (open, close) in [("[", "]"), (r#"{"data":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(DEPTH), close.repeat(DEPTH));
        for body in [
            deep.clone(),
            format!(r#"{{"result":{deep}}}"#),
            format!(r#"{{"result":"OK","data":{deep}}}"#),
            format!(r#"{{"result":"OK","data":[{{"id":1,"event_data":{deep}}}],"more":{deep}}}"#),
            format!(r#"{{"error":{deep},"code":{deep},"media":{{"data":{deep}}}}}"#),
        ] {
            visit_commands(&mut Read(&body));
        }
        let event = format!(r#"{{"id":18,"event_action":"message","event_data":{deep}}}"#);
        let event = whatsgate_core::webhook::parse(event.as_bytes()).unwrap();
        serde_json::to_string(&event).unwrap();
    }
}
