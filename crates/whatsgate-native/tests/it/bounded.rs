//! Replies that are larger than they may be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use whatsgate_canary::KEY;
use whatsgate_native::core::ReplyLimits;
use whatsgate_native::{Client, Download, ErrorKind, MessageId, PhoneNumber, Session, SessionId};

use crate::support::{Script, Scripted, builder, http};

/// A server whose answer never ends, and how many bytes of it were taken and how many requests made.
struct Endless {
    client: Client,
    written: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Endless {
    async fn start(status: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let (written, requests) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (bytes, count) = (Arc::clone(&written), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(pour(stream, status, Arc::clone(&bytes)));
            }
        });
        let retry = whatsgate_native::RetryPolicy::default().with_pauses(Duration::ZERO, Duration::ZERO);
        let client = builder(&base_url, KEY).retry(retry).build().unwrap();
        Self { client, written, requests }
    }

    fn session(&self) -> Session {
        self.client.session(SessionId::new("YOUR_WHATSAPP_ID").unwrap())
    }
}

async fn pour(mut stream: TcpStream, status: u16, written: Arc<AtomicUsize>) {
    let _ = stream.read(&mut [0; 4096]).await;
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n\r\n[");
    let _ = stream.write_all(head.as_bytes()).await;
    let piece = [b' '; 16 * 1024];
    while stream.write_all(&piece).await.is_ok() {
        written.fetch_add(piece.len(), Ordering::SeqCst);
    }
}

fn number() -> PhoneNumber {
    PhoneNumber::new("79999999999").unwrap()
}

/// What is on the way in the buffers of both sides.
const SLACK: usize = 16 * 1024 * 1024;

#[tokio::test]
async fn an_endless_reply_is_given_up_at_its_limit_and_not_asked_for_again() {
    let server = Endless::start(200).await;
    let error = server.session().is_registered(number()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::UnexpectedReply, Some(200)));
    assert!(error.to_string().contains("more than the 1048576 bytes that are allowed"), "{error}");
    assert_eq!(error.raw().unwrap().len(), ReplyLimits::ERROR);
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
    assert!(server.written.load(Ordering::SeqCst) < SLACK);
}

#[tokio::test]
async fn an_endless_error_is_an_error_with_its_status() {
    let server = Endless::start(400).await;
    let error = server.session().is_registered(number()).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Refused, Some(400)));
    assert_eq!(error.raw().unwrap().len(), ReplyLimits::ERROR);

    let message = MessageId::new("true_79999999999@c.us_A").unwrap();
    let error =
        server.session().save_message_media(message, Download::to_bytes(&mut Vec::new())).await.unwrap_err();
    assert_eq!(error.service().unwrap().status(), Some(400));
    assert!(server.written.load(Ordering::SeqCst) < SLACK);
}

#[tokio::test]
async fn a_limit_is_as_large_as_it_is_set() {
    let body = r#"{"result":"OK","data":true}"#;
    let server = Scripted::start(http("200 OK", "application/json", body)).await;
    for (limit, fits) in [(body.len(), true), (body.len() - 1, false)] {
        let client = server.client().reply_limits(ReplyLimits::default().with_small(limit)).build().unwrap();
        let session = client.session(SessionId::new("YOUR_WHATSAPP_ID").unwrap());
        assert_eq!(session.is_registered(number()).await.is_ok(), fits, "{limit}");
    }
}

/// On a runtime with one thread, which a reply of many megabytes would hold up.
#[tokio::test]
async fn a_long_reply_is_read_where_it_holds_up_nothing_else() {
    let chat = format!(r#"{{"id":"1@c.us","name":"{}"}}"#, "x".repeat(200));
    let body = format!(r#"{{"result":"OK","data":[{}]}}"#, vec![chat; 20_000].join(","));
    let reply =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let server = Scripted::start(Script::Reply(reply.into_bytes())).await;
    let client = server.client().timeout(Duration::from_secs(20)).build().unwrap();
    let session = client.session(SessionId::new("YOUR_WHATSAPP_ID").unwrap());
    let before = std::thread::current().id();
    // What reads the reply says on which thread it does.
    let prepared =
        session.client().prepare(&whatsgate_native::model::GetChatsRequest::new(session.id().clone()));
    let read = session.client().exchange(prepared.unwrap(), |response| {
        whatsgate_native::core::parse::<whatsgate_native::model::GetChatsRequest>(response)
            .map(|reply| (reply.data.len(), std::thread::current().id()))
    });
    let (count, thread) = read.await.unwrap();
    assert_eq!(count, 20_000);
    assert_ne!(thread, before);
}
