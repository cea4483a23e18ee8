//! Files that go out.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use whatsgate_native::files::{TransferError, Upload};
use whatsgate_native::model::{MimeType, OutgoingContent, OutgoingType, Recipient, SendRequest, SessionId};
use whatsgate_native::reqwest::dns::{Addrs, Name, Resolve, Resolving};
use whatsgate_native::{ApiKey, ClientBuilder, ErrorKind, KeySource, Outcome, reqwest};

use crate::gateway::{Gateway, content, key, number, reply, reply_without_length, session};

const QUEUED: &str = r#"{"result":"OK"}"#;

/// What the request would be with the whole file in memory.
fn expected(filename: &str, content: &[u8], caption: Option<&str>) -> Vec<u8> {
    let mut file = whatsgate_native::core::attach::attach(filename, content).unwrap();
    file.caption = caption.map(str::to_owned);
    let session = SessionId::new("YOUR_WHATSAPP_ID").unwrap();
    serde_json::to_vec(&SendRequest::new(session, Recipient::from(number()), file)).unwrap()
}

fn write(directory: &Path, name: &str, content: &[u8]) -> std::path::PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[tokio::test]
async fn a_path_is_sent_as_the_model_would_with_its_exact_length() {
    let directory = tempfile::tempdir().unwrap();
    for size in [1, 2, 3, 8189, 8190, 8191, 196_608, 400_000] {
        let gateway = Gateway::answering([reply(200, QUEUED)]).await;
        let content = content(size);
        let path = write(directory.path(), "архив.bin", &content);
        let upload = Upload::from_path(path).with_caption("\"data\":\"\"");
        let sent = gateway.session(1).send_file(number(), upload).await.unwrap();
        assert!(sent.message().is_none());
        let taken = gateway.taken();
        let expected = expected("архив.bin", &content, Some("\"data\":\"\""));
        assert!(taken[0].body == expected, "{size}");
        assert!(taken[0].head.contains(&format!("content-length: {}", expected.len())), "{}", taken[0].head);
        let key = whatsgate_canary::KEY.to_ascii_lowercase();
        assert!(taken[0].head.contains(&format!("x-api-key: {key}")));
    }
}

#[tokio::test]
async fn bytes_and_readers_are_sent_alike() {
    let content = content(300_001);
    let expected = expected("a.bin", &content, None);
    let reader = || std::io::Cursor::new(content.clone());
    let uploads = [
        Upload::from_bytes("a.bin", content.clone()),
        Upload::from_reader("a.bin", reader(), Some(300_001)),
        Upload::from_reader("a.bin", reader(), None),
    ];
    for (place, upload) in uploads.into_iter().enumerate() {
        let gateway = Gateway::answering([reply(200, QUEUED)]).await;
        gateway.session(1).send_file(number(), upload).await.unwrap();
        let taken = gateway.taken();
        assert!(taken[0].body == expected, "{place}");
        assert_eq!(taken[0].head.contains("transfer-encoding: chunked"), place == 2, "{}", taken[0].head);
    }
}

#[tokio::test]
async fn a_url_is_fetched_without_the_key_and_sent_on() {
    let content = content(250_000);
    let found = "HTTP/1.1 302 Found\r\nlocation: /moved/%D1%86%D0%B5%D0%BD%D1%8B.bin?token=1\r\nconnection: close\r\n\r\n";
    let source = Gateway::answering([
        found.into(),
        reply(200, &content),
        found.into(),
        reply_without_length(&content),
    ])
    .await;
    for chunked in [false, true] {
        let gateway = Gateway::answering([reply(200, QUEUED)]).await;
        let url = format!("http://127.0.0.1:{}/first/%D1%86%D0%B5%D0%BD%D1%8B.bin?secret=7", source.port);
        gateway.session(1).send_file(number(), Upload::from_url(url).unwrap()).await.unwrap();
        let taken = gateway.taken();
        assert!(taken[0].body == expected("цены.bin", &content, None));
        assert_eq!(taken[0].head.contains("transfer-encoding: chunked"), chunked);
    }
    let taken = source.taken();
    assert_eq!(taken.len(), 4);
    assert!(taken[1].head.starts_with("get /moved/"));
    assert!(taken.iter().all(|request| !request.head.contains("x-api-key")));
}

