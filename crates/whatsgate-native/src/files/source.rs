//! Where a file to send comes from.

use std::fmt;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

use super::Report;
use super::attach::FileError;
use super::error::TransferError;
use crate::transport::HttpTransport;

/// The content of a file to send, whatever it comes from. Made by [`Upload`](super::Upload) alone.
#[derive(Clone)]
pub struct FileContent(Arc<Content>);

struct Content {
    name: String,
    /// The file as it was opened to look at its beginning. The first try takes it.
    opened: Mutex<Option<Opened>>,
    /// Where it can be opened again.
    source: Option<Source>,
    report: Option<Report>,
}

/// Where a file is that can be opened more than once.
pub(super) enum Source {
    Path(PathBuf),
    Bytes(Bytes),
    Url(reqwest::Url),
}

/// A file at its beginning.
pub(crate) struct Opened {
    pub(super) reader: Reader,
    pub(super) size: Option<u64>,
    /// What errors call it.
    pub(super) name: String,
}

pub(super) type Reader = Box<dyn AsyncRead + Send + Unpin>;

/// How much of a file tells what it is; a multiple of 3, so that what follows is encoded by itself.
const BEGINNING: u64 = 8190;
const MOST_REDIRECTS: usize = 10;

impl FileContent {
    pub(super) fn new(opened: Opened, source: Option<Source>, report: Option<Report>) -> Self {
        let name = opened.name.clone();
        Self(Arc::new(Content { name, opened: Mutex::new(Some(opened)), source, report }))
    }

    /// Whether the file can be read from its beginning more than once.
    pub(crate) fn can_reopen(&self) -> bool {
        self.0.source.is_some()
    }

    /// The file at its beginning.
    pub(crate) async fn open(&self, http: &HttpTransport) -> Result<Opened, TransferError> {
        let first = self.0.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (first, &self.0.source) {
            (Some(opened), _) => Ok(opened),
            (None, Some(source)) => source.open(http, &self.0.name).await,
            (None, None) => Err(TransferError::Read {
                name: self.0.name.clone(),
                source: io::Error::other("the reader was used already"),
            }),
        }
    }

    /// What is reported as progress.
    pub(crate) fn report(&self) -> Option<Report> {
        self.0.report.clone()
    }
}

impl fmt::Debug for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileContent").finish_non_exhaustive()
    }
}

impl Source {
    /// The name of the file, if the source has one.
    pub(super) fn filename(&self) -> Option<String> {
        match self {
            Self::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            Self::Url(url) => url
                .path_segments()?
                .next_back()
                .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()),
            Self::Bytes(_) => None,
        }
    }

    /// Opens the file. `name` is what errors call it if it has neither path nor URL.
    pub(super) async fn open(&self, http: &HttpTransport, name: &str) -> Result<Opened, TransferError> {
        match self {
            Self::Path(path) => open_path(path).await,
            Self::Bytes(bytes) => {
                let size = Some(bytes.len() as u64);
                Ok(Opened { reader: Box::new(Cursor::new(bytes.clone())), size, name: name.to_owned() })
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
