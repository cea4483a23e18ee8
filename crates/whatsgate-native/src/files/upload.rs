//! Files to send.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::io::AsyncRead;
use whatsgate_core::attach::{describe, message_type};
use whatsgate_core::media::FileSend;
use whatsgate_core::{InvalidRequest, parse};
use whatsgate_model::{MessageId, MimeType, OutgoingType, Recipient, SendRequest, SendResult};

use super::attach::FileError;
use super::error::TransferError;
use super::source::{FileContent, Opened, Reader, Source};
use super::{Progress, Report};
use crate::Session;

/// A file to send, with its caption and whatever else makes a message of it.
///
/// The MIME type comes from the content and the name, and from it the type of message, unless they are set.
///
/// ```
/// use whatsgate_native::files::Upload;
/// use whatsgate_native::model::OutgoingType;
///
/// let report = Upload::from_bytes("report.csv", "date;sum\n").with_caption("For March");
/// let voice = Upload::from_path("hello.ogg").with_type(OutgoingType::Voice).with_async(true);
/// let piped = Upload::from_reader("dump.sql", tokio::io::empty(), None);
/// let copied = Upload::from_url("https://example.org/price.pdf")?;
/// # Ok::<(), whatsgate_native::files::TransferError>(())
/// ```
pub struct Upload {
    origin: Origin,
    filename: Option<String>,
    mimetype: Option<MimeType>,
    kind: Option<OutgoingType>,
    caption: Option<String>,
    quote: Option<MessageId>,
    asynchronous: bool,
    report: Option<Report>,
}

enum Origin {
    Source(Source),
    /// Can be read once. With its size, if that is known.
    Reader(Reader, Option<u64>),
}

impl Upload {
    fn new(origin: Origin) -> Self {
        let filename = match &origin {
            Origin::Source(source) => source.filename(),
            Origin::Reader(..) => None,
        };
        Self {
            filename,
            origin,
            mimetype: None,
            kind: None,
            caption: None,
            quote: None,
            asynchronous: false,
            report: None,
        }
    }

    /// A file on disk, under its own name.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        Self::new(Origin::Source(Source::Path(path.into())))
    }

    /// Bytes in memory.
    pub fn from_bytes(filename: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(Origin::Source(Source::Bytes(bytes.into()))).with_filename(filename)
    }

    /// Whatever a reader yields. If `size` is given it must be exact; without it the body goes out in chunks, without a
    /// `Content-Length`.
    ///
    /// Never sent again after a failure, because it cannot be read again.
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::{PhoneNumber, Upload};
    ///
    /// let camera = tokio::net::TcpStream::connect("127.0.0.1:9000").await?;
    /// let film = Upload::from_reader("yard.mp4", camera, None);
    /// session.send_file(PhoneNumber::new("79999999999")?, film).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_reader(
        filename: impl Into<String>,
        reader: impl AsyncRead + Send + Unpin + 'static,
        size: Option<u64>,
    ) -> Self {
        Self::new(Origin::Reader(Box::new(reader), size)).with_filename(filename)
    }

    /// The reply of another server to a `GET`, named after the last part of the URL. Fetched with the client's own HTTP
    /// settings while it is sent on; the key does not go there, and redirects are followed.
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::{PhoneNumber, Upload};
    ///
    /// let price = Upload::from_url("https://shop.example/price.pdf")?.with_filename("Price list.pdf");
    /// session.send_file(PhoneNumber::new("79999999999")?, price).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`TransferError::Invalid`] when the text is not a URL that starts with http:// or https://.
    pub fn from_url(url: impl AsRef<str>) -> Result<Self, TransferError> {
        let url =
            reqwest::Url::parse(url.as_ref()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| InvalidRequest::new("url", "it must start with http:// or https://"))?;
        Ok(Self::new(Origin::Source(Source::Url(url))))
    }

    /// Shows the recipient another name.
    pub fn with_filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Sets the MIME type.
    pub fn with_mimetype(mut self, mimetype: impl Into<MimeType>) -> Self {
        self.mimetype = Some(mimetype.into());
        self
    }

    /// Sends it as another type than the one chosen.
    pub fn with_type(mut self, kind: OutgoingType) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Sets the caption.
    pub fn with_caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// Answers the message with this long id.
    pub fn with_quote(mut self, quote: impl Into<MessageId>) -> Self {
        self.quote = Some(quote.into());
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
        let client = session.client();
        let filename = self.filename.unwrap_or_default();
        let (opened, source) = match self.origin {
            Origin::Source(source) => (source.open(client.transport(), &filename).await?, Some(source)),
            Origin::Reader(reader, size) => (Opened { reader, size, name: filename.clone() }, None),
        };
        let (beginning, opened) = opened.peek().await?;
        let mut file = describe(&filename, &beginning).map_err(|error| match &source {
            Some(Source::Path(path)) => FileError::Unsuitable { path: path.clone(), source: error }.into(),
            _ => TransferError::from(error),
        })?;
        if let Some(mimetype) = self.mimetype {
            file.kind = message_type(&mimetype);
            file.mimetype = mimetype;
        }
        if let Some(kind) = self.kind {
            file.kind = kind;
        }
        file.caption = self.caption;
        let mut send = FileSend::new(session.id().clone(), recipient, file).with_async(self.asynchronous);
        send.quote = self.quote;
        let prepared = client.prepare_file(&send, FileContent::new(opened, source, self.report))?;
        Ok(client.exchange(prepared, parse::<SendRequest>).await?.reply.result)
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
