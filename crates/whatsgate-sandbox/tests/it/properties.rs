//! No request makes the gateway panic or answer anything but an object of JSON.

use axum::http::{Method, Request};
use http_body_util::Full;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use whatsgate_sandbox::{Answer, Gateway, RequestBody, Sandbox, Scan, Settings};

use crate::http;
use crate::support::{Bench, PNG};

const COMMANDS: [&str; 13] = [
    "send",
    "seen",
    "typing",
    "check",
    "get-chats",
    "get-media",
    "get-messagemedia",
    "events-get",
    "session-create",
    "session-delete",
    "sessions-get",
    "set-name",
    "set-hook",
];

const ADMIN_COMMANDS: [&str; 20] = [
    "sessions",
    "link",
    "disconnect",
    "chats",
    "messages",
    "write",
    "type",
    "read",
    "react",
    "edit",
    "revoke",
    "switch",
    "join",
    "webhooks",
    "clock",
    "faults",
    "set-faults",
    "settings",
    "set-settings",
    "none",
];

const MEMBERS: [&str; 35] = [
    "WhatsappID",
    "async",
    "recipient",
    "message",
    "id",
    "number",
    "type",
    "body",
    "quote",
    "media",
    "mimetype",
    "data",
    "filename",
    "mediaKey",
    "MessageID",
    "date",
    "action",
    "page_cnt",
    "page",
    "name",
    "callback",
    "auth_type",
    "status",
    "chat",
    "count",
    "author",
    "isForwarded",
    "participants",
    "isReadOnly",
    "on",
    "advance",
    "reason",
    "reaction",
    "age_ms",
    "settings",
];

/// Texts that get far into a command.
const TEXTS: [&str; 16] = [
    "SESSION",
    "79991112233@c.us",
    "4239048293082@g.us",
    "79991112233",
    "79990000000",
    "group",
    "image",
    "voice",
    PNG,
    "image/png",
    "2022-09-07 18:29:37",
    "CODE",
    "http://127.0.0.1:9/",
    "READY",
    "0",
    "18446744073709551615",
];

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => select(&TEXTS[..]).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn object(element: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let member = (select(&MEMBERS[..]), element);
    vec(member, 0..6).prop_map(|members| {
        let members: Map<String, Value> =
            members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Value::Object(members)
    })
}

fn json_value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(
        3,
        24,
        6,
        |inner| prop_oneof![3 => object(inner.clone()), 1 => vec(inner, 0..4).prop_map(Value::from)],
    )
}

/// A request whose likely members are mostly right, so that the later steps of a command are reached as well.
fn request() -> impl Strategy<Value = Value> {
    object(json_value()).prop_flat_map(|object| {
        (Just(object), proptest::option::weighted(0.9, Just("SESSION"))).prop_map(|(mut object, session)| {
            if let Some(session) = session {
                object["WhatsappID"] = json!(session);
            }
            object
        })
    })
}

fn check(answer: &Answer) {
    assert!([200, 400, 401, 404, 500].contains(&answer.status), "{answer:?}");
    assert!(answer.body.is_object(), "{answer:?}");
    if answer.status != 200 {
        for member in ["name", "message", "code"] {
            assert!(answer.body.get(member).is_some(), "{answer:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(command in select(&COMMANDS[..]), body: Vec<u8>, key: Option<String>) {
        let mut bench = Bench::new();
        bench.ready();
        let own_key = bench.gateway.settings().api_keys[0].clone();
        check(&bench.gateway.answer(command, Some(&own_key), &body, bench.now));
        let answer = bench.gateway.answer(command, key.as_deref(), &body, bench.now);
        prop_assert_eq!(answer.status, 401);
    }

    #[test]
    fn any_requests_are_answered(
        requests in vec((select(&COMMANDS[..]), select(&ADMIN_COMMANDS[..]), any::<bool>(), request()), 1..20),
    ) {
        let mut bench = Bench::with(Settings { admin: true, scan: Scan::OnDemand, ..Settings::default() });
        let session = bench.ready();
        let key = bench.gateway.settings().api_keys[0].clone();
        let mut last_id = 0;
        for (command, admin_command, admin, request) in requests {
            let body = request.to_string().replace("\"SESSION\"", &json!(session).to_string());
            let body = RequestBody::read(body.as_bytes());
            let answer = if admin {
                bench.gateway.answer_admin(admin_command, Some(&key), &body, bench.now)
            } else {
                bench.gateway.answer_read(command, Some(&key), &body, bench.now)
            };
            check(&answer);
            for delivery in bench.gateway.take_deliveries(bench.now) {
                let event: Value = serde_json::from_str(&delivery.body).unwrap();
                let id = event["id"].as_i64().unwrap();
                prop_assert!(id > last_id);
                last_id = id;
                let acknowledgement = json!({ "result": "OK", "id": id }).to_string();
                bench.gateway.delivered(delivery.number, Ok(acknowledgement.as_bytes()), bench.now);
            }
            bench.now += 100;
        }
        let saved = bench.gateway.save().unwrap();
        let restored = Gateway::restore(bench.gateway.settings().clone(), &saved).unwrap();
        prop_assert_eq!(restored.save().unwrap(), saved);
    }
}

/// Methods, paths, keys and bodies of any kind, over HTTP.
fn http_request() -> impl Strategy<Value = (Method, String, Option<Vec<u8>>, Vec<u8>)> {
    let path = prop_oneof![
        select(&COMMANDS[..]).prop_map(|command| format!("/api/v1/{command}")),
        select(&ADMIN_COMMANDS[..]).prop_map(|command| format!("/admin/v1/{command}")),
        "/(api/v1|admin/v1|qr)/[a-z%]{1,3}".prop_map(|path| path.replace('%', "%FF")),
        "/(api|admin|qr)(/[ -~]{0,10}){0,3}".prop_map(|path| path.replace(['#', '?', ' '], "%20")),
    ];
    let methods = [Method::POST, Method::GET, Method::PUT, Method::DELETE, Method::PATCH];
    (select(methods.to_vec()), path, proptest::option::of(vec(32..=255_u8, 0..20)), any::<Vec<u8>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_http_request_is_answered(requests in vec(http_request(), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let sandbox = Sandbox::start(Settings { admin: true, ..Settings::default() }).await.unwrap();
            for (method, path, key, body) in requests {
                let uri = format!("http://{}{path}", sandbox.address());
                let mut request = Request::builder().method(method).uri(uri);
                request = match &key {
                    Some(key) => request.header("X-Api-Key", key.as_slice()),
                    None => request.header("X-Api-Key", sandbox.api_key()),
                };
                // What cannot be written as a request is of no concern here.
                let Ok(request) = request.body(Full::from(body)) else { continue };
                let described = format!("{} {}", request.method(), request.uri());
                let response = http::request(request).await.unwrap();
                let (status, kind) = (response.status(), response.headers()["content-type"].clone());
                assert!(status != 500 || kind.as_bytes().starts_with(b"application/json"), "{described}");
                if !path.starts_with("/qr") {
                    assert!(kind.as_bytes().starts_with(b"application/json"), "{described}: {kind:?}");
                    let body: Value = serde_json::from_slice(response.body()).unwrap();
                    assert!(body.is_object(), "{described}: {body}");
                }
            }
            sandbox.shutdown().await;
        });
    }
}
