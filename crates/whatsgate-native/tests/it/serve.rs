//! The receiver's HTTP server: what it takes, and what it does not let others take.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use whatsgate_native::{Dispatcher, Receiver};

use crate::support::LONG;

const EVENT: &str = r#"{"id":3,"event_action":"news","event_data":[]}"#;
const ACKNOWLEDGEMENT: &str = r#"{"result":"OK","id":3}"#;

/// Nothing here takes so long, unless it never happens.
const SHORT: Duration = Duration::from_millis(100);

/// Starts a server; returns its URL.
pub(crate) async fn serve(receiver: Receiver) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(receiver.serve(listener, "/hook"));
    url
}

/// Posts a body on a connection of its own; returns the status and the body of the answer.
pub(crate) async fn post(url: &str, body: impl AsRef<[u8]>) -> (u16, String) {
    let mut peer = Peer::connect(url).await;
    peer.send(&head(body.as_ref().len())).await;
    peer.send(body).await;
    peer.answer().await
}

fn head(length: usize) -> String {
    format!("POST /hook HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n")
}

struct Peer(TcpStream);

impl Peer {
    async fn connect(url: &str) -> Self {
        let address = url.strip_prefix("http://").unwrap().strip_suffix("/hook").unwrap();
        Self(TcpStream::connect(address).await.unwrap())
    }

    async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.0.write_all(bytes.as_ref()).await.unwrap();
    }

    /// The head of the next answer, but its date, and its body.
    async fn whole_answer(&mut self) -> (String, String) {
        let mut text = String::new();
        loop {
            let mut chunk = [0; 4096];
            let read = tokio::time::timeout(LONG, self.0.read(&mut chunk)).await.expect("no answer").unwrap();
            assert!(read > 0, "closed after {text:?}");
            text.push_str(std::str::from_utf8(&chunk[..read]).unwrap());
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                let head =
                    head.lines().filter(|line| !line.starts_with("date")).collect::<Vec<_>>().join("\n");
                return (head, body.to_owned());
            }
        }
    }

    async fn answer(&mut self) -> (u16, String) {
        let (head, body) = self.whole_answer().await;
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
    }

    /// Waits until the server closes the connection.
    async fn closed(&mut self) {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(LONG, self.0.read_to_end(&mut rest)).await.expect("still open");
        assert!(read.is_err() || rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }

    /// Whether the server has kept the connection open so far.
    async fn is_open(&mut self) -> bool {
        tokio::time::timeout(SHORT, self.0.read(&mut [0])).await.is_err()
    }
}

fn receiver() -> Receiver {
    Receiver::new(Dispatcher::new())
}

#[tokio::test]
async fn events_are_taken_one_after_another_on_a_connection() {
    let mut peer = Peer::connect(&serve(receiver()).await).await;
    for _ in 0..2 {
        peer.send(head(EVENT.len()) + EVENT).await;
        let (head, body) = peer.whole_answer().await;
        assert!(head.starts_with("HTTP/1.1 200 OK\ncontent-type: application/json"), "{head}");
        assert_eq!(body, ACKNOWLEDGEMENT);
    }
    peer.send("POST /hook HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n").await;
    peer.send(format!("{:x}\r\n{EVENT}\r\n0\r\n\r\n", EVENT.len())).await;
    assert_eq!(peer.answer().await, (200, ACKNOWLEDGEMENT.to_owned()));
}

#[tokio::test]
async fn a_guessed_path_answers_like_any_other() {
    let url = serve(receiver()).await;
    let mut answers = Vec::new();
    for path in ["/hook", "/other", "/hook/", "/"] {
        for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HOOK", "POST"] {
            if (method, path) != ("POST", "/hook") {
                let mut peer = Peer::connect(&url).await;
                peer.send(format!("{method} {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")).await;
                answers.push((format!("{method} {path}"), peer.whole_answer().await));
            }
        }
    }
    assert!(answers[0].1.0.starts_with("HTTP/1.1 404 "), "{answers:?}");
    for answer in &answers {
        assert_eq!(answer.1, answers[0].1, "{}", answer.0);
    }
}

