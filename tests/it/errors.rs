//! What errors say, command by command, and what they keep to themselves.

use std::fmt::Write as _;
use std::io;

use whatsgate_canary as canary;
use whatsgate_core::{ApiKey, BaseUrl, Client, ErrorKind, KeySource, RetryPolicy, TransportFailure};
use whatsgate_model::{
    Base64Data, COMMANDS, ChatId, Command, CommandVisitor, EventsGetRequest, FileDescription, MimeType,
    OutgoingMessage, OutgoingType, PhoneNumber, SendRequest, SessionCreateRequest, SessionsGetRequest,
    SetHookRequest, SetNameRequest,
};
use whatsgate_tests::{ScriptedTransport, Step, exchanges, run};

use crate::support::{client, describe, number, once, session_id, shown, snapshot, visit};

/// What every command meets, from the network up.
fn failures() -> Vec<(&'static str, Step)> {
    vec![
        ("no connection", Step::failure(TransportFailure::Connect)),
        ("timeout", Step::failure(TransportFailure::Timeout)),
        ("broken connection", Step::failure(TransportFailure::Connection)),
        ("cancelled", Step::failure(TransportFailure::Cancelled)),
        ("impossible request", Step::failure(TransportFailure::Invalid)),
        (
            "unauthorized",
            Step::reply(
                401,
                r#"{"name":"Unauthorized","message":"Your request was made with invalid credentials.","code":0,"status":401}"#,
            ),
        ),
        ("not found", Step::reply(404, "<html>404</html>")),
        ("too many requests", Step::reply(429, "")),
        (
            "error of the service",
            Step::reply(500, r#"{"name":"Exception","message":"no such chat","code":7}"#),
        ),
        ("error of a proxy", Step::reply(502, "<html>Bad Gateway</html>")),
        (
            "error with status 200",
            Step::reply(200, r#"{"name":"Exception","message":"no such chat","code":7}"#),
        ),
        ("HTML with status 200", Step::reply(200, "<html>Log in</html>")),
        ("half a reply", Step::reply(200, r#"{"result":"#)),
    ]
}

#[test]
fn every_command_fails_as_its_snapshot_says() {
    for command in COMMANDS {
        let request = exchanges()
            .into_iter()
            .find(|exchange| exchange.command == command.name && exchange.name != "send.null_fields.sync")
            .unwrap_or_else(|| panic!("no fixture for {}", command.name));
        let text = visit(command.name, Failed(request.request.body.get()));
        snapshot("errors", command.name, &text);
    }
}

struct Failed<'a>(&'a str);

impl CommandVisitor for Failed<'_> {
    type Output = String;

    fn visit<C: Command>(&mut self) -> String {
        let command: C = serde_json::from_str(self.0).unwrap();
        let mut text = String::new();
        for (name, step) in failures() {
            let error = run(once(step).call(&command)).unwrap_err();
            writeln!(text, "# {name}\n{}", describe(&error)).unwrap();
        }
        text
    }
}

/// Requests with one mistake each; nothing is sent, and the mistake is named without its value.
#[test]
fn mistakes_are_found_before_anything_is_sent() {
    let mut table = String::new();
    let mut refused = |what: &str, text: String| writeln!(table, "{what}\n    {text}").unwrap();
    let send = |message: OutgoingMessage| SendRequest::new(session_id(), number(), message);
    let file = |filename: &str, data: &[u8]| {
        let png = MimeType::new("image/png").unwrap();
        FileDescription::new(OutgoingType::Image, png, filename).with_data(Base64Data::encode(data))
    };
    let pairing: SessionCreateRequest =
        serde_json::from_str(r#"{"name":"Shop","auth_type":"CODE"}"#).unwrap();

    refused("empty text", mistake(&send(OutgoingMessage::text(""))));
    refused("blank text", mistake(&send(OutgoingMessage::text(" \n\u{a0}"))));
    refused("file as text", mistake(&send(file("a.png", b"x").with_type(OutgoingType::Text).into())));
    refused("file without a name", mistake(&send(file("", b"x").into())));
    refused("file without content", mistake(&send(file("a.png", b"").into())));
    refused("page 0", mistake(&EventsGetRequest::new().with_page(0)));
    refused("page size 0", mistake(&SessionsGetRequest::new().with_page_size(0)));
    refused("page size 101", mistake(&EventsGetRequest::new().with_page_size(101)));
    refused("blank label", mistake(&SessionCreateRequest::new(" ")));
    refused(
        "hook without scheme",
        mistake(&SessionCreateRequest::new("Shop").with_callback("canary.my/hook")),
    );
    refused("pairing without number", mistake(&pairing));
    refused("hook without host", mistake(&SetHookRequest::new(session_id(), "https:///canary")));
    refused("empty label", mistake(&SetNameRequest::new(session_id(), "")));
    snapshot("errors", "mistakes", &table);
}

fn mistake<C: Command>(command: &C) -> String {
    let client = client(ScriptedTransport::new([]));
    let error = run(client.call(command)).map(drop).unwrap_err();
    canary::assert_hidden(&shown(&error));
    assert_eq!((error.kind(), error.tries()), (ErrorKind::InvalidRequest, 0));
    assert!(client.transport().sent().is_empty());
    error.to_string()
}

/// Values that cannot even be made; the message never repeats them.
#[test]
fn bad_values_are_not_repeated() {
    let mut table = String::new();
    let values =
        ["", " ", "canary PHONE", "PHONEcanary", "canary@", "@c.us", "a@b@c", "canary_PHONE", "a\u{0}b"];
    for value in values {
        let text = &value.replace("PHONE", canary::PHONE);
        let errors = [
            PhoneNumber::new(text).map(drop),
            ChatId::new(text).map(drop),
            whatsgate_model::MessageId::new(text).map(drop),
            whatsgate_model::GroupNumber::new(text).map(drop),
            whatsgate_model::SessionId::new(text).map(drop),
            MimeType::new(text).map(drop),
            whatsgate_model::WireDate::new(text).map(drop),
        ];
        writeln!(table, "{value:?}").unwrap();
        for error in errors.into_iter().filter_map(Result::err) {
            canary::assert_hidden(&format!("{error} {error:?}"));
            writeln!(table, "    {error}").unwrap();
        }
        for error in [ApiKey::new(text).err(), BaseUrl::new(text).err()].into_iter().flatten() {
            canary::assert_hidden(&format!("{error} {error:?}"));
            writeln!(table, "    {error}").unwrap();
        }
    }
    snapshot("errors", "values", &table);
}

#[test]
fn the_key_is_shown_nowhere() {
    let client = client(ScriptedTransport::new([Step::reply(200, r#"{"result":"OK","data":true}"#)]));
    let session = client.session(session_id());
    assert!(run(session.is_registered(&number())).unwrap());
    let request = &client.transport().sent()[0].request;
    assert_eq!(request.headers()[0], ("x-api-key", canary::KEY));
    canary::assert_hidden(&format!("{client:#?} {session:#?} {request:#?} {:?}", client.key_source()));
}

#[test]
fn a_key_function_that_fails_is_the_source_of_the_error() {
    let source = KeySource::from_fn(|| Err::<ApiKey, _>(io::Error::other("the vault is closed")));
    let transport = ScriptedTransport::new([]);
    let time = transport.time();
    let client = Client::new(transport, time, BaseUrl::ru(), source);
    let error = run(client.session(session_id()).is_registered(&number())).unwrap_err();
    snapshot("errors", "key_function", &describe(&error));
}

/// The function is asked before each command, so that a changed key is used at once.
#[test]
fn a_key_function_is_asked_for_each_command() {
    let mut keys = ["first", "second"].into_iter();
    let next = std::sync::Mutex::new(move || keys.next().unwrap_or("none"));
    let source = KeySource::from_fn(move || ApiKey::new((next.lock().unwrap())()));
    let transport = ScriptedTransport::serving(|_, _| Step::reply(200, r#"{"result":"OK","data":true}"#));
    let time = transport.time();
    let client = Client::new(transport, time, BaseUrl::ru(), source).with_retry(RetryPolicy::none());
    for key in ["first", "second"] {
        run(client.session(session_id()).is_registered(&number())).unwrap();
        let sent = client.transport().sent();
        assert_eq!(sent.last().unwrap().request.headers()[0].1, key);
    }
}
