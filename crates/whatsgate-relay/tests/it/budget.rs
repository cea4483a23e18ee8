//! Nobody sends more than there is.

use serde_json::{Value, json};
use whatsgate_native::model::Base64Data;
use whatsgate_store::Store;

use crate::support::{CHAT, Gateway, PROGRAM, Served, client, grant, text};

fn file(session: &whatsgate_native::SessionId, bytes: usize) -> Value {
    let data = Base64Data::encode(vec![b'x'; bytes]);
    let mut body = text(session, CHAT);
    body["message"] = json!({
        "type": "doc", "media": { "mimetype": "text/plain", "filename": "a.txt", "data": data },
    });
    body
}

async fn left(served: &Served) -> (u32, u64) {
    let listed = served.relay.tokens(PROGRAM, "", 9).await.unwrap();
    (listed[0].sends_left, listed[0].bytes_left)
}

#[tokio::test]
async fn messages_end_with_the_budget() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let token = served.mint(grant(&gateway.session).with_sends(2)).await.token;
    for _ in 0..2 {
        assert_eq!(served.call(&token, "send", text(&gateway.session, CHAT)).await.status, 200);
    }
    let spent = served.call(&token, "send", text(&gateway.session, CHAT)).await;
    assert_eq!((spent.refused(), gateway.sent()), ((403, "budget"), 2));
    // Other commands go on.
    let typing = json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT } });
    assert_eq!(served.call(&token, "typing", typing).await.status, 200);
}

#[tokio::test]
async fn files_end_with_the_bytes() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let token = served.mint(grant(&gateway.session).with_bytes(1_000)).await.token;
    assert_eq!(served.call(&token, "send", file(&gateway.session, 600)).await.status, 200);
    assert_eq!(served.call(&token, "send", file(&gateway.session, 401)).await.refused(), (403, "budget"));
    assert_eq!(served.call(&token, "send", file(&gateway.session, 400)).await.status, 200);
    assert_eq!(served.call(&token, "send", file(&gateway.session, 1)).await.refused(), (403, "budget"));
    assert_eq!((left(&served).await, gateway.sent()), ((3, 0), 2));
    // What is no base64 is not sent at all.
    let mut broken = file(&gateway.session, 1);
    broken["message"]["media"]["data"] = json!("data:text/plain;base64,eA==");
    assert_eq!(served.call(&token, "send", broken).await.status, 400);
}

#[tokio::test]
async fn what_certainly_was_not_sent_is_given_back() {
    let gateway = Gateway::start().await;
    let store = Store::memory();
    let gone = Served::start(&client("http://127.0.0.1:1/api/v1"), &store).await;
    let token = gone.mint(grant(&gateway.session).with_sends(2).with_bytes(1_000)).await.token;
    let answer = gone.call(&token, "send", file(&gateway.session, 600)).await;
    assert_eq!((answer.status, left(&gone).await), (503, (2, 1_000)), "{answer:?}");
    assert!(answer.headers.contains_key("retry-after"));
    let served = Served::start(&gateway.client, &store).await;
    gateway.rules(r#"[{"on":"send","kind":"error","form":"unauthorized"}]"#);
    assert_eq!(served.call(&token, "send", file(&gateway.session, 600)).await.status, 502);
    assert_eq!((left(&served).await, gateway.sent()), ((2, 1_000), 0));
}

#[tokio::test]
async fn what_may_have_been_sent_is_not_given_back() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let token = served.mint(grant(&gateway.session).with_sends(3)).await.token;
    gateway.rules(r#"[{"on":"send","kind":"close_after"}]"#);
    assert_eq!(served.call(&token, "send", text(&gateway.session, CHAT)).await.status, 502);
    assert_eq!(left(&served).await.0, 2);
    gateway.rules(r#"[{"on":"send","kind":"error","form":"evaluation_failed"}]"#);
    let failed = served.call(&token, "send", text(&gateway.session, CHAT)).await;
    // The gateway's own words, by which clients know that it was sent.
    assert!(failed.body["message"].as_str().unwrap().contains("serialize"), "{failed:?}");
    assert_eq!((failed.status, left(&served).await.0, gateway.sent()), (500, 1, 2));
}
