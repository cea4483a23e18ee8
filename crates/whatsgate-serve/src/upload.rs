//! Files that come with a call.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use whatsgate_durable::store::OutboxFilter;
use whatsgate_durable::{State, StoreError};

use crate::app::App;
use crate::messages::Draft;
use crate::problem::Problem;
use crate::request::{broken, json, too_large};

/// A file that came, on disk.
pub(crate) struct Uploaded {
    pub(crate) path: PathBuf,
    pub(crate) filename: String,
}

/// The parts of a call: `request` in JSON, and `file`.
pub(crate) async fn read(service: &App, mut parts: Multipart) -> Result<(Draft, Uploaded), Problem> {
    let Some(folder) = &service.uploads else {
        return Err(Problem::invalid("this service takes no uploads; name a file by its path"));
    };
    let (mut draft, mut uploaded) = (None, None);
    let mut begun = false;
    while let Some(part) = parts.next_field().await.map_err(|error| match unread(&error) {
        problem if begun || error.status() != StatusCode::BAD_REQUEST => problem,
        // Sent again it would be no other.
        _ => Problem::invalid(
            "the boundary of `multipart/form-data` is not in the body, or the body broke off before it",
        ),
    })? {
        begun = true;
        match part.name() {
            Some("request") if draft.is_none() => draft = Some(json(&small(service, part).await?)?),
            Some("file") if uploaded.is_none() => uploaded = Some(keep(service, folder, part).await?),
            _ => return Err(Problem::invalid("the parts are `request`, in JSON, and `file`, each once")),
        }
    }
    match (draft, uploaded) {
        (Some(draft), Some(uploaded)) => Ok((draft, uploaded)),
        (None, _) => Err(Problem::invalid("the part `request` is missing")),
        (_, None) => Err(Problem::invalid("the part `file` is missing")),
    }
}

async fn small(service: &App, mut part: Field<'_>) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    while let Some(piece) = part.chunk().await.map_err(|error| unread(&error))? {
        if body.len() + piece.len() > service.limits.body {
            return Err(too_large("the part `request` is too large"));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Writes a file to disk as it comes, under the checksum of its bytes: the same file has the same path, so that a call that
/// is sent again is the same call.
async fn keep(service: &App, folder: &Path, mut part: Field<'_>) -> Result<Uploaded, Problem> {
    let filename = plain(part.file_name().unwrap_or_default());
    let temporary =
        tempfile::Builder::new().prefix("coming-").tempfile_in(folder).map_err(|error| full(&error))?;
    let (file, temporary) = temporary.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let (mut hash, mut size) = (Sha256::new(), 0_u64);
    while let Some(piece) = part.chunk().await.map_err(|error| unread(&error))? {
        size += piece.len() as u64;
        if size > service.limits.file {
            return Err(too_large("the file is too large"));
        }
        hash.update(&piece);
        file.write_all(&piece).await.map_err(|error| full(&error))?;
    }
    if size == 0 {
        return Err(Problem::invalid("the file is empty"));
    }
    // What is put is on disk, and so is its file.
    file.sync_all().await.map_err(|error| full(&error))?;
    drop(file);
    let place = folder.join(HEXLOWER.encode(&hash.finalize()));
    let path = place.join(&filename);
    let kept = async {
        tokio::fs::create_dir_all(&place).await?;
        temporary.persist(&path).map_err(|error| error.error)?;
        sync_folder(&place).await?;
        sync_folder(folder).await
    };
    kept.await.map_err(|error| full(&error))?;
    Ok(Uploaded { path, filename })
}

/// How often it is looked for files that nobody needs any more.
const SWEEP: Duration = Duration::from_secs(60 * 60);
/// How long a file is kept, and longer if its message may still be sent.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Removes files that nobody needs any more, again and again.
pub(crate) async fn sweep(service: App) {
    let Some(folder) = service.uploads.clone() else { return };
    loop {
        match needed(&service).await {
            Ok(needed) => {
                let folder = folder.clone();
                let swept =
                    tokio::task::spawn_blocking(move || remove_old(&folder, &needed, SystemTime::now()))
                        .await;
                if !matches!(swept, Ok(Ok(()))) {
                    tracing::warn!("old uploads were not removed");
                }
            }
            Err(error) => tracing::warn!(%error, "old uploads were not looked for"),
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// The files of messages that may still be sent.
async fn needed(service: &App) -> Result<HashSet<PathBuf>, StoreError> {
    const AT_ONCE: usize = 500;
    let states = vec![State::Queued, State::Sending, State::Unknown];
    let mut filter = OutboxFilter { states, ..OutboxFilter::default() };
    let mut needed = HashSet::new();
    loop {
        let asked = filter.clone();
        let entries = service.store.run(move |tables| tables.outbox_entries(&asked, AT_ONCE)).await?;
        needed.extend(entries.iter().filter_map(|entry| entry.draft.file.clone()).map(PathBuf::from));
        match entries.last() {
            Some(last) if entries.len() == AT_ONCE => filter.after = last.id,
            _ => return Ok(needed),
        }
    }
}

/// Removes what has lain in the folder for too long: whole uploads, and what broke off.
fn remove_old(folder: &Path, needed: &HashSet<PathBuf>, now: SystemTime) -> std::io::Result<()> {
    for place in std::fs::read_dir(folder)? {
        let place = place?.path();
        // An upload of the same file that comes meanwhile makes the folder young again.
        let age = now.duration_since(place.metadata()?.modified()?).unwrap_or_default();
        if age < KEPT || needed.iter().any(|file| file.starts_with(&place)) {
            continue;
        }
        if place.is_dir() { std::fs::remove_dir_all(&place)? } else { std::fs::remove_file(&place)? }
    }
    Ok(())
}

#[cfg(unix)]
async fn sync_folder(folder: &Path) -> std::io::Result<()> {
    tokio::fs::File::open(folder).await?.sync_all().await
}

#[cfg(not(unix))]
#[allow(clippy::unused_async, reason = "elsewhere it waits")]
async fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// A name that is one part of a path.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().filter(|letter| !letter.is_control()).take(100).collect();
    let name = name.trim().trim_matches('.').trim();
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

fn unread(error: &MultipartError) -> Problem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large("the file is too large"),
        StatusCode::BAD_REQUEST => broken(),
        _ => Problem::invalid("the body is not `multipart/form-data` that can be read"),
    }
}

fn full(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an uploaded file was not kept");
    Problem::unavailable("uploads", "the file cannot be kept; nothing was put")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_old_and_of_no_message_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["needed", "settled"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("a.pdf"), "a").unwrap();
        }
        std::fs::write(folder.path().join("coming-1"), "a").unwrap();
        let needed = HashSet::from([folder.path().join("needed/a.pdf")]);
        let left = || std::fs::read_dir(folder.path()).unwrap().count();
        remove_old(folder.path(), &needed, SystemTime::now()).unwrap();
        assert_eq!(left(), 3);
        remove_old(folder.path(), &needed, SystemTime::now() + KEPT + Duration::from_secs(60)).unwrap();
        assert_eq!(left(), 1);
        assert!(folder.path().join("needed/a.pdf").exists());
    }

    #[test]
    fn a_name_stays_in_its_folder() {
        for (given, kept) in [
            ("a.pdf", "a.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\docs\\счёт.pdf", "счёт.pdf"),
            ("..", "file"),
            ("", "file"),
            ("a\nb", "ab"),
        ] {
            assert_eq!(plain(given), kept);
        }
    }
}
