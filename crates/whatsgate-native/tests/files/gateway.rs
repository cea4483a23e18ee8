//! The other side: takes requests and answers each with the next reply of a list.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use whatsgate_native::model::{MessageId, PhoneNumber, SessionId};
use whatsgate_native::{ApiKey, ClientBuilder, RetryPolicy, Session};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The request line and the headers, in lower case.
    pub(crate) head: String,
    /// The body, without the marks of chunks.
    pub(crate) body: Vec<u8>,
    /// Whether the body came whole.
    pub(crate) complete: bool,
}

pub(crate) struct Gateway {
    pub(crate) port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
}

impl Gateway {
    /// Answers with these raw replies, one for each connection, and then with nothing.
    pub(crate) async fn answering(replies: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let mut replies: VecDeque<_> = replies.into_iter().collect();
        let log = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = take(&mut stream).await;
                let complete = request.complete;
                log.lock().unwrap().push(request);
                if complete && let Some(reply) = replies.pop_front() {
                    // A client that has seen enough hangs up.
                    let _ = stream.write_all(&reply).await;
                    let _ = stream.shutdown().await;
                }
            }
        });
        Self { port, taken }
    }

    pub(crate) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// Waits until so many requests ended, whole or not.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Taken> {
        while self.taken().len() < count {
            tokio::task::yield_now().await;
        }
        self.taken()
    }

    /// A session that tries each command so often, without pauses.
    pub(crate) fn session(&self, tries: u32) -> Session {
        session(ClientBuilder::new(key()), "127.0.0.1", self.port, tries)
    }
}

pub(crate) fn session(builder: ClientBuilder, host: &str, port: u16, tries: u32) -> Session {
    let retry = RetryPolicy::default().with_max_tries(tries).with_pauses(Duration::ZERO, Duration::ZERO);
    let base_url = format!("http://{host}:{port}/api/v1").parse().unwrap();
    let client = builder.base_url(base_url).retry(retry).build().unwrap();
    client.session(SessionId::new("YOUR_WHATSAPP_ID").unwrap())
}

pub(crate) fn key() -> ApiKey {
    ApiKey::new(whatsgate_canary::KEY).unwrap()
}

pub(crate) fn number() -> PhoneNumber {
    PhoneNumber::new("79999999999").unwrap()
}

pub(crate) fn message() -> MessageId {
    MessageId::new("true_79999999999@c.us_3EB0A6D8E2D1D2B9E6A4").unwrap()
}

/// A reply with a length.
pub(crate) fn reply(status: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head =
        format!("HTTP/1.1 {status} Status\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A reply that ends when the connection does.
pub(crate) fn reply_without_length(body: impl AsRef<[u8]>) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", body.as_ref()].concat()
}

/// Bytes without a pattern that anything could get by chance.
pub(crate) fn content(size: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(size).collect()
}

async fn take(stream: &mut TcpStream) -> Taken {
    let mut raw = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = stream.read(&mut buffer).await.unwrap_or_default();
        raw.extend_from_slice(&buffer[..read]);
        if let Some(request) = complete(&raw) {
            return request;
        }
        if read == 0 {
            let (head, body) = split(&raw).unwrap_or_default();
            return Taken { head, body: body.to_vec(), complete: false };
        }
    }
}

fn split(raw: &[u8]) -> Option<(String, &[u8])> {
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&raw[..end]).to_lowercase(), &raw[end + 4..]))
}

fn complete(raw: &[u8]) -> Option<Taken> {
    let (head, body) = split(raw)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let body = match length {
        Some(length) => (body.len() == length.parse::<usize>().unwrap()).then(|| body.to_vec())?,
        None if head.contains("transfer-encoding: chunked") => unchunk(body)?,
        None => body.to_vec(),
    };
    Some(Taken { head, body, complete: true })
}

fn unchunk(mut raw: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = raw.windows(2).position(|window| window == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&raw[..end]).unwrap(), 16).unwrap();
        raw = &raw[end + 2..];
        if raw.len() < length + 2 {
            return None;
        }
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(&raw[..length]);
        raw = &raw[length + 2..];
    }
}