#[tokio::test]
async fn a_path_without_a_slash_is_refused() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = receiver().serve(listener, "hook").await.unwrap_err();
    assert_eq!(error.to_string(), "the path must start with /");
}

#[tokio::test]
async fn large_bodies_are_refused_before_they_are_read() {
    let url = serve(receiver().with_body_limit(1000)).await;
    let mut promising = Peer::connect(&url).await;
    promising.send(head(1001)).await;
    assert_eq!(promising.answer().await.0, 413);
    let mut chunked = Peer::connect(&url).await;
    chunked.send("POST /hook HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n").await;
    chunked.send(format!("3e9\r\n{}\r\n", " ".repeat(1001))).await;
    assert_eq!(chunked.answer().await.0, 413);
    assert_eq!(post(&url, format!("{EVENT:1000}")).await, (200, ACKNOWLEDGEMENT.to_owned()));
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let url = serve(receiver().with_read_timeout(SHORT)).await;
    for beginning in ["", "POST /hook HTTP/1.1\r\nhost:"] {
        let mut peer = Peer::connect(&url).await;
        peer.send(beginning).await;
        peer.closed().await;
    }
    let mut endless = Peer::connect(&url).await;
    let line = format!("x: {}\r\n", "x".repeat(1000));
    endless.send("POST /hook HTTP/1.1\r\n").await;
    while endless.0.write_all(line.as_bytes()).await.is_ok() {}
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let mut peer = Peer::connect(&serve(receiver().with_read_timeout(SHORT)).await).await;
    peer.send(head(EVENT.len()) + EVENT).await;
    assert_eq!(peer.answer().await.0, 200);
    peer.closed().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let mut peer = Peer::connect(&serve(receiver().with_read_timeout(SHORT)).await).await;
    peer.send(head(EVENT.len()) + &EVENT[..10]).await;
    assert_eq!(peer.answer().await, (408, "the body did not come in time\n".to_owned()));
    peer.closed().await;
}

#[tokio::test]
async fn still_connections_keep_nobody_out() {
    let url = serve(receiver().with_connection_limit(3)).await;
    let mut still = Vec::new();
    for beginning in ["", "POST", &head(9)] {
        let mut peer = Peer::connect(&url).await;
        peer.send(beginning).await;
        still.push(peer);
    }
    assert_eq!(post(&url, EVENT).await, (200, ACKNOWLEDGEMENT.to_owned()));
    still[0].closed().await;
    assert!(still[1].is_open().await && still[2].is_open().await);
}

#[tokio::test]
async fn slow_bodies_keep_nobody_out() {
    let url = serve(receiver().with_memory_limit(30_000)).await;
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut peer = Peer::connect(&url).await;
        peer.send(head(12_000)).await;
        peer.send(vec![b' '; 9_000]).await;
        slow.push(peer);
    }
    let large = format!("{EVENT:20000}");
    assert_eq!(post(&url, large).await, (200, ACKNOWLEDGEMENT.to_owned()));
    slow[0].closed().await;
    let alone = format!("{EVENT:30001}");
    assert_eq!(post(&url, alone).await, (503, "too much at a time\n".to_owned()));
}

#[tokio::test]
async fn handlers_at_work_are_not_interrupted_by_others() {
    let (call, mut called) = mpsc::unbounded_channel();
    let (let_go, gate) = tokio::sync::watch::channel(false);
    let dispatcher = Dispatcher::new().on_other(move |_| {
        call.send(()).unwrap();
        let mut gate = gate.clone();
        async move { gate.wait_for(|open| *open).await.map(drop) }
    });
    let url = serve(Receiver::new(dispatcher).with_connection_limit(1)).await;
    let mut first = Peer::connect(&url).await;
    first.send(head(EVENT.len()) + EVENT).await;
    tokio::time::timeout(LONG, called.recv()).await.expect("the handler was not called").unwrap();
    let mut second = Peer::connect(&url).await;
    second.send(head(EVENT.len()) + EVENT).await;
    assert!(first.is_open().await);
    let_go.send(true).unwrap();
    assert_eq!(first.answer().await.0, 200);
    assert_eq!(second.answer().await.0, 200);
}
