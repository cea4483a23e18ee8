//! Files that come in.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use whatsgate_native::files::{Download, TransferError};
use whatsgate_native::model::MediaKey;
use whatsgate_native::{ErrorKind, FileError};

use crate::gateway::{Gateway, content, message, reply, reply_without_length};

fn media(content: &[u8]) -> String {
    let data = STANDARD.encode(content).replace('/', r"\/");
    format!(r#"{{"result":"OK","media":{{"filename":"film.mp4","data":"{data}","mimetype":"video/mp4"}}}}"#)
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test]
async fn a_file_comes_whole_with_its_checksum() {
    let content = content(1_000_000);
    let gateway =
        Gateway::answering([reply(200, media(&content)), reply_without_length(media(b"abc"))]).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("film.mp4");
    let mut seen = Vec::new();
    let download =
        Download::to_path(&path).with_progress(|progress| seen.push(progress)).with_limit(1_000_000);
    let received = gateway.session(1).save_message_media(&message(), download).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == content);
    assert_eq!(received.size, 1_000_000);
    assert_eq!(received.media.filename.as_deref(), Some("film.mp4"));
    assert_eq!(received.media.data.as_str(), "");
    assert_eq!(seen.last().unwrap().bytes, 1_000_000);
    assert!(seen.last().unwrap().total.unwrap() >= 1_000_000);

    let key = MediaKey::new("bWVkaWFLZXk=").unwrap();
    let received = gateway.session(1).save_media(&key, path.as_path()).await.unwrap();
    assert_eq!(received.sha256_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    assert_eq!(names(directory.path()), ["film.mp4"]);
}

#[tokio::test]
async fn bytes_and_writers_get_the_same() {
    let content = content(300_000);
    let gateway = Gateway::answering([reply(200, media(&content)), reply(200, media(&content))]).await;
    let mut bytes = b"before".to_vec();
    gateway.session(1).save_message_media(&message(), Download::to_bytes(&mut bytes)).await.unwrap();
    assert!(bytes == content);
    let mut written = std::io::Cursor::new(Vec::new());
    gateway.session(1).save_message_media(&message(), Download::to_writer(&mut written)).await.unwrap();
    assert!(written.into_inner() == content);
}

#[tokio::test]
async fn a_bad_reply_is_named_and_leaves_what_was_there() {
    let good = media(&content(200_000));
    let mut damaged = good.clone().into_bytes();
    damaged[150_000] = b'*';
    let envelope = r#"{"name":"Error","message":"no media","code":0,"status":500,"type":"yii"}"#;
    let cases: [(Vec<u8>, ErrorKind, &str); 9] = [
        (
            reply(200, damaged),
            ErrorKind::UnexpectedReply,
            "the file's base64 has a wrong character (byte 150000 of the reply)",
        ),
        (
            reply(200, r#"{"result":"OK","media":{"data":"QUJDQQ"}}"#),
            ErrorKind::UnexpectedReply,
            "the file's base64 has wrong padding (byte 38 of the reply)",
        ),
        (
            reply(200, r#"{"result":"OK","media":{"filename":"a"}}"#),
            ErrorKind::UnexpectedReply,
            "missing field `data`",
        ),
        (
            reply(200, r#"{"result":"OK","media":{"data":null}}"#),
            ErrorKind::UnexpectedReply,
            "invalid type: null",
        ),
        (
            reply_without_length(&good[..150_000]),
            ErrorKind::UnexpectedReply,
            "the reply ends too early (byte 150000 of the reply)",
        ),
        (
            reply(200, &good)[..150_000].to_vec(),
            ErrorKind::Connection,
            "the connection broke before the reply was complete",
        ),
        (reply(200, envelope), ErrorKind::Service, "answered with an error (status 200)"),
        (reply(200, "<html>data</html>"), ErrorKind::UnexpectedReply, "it is HTML, not JSON"),
        (reply(502, "<html>bad gateway</html>"), ErrorKind::Service, "status 502 and no error of its own"),
    ];
    for (raw, kind, text) in cases {
        let gateway = Gateway::answering([raw]).await;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("film.mp4");
        std::fs::write(&path, "before").unwrap();
        let error = gateway.session(1).save_message_media(&message(), path.as_path()).await.unwrap_err();
        assert_eq!(error.service().unwrap().kind(), kind, "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"before");
        assert_eq!(names(directory.path()), ["film.mp4"]);
    }
}

#[tokio::test]
async fn more_than_the_limit_is_refused_at_once() {
    let gateway = Gateway::answering([reply(200, media(&content(300_000)))]).await;
    let directory = tempfile::tempdir().unwrap();
    let download = Download::to_path(directory.path().join("film.mp4")).with_limit(299_999);
    let error = gateway.session(3).save_message_media(&message(), download).await.unwrap_err();
    assert_eq!(error.to_string(), "the file has more than the 299999 bytes that are allowed");
    assert!(names(directory.path()).is_empty());
    assert_eq!(gateway.taken().len(), 1);
}

#[tokio::test]
async fn nothing_is_asked_for_when_the_target_cannot_be_written() {
    let gateway = Gateway::answering([]).await;
    let directory = tempfile::tempdir().unwrap();
    let error = gateway.session(3).save_message_media(&message(), directory.path()).await.unwrap_err();
    assert!(matches!(error, TransferError::File(FileError::NotAFile { .. })), "{error}");
    let nowhere = directory.path().join("missing").join("film.mp4");
    let error = gateway.session(3).save_message_media(&message(), nowhere.as_path()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{}: it cannot be written", nowhere.display()));
    assert!(gateway.taken().is_empty());
}

#[tokio::test]
async fn a_broken_transfer_begins_anew() {
    let content = content(300_000);
    let good = media(&content);
    let replies = || [reply(200, &good)[..200_000].to_vec(), reply(503, ""), reply(200, &good)];
    let gateway = Gateway::answering(replies().into_iter().chain(replies())).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("film.mp4");
    let on_disk = gateway.session(3).save_message_media(&message(), path.as_path()).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == content);
    assert_eq!(names(directory.path()), ["film.mp4"]);

    let mut bytes = Vec::new();
    let in_memory =
        gateway.session(3).save_message_media(&message(), Download::to_bytes(&mut bytes)).await.unwrap();
    assert!(bytes == content);
    assert_eq!(on_disk, in_memory);
}

#[tokio::test]
async fn a_writer_never_gets_anything_twice() {
    let good = media(&content(300_000));
    let broken = reply(200, &good)[..200_000].to_vec();
    let gateway = Gateway::answering([reply(503, ""), broken, reply(200, &good)]).await;
    let mut written = Vec::new();
    let error = gateway
        .session(5)
        .save_message_media(&message(), Download::to_writer(&mut written))
        .await
        .unwrap_err();
    assert_eq!(error.service().unwrap().kind(), ErrorKind::Connection);
    assert_eq!(gateway.taken().len(), 2);
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_full_device_is_named() {
    let gateway = Gateway::answering([reply(200, media(&content(300_000)))]).await;
    let mut full = tokio::fs::OpenOptions::new().write(true).open("/dev/full").await.unwrap();
    let error =
        gateway.session(3).save_message_media(&message(), Download::to_writer(&mut full)).await.unwrap_err();
    let TransferError::Write { name, source } = error else { panic!("{error}") };
    assert_eq!((name.as_str(), source.kind()), ("the writer", std::io::ErrorKind::StorageFull));
}

const CHILD: &str = "WHATSGATE_TEST_FULL_DISK";

/// Runs itself again where files may not grow beyond 64 KiB, which is as near to a full disk as a test can come.
#[test]
#[cfg(unix)]
fn a_full_disk_leaves_nothing() {
    if std::env::var_os(CHILD).is_some() {
        tokio::runtime::Runtime::new().unwrap().block_on(download_to_a_full_disk());
        return;
    }
    let test = std::env::current_exe().unwrap();
    let limited =
        r#"trap "" XFSZ; ulimit -f 128; exec "$0" receive::a_full_disk_leaves_nothing --exact --nocapture"#;
    let output =
        std::process::Command::new("sh").args(["-c", limited]).arg(test).env(CHILD, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

async fn download_to_a_full_disk() {
    let gateway = Gateway::answering([reply(200, media(&content(3_000_000)))]).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("film.mp4");
    let error = gateway.session(3).save_message_media(&message(), path.as_path()).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{}: it cannot be written", path.display()));
    assert!(names(directory.path()).is_empty());
    assert_eq!(gateway.taken().len(), 1);
}
