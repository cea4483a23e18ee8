//! What the tests share: a client of a sandbox, and a server that answers what it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use whatsgate_canary::KEY;
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder, RetryPolicy, Session};
use whatsgate_sandbox::{Sandbox, Settings};

/// When a client stops waiting for what never comes.
pub(crate) const SOON: Duration = Duration::from_millis(400);
/// How long it waits for what comes, on a machine that is busy too.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) fn builder(base_url: &str, key: &str) -> ClientBuilder {
    ClientBuilder::new(ApiKey::new(key).unwrap()).base_url(BaseUrl::new(base_url).unwrap())
}

/// A sandbox whose delays are short, with a client and a ready session.
pub(crate) async fn sandbox() -> (Sandbox, Client, Session) {
    let settings = Settings {
        api_keys: vec![KEY.to_owned()],
        authorization_delay: Duration::from_millis(20),
        scan: whatsgate_sandbox::Scan::After(Duration::from_millis(20)),
        sending_delay: Duration::from_millis(5),
        ack_interval: Duration::from_millis(5),
        webhook_interval: Duration::from_millis(30),
        ..Settings::default()
    };
    let sandbox = Sandbox::start(settings).await.unwrap();
    let client = builder(&sandbox.base_url(), sandbox.api_key()).build().unwrap();
    let session = client.session(sandbox.ready_session("Test"));
    (sandbox, client, session)
}

/// How a scripted server treats a connection, once the request has come whole.
#[derive(Clone)]
pub(crate) enum Script {
    /// Writes these bytes and closes.
    Reply(Vec<u8>),
    /// Closes without a word.
    Hangup,
    /// Says nothing until the client goes away.
    Silence,
}

/// A server that treats every request alike and counts them.
pub(crate) struct Scripted {
    pub(crate) base_url: String,
    requests: Arc<AtomicUsize>,
    /// How long a reply is worth waiting for: only one that never comes is given up soon.
    patience: Duration,
}

impl Scripted {
    pub(crate) async fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/api/v1", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let patience = if matches!(script, Script::Silence) { SOON } else { LONG };
        let count = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), Arc::clone(&count)));
            }
        });
        Self { base_url, requests, patience }
    }

    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// A client whose retries, if it makes any, take no time.
    pub(crate) fn client(&self) -> ClientBuilder {
        builder(&self.base_url, KEY)
            .retry(RetryPolicy::default().with_pauses(Duration::ZERO, Duration::ZERO))
            .timeout(self.patience)
            .media_timeout(self.patience)
    }
}

async fn serve(mut stream: TcpStream, script: Script, count: Arc<AtomicUsize>) {
    if read_request(&mut stream).await.is_none() {
        return;
    }
    count.fetch_add(1, Ordering::SeqCst);
    match script {
        Script::Reply(bytes) => {
            let _ = stream.write_all(&bytes).await;
        }
        Script::Hangup => {}
        Script::Silence => {
            let mut nothing = [0; 64];
            while stream.read(&mut nothing).await.is_ok_and(|n| n > 0) {}
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let n = stream.read(&mut chunk).await.ok().filter(|n| *n > 0)?;
        request.extend_from_slice(&chunk[..n]);
        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
            if body.len() >= length.trim().parse::<usize>().ok()? {
                return Some(());
            }
        }
    }
}

pub(crate) fn http(status: &str, content_type: &str, body: &str) -> Script {
    let length = body.len();
    Script::Reply(
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .into_bytes(),
    )
}
