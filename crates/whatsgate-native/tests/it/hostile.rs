//! Servers that misbehave: the right kind, the right outcome, and no message sent twice.

use std::time::Duration;

use whatsgate_native::{Error, ErrorKind, Outcome, PhoneNumber, SessionCreateRequest, SessionId};

use whatsgate_canary::KEY;

use crate::support::{Script, Scripted, builder, http};

struct Seen {
    send: Error,
    sends: usize,
    create: Error,
    creates: usize,
    read: Error,
    reads: usize,
}

/// What sending, creating and reading come to against a server, and how many requests each made.
async fn against(script: Script) -> Seen {
    let server = Scripted::start(script).await;
    let client = server.client().build().unwrap();
    let session = client.session(SessionId::new("YOUR_WHATSAPP_ID").unwrap());
    let send = session.send_text(PhoneNumber::new("79999999999").unwrap(), "Hello").await.unwrap_err();
    let sends = server.requests();
    let create = client.create_session(SessionCreateRequest::new("Shop")).await.unwrap_err();
    let creates = server.requests() - sends;
    let read = session.chats().await.unwrap_err();
    let reads = server.requests() - sends - creates;
    Seen { send, sends, create, creates, read, reads }
}

async fn expect(script: Script, kind: ErrorKind, outcome: Outcome, reads: usize) {
    let seen = against(script).await;
    assert_eq!((seen.send.kind(), seen.send.outcome()), (kind.clone(), outcome));
    assert_eq!((seen.create.kind(), seen.create.outcome()), (kind.clone(), outcome));
    assert_eq!((seen.sends, seen.creates), (1, 1), "sent once");
    assert_eq!((seen.read.kind(), seen.read.outcome()), (kind, Outcome::NotSent));
    assert_eq!(seen.reads, reads, "read again if that may help");
    assert_eq!(seen.read.tries() as usize, reads);
}

#[tokio::test]
async fn html_from_a_proxy() {
    let page = http("502 Bad Gateway", "text/html", "<html><h1>Bad Gateway</h1></html>");
    expect(page, ErrorKind::Service, Outcome::Unknown, 4).await;
    let page = http("200 OK", "text/html", "<html>Welcome</html>");
    expect(page, ErrorKind::UnexpectedReply, Outcome::Unknown, 1).await;
}

#[tokio::test]
async fn the_raw_reply_stays_reachable() {
    let seen = against(http("200 OK", "text/html", "<html>Welcome</html>")).await;
    assert_eq!(seen.send.raw().unwrap(), "<html>Welcome</html>");
    assert!(!seen.send.to_string().contains("Welcome"));
}

#[tokio::test]
async fn half_a_json() {
    let half = http("200 OK", "application/json", r#"{"result":{"id":"true_7999"#);
    expect(half, ErrorKind::UnexpectedReply, Outcome::Unknown, 1).await;
}

#[tokio::test]
async fn a_reply_cut_in_the_middle() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"result\":".to_vec();
    expect(Script::Reply(cut), ErrorKind::Connection, Outcome::Unknown, 4).await;
}

#[tokio::test]
async fn a_connection_closed_after_the_request() {
    expect(Script::Hangup, ErrorKind::Connection, Outcome::Unknown, 4).await;
}

#[tokio::test]
async fn silence() {
    expect(Script::Silence, ErrorKind::Timeout, Outcome::Unknown, 4).await;
}

#[tokio::test]
async fn the_services_own_errors_are_not_asked_for_twice() {
    let body = r#"{"name":"Exception","message":"Something","code":0}"#;
    expect(http("500 Error", "application/json", body), ErrorKind::Service, Outcome::Unknown, 1).await;
    let body =
        r#"{"name":"Unauthorized","message":"Your request was made with invalid credentials.","code":0}"#;
    expect(http("500 Error", "application/json", body), ErrorKind::Unauthorized, Outcome::NotSent, 1).await;
    let body = r#"{"name":"Not Found","message":"Page not found.","code":0,"status":404}"#;
    expect(http("404 Not Found", "application/json", body), ErrorKind::Refused, Outcome::NotSent, 1).await;
}

