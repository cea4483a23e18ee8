//! Where a file to send comes from.

use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};
use whatsgate_core::InvalidRequest;

use super::error::TransferError;
use crate::file::FileError;
use crate::transport::HttpTransport;

/// A file before it is opened.
pub(super) enum Source {
    Path(PathBuf),
    Bytes(Bytes),
    /// Can be opened once. In a mutex only so that the whole can be shared between threads.
    Reader(Mutex<Option<Box<dyn AsyncRead + Send + Unpin>>>, Option<u64>),
    Url(reqwest::Url),
}

/// A file at its beginning.
pub(super) struct Opened {
    pub(super) reader: Box<dyn AsyncRead + Send + Unpin>,
    pub(super) size: Option<u64>,
    /// What errors call it.
    pub(super) name: String,
}

/// How much of a file tells what it is; a multiple of 3, so that what follows is encoded by itself.
const BEGINNING: u64 = 8190;
const MOST_REDIRECTS: usize = 10;

impl Source {
    /// The name of the file, if the source has one.
    pub(super) fn filename(&self) -> Option<String> {
        match self {
            Self::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            Self::Url(url) => url
                .path_segments()?
                .next_back()
                .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()),
            Self::Bytes(_) | Self::Reader(..) => None,
        }
    }

    /// Whether the file can be opened more than once.
    pub(super) fn can_reopen(&self) -> bool {
        !matches!(self, Self::Reader(..))
    }

    /// The error for a file that cannot be sent, with the path if there is one.
    pub(super) fn unsuitable(&self, source: InvalidRequest) -> TransferError {
        match self {
            Self::Path(path) => FileError::Unsuitable { path: path.clone(), source }.into(),
            _ => source.into(),
        }
    }

    /// Opens the file. `filename` is what errors call it if it has neither path nor URL.
    pub(super) async fn open(&self, http: &HttpTransport, filename: &str) -> Result<Opened, TransferError> {
        let name = filename.to_owned();
        match self {
            Self::Path(path) => open_path(path).await,
            Self::Bytes(bytes) => {
                let size = Some(bytes.len() as u64);
                Ok(Opened { reader: Box::new(Cursor::new(bytes.clone())), size, name })
            }
            Self::Reader(reader, size) => {
                let reader = reader.lock().unwrap_or_else(PoisonError::into_inner).take();
                let used = || TransferError::Read {
                    name: name.clone(),
                    source: io::Error::other("the reader was used already"),
                };
                Ok(Opened { reader: reader.ok_or_else(used)?, size: *size, name })
            }
            Self::Url(url) => open_url(http, url).await,
        }
    }
}

impl Opened {
    /// Looks at the beginning of the file without losing it.
    pub(super) async fn peek(mut self) -> Result<(Vec<u8>, Self), TransferError> {
        let mut beginning = Vec::new();
        let read = (&mut self.reader).take(BEGINNING).read_to_end(&mut beginning).await;
        if let Err(source) = read {
            return Err(TransferError::Read { name: self.name, source });
        }
        self.reader = Box::new(AsyncReadExt::chain(Cursor::new(beginning.clone()), self.reader));
        Ok((beginning, self))
    }
}

async fn open_path(path: &Path) -> Result<Opened, TransferError> {
    let read = |source| FileError::Read { path: path.to_owned(), source };
    // Looked at before it is opened, because opening a pipe would wait for whoever writes to it.
    if !tokio::fs::metadata(path).await.map_err(read)?.is_file() {
        return Err(FileError::NotAFile { path: path.to_owned() }.into());
    }
    let file = tokio::fs::File::open(path).await.map_err(read)?;
    let size = file.metadata().await.map_err(read)?.len();
    Ok(Opened { reader: Box::new(file), size: Some(size), name: path.display().to_string() })
}

/// Fetches a URL with redirects, which the client itself never follows, because the key is not with this request.
async fn open_url(http: &HttpTransport, url: &reqwest::Url) -> Result<Opened, TransferError> {
    let mut shown = url.clone();
    shown.set_query(None);
    let name = shown.to_string();
    let fail = |why: Box<dyn std::error::Error + Send + Sync>| TransferError::Read {
        name: name.clone(),
        source: io::Error::other(why),
    };
    let mut url = url.clone();
    for _ in 0..=MOST_REDIRECTS {
        let response = http.get(url).await.map_err(|error| fail(error.into()))?;
        let status = response.status();
        let location = response.headers().get(reqwest::header::LOCATION).filter(|_| status.is_redirection());
        if let Some(location) = location {
            let location = location.to_str().map_err(|error| fail(error.into()))?;
            url = response.url().join(location).map_err(|error| fail(error.into()))?;
        } else if status.is_success() {
            let size = response.content_length();
            let reader = BodyReader { body: response.into(), piece: Bytes::new() };
            return Ok(Opened { reader: Box::new(reader), size, name });
        } else {
            return Err(fail(format!("the answer has status {}", status.as_u16()).into()));
        }
    }
    Err(fail("there are too many redirects".into()))
}

/// The body of a response as something to read from.
struct BodyReader {
    body: reqwest::Body,
    piece: Bytes,
}

impl AsyncRead for BodyReader {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.piece.is_empty() {
            match ready!(Pin::new(&mut this.body).poll_frame(context)) {
                Some(Ok(frame)) => this.piece = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error.without_url()))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let length = this.piece.len().min(buffer.remaining());
        buffer.put_slice(&this.piece[..length]);
        this.piece.advance(length);
        Poll::Ready(Ok(()))
    }
}