#[tokio::test]
async fn a_url_that_fails_sends_nothing() {
    let gateway = Gateway::answering([]).await;
    let source = Gateway::answering([reply(404, "gone")]).await;
    let url = format!("http://127.0.0.1:{}/a.bin?secret=7", source.port);
    let error = gateway.session(3).send_file(number(), Upload::from_url(url).unwrap()).await.unwrap_err();
    let TransferError::Read { name, source } = error else { panic!("{error}") };
    assert!(name.ends_with("/a.bin"), "{name}");
    assert_eq!(source.to_string(), "the answer has status 404");
    assert!(Upload::from_url("file:///etc/hostname").is_err());
    assert!(gateway.taken().is_empty());
}

#[tokio::test]
async fn what_is_set_wins_over_what_is_found() {
    let gateway = Gateway::answering([reply(200, QUEUED)]).await;
    let upload = Upload::from_bytes("a.bin", "x")
        .with_filename("b.ogg")
        .with_mimetype(MimeType::new("audio/ogg; codecs=opus").unwrap())
        .with_async(true);
    gateway.session(1).send_file(number(), upload).await.unwrap();
    let sent: SendRequest = serde_json::from_slice(&gateway.taken()[0].body).unwrap();
    assert!(sent.asynchronous);
    let OutgoingContent::File(file) = sent.message.content else { panic!("a file was sent") };
    assert_eq!((file.kind, file.filename.as_str()), (OutgoingType::Voice, "b.ogg"));
}

#[tokio::test]
async fn progress_comes_to_the_size() {
    let gateway = Gateway::answering([reply(200, QUEUED)]).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let upload = Upload::from_bytes("a.bin", content(500_000))
        .with_progress(move |progress| log.lock().unwrap().push(progress));
    gateway.session(1).send_file(number(), upload).await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.is_sorted_by_key(|progress| progress.bytes) && seen.len() > 2);
    assert!(seen.iter().all(|progress| progress.total == Some(500_000)));
    assert_eq!(seen.last().unwrap().bytes, 500_000);
}

