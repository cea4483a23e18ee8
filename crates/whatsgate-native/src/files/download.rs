//! Files to receive.

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::io::AsyncWrite;
use tokio::sync::Mutex;
use whatsgate_core::media::{DecodeError, DecodeErrorKind, MediaDecoder};
use whatsgate_core::{Command, Request, Response, Transport};
use whatsgate_model::{GetMediaReply, Media};

use super::Progress;
use super::error::TransferError;
use super::sink::Sink;
use super::source::FileContent;
use crate::Session;
use crate::platform::TokioPlatform;
use crate::transport::{HttpError, HttpTransport, collect, head, observed, with_can_repeat};

/// Where a file goes that comes in.
///
/// ```
/// use whatsgate_native::files::Download;
///
/// let mut bytes = Vec::new();
/// let to_memory = Download::to_bytes(&mut bytes).with_limit(16 * 1024 * 1024);
/// let to_disk = Download::to_path("photo.jpg");
/// ```
pub struct Download<'a> {
    sink: Sink<'a>,
    limit: u64,
    report: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
}

/// The most that comes into memory, and the most that comes at all, unless the caller says otherwise.
const MOST_IN_MEMORY: u64 = 256 * 1024 * 1024;
const MOST: u64 = 4 * 1024 * 1024 * 1024;

impl<'a> Download<'a> {
    fn new(sink: Sink<'a>) -> Self {
        let limit = if matches!(sink, Sink::Bytes(_)) { MOST_IN_MEMORY } else { MOST };
        Self { sink, limit, report: None }
    }

    /// To a file on disk. It is written under another name beside the path and renamed when it is complete, so that a
    /// transfer that breaks off leaves what was there before.
    pub fn to_path(path: impl Into<PathBuf>) -> Self {
        Self::new(Sink::Path { target: path.into(), file: None })
    }

    /// To memory. What the vector held before is replaced.
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session, message: whatsgate_native::Message) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::Download;
    ///
    /// let mut photo = Vec::new();
    /// session.save_message_media(&message.id, Download::to_bytes(&mut photo).with_limit(16 << 20)).await?;
    /// println!("{} bytes", photo.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_bytes(bytes: &'a mut Vec<u8>) -> Self {
        Self::new(Sink::Bytes(bytes))
    }

    /// To a writer, as it comes. After an error the writer may have got a part of the file; and once it has got anything,
    /// the command is not tried again.
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session, message: whatsgate_native::Message, mut socket: tokio::net::TcpStream) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::Download;
    ///
    /// let through = Download::to_writer(&mut socket).with_progress(|progress| println!("{} bytes", progress.bytes));
    /// session.save_message_media(&message.id, through).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_writer(writer: &'a mut (impl AsyncWrite + Send + Unpin)) -> Self {
        Self::new(Sink::Writer { writer, used: false })
    }

    /// Refuses files of more than this many bytes; 256 MiB by default in memory, 4 GiB elsewhere.
    pub fn with_limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    /// Calls `report` after each piece that was written; from 0 again if the command is tried again.
    pub fn with_progress(mut self, report: impl FnMut(Progress) + Send + 'a) -> Self {
        self.report = Some(Box::new(report));
        self
    }

    pub(super) async fn fetch<C>(self, session: &Session, command: &C) -> Result<Received, TransferError>
    where
        C: Command<Reply = GetMediaReply>,
    {
        let http = session.client().transport();
        let state = Mutex::new(State { download: self, hash: Sha256::new(), size: 0 });
        let transport = Receiving { http, state: &state };
        let media = session.client().with_transport(transport).call(command).await?.reply.media;
        let mut state = state.into_inner();
        state.download.sink.finish().await?;
        Ok(Received { media, size: state.size, sha256: state.hash.finalize().into() })
    }
}

impl fmt::Debug for Download<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl From<&Path> for Download<'_> {
    fn from(path: &Path) -> Self {
        Self::to_path(path)
    }
}

impl From<PathBuf> for Download<'_> {
    fn from(path: PathBuf) -> Self {
        Self::to_path(path)
    }
}

impl From<&str> for Download<'_> {
    /// The text is a path.
    fn from(path: &str) -> Self {
        Self::to_path(path)
    }
}

/// A file that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// What the service says of the file. `data` is empty: the content went elsewhere.
    pub media: Media,
    /// How many bytes came.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl Received {
    /// The SHA-256 as 64 hexadecimal digits in lower case.
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session, message: whatsgate_native::Message) -> Result<(), Box<dyn std::error::Error>> {
    /// let received = session.save_message_media(&message.id, "photo.jpg").await?;
    /// println!("{}  photo.jpg", received.sha256_hex());
    /// # Ok(())
    /// # }
    /// ```
    pub fn sha256_hex(&self) -> String {
        self.sha256.iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The client's transport, with the file of the reply going elsewhere.
struct Receiving<'a, 'd> {
    http: &'a HttpTransport,
    state: &'a Mutex<State<'d>>,
}

struct State<'d> {
    download: Download<'d>,
    hash: Sha256,
    size: u64,
}

impl State<'_> {
    async fn exchange(
        &mut self,
        http: &HttpTransport,
        request: Request<FileContent>,
    ) -> Result<Response, HttpError> {
        self.size = 0;
        self.hash = Sha256::new();
        self.download.sink.begin().await.map_err(HttpError::local)?;
        let limit = request.reply_limit;
        let response = http.post(request).await?;
        if response.status().is_success() {
            self.receive(response).await
        } else {
            collect(response, limit).await
        }
    }

    /// Writes the file out of a response, and returns the response without it.
    async fn receive(&mut self, mut response: reqwest::Response) -> Result<Response, HttpError> {
        let mut answer = head(&response);
        let total = response.content_length().map(|length| length / 4 * 3);
        let mut decoder = MediaDecoder::new().with_limit(self.download.limit);
        let mut file = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(HttpError::new)? {
            file.clear();
            match decoder.read(&piece, &mut file) {
                Ok(()) => {}
                Err(DecodeError { kind: DecodeErrorKind::TooLarge { limit }, .. }) => {
                    return Err(HttpError::local(TransferError::TooLarge { limit }));
                }
                Err(fault) => {
                    answer.body = decoder.into_rest();
                    return Ok(answer.with_fault(Some(fault)));
                }
            }
            self.hash.update(&file);
            self.download.sink.write(&file).await.map_err(HttpError::local)?;
            self.size = decoder.decoded();
            if let Some(report) = &mut self.download.report {
                report(Progress { bytes: self.size, total });
            }
        }
        match decoder.finish() {
            Ok(rest) => answer.body = rest,
            Err(fault) => answer.fault = Some(fault),
        }
        Ok(answer)
    }
}

impl Transport for Receiving<'_, '_> {
    type Error = HttpError;
    type Platform = TokioPlatform;
    type File = FileContent;

    async fn send(&self, request: Request<FileContent>) -> Result<Response, HttpError> {
        let mut state = self.state.lock().await;
        let result = observed(&self.http.observer, request.command, state.exchange(self.http, request)).await;
        with_can_repeat(result, state.download.sink.can_begin())
    }
}
