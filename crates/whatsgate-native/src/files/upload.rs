//! Files to send.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncRead;
use whatsgate_core::attach::{describe, message_type};
use whatsgate_core::media::SplitSend;
use whatsgate_core::{InvalidRequest, Request, Response, Transport};
use whatsgate_model::{MessageId, MimeType, OutgoingType, Recipient, SendRequest, SendResult};

use super::Progress;
use super::body::{EncodedBody, Failure, Report};
use super::error::TransferError;
use super::source::{Opened, Source};
use crate::Session;
use crate::transport::{HttpError, HttpTransport, collect, observed};

/// A file to send, with its caption and whatever else makes a message of it.
///
/// The MIME type comes from the content and the name, and from it the type of message, unless they are set.
///
/// ```
/// use whatsgate_native::files::Upload;
/// use whatsgate_native::model::OutgoingType;
///
/// let report = Upload::from_bytes("report.csv", "date;sum\n").with_body("For March");
/// let voice = Upload::from_path("hello.ogg").with_type(OutgoingType::Voice).with_async(true);
/// let piped = Upload::from_reader("dump.sql", tokio::io::empty(), None);
/// let copied = Upload::from_url("https://example.org/price.pdf")?;
/// # Ok::<(), whatsgate_native::files::TransferError>(())
/// ```
pub struct Upload {
    source: Source,
    filename: Option<String>,
    mimetype: Option<MimeType>,
    kind: Option<OutgoingType>,
    body: Option<String>,
    quote: Option<MessageId>,
    asynchronous: bool,
    report: Option<Report>,
}

impl Upload {
    fn new(source: Source) -> Self {
        Self {
            filename: source.filename(),
            source,
            mimetype: None,
            kind: None,
            body: None,
            quote: None,
            asynchronous: false,
            report: None,
        }
    }

    /// A file of the disk, named as it is there.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        Self::new(Source::Path(path.into()))
    }

    /// Bytes in memory.
    pub fn from_bytes(filename: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(Source::Bytes(bytes.into())).with_filename(filename)
    }

    /// Whatever a reader yields. If `size` is given it must be exact; without it the body goes out in chunks, without a
    /// `Content-Length`.
    ///
    /// Never sent again after a failure, because it cannot be read again.
    pub fn from_reader(
        filename: impl Into<String>,
        reader: impl AsyncRead + Send + Unpin + 'static,
        size: Option<u64>,
    ) -> Self {
        Self::new(Source::Reader(Mutex::new(Some(Box::new(reader))), size)).with_filename(filename)
    }

    /// What another server answers to a `GET`, named after the last part of the URL. Fetched by the client's own HTTP
    /// settings while it is sent on; the key does not go there, and redirects are followed.
    ///
    /// # Errors
    /// [`TransferError::Invalid`] when the text is no URL that starts with http:// or https://.
    pub fn from_url(url: impl AsRef<str>) -> Result<Self, TransferError> {
        let url =
            reqwest::Url::parse(url.as_ref()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| InvalidRequest::new("url", "it must start with http:// or https://"))?;
        Ok(Self::new(Source::Url(url)))
    }

    /// Shows the recipient another name.
    pub fn with_filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Sets the MIME type.
    pub fn with_mimetype(mut self, mimetype: MimeType) -> Self {
        self.mimetype = Some(mimetype);
        self
    }

    /// Sends it as another type than the one chosen.
    pub fn with_type(mut self, kind: OutgoingType) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Sets the caption.
    pub fn with_body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Answers the message with this long id.
    pub fn with_quote(mut self, quote: MessageId) -> Self {
        self.quote = Some(quote);
        self
    }

    /// Waits only until the message is queued (`true`) or until it is sent (`false`).
    pub fn with_async(mut self, asynchronous: bool) -> Self {
        self.asynchronous = asynchronous;
        self
    }

    /// Calls `report` after each piece that was read; from 0 again if the file is sent again.
    pub fn with_progress(mut self, report: impl FnMut(Progress) + Send + 'static) -> Self {
        self.report = Some(Arc::new(Mutex::new(report)));
        self
    }

    pub(super) async fn send(
        self,
        session: &Session,
        recipient: Recipient,
    ) -> Result<SendResult, TransferError> {
        let http = session.client().transport();
        let filename = self.filename.as_deref().unwrap_or_default();
        let opened = self.source.open(http, filename).await?;
        let name = opened.name.clone();
        let (beginning, opened) = opened.peek().await?;
        let mut message = describe(filename, &beginning).map_err(|error| self.source.unsuitable(error))?;
        if let (Some(mimetype), Some(media)) = (self.mimetype, &mut message.media) {
            message.kind = Some(message_type(&mimetype));
            media.mimetype = Some(mimetype);
        }
        message.kind = self.kind.or(message.kind);
        message.body = self.body;
        message.quote = self.quote;
        let request =
            SendRequest::new(session.id().clone(), recipient, message).with_async(self.asynchronous);
        let send = SplitSend::new(request)?;
        let failure = Failure::default();
        let transport = Uploading {
            http,
            send: &send,
            source: &self.source,
            name,
            opened: Mutex::new(Some(opened)),
            report: self.report,
            failure: Arc::clone(&failure),
        };
        let sent = session.client().with_transport(transport).call(send.request()).await;
        if let Some(failure) = take(&failure) {
            return Err(failure);
        }
        Ok(sent?.reply.result)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("mimetype", &self.mimetype)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl From<&Path> for Upload {
    fn from(path: &Path) -> Self {
        Self::from_path(path)
    }
}

impl From<PathBuf> for Upload {
    fn from(path: PathBuf) -> Self {
        Self::from_path(path)
    }
}

impl From<&str> for Upload {
    /// The text is a path.
    fn from(path: &str) -> Self {
        Self::from_path(path)
    }
}

/// The client's transport, with the file in the body of the request.
struct Uploading<'a> {
    http: &'a HttpTransport,
    send: &'a SplitSend,
    source: &'a Source,
    name: String,
    /// The file as opened for the first try.
    opened: Mutex<Option<Opened>>,
    report: Option<Report>,
    failure: Failure,
}

impl Uploading<'_> {
    async fn body(&self) -> Result<EncodedBody, TransferError> {
        let first = self.opened.lock().unwrap_or_else(PoisonError::into_inner).take();
        let opened = match first {
            Some(opened) => opened,
            None => self.source.open(self.http, &self.name).await?,
        };
        Ok(EncodedBody::new(self.send, opened, self.report.clone(), Arc::clone(&self.failure))?)
    }
}

impl Transport for Uploading<'_> {
    type Error = HttpError;

    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let body = self.body().await.map_err(|error| {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            HttpError::given_up()
        })?;
        let exchange = async { collect(self.http.post(&request, reqwest::Body::wrap(body)).await?).await };
        observed(request.command, exchange).await
    }

    async fn sleep(&self, duration: Duration) {
        self.http.sleep(duration).await;
    }

    fn now(&self) -> Duration {
        self.http.now()
    }

    fn wall_clock(&self) -> Duration {
        self.http.wall_clock()
    }

    fn random(&self) -> f64 {
        self.http.random()
    }

    fn can_repeat(&self) -> bool {
        self.source.can_reopen() && self.failure.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }
}

fn take(failure: &Failure) -> Option<TransferError> {
    failure.lock().unwrap_or_else(PoisonError::into_inner).take()
}
