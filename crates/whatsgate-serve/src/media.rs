//! Files of messages.

use axum::Json as Answer;
use axum::body::Body;
use axum::extract::State as In;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use tokio_util::io::ReaderStream;
use whatsgate_native::files::{Download, Received};
use whatsgate_native::{MediaKey, MessageId, Session};

use crate::app::App;
use crate::auth::Program;
use crate::problem::Problem;
use crate::request::{Path, Query};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Where {
    /// Where the service saves it, instead of sending it.
    #[serde(default)]
    save_to: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OldForm {
    key: String,
    #[serde(default)]
    save_to: Option<String>,
}

/// A file that was saved.
#[derive(Debug, Serialize)]
pub(crate) struct Saved {
    path: String,
    bytes: u64,
    mimetype: Option<String>,
    filename: Option<String>,
    sha256: String,
}

/// What names a file.
enum Source {
    Message(MessageId),
    Key(MediaKey),
}

pub(crate) async fn of_message(
    In(service): In<App>,
    _: Program,
    Path((session, message)): Path<(String, String)>,
    Query(Where { save_to }): Query<Where>,
) -> Result<Response, Problem> {
    let source = Source::Message(MessageId::new(message)?);
    fetch(&service, &service.session(&session)?, source, save_to).await
}

pub(crate) async fn of_key(
    In(service): In<App>,
    _: Program,
    Path(session): Path<String>,
    Query(OldForm { key, save_to }): Query<OldForm>,
) -> Result<Response, Problem> {
    let source = Source::Key(MediaKey::new(key)?);
    fetch(&service, &service.session(&session)?, source, save_to).await
}

async fn fetch(
    service: &App,
    session: &Session,
    source: Source,
    save_to: Option<String>,
) -> Result<Response, Problem> {
    let receive = async |download| match source {
        Source::Message(message) => session.save_message_media(message, download).await,
        Source::Key(key) => session.save_media(key, download).await,
    };
    if let Some(path) = save_to {
        let target = service.folders().target(&path)?;
        let received: Received = receive(Download::to_path(target)).await?;
        let saved = Answer(Saved {
            path,
            bytes: received.size,
            mimetype: received.media.mimetype.as_ref().map(ToString::to_string),
            filename: received.media.filename.clone(),
            sha256: received.sha256_hex(),
        });
        return Ok((StatusCode::CREATED, saved).into_response());
    }
    // Through a file without a name: only its end tells whether it came whole, and what it is.
    let file = tokio::task::spawn_blocking(tempfile::tempfile).await;
    let file = file.map_err(std::io::Error::other).flatten().map_err(|error| no_room(&error))?;
    let mut file = tokio::fs::File::from_std(file);
    let received = receive(Download::to_writer(&mut file)).await?;
    let rewound = tokio::io::AsyncSeekExt::rewind(&mut file).await;
    rewound.map_err(|error| no_room(&error))?;
    let mut response = Body::from_stream(ReaderStream::with_capacity(file, 64 << 10)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(received.size));
    let kind = received.media.mimetype.as_ref().and_then(|kind| HeaderValue::from_str(kind.as_str()).ok());
    headers
        .insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    // A stranger's file is no page of ours.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_DISPOSITION, disposition(received.media.filename.as_deref()));
    Ok(response)
}

fn no_room(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "no temporary file");
    Problem::unavailable("disk", "there is no room for the file; nothing was fetched")
}

/// What a file's name may hold unencoded (RFC 5987).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// The last part of a file's name, without what no system takes: whoever sent the file has chosen it, and must not choose where
/// a program writes.
fn plain_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\', ':']).next().unwrap_or_default();
    let plain: String = last
        .chars()
        .filter(|letter| !letter.is_control() && !"<>\"|?*".contains(*letter))
        .take(200)
        .collect();
    let plain = plain.trim_matches([' ', '.']);
    (!plain.is_empty()).then(|| plain.to_owned())
}

fn disposition(name: Option<&str>) -> HeaderValue {
    let Some(name) = name.and_then(plain_name) else { return HeaderValue::from_static("attachment") };
    let encoded = format!("attachment; filename*=UTF-8''{}", utf8_percent_encode(&name, PLAIN));
    HeaderValue::from_str(&encoded).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_says_nothing_of_where_it_goes() {
        for (name, plain) in [
            ("Счёт 17.pdf", Some("Счёт 17.pdf")),
            ("..\\..\\evil/../x.bat", Some("x.bat")),
            ("C:\\Windows\\a.txt", Some("a.txt")),
            ("a\r\nb\u{0}.txt", Some("ab.txt")),
            ("...hidden. ", Some("hidden")),
            ("file.txt:stream", Some("stream")),
            ("..", None),
            ("a/", None),
            ("", None),
        ] {
            assert_eq!(plain_name(name).as_deref(), plain, "{name:?}");
        }
        assert_eq!(plain_name(&"x".repeat(1000)).unwrap().len(), 200);
    }
}
