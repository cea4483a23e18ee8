//! The webhook receiver: what it hands on, and what it answers.

use std::time::Duration;

use tokio::sync::mpsc;
use whatsgate_native::model::{EventAction, PhoneNumber};
use whatsgate_native::{Dispatcher, Receiver};
use whatsgate_sandbox::Incoming;

use crate::support::sandbox;

fn body(id: u32, action: &str, data: &str) -> Vec<u8> {
    format!(r#"{{"id":{id},"whatsapp_id":"191b80a9238","event_action":"{action}","event_data":{data}}}"#)
        .into_bytes()
}

const MESSAGE: &str = r#"{"message":{"id":"false_79999999999@c.us_3EB0436AE1E682FF3A37","body":"212"}}"#;

#[tokio::test]
async fn what_nobody_handles_is_acknowledged() {
    let receiver = Receiver::new(Dispatcher::new());
    for (action, data) in [("message", MESSAGE), ("message", "7"), ("news", "[]")] {
        let answer = receiver.handle(&body(3, action, data)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"result":"OK","id":3}"#));
    }
}

#[tokio::test]
async fn a_failed_handler_is_no_acknowledgement() {
    let receiver = Receiver::new(Dispatcher::new().on_message(async |_, _| Err("the database is down")));
    let answer = receiver.handle(&body(1, "message", MESSAGE)).await;
    assert_eq!((answer.status, answer.body.as_str()), (500, "the handler failed\n"));
}

#[tokio::test]
async fn bad_bodies_are_explained() {
    let receiver = Receiver::new(Dispatcher::new());
    for (body, words) in [
        ("", "the body is empty"),
        ("[object Object]", "pass the raw body"),
        ("{\"id\":", "the body is not JSON"),
        ("{\"event_action\":\"message\"}", "no event: missing field `id`"),
        ("[]", "no event"),
    ] {
        let answer = receiver.handle(body.as_bytes()).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.contains(words), "{body}: {}", answer.body);
    }
}

async fn serve(receiver: Receiver) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(receiver.serve(listener, "/hook"));
    url
}

#[tokio::test]
async fn over_http_large_bodies_and_other_methods_are_refused() {
    let (_sandbox, _, _) = sandbox().await; // Building the first client installs the TLS provider.
    let url = serve(Receiver::new(Dispatcher::new()).with_body_limit(1000)).await;
    let http = reqwest::Client::new();
    let ok = http.post(&url).body(body(3, "news", "[]")).send().await.unwrap();
    assert_eq!(ok.headers()["content-type"], "application/json");
    assert_eq!(ok.text().await.unwrap(), r#"{"result":"OK","id":3}"#);
    let large = http.post(&url).body(vec![b' '; 1001]).send().await.unwrap();
    assert_eq!(large.status(), 413);
    assert_eq!(http.get(&url).send().await.unwrap().status(), 405);
}

/// The gateway repeats an event until the handler succeeds.
#[tokio::test]
async fn an_event_is_repeated_until_it_is_handled() {
    let (sandbox, _, session) = sandbox().await;
    let (sender, mut tries) = mpsc::unbounded_channel();
    let dispatcher = Dispatcher::new().on_message(move |message, event| {
        sender.send((event.id, message.body)).unwrap();
        let second = sender.is_closed() || event.action != EventAction::Message;
        async move { if second { Ok(()) } else { Err("not yet") } }
    });
    session.set_hook(serve(Receiver::new(dispatcher)).await).await.unwrap();
    let contact = PhoneNumber::new("79991112233").unwrap();
    sandbox.receive(session.id(), Incoming::text((&contact).into(), "Hello")).unwrap();
    let mut ids = Vec::new();
    for _ in 0..4 {
        let (id, text) = tokio::time::timeout(Duration::from_secs(10), tries.recv()).await.unwrap().unwrap();
        assert_eq!(text, "Hello");
        ids.push(id);
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "one event, tried once and repeated three times: {ids:?}");
}