#[tokio::test]
async fn nothing_is_sent_when_the_file_cannot_be_used() {
    let gateway = Gateway::answering([]).await;
    let session = gateway.session(3);
    let directory = tempfile::tempdir().unwrap();
    let empty = write(directory.path(), "empty.txt", b"");
    let missing = directory.path().join("missing.txt");
    for (path, expected) in [
        (empty.as_path(), "empty.txt: file: it is empty"),
        (missing.as_path(), "missing.txt: the file cannot be read"),
        (directory.path(), ": this is not a file"),
    ] {
        let error = session.send_file(number(), path).await.unwrap_err();
        assert!(matches!(error, TransferError::File(_)), "{error}");
        assert!(error.to_string().ends_with(expected), "{error}");
        assert!(error.to_string().starts_with(&directory.path().display().to_string()), "{error}");
        assert_eq!(error.outcome(), Outcome::NotSent);
    }
    for upload in [Upload::from_bytes("a.txt", ""), Upload::from_reader("a.txt", tokio::io::empty(), None)] {
        let error = session.send_file(number(), upload).await.unwrap_err();
        assert_eq!(error.to_string(), "file: it is empty; nothing was sent");
    }
    assert!(gateway.taken().is_empty());
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_breaks_the_request_off() {
    let directory = tempfile::tempdir().unwrap();
    for grows in [true, false] {
        let gateway = Gateway::answering([reply(200, QUEUED)]).await;
        let path = write(directory.path(), "log.txt", &content(1_000_000));
        let target = path.clone();
        let mut first = true;
        let upload = Upload::from_path(&path).with_progress(move |_| {
            if std::mem::take(&mut first) {
                let mut file = std::fs::OpenOptions::new().append(true).open(&target).unwrap();
                if grows { file.write_all(b"one more line").unwrap() } else { file.set_len(500_000).unwrap() }
            }
        });
        let error = gateway.session(3).send_file(number(), upload).await.unwrap_err();
        let TransferError::Changed { name, expected, grew } = &error else { panic!("{error}") };
        assert_eq!((name.as_str(), *expected, *grew), (path.to_str().unwrap(), 1_000_000, grows));
        assert_eq!(error.outcome(), Outcome::NotSent);
        let taken = gateway.wait_for(1).await;
        assert_eq!(taken.len(), 1);
        assert!(!taken[0].complete && !taken[0].body.ends_with(b"}"), "a whole message came");
    }
}

#[tokio::test]
async fn a_reader_that_fails_breaks_the_request_off() {
    for size in [None, Some(500_000)] {
        let gateway = Gateway::answering([reply(200, QUEUED)]).await;
        let broken = tokio::io::AsyncReadExt::chain(std::io::Cursor::new(content(300_000)), Broken);
        let upload = Upload::from_reader("pipe.bin", broken, size);
        let error = gateway.session(3).send_file(number(), upload).await.unwrap_err();
        assert_eq!(error.to_string(), "pipe.bin: it cannot be read, so the message was not sent");
        let taken = gateway.wait_for(1).await;
        assert!(taken.len() == 1 && !taken[0].complete);
    }
}

struct Broken;

impl tokio::io::AsyncRead for Broken {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Err(std::io::Error::other("the pipe broke")))
    }
}

/// Finds no address the first time, so that there is no connection.
#[derive(Default)]
struct LateResolver(AtomicBool);

impl Resolve for LateResolver {
    fn resolve(&self, _: Name) -> Resolving {
        let found = self.0.swap(true, Ordering::Relaxed);
        Box::pin(async move {
            let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
            if found { Ok(Box::new(std::iter::once(address)) as Addrs) } else { Err("no such host".into()) }
        })
    }
}

fn late(tries: u32, port: u16) -> whatsgate_native::Session {
    // The provider of TLS has to be there before a client is made by hand.
    drop(ClientBuilder::new(key()).build().unwrap());
    let http = reqwest::Client::builder()
        .no_proxy()
        .dns_resolver(Arc::new(LateResolver::default()))
        .build()
        .unwrap();
    session(ClientBuilder::new(key()).reqwest_client(http), "gateway.test", port, tries)
}

#[tokio::test]
async fn the_file_is_read_again_when_there_was_no_connection() {
    let directory = tempfile::tempdir().unwrap();
    let content = content(300_000);
    let path = write(directory.path(), "a.bin", &content);
    for upload in [Upload::from_path(path), Upload::from_bytes("a.bin", content.clone())] {
        let gateway = Gateway::answering([reply(200, QUEUED)]).await;
        late(2, gateway.port).send_file(number(), upload).await.unwrap();
        assert!(gateway.taken()[0].body == expected("a.bin", &content, None));
    }
}

#[tokio::test]
async fn a_reader_is_not_sent_a_second_time() {
    let gateway = Gateway::answering([reply(200, QUEUED)]).await;
    let upload = Upload::from_reader("a.bin", std::io::Cursor::new(content(10)), None);
    let error = late(2, gateway.port).send_file(number(), upload).await.unwrap_err();
    assert_eq!(error.service().unwrap().kind(), ErrorKind::Connect);
    assert!(gateway.taken().is_empty());
}