#[tokio::test]
async fn a_message_that_could_not_be_described_counts_as_unknown() {
    let text = "Evaluation failed: TypeError: Cannot read properties of undefined (reading 'serialize')";
    let body = format!(r#"{{"name":"Exception","message":"{text}","code":0}}"#);
    let seen = against(http("500 Error", "application/json", &body)).await;
    assert_eq!((seen.send.kind(), seen.send.outcome()), (ErrorKind::SentWithoutReply, Outcome::Unknown));
    assert!(seen.send.advice().contains("before sending it again"));
    assert_eq!(seen.sends, 1);
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_for_every_command() {
    // A port that nobody listens at: bound once and given back.
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let client = builder(&format!("http://127.0.0.1:{port}/api/v1"), KEY)
        .retry(whatsgate_native::RetryPolicy::default().with_pauses(Duration::ZERO, Duration::ZERO))
        .build()
        .unwrap();
    let error = client.create_session(SessionCreateRequest::new("Shop")).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome(), error.tries()), (ErrorKind::Connect, Outcome::NotSent, 4));
    assert!(error.to_string().contains("nothing was sent"));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Scripted::start(http("200 OK", "application/json", r#"{"result":"OK","data":[]}"#)).await;
    let location = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {}/get-chats\r\ncontent-length: 0\r\n\r\n",
        target.base_url
    );
    let seen = against(Script::Reply(location.into_bytes())).await;
    assert_eq!((seen.read.kind(), seen.read.status()), (ErrorKind::Refused, Some(307)));
    assert_eq!(target.requests(), 0, "the key did not travel");
}

#[tokio::test]
async fn a_busy_service_is_left_alone_as_long_as_it_wants() {
    let reply = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n";
    let seen = against(Script::Reply(reply.as_bytes().to_vec())).await;
    assert_eq!((seen.read.kind(), seen.reads), (ErrorKind::Refused, 1), "an hour is beyond the deadline");
    assert_eq!(seen.send.advice(), "Wait, then try again more slowly.");
}

#[tokio::test]
async fn a_wait_may_be_a_date_by_the_services_clock_or_what_yii2_calls_it() {
    let waits = [
        ("date: Tue, 15 Nov 1994 08:12:31 GMT\r\nretry-after: Tue, 15 Nov 1994 08:12:37 GMT", 6),
        ("date: Tue, 15 Nov 1994 08:12:31 GMT\r\nretry-after: Tue, 15 Nov 1994 08:00:00 GMT", 0),
        ("retry-after: 5\r\nx-rate-limit-reset: 9", 5),
        ("x-rate-limit-reset: 7", 7),
        ("retry-after: 999999999999999999999999", u64::MAX),
    ];
    for (headers, seconds) in waits {
        let reply = format!("HTTP/1.1 429 Too Many Requests\r\n{headers}\r\ncontent-length: 0\r\n\r\n");
        let server = Scripted::start(Script::Reply(reply.into_bytes())).await;
        let client = server.client().retry(whatsgate_native::RetryPolicy::none()).build().unwrap();
        let session = client.session(SessionId::new("YOUR_WHATSAPP_ID").unwrap());
        let error = session.chats().await.unwrap_err();
        let wait = error.response().unwrap().retry_after;
        assert_eq!(wait, Some(Duration::from_secs(seconds)), "{headers}");
    }
    let reply = "HTTP/1.1 503 Busy\r\nx-rate-limit-reset: 7\r\ncontent-length: 0\r\n\r\n";
    let seen = against(Script::Reply(reply.as_bytes().to_vec())).await;
    assert_eq!(seen.read.response().unwrap().retry_after, None, "it comes with every response");
}

/// A handshake that never ends is a part of connecting.
#[tokio::test]
async fn connecting_in_vain_is_never_taken_for_a_missing_reply() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let limit = Duration::from_millis(400);
    let client = builder(&format!("https://{}/api/v1", listener.local_addr().unwrap()), KEY)
        .retry(whatsgate_native::RetryPolicy::none())
        .timeout(limit)
        .connect_timeout(limit)
        .build()
        .unwrap();
    let session = client.session(SessionId::new("YOUR_WHATSAPP_ID").unwrap());
    let error = session.send_text(PhoneNumber::new("79999999999").unwrap(), "Hello").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connect, Outcome::NotSent));
}
