//! Pages from elsewhere, pages that flood, bodies that are too large, and a gateway that is gone.

use reqwest::Method;
use serde_json::json;
use whatsgate_relay::{CallOutcome, Limits};
use whatsgate_store::Store;

use crate::support::{Answer, CHAT, Gateway, ORIGIN, Served, client, grant, text, wide};

#[tokio::test]
async fn only_named_pages_may_call() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let token = served.mint(grant(&gateway.session)).await.token;
    let preflight = async |origin: &str| {
        let request = served
            .bare(Method::OPTIONS, "send")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "x-api-key,content-type");
        request.send().await.unwrap().headers().clone()
    };
    let allowed = preflight(ORIGIN).await;
    assert_eq!(allowed["access-control-allow-origin"], ORIGIN);
    let headers = allowed["access-control-allow-headers"].to_str().unwrap();
    assert!(headers.contains("x-api-key") && headers.contains("last-event-id"), "{headers}");
    assert!(!allowed.contains_key("access-control-allow-credentials"));
    for elsewhere in
        ["https://evil.example", "http://shop.example", "https://shop.example.evil.example", "null"]
    {
        assert!(!preflight(elsewhere).await.contains_key("access-control-allow-origin"), "{elsewhere}");
        let request = served.post(&token, "send", &text(&gateway.session, CHAT)).header("Origin", elsewhere);
        let answer = Answer::of(request).await;
        assert_eq!(answer.refused(), (403, "origin"), "{elsewhere}");
        assert!(!answer.headers.contains_key("access-control-allow-origin"), "{elsewhere}");
    }
    assert_eq!(gateway.sent(), 0);
    // Errors are shown to the page too.
    let request = served.post(&token, "send", &json!({})).header("Origin", ORIGIN);
    let answer = Answer::of(request).await;
    assert_eq!(
        (answer.status, &answer.headers["access-control-allow-origin"]),
        (400, &ORIGIN.parse().unwrap())
    );
    let request = served.post(&token, "send", &text(&gateway.session, CHAT)).header("Origin", ORIGIN);
    assert_eq!(Answer::of(request).await.status, 200);
}

#[tokio::test]
async fn a_page_that_floods_is_told_to_wait_and_others_are_served() {
    let gateway = Gateway::start().await;
    let mut limits = Limits::default();
    (limits.calls_a_minute, limits.burst) = (1, 3);
    let served = Served::with(&gateway.client, &Store::memory(), limits).await;
    let (flood, other) =
        (served.mint(wide(&gateway.session)).await, served.mint(wide(&gateway.session)).await);
    let typing = json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT } });
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let answer = served.call(&flood.token, "typing", typing.clone()).await;
        if answer.status == 429 {
            assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
        }
        statuses.push(answer.status);
    }
    let done = statuses.iter().filter(|status| **status == 200).count();
    // One comes back in a minute, if the machine is that slow.
    assert!((3..6).contains(&done) && statuses.contains(&429), "{statuses:?}");
    assert_eq!(served.call(&other.token, "typing", typing).await.status, 200);
    assert!(served.calls.lock().unwrap().iter().any(|call| call.outcome == CallOutcome::Limited));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_takes_no_more_than_its_seats() {
    let gateway = Gateway::start().await;
    let mut limits = Limits::default();
    (limits.calls_of_a_token, limits.burst) = (2, 1_000_000);
    let served = Served::with(&gateway.client, &Store::memory(), limits).await;
    let (greedy, other) =
        (served.mint(wide(&gateway.session)).await, served.mint(wide(&gateway.session)).await);
    // Of two calls the body does not come to its end.
    let mut hanging = Vec::new();
    for _ in 0..2 {
        use tokio::io::AsyncWriteExt as _;
        let address = served.base.trim_start_matches("http://").split('/').next().unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /relay/v1/typing HTTP/1.1\r\nHost: a\r\nX-Api-Key: {}\r\nContent-Length: 99\r\n\r\n{{",
            greedy.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        hanging.push(stream);
    }
    let typing = json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT } });
    let refused = async {
        while served.call(&greedy.token, "typing", typing.clone()).await.status != 429 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::LONG, refused).await.expect("its seats are taken");
    assert_eq!(served.call(&other.token, "typing", typing.clone()).await.status, 200);
    drop(hanging);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let gateway = Gateway::start().await;
    let mut limits = Limits::default();
    (limits.body, limits.file) = (2_000, 3_000);
    let served = Served::with(&gateway.client, &Store::memory(), limits).await;
    let small = served.mint(grant(&gateway.session)).await.token;
    let mut body = text(&gateway.session, CHAT);
    body["message"]["body"] = json!("x".repeat(2_000));
    assert_eq!(served.call(&small, "send", body.clone()).await.status, 413);
    // With bytes for files it is larger, up to the limit.
    let files = served.mint(grant(&gateway.session).with_bytes(1 << 30)).await.token;
    assert_eq!(served.call(&files, "send", body.clone()).await.status, 200);
    body["message"]["body"] = json!("x".repeat(7_000));
    assert_eq!(served.call(&files, "send", body.clone()).await.status, 413);
    // Only for messages.
    let typing =
        json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT }, "more": "x".repeat(2_000) });
    assert_eq!(served.call(&files, "typing", typing).await.status, 413);
    assert_eq!(gateway.sent(), 1);
}

#[tokio::test]
async fn a_gateway_that_is_gone_is_told_without_its_address() {
    let gateway = Gateway::start().await;
    let gone = Served::start(&client("http://127.0.0.1:1/api/v1"), &Store::memory()).await;
    let token = gone.mint(wide(&gateway.session)).await.token;
    let typing = json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT } });
    let answer = gone.call(&token, "typing", typing).await;
    assert_eq!((answer.status, &answer.headers["retry-after"]), (503, &"1".parse().unwrap()));
    assert!(!answer.body.to_string().contains("127.0.0.1"), "{answer:?}");
    // The events are the store's.
    assert_eq!(gone.call(&token, "events-get", json!({})).await.status, 200);
}

#[tokio::test]
async fn other_methods_and_paths_are_refused() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        assert_eq!(Answer::of(served.bare(method.clone(), "send")).await.status, 405, "{method}");
    }
    assert_eq!(Answer::of(served.bare(Method::POST, "events/stream")).await.status, 405);
    assert_eq!(Answer::of(served.bare(Method::POST, "a/b/c")).await.status, 404);
    let token = served.mint(wide(&gateway.session)).await.token;
    for path in ["%FF", "send%2F", "Send"] {
        assert_eq!(Answer::of(served.post(&token, path, &json!({}))).await.status, 404, "{path}");
    }
    let head = served.bare(Method::HEAD, "events/stream").send().await.unwrap();
    assert_eq!(head.status().as_u16(), 405);
}
