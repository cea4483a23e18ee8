//! The service does what its OpenAPI document says: every operation is called, and every answer is checked against it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, RequestBuilder};
use serde_json::{Value, json};
use whatsgate_durable::store::{Tables, consumers, journal};
use whatsgate_durable::{StartAt, Store, Trust};
use whatsgate_native::model::{Base64Data, from_json};
use whatsgate_native::{Event, Media, MimeType, RetryPolicy};
use whatsgate_relay::Relay;
use whatsgate_sandbox::{Incoming, Sandbox, Settings};
use whatsgate_serve::{GatewayMetrics, Limits, Service, tokens};

use crate::document::{METHODS, Operation, mistakes, operations, resolved};
use crate::support::{Served, Stage, client_of};

const PROBLEM: &str = "application/problem+json";
/// What no problem may repeat.
const SECRET: &str = "79991112233";

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_as_the_document_says() {
    let stage = Stage::start().await;
    let contract = Contract::new(&stage);
    service(&contract).await;
    messages(&contract).await;
    files_to_send(&contract).await;
    messages_that_do_not_go(&contract).await;
    events(&contract).await;
    odd_events(&contract).await;
    suspended_consumers(&contract).await;
    dead_letters(&contract).await;
    sessions(&contract).await;
    chats(&contract).await;
    files(&contract).await;
    relay_tokens(&contract).await;
    pages(&contract).await;
    mistakes_of_callers(&contract).await;
    too_much_of_everything(&contract).await;
    gateways_that_fail(&contract).await;
    contract.finish();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateways_objects_have_the_librarys_names_if_asked() {
    let stage = Stage::start().await;
    let get = async |path: String| -> Value {
        let response = stage.served.call(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    };
    get("/v1/events?consumer=orders".to_owned()).await;
    stage.write("Are you there?");
    let page = get("/v1/events?consumer=orders&wait=30&names=1c".to_owned()).await;
    let event = &page["events"][0]["event"];
    assert_eq!(event["ИмяСобытия"], "message");
    assert_eq!(event["ИдентификаторОтправителя"], stage.session.as_str());
    assert_eq!(event["ДанныеСобытия"]["Сообщение"]["Текст"], "Are you there?");
    let date = event["ДанныеСобытия"]["Сообщение"]["ДатаСоздания"].as_str().unwrap();
    assert!(date.len() == 20 && date.ends_with('Z') && date.contains('T'), "{date}");
    let (lease, position) = (&page["lease"], &page["events"][0]["position"]);
    let body = json!({ "consumer": "orders", "lease": lease, "position": position, "reason": "no" });
    stage.served.call(Method::POST, "/v1/events/reject").json(&body).send().await.unwrap();
    let dead = get("/v1/events/dead?consumer=orders&names=1c".to_owned()).await;
    assert_eq!(dead["dead"][0]["event"], *event);
    let chats = get(format!("/v1/sessions/{}/chats?names=1c", stage.session)).await;
    let chats = chats["chats"].as_array().unwrap();
    assert!(chats.iter().any(|chat| chat["Идентификатор"] == "79991112233@c.us"), "{chats:?}");
    let sessions = get("/v1/sessions?names=1c".to_owned()).await;
    assert_eq!(sessions["sessions"][0]["УникальныйИдентификатор"], stage.session.as_str());
    let session = get(format!("/v1/sessions/{}?names=1c", stage.session)).await;
    assert_eq!(session, sessions["sessions"][0]);
    let refused = stage.served.call(Method::GET, "/v1/sessions?names=2c").send().await.unwrap();
    assert_eq!(refused.status(), 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_makes_of_requests_is_among_the_metrics() {
    let sandbox = Sandbox::start(Settings::default()).await.unwrap();
    let session = sandbox.ready_session("Shop");
    let metrics = GatewayMetrics::default();
    let counting = metrics.clone();
    let gateway = client_of(&sandbox).retry(RetryPolicy::none());
    let gateway = gateway.on_exchange(move |exchange| counting.record(exchange)).build().unwrap();
    let store = Store::memory();
    let builder = Service::builder(gateway, store.clone()).gateway_metrics(metrics);
    let served = Served::start(builder, &store).await;
    let chats = format!("/v1/sessions/{session}/chats");
    assert_eq!(served.call(Method::GET, &chats).send().await.unwrap().status(), 200);
    sandbox.shutdown().await;
    assert_eq!(served.call(Method::GET, &chats).send().await.unwrap().status(), 502);
    let text = served.bare(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    for line in [
        r#"whatsgate_gateway_requests_total{command="get-chats",outcome="2xx"} 1"#,
        r#"whatsgate_gateway_requests_total{command="get-chats",outcome="no_reply"} 1"#,
        r#"whatsgate_gateway_seconds_count{command="get-chats"} 2"#,
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line} in {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_takes_a_seat_of_those_that_wait() {
    let stage = Stage::start().await;
    let mut limits = Limits::default();
    limits.waiting = 1;
    let builder = Service::builder(stage.gateway.clone(), stage.store.clone()).limits(limits);
    let served = Served::start_with(builder, stage.served.token.clone()).await;
    let stream = served.call(Method::GET, "/v1/events/stream?consumer=one").send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let other = served.call(Method::GET, "/v1/events/stream?consumer=two").send().await.unwrap();
    assert_eq!(other.status(), 503);
    drop(stream);
    let free = async {
        while served.call(Method::GET, "/v1/events/stream?consumer=two").send().await.unwrap().status() != 200
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), free).await.expect("the seat is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_names_every_route_and_no_other() {
    let stage = Stage::start().await;
    let document = whatsgate_serve::openapi();
    let routes: BTreeSet<_> = stage.served.service.paths().into_iter().collect();
    let named: BTreeSet<_> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(routes, named);
    for path in named {
        // A token is missing, so that nothing is done.
        for method in METHODS {
            let is_named = document["paths"][path][method].is_object();
            let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
            let response =
                stage.served.bare(method.clone(), &path.replace(['{', '}'], "")).send().await.unwrap();
            assert_eq!(response.status() != 405, is_named, "{method} {path}");
            if !is_named && path.starts_with("/relay/") {
                let error: Value = response.json().await.unwrap();
                assert_eq!(
                    mistakes(&document, &json!({ "$ref": "#/components/schemas/RelayError" }), &error),
                    [""; 0]
                );
            } else if !is_named {
                assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM, "{method} {path}");
                let problem: Value = response.json().await.unwrap();
                assert_eq!(problem["kind"], "method");
                assert_eq!(mistakes(&document, &problem_schema(), &problem), [""; 0]);
            }
        }
    }
    let response = stage.served.call(Method::GET, "/v1/nothing").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()[CONTENT_TYPE]),
        (404, &PROBLEM.parse().unwrap())
    );
    let problem: Value = response.json().await.unwrap();
    assert_eq!(mistakes(&document, &problem_schema(), &problem), [""; 0]);
}

fn problem_schema() -> Value {
    json!({ "$ref": "#/components/schemas/Problem" })
}

async fn service(contract: &Contract<'_>) {
    let document = contract.call("getOpenapi").answers(200).await.json();
    assert_eq!(document, contract.document);
    assert_eq!(contract.call("getLiveness").answers(200).await.text(), "ok\n");
    assert!(contract.call("getMetrics").answers(200).await.text().ends_with("# EOF\n"));
    let ready = async {
        while contract.call("getReadiness").send().await.status != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ready).await.expect("it is ready in time");
    contract.call("getReadiness").answers(200).await;
    // Nothing receives into this store.
    let store = Store::memory();
    let idle = Served::start(Service::builder(contract.stage.gateway.clone(), store.clone()), &store).await;
    contract.call("getReadiness").on(&idle).answers(503).await;
}

async fn messages(contract: &Contract<'_>) {
    let put = contract
        .call("putMessage")
        .with("Idempotency-Key", "one")
        .with("wait", "30")
        .answers(200)
        .await
        .json();
    assert_eq!((&put["state"], &put["proof"], &put["key"]), (&json!("sent"), &json!("id"), &json!("one")));
    let read = contract
        .call("getMessage")
        .with("key", "one")
        .with("wait", "30")
        .with("until", "read")
        .answers(200)
        .await;
    assert_eq!(read.json()["delivery"], "read");
    let problem = contract
        .call("putMessage")
        .with("Idempotency-Key", "one")
        .json(json!({ "recipient": SECRET, "message": { "body": "Another" } }));
    assert_eq!(problem.answers(409).await.kind(), "keyTaken");
    assert_eq!(contract.call("getMessage").with("key", "two").answers(404).await.kind(), "notFound");

    // The next day, so that it stays where it is.
    let later = later(86_400);
    let key = "order/17 ü";
    let draft = json!({ "recipient": { "id": "4239048293082@g.us" }, "message": { "body": "Later" }, "not_before": later });
    let put = contract.call("putMessage").with("Idempotency-Key", key).json(draft).answers(202).await.json();
    assert_eq!(put["state"], "queued");
    let shown = contract.call("getMessage").with("key", key).answers(202).await.json();
    assert_eq!(shown, put);
    let problem = contract.call("retryMessage").with("key", key).answers(409).await;
    assert_eq!(problem.kind(), "state");
    contract.call("resolveMessage").with("key", key).answers(409).await;
    let cancelled = contract.call("cancelMessage").with("key", key).answers(200).await.json();
    assert_eq!(cancelled["state"], "cancelled");
    contract.call("cancelMessage").with("key", key).answers(409).await;
    let again = contract.call("retryMessage").with("key", key).answers(202).await.json();
    assert_eq!(again["state"], "queued");
    for operation in ["cancelMessage", "retryMessage", "resolveMessage"] {
        contract.call(operation).with("key", "two").answers(404).await;
    }

    let list = contract
        .call("listMessages")
        .with("state", "sent,queued")
        .with("limit", "1")
        .answers(200)
        .await
        .json();
    assert_eq!(list["messages"][0]["key"], "one");
    let next = list["next"].to_string();
    let list =
        contract.call("listMessages").with("after", &next).with("prefix", "order").answers(200).await.json();
    assert_eq!((&list["messages"][0]["key"], &list["next"]), (&json!(key), &Value::Null));
    contract.call("listMessages").with("state", SECRET).answers(422).await;
}

async fn files_to_send(contract: &Contract<'_>) {
    let path = contract.stage.folder.path().join("bill.txt");
    std::fs::write(&path, "A bill").unwrap();
    let draft = json!({ "recipient": SECRET, "message": { "body": "Your bill" }, "file": { "path": path } });
    let put = contract.call("putMessage").with("Idempotency-Key", "file").with("wait", "30").json(draft);
    assert_eq!(put.answers(200).await.json()["state"], "sent");
    let draft = json!({ "recipient": SECRET, "file": { "path": format!("/{SECRET}") } });
    let problem =
        contract.call("putMessage").with("Idempotency-Key", "outside").json(draft).answers(403).await;
    assert_eq!(problem.kind(), "path");

    let part = |text: &'static str| Part::text(text).file_name("note.txt").mime_str("text/plain").unwrap();
    let request = json!({ "recipient": SECRET, "message": { "body": "A note" } }).to_string();
    let form = Form::new().text("request", request.clone()).part("file", part("Hello"));
    let put = contract.call("putMessage").with("Idempotency-Key", "upload").with("wait", "30").form(form);
    assert_eq!(put.answers(200).await.json()["state"], "sent");
    let form = Form::new().text("request", request.clone()).part("file", part("Another"));
    contract.call("putMessage").with("Idempotency-Key", "upload").form(form).answers(409).await;
    for form in [
        Form::new().text("request", request.clone()),
        Form::new().part("file", part("Hello")),
        Form::new().text("request", request.clone()).part("file", part("")),
        Form::new().text("request", request).text(SECRET, "x").part("file", part("Hello")),
        Form::new().text("request", "{").part("file", part("Hello")),
    ] {
        contract.call("putMessage").with("Idempotency-Key", "bad").form(form).answers(422).await;
    }
    let unbounded = contract.call("putMessage").with("Idempotency-Key", "bad");
    unbounded.body("multipart/form-data", "x").answers(422).await;
    let sent: Vec<_> = contract
        .stage
        .sandbox
        .sent(&contract.stage.session)
        .into_iter()
        .map(|message| message.body)
        .collect();
    assert_eq!(sent[1..], ["Your bill", "A note"]);
}

async fn messages_that_do_not_go(contract: &Contract<'_>) {
    // Taken or not, nobody knows; and nothing shows it.
    contract.stage.rules(r#"[{"on":"send","kind":"error","form":"bad_gateway","times":1}]"#);
    let put = contract
        .call("putMessage")
        .with("Idempotency-Key", "unknown")
        .with("wait", "2")
        .answers(202)
        .await
        .json();
    assert_eq!(put["state"], "unknown");
    let seen = json!({ "outcome": "not_sent" });
    let resolved =
        contract.call("resolveMessage").with("key", "unknown").json(seen).answers(200).await.json();
    assert_eq!((&resolved["state"], &resolved["proof"]), (&json!("not_sent"), &Value::Null));
    let resolved = contract.call("resolveMessage").with("key", "unknown").answers(200).await.json();
    assert_eq!((&resolved["state"], &resolved["proof"]), (&json!("sent"), &json!("person")));
    let seen = json!({ "outcome": "not_sent", "message_id": "true_79991112233@c.us_3EB0EBC34954F8976AA6" });
    contract.call("resolveMessage").with("key", "unknown").json(seen).answers(422).await;

    let seen = json!({ "outcome": "sent", "message_id": SECRET });
    contract.call("resolveMessage").with("key", "unknown").json(seen).answers(422).await;

    contract.stage.rules(r#"[{"on":"send","kind":"error","form":"internal","times":1}]"#);
    let put = contract
        .call("putMessage")
        .with("Idempotency-Key", "refused")
        .with("wait", "30")
        .answers(200)
        .await
        .json();
    assert_eq!(put["state"], "failed");
    assert!(put["service_message"].is_string(), "{put}");
    contract.stage.rules("[]");

    for draft in [
        json!({ "recipient": SECRET }),
        json!({ "recipient": "8 999 111-22-33", "message": { "body": "Hello" } }),
        json!({ "recipient": { "number": "x y" }, "message": { "body": "Hello" } }),
        json!({ "recipient": [SECRET], "message": { "body": "Hello" } }),
        json!({ "recipient": { "id": "4239048293082@g.us", "number": SECRET }, "message": { "body": "Hello" } }),
        json!({ "recipient": { "number": SECRET, "name": SECRET }, "message": { "body": "Hello" } }),
        json!({ "recipient": SECRET, "message": { "body": " " } }),
        json!({ "recipient": SECRET, "message": { "body": "Hello", "type": "image" } }),
        json!({ "recipient": SECRET, "message": { "body": "Hello", "quote": SECRET } }),
        json!({ "recipient": SECRET, "message": { "body": [SECRET] } }),
        json!({ "recipient": SECRET, "message": { "body": "Hello" }, "class": SECRET }),
        json!({ "recipient": SECRET, "message": { "body": "Hello" }, "not_before": 1_717_236_000 }),
        json!({ "recipient": SECRET, "message": { "body": "Hello" }, "not_before": SECRET }),
        json!({ "recipient": SECRET, "message": { "body": "Hello" }, "not_before": later(20), "expires_at": later(10) }),
        json!({ "recipient": SECRET, "file": { "filename": "a.txt" } }),
        json!({ "recipient": SECRET, "file": { "path": "a.txt" } }),
        json!({ "recipient": SECRET, "file": { "mimetype": SECRET, "path": "/a" } }),
        json!(null),
        json!([]),
    ] {
        contract.call("putMessage").with("Idempotency-Key", "bad").json(draft).answers(422).await;
    }
    for key in ["", " ", &"k".repeat(256)] {
        contract.call("putMessage").with("Idempotency-Key", key).answers(422).await;
    }
    let twice = contract.call("putMessage").with("Idempotency-Key", "a").with("Idempotency-Key", "b");
    twice.answers(422).await;
    assert_eq!(contract.call("getMessage").with("key", "bad").answers(404).await.kind(), "notFound");
}

async fn events(contract: &Contract<'_>) {
    let next = || contract.call("nextEvents").with("consumer", "orders");
    let page = next().with("start", "now").answers(200).await.json();
    assert_eq!((&page["lease"], &page["is_held"]), (&Value::Null, &json!(false)));
    contract.stage.write("First");
    let page = next().with("wait", "30").with("limit", "1").answers(200).await.json();
    let (lease, position) = (page["lease"].clone(), page["events"][0]["position"].clone());
    assert_eq!(page["events"][0]["event"]["event_data"]["message"]["body"], "First");
    assert_eq!(next().answers(200).await.json()["is_held"], true);
    let text = lease.as_str().unwrap().to_owned();
    let page = next().with("lease", &text).with("lease_seconds", "60").answers(200).await.json();
    assert_eq!(page["events"][0]["deliveries"], 2);
    let old = json!({ "consumer": "orders", "lease": lease, "position": position });
    assert_eq!(contract.call("acknowledgeEvents").json(old.clone()).answers(409).await.kind(), "leaseLost");
    let mut old = old;
    old["reason"] = json!("no");
    assert_eq!(contract.call("rejectEvent").json(old).answers(409).await.kind(), "leaseLost");
    let lease = page["lease"].clone();
    let beyond = json!({ "consumer": "orders", "lease": lease, "position": 1_000_000 });
    assert_eq!(contract.call("acknowledgeEvents").json(beyond).answers(409).await.kind(), "consumer");
    let other = json!({ "consumer": SECRET, "lease": lease, "position": 1 });
    assert_eq!(contract.call("acknowledgeEvents").json(other).answers(409).await.kind(), "consumer");
    let done = json!({ "consumer": "orders", "lease": lease, "position": page["events"][0]["position"] });
    contract.call("acknowledgeEvents").json(done).answers(200).await;
    for (name, value) in [
        ("limit", "0"),
        ("limit", "1001"),
        ("lease_seconds", "0"),
        ("start", SECRET),
        ("consumer", " "),
        ("wait", "-1"),
    ] {
        for operation in ["nextEvents", "streamEvents"] {
            if operation == "nextEvents" || name != "wait" {
                contract.call(operation).with("consumer", "orders").instead(name, value).answers(422).await;
            }
        }
    }

    contract.stage.write("Streamed");
    let streamed = contract
        .call("streamEvents")
        .with("consumer", "stream")
        .with("start", "beginning")
        .with("limit", "1");
    let fields = streamed.first_event().await;
    let data: Value = serde_json::from_str(&fields["data"]).unwrap();
    assert_eq!((fields["event"].as_str(), &fields["id"]), ("event", &data["position"].to_string()));
    let schema = json!({ "$ref": "#/components/schemas/StreamedEvent" });
    assert_eq!(mistakes(&contract.document, &schema, &data), [""; 0]);
    let done = json!({ "consumer": "stream", "lease": data["lease"], "position": data["position"] });
    assert_eq!(contract.call("acknowledgeEvents").json(done).answers(200).await.json()["left"], 0);
}

/// An event is handed over as it came, with numbers and ends of lines that others would change.
async fn odd_events(contract: &Contract<'_>) {
    let odd =
        "{\"id\":1,\r\n\"event_action\":\"odd\",\"event_data\":{\"n\":12345678901234567890123,\"x\":1e999}}";
    let event: Event = from_json(odd).unwrap();
    let store = Store::memory();
    let append = move |tables: &mut dyn Tables| {
        journal::append(tables, vec![journal::Arrival::new(&event, Trust::Listed, None)])
    };
    assert_eq!(store.run(append).await.unwrap(), 1);
    let served = Service::builder(contract.stage.gateway.clone(), store.clone());
    let served = Served::start(served, &store).await;
    let streamed =
        contract.call("streamEvents").on(&served).with("consumer", "odd").with("start", "beginning");
    let data = &streamed.first_event().await["data"];
    let end = "\"event_data\":{\"n\":12345678901234567890123,\"x\":1e999}}";
    assert!(data.contains(end), "{data}");
    let page = served.call(Method::GET, "/v1/events?consumer=page&start=beginning").send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains(odd), "{page}");
}

/// Consumers that cannot be gone on with.
async fn suspended_consumers(contract: &Contract<'_>) {
    for (name, partitions, suspended) in [("shop.suspended", 1, true), ("shop.split", 2, false)] {
        let suspend = move |tables: &mut dyn Tables| {
            let mut row = consumers::open(tables, name, partitions, StartAt::Now)?;
            row.suspended = suspended;
            tables.put_consumer(&row)
        };
        contract.stage.store.run(suspend).await.unwrap();
    }
    for operation in ["nextEvents", "streamEvents"] {
        let problem = contract.call(operation).with("consumer", "suspended").answers(409).await;
        assert_eq!(problem.kind(), "consumer");
        assert!(!problem.text().contains("shop.suspended"), "{}", problem.text());
    }
    contract.call("nextEvents").with("consumer", "split").answers(409).await;
    // What a stream finds out later, it says as the last event.
    let fields = contract.call("streamEvents").with("consumer", "split").first_event().await;
    assert_eq!(fields["event"], "problem");
    let problem: Value = serde_json::from_str(&fields["data"]).unwrap();
    assert_eq!(mistakes(&contract.document, &problem_schema(), &problem), [""; 0]);
    assert_eq!(problem["kind"], "consumer");
}

async fn dead_letters(contract: &Contract<'_>) {
    contract.stage.write("Poison");
    contract.stage.write("Poison too");
    let next =
        || contract.call("nextEvents").with("consumer", "dead").with("start", "beginning").with("limit", "1");
    for _ in 0..2 {
        let page = next().with("wait", "30").answers(200).await.json();
        let rejected = json!({ "consumer": "dead", "lease": page["lease"], "position": page["events"][0]["position"], "reason": "no such order" });
        assert_eq!(contract.call("rejectEvent").json(rejected.clone()).answers(200).await.json()["left"], 0);
        let mut other = rejected;
        other["position"] = json!(1_000_000);
        assert_eq!(contract.call("rejectEvent").json(other).answers(409).await.kind(), "consumer");
    }
    let list = contract.call("listDeadLetters").with("consumer", "dead").answers(200).await.json();
    assert_eq!(list["dead"].as_array().unwrap().len(), 2);
    assert_eq!(list["dead"][0]["reason"], "no such order");
    let position = list["dead"][0]["position"].to_string();
    let list = contract
        .call("listDeadLetters")
        .with("consumer", "dead")
        .with("after", &position)
        .answers(200)
        .await
        .json();
    assert_eq!(list["dead"].as_array().unwrap().len(), 1);
    let other = list["dead"][0]["position"].to_string();
    contract.call("replayDeadLetter").with("position", &position).with("consumer", "dead").answers(204).await;
    contract.call("dropDeadLetter").with("position", &other).with("consumer", "dead").answers(204).await;
    for operation in ["replayDeadLetter", "dropDeadLetter"] {
        let gone =
            contract.call(operation).with("position", &other).with("consumer", "dead").answers(404).await;
        assert_eq!(gone.kind(), "notFound");
        contract.call(operation).with("position", SECRET).with("consumer", "").answers(422).await;
    }
    let page = next().answers(200).await.json();
    assert_eq!(page["events"][0]["position"].to_string(), position);
    assert_eq!(
        contract.call("listDeadLetters").with("consumer", SECRET).answers(404).await.kind(),
        "notFound"
    );
}

async fn sessions(contract: &Contract<'_>) {
    let list = contract.call("listSessions").answers(200).await.json();
    assert_eq!(list["sessions"][0]["unique_id"], contract.stage.session.as_str());
    let shown =
        contract.call("getSession").with("wait", "5").with("until", "ready").answers(200).await.json();
    assert_eq!(shown["status"], "READY");
    assert_eq!(contract.call("getSession").with("session", "0").answers(404).await.kind(), "notFound");
    assert_eq!(contract.call("getSessionCode").answers(404).await.kind(), "notFound");
    contract.call("getSessionCode").with("format", SECRET).answers(422).await;

    let new = contract.call("createSession").answers(201).await.json();
    let id = new["unique_id"].as_str().unwrap().to_owned();
    pictures(contract, &id).await;
    let shows_a_page = async {
        while contract.call("getSession").with("session", &id).answers(200).await.json()["status"] != "AUTH" {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), shows_a_page).await.expect("it can be linked in time");
    let waiting =
        contract.call("getSession").with("session", &id).with("wait", "1").answers(200).await.json();
    assert_eq!(waiting["status"], "AUTH");
    contract.call("renameSession").with("session", &id).answers(204).await;
    contract.call("deleteSession").with("session", &id).answers(204).await;
    let paired = contract
        .call("createSession")
        .json(json!({ "name": "Paired", "number": SECRET }))
        .answers(201)
        .await
        .json();
    assert_eq!(paired["name"], "Paired");
    for new in [
        json!({}),
        json!({ "name": "" }),
        json!({ "name": [SECRET] }),
        json!({ "name": "Shop", "number": "8 (999) 111-22-33" }),
    ] {
        contract.call("createSession").json(new).answers(422).await;
    }
    contract.call("renameSession").json(json!({ "name": 1 })).answers(422).await;
    assert_eq!(contract.call("renameSession").with("session", "0").answers(502).await.kind(), "service");
    assert_eq!(contract.call("deleteSession").with("session", "0").answers(502).await.kind(), "service");
}

/// Codes as pictures, from a gateway that tells the text of the code, which the sandbox never does.
async fn pictures(contract: &Contract<'_>, id: &str) {
    let session = json!({ "unique_id": id, "status": "AUTH", "qr": "2@example" });
    let list = json!({ "data": [session], "page": 1, "pages": 1, "elements": 1 }).to_string();
    let rule = json!([{ "on": "sessions-get", "kind": "reply", "status": 200, "body": list }]);
    contract.stage.rules(&rule.to_string());
    for (format, begin) in [("png", b"\x89PNG".as_slice()), ("svg", b"<?xml")] {
        let picture = contract.call("getSessionCode").with("session", id).with("format", format);
        let picture = picture.answers(200).await;
        assert!(picture.body.starts_with(begin), "{format}");
        assert_eq!(picture.headers["cache-control"], "no-store");
    }
    let svg = contract.call("getSessionCode").with("session", id).header(ACCEPT.as_str(), "image/svg+xml");
    assert_eq!(svg.answers(200).await.headers[CONTENT_TYPE], "image/svg+xml");
    contract.stage.rules("[]");
}

async fn chats(contract: &Contract<'_>) {
    let list = contract.call("listChats").answers(200).await.json();
    assert!(!list["chats"].as_array().unwrap().is_empty());
    for chat in ["79991112233@c.us", "+7 999 111-22-33"] {
        contract.call("markSeen").with("chat", chat).answers(204).await;
        contract.call("showTyping").with("chat", chat).answers(204).await;
    }
    for operation in ["markSeen", "showTyping"] {
        contract.call(operation).with("chat", "8 999 111-22-33").answers(422).await;
    }
    assert_eq!(contract.call("checkNumber").answers(200).await.json()["registered"], true);
    let check = contract.call("checkNumber").with("number", "79991112299").answers(200).await;
    assert_eq!(check.json()["registered"], false);
    contract.call("checkNumber").with("number", "8 999 111-22-33").answers(422).await;
}

async fn files(contract: &Contract<'_>) {
    let stage = contract.stage;
    let media = Media::new(MimeType::new("text/plain").unwrap(), "счёт.txt", Base64Data::encode("A file"));
    let id = stage
        .sandbox
        .receive(&stage.session, Incoming::file("79991112233@c.us".parse().unwrap(), media))
        .unwrap();
    let fetch = || contract.call("getMessageFile").with("message", id.as_str());
    let file = fetch().answers(200).await;
    assert_eq!(
        (file.text().as_str(), &file.headers[CONTENT_TYPE]),
        ("A file", &"text/plain".parse().unwrap())
    );
    assert_eq!(
        file.headers["content-disposition"],
        "attachment; filename*=UTF-8''%D1%81%D1%87%D1%91%D1%82.txt"
    );
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    let target = stage.folder.path().join("saved.txt").display().to_string();
    let saved = fetch().with("save_to", &target).answers(201).await.json();
    assert_eq!((&saved["path"], &saved["bytes"]), (&json!(target), &json!(6)));
    assert_eq!(fetch().with("save_to", &target).answers(409).await.kind(), "exists");
    assert_eq!(fetch().with("save_to", &format!("/{SECRET}/x")).answers(403).await.kind(), "path");
    fetch().with("save_to", SECRET).answers(422).await;
    contract.call("getMessageFile").with("message", SECRET).answers(422).await;

    let key = key_of_the_file(contract, id.as_str()).await;
    let fetch = || contract.call("getFileByKey").with("key", &key);
    assert_eq!(fetch().answers(200).await.text(), "A file");
    assert_eq!(fetch().with("save_to", &target).answers(409).await.kind(), "exists");
    let other = stage.folder.path().join("by key.txt").display().to_string();
    fetch().with("save_to", &other).answers(201).await;
    assert_eq!(fetch().with("save_to", "/no/x").answers(403).await.kind(), "path");
    contract.call("getFileByKey").with("key", "").answers(422).await;
    assert_eq!(contract.call("getFileByKey").answers(502).await.kind(), "service");
    std::fs::remove_file(target).unwrap();
}

/// The key of a message's file, as an event brings it.
async fn key_of_the_file(contract: &Contract<'_>, message: &str) -> String {
    let mut lease = String::new();
    loop {
        let page = contract.call("nextEvents").with("consumer", "files").with("start", "beginning");
        let page =
            page.with("lease", &lease).with("limit", "1000").with("wait", "30").answers(200).await.json();
        let events = page["events"].as_array().unwrap();
        let of_message = events.iter().map(|event| &event["event"]["event_data"]["message"]);
        let key = of_message.filter(|of| of["id"] == message).find_map(|of| of["mediaKey"].as_str());
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            return key.to_owned();
        }
        page["lease"].as_str().expect("an event brings the key").clone_into(&mut lease);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// What any operation says of calls without a token, with names that are not known, and with bodies that cannot be read.
async fn mistakes_of_callers(contract: &Contract<'_>) {
    for operation in operations(&contract.document).into_iter().filter(|operation| !is_of_pages(operation)) {
        let id = operation.id();
        if operation.value["security"].is_null() {
            for given in [None, Some("Basic c2hvcA=="), Some("Bearer wgs_0"), Some("Bearer")] {
                let mut call = contract.call(id).without_token();
                if let Some(given) = given {
                    call = call.header("authorization", given);
                }
                let answer = call.answers(401).await;
                assert_eq!(
                    (answer.kind(), &answer.headers["www-authenticate"]),
                    ("unauthorized".to_owned(), &"Bearer".parse().unwrap())
                );
            }
        }
        if operation.parameters.iter().any(|parameter| parameter["in"] == "query") {
            let problem = contract.call(id).query(&format!("surprise={SECRET}")).answers(422).await;
            assert!(!problem.text().contains("surprise"), "{id} repeats a name");
            let problem = contract.call(id).query(&format!("{SECRET}=1")).answers(422).await;
            assert_eq!(problem.kind(), "invalid");
        }
        if operation.path.contains('{') {
            assert_eq!(contract.call(id).garbled().answers(422).await.kind(), "invalid", "{id}");
        }
        if operation.value["requestBody"].is_object() {
            for body in ["", "{", "[]", "null", "\"79991112233\"", "{\"79991112233\":1}", "\u{feff}{}"] {
                contract.call(id).body("application/json", body).answers(422).await;
            }
            let problem =
                contract.call(id).body("application/json", " ".repeat((1 << 20) + 1)).answers(413).await;
            assert_eq!(problem.kind(), "tooLarge", "{id}");
        }
    }
}

/// A service that has no room, and no time.
async fn too_much_of_everything(contract: &Contract<'_>) {
    let stage = contract.stage;
    let relay = || Relay::builder(stage.gateway.clone(), stage.store.clone());
    let service = || Service::builder(stage.gateway.clone(), stage.store.clone()).relay(relay());
    let (mut little, mut hurry) = (Limits::default(), Limits::default());
    (little.waiting, little.file) = (0, 1 << 10);
    hurry.body_pause = Duration::from_millis(50);
    let uploads = tempfile::tempdir().unwrap();
    let small = service().limits(little).uploads(uploads.path());
    let small = Served::start_with(small, stage.served.token.clone()).await;
    let hurried = Served::start_with(service().limits(hurry), stage.served.token.clone()).await;
    for operation in operations(&contract.document) {
        let id = operation.id();
        if id != "putMessage" && operation.parameters.iter().any(|parameter| parameter["name"] == "wait") {
            let mut call = contract.call(id).on(&small).with("wait", "1");
            if id == "getMessage" {
                call = call.with("key", "one");
            }
            assert_eq!(call.answers(503).await.kind(), "busy", "{id}");
        }
        if operation.value["requestBody"].is_object() && !is_of_pages(&operation) {
            let pauses = stream::iter([Ok::<_, std::io::Error>("{")]).chain(stream::pending());
            let call = contract.call(id).on(&hurried).body("application/json", Body::wrap_stream(pauses));
            assert_eq!(call.answers(400).await.kind(), "incomplete", "{id}");
        }
    }
    // A message that is put is put, whether there is room to wait for it or not.
    let put = contract.call("putMessage").on(&small).with("Idempotency-Key", "busy").with("wait", "5");
    let put = put.send().await;
    assert!([200, 202].contains(&put.status), "{}", put.text());

    let request = json!({ "recipient": SECRET }).to_string();
    for size in [1 << 10, 1 << 16] {
        let file = Part::bytes(vec![b'x'; size + 1]).file_name("a.txt");
        let form = Form::new().text("request", request.clone()).part("file", file);
        let problem = contract
            .call("putMessage")
            .on(&small)
            .with("Idempotency-Key", "large")
            .form(form)
            .answers(413)
            .await;
        assert_eq!(problem.kind(), "tooLarge");
    }
    let none = Served::start_with(service(), stage.served.token.clone()).await;
    let form = Form::new().text("request", request).part("file", Part::text("x").file_name("a.txt"));
    contract.call("putMessage").on(&none).with("Idempotency-Key", "none").form(form).answers(422).await;
}

/// What operations that need the gateway say when it fails, or takes its time.
async fn gateways_that_fail(contract: &Contract<'_>) {
    let stage = contract.stage;
    let store = Store::memory();
    let hasty = client_of(&stage.sandbox).retry(RetryPolicy::none()).timeout(Duration::from_millis(200));
    let hasty = hasty.media_timeout(Duration::from_millis(200)).build().unwrap();
    let hasty = Served::start(Service::builder(hasty, store.clone()), &store).await;
    for operation in operations(&contract.document) {
        if operation.value["responses"]["502"].is_null() || is_of_pages(&operation) {
            continue;
        }
        stage.rules(r#"[{"kind":"error","form":"unauthorized"}]"#);
        assert_eq!(contract.call(operation.id()).answers(502).await.kind(), "unauthorized");
        stage.rules(r#"[{"kind":"error","form":"bad_gateway"}]"#);
        assert_eq!(contract.call(operation.id()).answers(502).await.kind(), "service");
        stage.rules(r#"[{"kind":"latency","ms":60000}]"#);
        assert_eq!(contract.call(operation.id()).on(&hasty).answers(504).await.kind(), "timeout");
    }
    stage.rules("[]");
    // Last, as it ends all: a token that is revoked is refused at once where that is known.
    assert!(tokens::revoke(&store, "shop").await.unwrap());
}

/// Whether pages call it, which have tokens of their own and get errors in the gateway's form.
fn is_of_pages(operation: &Operation<'_>) -> bool {
    operation.path.starts_with("/relay/")
}

async fn relay_tokens(contract: &Contract<'_>) {
    let grant =
        |subject: &str| json!({ "subject": subject, "session": "a", "commands": ["send"], "chats": ["all"] });
    let mint = async |subject: &str| {
        contract.call("createRelayToken").json(grant(subject)).answers(201).await.json()
    };
    let token = mint("visitor 17").await;
    assert!(token["token"].as_str().unwrap().starts_with("wgr_"));
    let listed = contract.call("listRelayTokens").answers(200).await;
    assert_eq!(listed.json()["tokens"][0]["grant"]["subject"], "visitor 17");
    assert!(!listed.text().contains("wgr_") && listed.json()["next"].is_null());
    let id = token["id"].as_str().unwrap();
    assert_eq!(
        contract.call("listRelayTokens").with("after", id).answers(200).await.json()["tokens"],
        json!([])
    );
    contract.call("revokeRelayToken").with("id", id).answers(200).await;
    contract.call("revokeRelayToken").with("id", id).answers(404).await;
    mint("visitor 18").await;
    mint("visitor 19").await;
    let revoked = contract.call("revokeRelayTokens").with("subject", "visitor 18").answers(200).await;
    assert_eq!(revoked.json()["revoked"], 1);
    contract.call("revokeRelayTokens").answers(422).await;
    contract.call("revokeRelayTokens").with("subject", "x").with("all", "true").answers(422).await;
    assert_eq!(
        contract.call("revokeRelayTokens").with("all", "true").answers(200).await.json()["revoked"],
        1
    );
    for wrong in [
        json!({ "session": "a", "commands": ["set-hook"], "chats": ["all"] }),
        json!({ "session": "a", "commands": ["send"], "chats": [] }),
        json!({ "session": "a", "commands": ["send"], "chats": ["all"], "seconds": 1_000 }),
        json!({ "session": "a", "commands": ["send"] }),
    ] {
        contract.call("createRelayToken").json(wrong).answers(422).await;
    }
    // A program may have one.
    let stage = contract.stage;
    let mut limits = whatsgate_relay::Limits::default();
    limits.tokens = 1;
    let relay = Relay::builder(stage.gateway.clone(), stage.store.clone()).limits(limits);
    let service = Service::builder(stage.gateway.clone(), stage.store.clone()).relay(relay);
    let little = Served::start_with(service, stage.served.token.clone()).await;
    contract.call("createRelayToken").on(&little).json(grant("a")).answers(201).await;
    let problem = contract.call("createRelayToken").on(&little).json(grant("a")).answers(409).await;
    assert_eq!(problem.kind(), "tooManyTokens");
    // Without a relay there is none of it.
    let service = Service::builder(stage.gateway.clone(), stage.store.clone());
    let without = Served::start_with(service, stage.served.token.clone()).await;
    assert!(!without.service.paths().iter().any(|path| path.contains("relay")));
    for path in ["/v1/relay-tokens", "/relay/v1/send"] {
        assert_eq!(without.call(Method::POST, path).send().await.unwrap().status().as_u16(), 404, "{path}");
    }
}

/// What pages call, by the tokens that a program made for them.
async fn pages(contract: &Contract<'_>) {
    let stage = contract.stage;
    let mint = async |more: Value| {
        let mut grant = json!({
            "session": stage.session, "commands": ["send", "typing", "events-get"], "chats": ["79991112233"], "sends": 1,
        });
        grant.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let minted = contract.call("createRelayToken").json(grant).answers(201).await.json();
        minted["token"].as_str().unwrap().to_owned()
    };
    let token = mint(json!({ "renewable_for": 3_600 })).await;
    let call = |id: &str| contract.call(id).without_token().header("x-api-key", &token);
    let typing = json!({ "WhatsappID": stage.session, "recipient": { "number": "79991112233" } });
    let command = |command: &str| call("relayCommand").with("command", command).json(typing.clone());
    assert_eq!(command("typing").answers(200).await.json()["result"], "OK");
    command("send").answers(400).await;
    command("seen").answers(403).await;
    command("nothing").answers(404).await;
    command("typing").body("application/json", " ".repeat(1 << 17)).answers(413).await;
    contract.call("relayCommand").without_token().answers(401).await;
    for (form, status) in [("bad_gateway", 502), ("unauthorized", 502)] {
        stage.rules(&json!([{ "kind": "error", "form": form, "on": "typing" }]).to_string());
        command("typing").answers(status).await;
    }
    stage.rules("[]");

    let renewed = call("relayRenewal");
    // It was made in this second.
    let renewed = renewed.send().await;
    assert!([200, 403].contains(&renewed.status), "{}", renewed.text());
    let never = mint(json!({})).await;
    contract.call("relayRenewal").without_token().header("x-api-key", &never).answers(403).await;
    contract.call("relayRenewal").without_token().answers(401).await;

    let reading = call("relayStream").with("Last-Event-ID", "0").first_event().await;
    assert!(["event", "gap"].contains(&reading["event"].as_str()), "{reading:?}");
    call("relayStream").header("last-event-id", "x").answers(400).await;
    contract.call("relayStream").without_token().answers(401).await;
    let deaf = mint(json!({ "commands": ["send"] })).await;
    contract.call("relayStream").without_token().header("x-api-key", &deaf).answers(403).await;

    // A page that calls too often, and a gateway that takes its time.
    let mut limits = whatsgate_relay::Limits::default();
    (limits.calls_a_minute, limits.burst) = (1, 1);
    let hasty = client_of(&stage.sandbox).retry(RetryPolicy::none()).timeout(Duration::from_millis(200));
    let hasty = hasty.build().unwrap();
    let relay = Relay::builder(hasty.clone(), stage.store.clone()).limits(limits);
    let slow = Service::builder(hasty, stage.store.clone()).relay(relay);
    let slow = Served::start_with(slow, stage.served.token.clone()).await;
    stage.rules(r#"[{"kind":"latency","ms":60000,"on":"typing"}]"#);
    command("typing").on(&slow).answers(504).await;
    stage.rules("[]");
    for id in ["relayCommand", "relayRenewal", "relayStream"] {
        call(id).on(&slow).answers(429).await;
    }

    let metrics = contract.call("getMetrics").answers(200).await.text();
    for counted in [
        r#"whatsgate_relay_calls_total{command="typing",outcome="done"}"#,
        r#"whatsgate_relay_calls_total{command="seen",outcome="forbidden"}"#,
        r#"whatsgate_relay_calls_total{command="other",outcome="invalid"} 1"#,
        r#"route="/relay/v1/{command}""#,
    ] {
        assert!(metrics.contains(counted), "{counted} is not in {metrics}");
    }
    // With the program go its pages.
    let revoked = Store::memory();
    let relay = Relay::builder(stage.gateway.clone(), revoked.clone());
    let service = Service::builder(stage.gateway.clone(), revoked.clone()).relay(relay);
    let served = Served::start(service, &revoked).await;
    let grant = json!({ "session": stage.session, "commands": ["typing"], "chats": ["all"] });
    let minted = contract.call("createRelayToken").on(&served).json(grant).answers(201).await.json();
    let token = minted["token"].as_str().unwrap();
    let page = || command("typing").header("x-api-key", token).on(&served);
    page().answers(200).await;
    assert!(tokens::revoke(&revoked, "shop").await.unwrap());
    page().answers(401).await;
}

/// So many seconds from now, in milliseconds since 1970.
fn later(seconds: u64) -> u64 {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    u64::try_from(now).unwrap() + seconds * 1000
}

/// The document, and which of its answers there were.
struct Contract<'a> {
    stage: &'a Stage,
    document: Value,
    seen: Mutex<BTreeSet<(String, u16)>>,
}

impl<'a> Contract<'a> {
    fn new(stage: &'a Stage) -> Self {
        Self { stage, document: whatsgate_serve::openapi(), seen: Mutex::default() }
    }

    /// A call as the document's examples have it, in the session that is ready.
    fn call(&self, id: &str) -> Call<'_> {
        let operation = operations(&self.document).into_iter().find(|operation| operation.id() == id);
        let operation = operation.unwrap_or_else(|| panic!("the document has no {id}"));
        let mut call = Call {
            contract: self,
            served: &self.stage.served,
            is_garbled: false,
            has_token: true,
            given: Vec::new(),
            query: String::new(),
            headers: HeaderMap::new(),
            content: Content::None,
            operation,
        };
        let body = &call.operation.value["requestBody"]["content"]["application/json"]["examples"];
        if let Some((_, example)) = body.as_object().and_then(|examples| examples.iter().next_back()) {
            call.content = Content::Json(example["value"].clone());
        }
        call
    }

    /// Each operation succeeded, and each status that is described for several was there at least once.
    fn finish(self) {
        let seen = self.seen.into_inner().unwrap();
        let mut missing = Vec::new();
        for operation in operations(&self.document) {
            let id = operation.id();
            for status in operation.value["responses"].as_object().unwrap().keys() {
                let status: u16 = status.parse().unwrap();
                // The service makes no mistakes, and the store of memory does not fail.
                let may_be_missing = status == 500 || status == 503;
                if !may_be_missing && !seen.contains(&(id.to_owned(), status)) {
                    missing.push(format!("{id} {status}"));
                }
            }
        }
        assert!(missing.is_empty(), "never seen: {missing:#?}");
        assert!(seen.iter().any(|(_, status)| *status == 503));
    }
}

enum Content {
    None,
    Json(Value),
    Form(Form),
    Other(String, Body),
}

/// A call of an operation.
struct Call<'a> {
    contract: &'a Contract<'a>,
    operation: Operation<'a>,
    served: &'a Served,
    has_token: bool,
    is_garbled: bool,
    given: Vec<(String, String)>,
    query: String,
    headers: HeaderMap,
    content: Content,
}

impl<'a> Call<'a> {
    fn on(mut self, served: &'a Served) -> Self {
        self.served = served;
        self
    }

    /// Gives a parameter, which the document must have.
    fn with(mut self, name: &str, value: &str) -> Self {
        let id = self.operation.id();
        assert!(
            self.operation.parameters.iter().any(|parameter| parameter["name"] == name),
            "{id} has no {name}"
        );
        self.given.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives a parameter instead of one that was given.
    fn instead(mut self, name: &str, value: &str) -> Self {
        self.given.retain(|(given, _)| given != name);
        self.with(name, value)
    }

    /// Gives a part of the query that the document does not have.
    fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    fn without_token(mut self) -> Self {
        self.has_token = false;
        self
    }

    /// Gives bytes in the path that are no text.
    fn garbled(mut self) -> Self {
        self.is_garbled = true;
        self
    }

    fn json(mut self, body: Value) -> Self {
        self.content = Content::Json(body);
        self
    }

    fn form(mut self, form: Form) -> Self {
        self.content = Content::Form(form);
        self
    }

    fn body(mut self, kind: &str, body: impl Into<Body>) -> Self {
        self.content = Content::Other(kind.to_owned(), body.into());
        self
    }

    /// The values of a parameter: those that were given, or the example if it must be there.
    fn values(&self, parameter: &Value) -> Vec<String> {
        let name = parameter["name"].as_str().unwrap();
        let given: Vec<_> =
            self.given.iter().filter(|(given, _)| given == name).map(|(_, value)| value.clone()).collect();
        if !given.is_empty() || parameter["required"] != true {
            return given;
        }
        if name == "session" {
            return vec![self.contract.stage.session.as_str().to_owned()];
        }
        let example = &parameter["example"];
        vec![example.as_str().map_or_else(|| example.to_string(), str::to_owned)]
    }

    fn request(&mut self) -> RequestBuilder {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mut path = self.operation.path.to_owned();
        let mut query: Vec<_> =
            Some(self.query.clone()).filter(|query| !query.is_empty()).into_iter().collect();
        let mut headers = self.headers.clone();
        for parameter in &self.operation.parameters {
            let name = parameter["name"].as_str().unwrap();
            for value in self.values(parameter) {
                match parameter["in"].as_str().unwrap() {
                    "path" if self.is_garbled => path = path.replace(&format!("{{{name}}}"), "%FF"),
                    "path" => path = path.replace(&format!("{{{name}}}"), &encoded(&value)),
                    "query" => query.push(format!("{name}={}", encoded(&value))),
                    place => {
                        assert_eq!(place, "header");
                        let name: reqwest::header::HeaderName = name.parse().unwrap();
                        headers.append(
                            name,
                            reqwest::header::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                        );
                    }
                }
            }
        }
        let method = Method::from_bytes(self.operation.method.to_ascii_uppercase().as_bytes()).unwrap();
        let separator = if query.is_empty() { "" } else { "?" };
        let path = format!("{path}{separator}{}", query.join("&"));
        let request =
            if self.has_token { self.served.call(method, &path) } else { self.served.bare(method, &path) };
        let request = request.headers(headers);
        match std::mem::replace(&mut self.content, Content::None) {
            Content::None => request,
            Content::Json(body) => request.json(&body),
            Content::Form(form) => request.multipart(form),
            Content::Other(kind, body) => request.header(CONTENT_TYPE, kind).body(body),
        }
    }

    /// Calls, and checks the answer by the document.
    async fn send(mut self) -> Answer {
        let id = self.operation.id().to_owned();
        let body = if let Content::Json(body) = &self.content { Some(body.clone()) } else { None };
        let response = self.request().send().await.unwrap_or_else(|error| panic!("{id}: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body_of = response.bytes().await.unwrap_or_else(|error| panic!("{id}: {error:?}")).to_vec();
        let answer = Answer { status, headers, body: body_of };
        self.check(&answer);
        if let (Some(body), true) = (body, status < 400) {
            let schema = &self.operation.value["requestBody"]["content"]["application/json"]["schema"];
            let mistakes = mistakes(&self.contract.document, schema, &body);
            assert!(mistakes.is_empty(), "{id} takes what the document forbids: {mistakes:#?}");
        }
        answer
    }

    fn check(&self, answer: &Answer) {
        let (id, status, document) = (self.operation.id(), answer.status, &self.contract.document);
        let described = &self.operation.value["responses"][status.to_string()];
        assert!(described.is_object(), "{id} answers with {status}: {}", answer.text());
        self.contract.seen.lock().unwrap().insert((id.to_owned(), status));
        let described = resolved(document, described);
        for (name, header) in described["headers"].as_object().into_iter().flatten() {
            let value = answer.headers.get(name.as_str()).map(|value| value.to_str().unwrap());
            assert!(value.is_some() || header["required"] != true, "{id} {status} has no {name}");
            if let Some(value) = value {
                let value = value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number));
                assert_eq!(mistakes(document, &header["schema"], &value), [""; 0], "{id} {status}: {name}");
            }
        }
        let Some(contents) = described["content"].as_object() else {
            assert!(answer.body.is_empty(), "{id} {status} has a body");
            return;
        };
        let kind = answer.headers[CONTENT_TYPE].to_str().unwrap().split(';').next().unwrap();
        let content = contents.get(kind).or_else(|| contents.get("*/*"));
        let schema = &content.unwrap_or_else(|| panic!("{id} {status} is {kind}"))["schema"];
        if schema["format"] == "binary" {
            assert!(!answer.body.is_empty(), "{id} {status} is empty");
            return;
        }
        let body = if kind.ends_with("json") { answer.json() } else { json!(answer.text()) };
        let mistakes = mistakes(document, schema, &body);
        assert!(mistakes.is_empty(), "{id} {status}: {mistakes:#?} in {body:#}");
        if status >= 400 && kind == PROBLEM {
            assert_eq!(body["status"], status, "{id}");
            assert_eq!(answer.headers["cache-control"], "no-store", "{id}");
            assert!(!answer.text().contains(SECRET), "{id} repeats what was sent: {body:#}");
            let kinds =
                document["components"]["schemas"]["Problem"]["properties"]["kind"]["x-extensible-enum"]
                    .as_array();
            assert!(
                kinds.unwrap().contains(&body["kind"]),
                "{id}: the document does not tell of {}",
                body["kind"]
            );
        }
    }

    async fn answers(self, status: u16) -> Answer {
        let id = self.operation.id().to_owned();
        let answer = self.send().await;
        assert_eq!(answer.status, status, "{id}: {}", answer.text());
        answer
    }

    /// The fields of the first event of a stream.
    async fn first_event(mut self) -> BTreeMap<String, String> {
        let response = self.request().send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut stream = response.bytes_stream();
        let mut text = String::new();
        while !text.contains("\n\n") {
            text.push_str(std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap());
        }
        self.check(&Answer { status, headers, body: text.clone().into_bytes() });
        let event = text.split("\n\n").next().unwrap();
        let fields = event.lines().filter_map(|line| line.split_once(": "));
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn kind(&self) -> String {
        self.json()["kind"].as_str().unwrap_or_else(|| panic!("it is no problem: {}", self.text())).to_owned()
    }
}