#[tokio::test]
async fn a_message_that_may_have_gone_out_is_not_sent_again() {
    let gateway = Gateway::answering([Vec::new(), reply(200, QUEUED)]).await;
    let error =
        gateway.session(3).send_file(number(), Upload::from_bytes("a.bin", content(10))).await.unwrap_err();
    let service = error.service().unwrap();
    assert_eq!(
        (service.kind(), service.outcome(), service.tries()),
        (ErrorKind::Connection, Outcome::Unknown, 1)
    );
    assert_eq!(gateway.taken().len(), 1);
}

#[tokio::test]
async fn a_new_key_goes_out_with_the_next_request() {
    let gateway = Gateway::answering([reply(200, QUEUED), reply(200, QUEUED), reply(200, QUEUED)]).await;
    let calls = AtomicUsize::new(0);
    let keys = KeySource::from_fn(move || {
        ApiKey::new(format!("YOUR_API_KEY_{}", calls.fetch_add(1, Ordering::Relaxed) / 2))
    });
    let session = session(ClientBuilder::new(keys), "127.0.0.1", gateway.port, 1);
    for text in ["one", "two", "three"] {
        session.send_text(number(), text).await.unwrap();
    }
    let taken = gateway.taken();
    for (request, (key, text)) in taken.iter().zip([("key_0", "one"), ("key_0", "two"), ("key_1", "three")]) {
        assert!(request.head.contains(&format!("x-api-key: your_api_{key}\r\n")), "{}", request.head);
        assert!(String::from_utf8_lossy(&request.body).contains(text));
    }
}

/// Takes the head and a part of the body of each request, and hangs up.
async fn hanging_up(after: usize) -> (u16, Arc<AtomicUsize>) {
    answering(after, None).await
}

/// A server that reads so many bytes of each request, and then answers or hangs up. Counts the requests.
async fn answering(after: usize, answer: Option<&'static str>) -> (u16, Arc<AtomicUsize>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut piece = vec![0; 64 * 1024];
            let mut taken = 0;
            while taken < after {
                match stream.read(&mut piece).await {
                    Ok(0) | Err(_) => break,
                    Ok(n) => taken += n,
                }
            }
            if let Some(answer) = answer {
                stream.write_all(answer.as_bytes()).await.unwrap();
                open.push(stream);
            }
        }
    });
    (port, requests)
}

#[tokio::test]
async fn a_request_that_breaks_off_before_its_end_is_no_send() {
    let (port, _) = hanging_up(1_000_000).await;
    let upload = Upload::from_bytes("film.mp4", content(40_000_000));
    let error = session(ClientBuilder::new(key()), "127.0.0.1", port, 1)
        .send_file(number(), upload)
        .await
        .unwrap_err();
    let service = error.service().unwrap();
    assert_eq!((service.kind(), error.outcome()), (ErrorKind::Incomplete, Outcome::NotSent), "{error}");

    // One that was handed over to its end may have been read.
    let (port, requests) = hanging_up(100).await;
    let error = session(ClientBuilder::new(key()), "127.0.0.1", port, 3)
        .send_file(number(), Upload::from_bytes("a.txt", "Hello"))
        .await
        .unwrap_err();
    assert_eq!((error.service().unwrap().kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_answer_that_comes_before_the_end_of_the_request_is_no_success() {
    let ok =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"result\":\"OK\"}";
    let (port, requests) = answering(1_000_000, Some(ok)).await;
    let error = session(ClientBuilder::new(key()), "127.0.0.1", port, 3)
        .send_file(number(), Upload::from_bytes("film.mp4", content(40_000_000)))
        .await
        .unwrap_err();
    assert_eq!((error.service().unwrap().kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
    assert_eq!(requests.load(Ordering::SeqCst), 1);

    let refused = "HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n";
    let (port, _) = answering(1_000_000, Some(refused)).await;
    let error = session(ClientBuilder::new(key()), "127.0.0.1", port, 3)
        .send_file(number(), Upload::from_bytes("film.mp4", content(40_000_000)))
        .await
        .unwrap_err();
    assert_eq!((error.service().unwrap().kind(), error.outcome()), (ErrorKind::Refused, Outcome::NotSent));
}
