//! Files: of any size, sent and received in constant memory, or small and read whole with [`attach_file`].
//!
//! ```no_run
//! # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
//! use whatsgate_native::{Download, PhoneNumber, Upload};
//!
//! let recipient = PhoneNumber::new("79999999999")?;
//! session.send_file(recipient.clone(), "contract.pdf").await?;
//!
//! let film = Upload::from_path("film.mp4")
//!     .with_caption("From yesterday")
//!     .with_progress(|progress| println!("{} bytes", progress.bytes));
//! let sent = session.send_file(recipient, film).await?;
//!
//! if let Some(message) = sent.message() {
//!     let download = Download::to_path("copy.mp4").with_limit(2 << 30);
//!     let received = session.save_message_media(&message.id, download).await?;
//!     println!("{} bytes, SHA-256 {}", received.size, received.sha256_hex());
//! }
//! # Ok(())
//! # }
//! ```

mod attach;
mod body;
mod download;
mod error;
mod sink;
mod source;
mod upload;

use std::sync::{Arc, Mutex};

use whatsgate_core::Command;
use whatsgate_model::{
    GetMediaReply, GetMediaRequest, GetMessageMediaRequest, MediaKey, MessageId, Recipient, SendResult,
};

pub use attach::{FileError, attach_file};
pub(crate) use body::{BrokenOff, EncodedBody};
pub use download::{Download, Received};
pub use error::TransferError;
pub use source::FileContent;
pub use upload::Upload;

use crate::Session;

/// How far a transfer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many bytes of the file have been transferred so far.
    pub bytes: u64,
    /// How many there are, if that is known. When a file is received, only the size of the whole reply is known, and this
    /// is a few hundred bytes too many.
    pub total: Option<u64>,
}

/// A callback that outlives the body, for the one of the next try.
pub(crate) type Report = Arc<Mutex<dyn FnMut(Progress) + Send>>;

/// Files, sent and received without holding them in memory.
impl Session {
    /// Sends a file and waits until it is sent, or queued if [`Upload::with_async`] says so. A path can be given alone.
    ///
    /// Never repeated after a failure that leaves its outcome unknown.
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
    /// use whatsgate_native::{Outcome, PhoneNumber, Upload};
    ///
    /// let upload = Upload::from_path("invoice.pdf").with_caption("Your invoice");
    /// match session.send_file(PhoneNumber::new("79999999999")?, upload).await {
    ///     Ok(sent) => println!("{:?}", sent.message().map(|message| &message.id)),
    ///     Err(error) if error.outcome() == Outcome::NotSent => eprintln!("not sent: {error}"),
    ///     Err(error) => eprintln!("perhaps sent, not to be repeated: {error}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`TransferError`]. Nothing was sent when the file cannot be read; when that shows only in the middle, or the file
    /// changes its size meanwhile, the request is broken off so that no message comes of it.
    pub async fn send_file(
        &self,
        recipient: impl Into<Recipient>,
        upload: impl Into<Upload>,
    ) -> Result<SendResult, TransferError> {
        upload.into().send(self, recipient.into()).await
    }

    /// Receives the file of a message: `get-messagemedia`. A path can be given alone.
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session, message: whatsgate_native::Message) -> Result<(), Box<dyn std::error::Error>> {
    /// if message.has_media {
    ///     let received = session.save_message_media(&message.id, "photo.jpg").await?;
    ///     println!("{} bytes of {:?}", received.size, received.media.mimetype);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`TransferError`]. Then no part of a file is left under the path, and what was there before stays.
    pub async fn save_message_media<'a>(
        &self,
        message: impl Into<MessageId>,
        download: impl Into<Download<'a>>,
    ) -> Result<Received, TransferError> {
        let command = GetMessageMediaRequest::new(self.id().clone(), message.into());
        fetch(self, command, download.into()).await
    }

    /// Receives a file by its media key: `get-media`, which the service calls deprecated in favour of
    /// [`save_message_media`](Self::save_message_media).
    ///
    /// ```
    /// # async fn example(session: whatsgate_native::Session, message: whatsgate_native::Message) -> Result<(), Box<dyn std::error::Error>> {
    /// if let Some(key) = &message.media_key {
    ///     session.save_media(key, "photo.jpg").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`save_message_media`](Self::save_message_media).
    pub async fn save_media<'a>(
        &self,
        key: impl Into<MediaKey>,
        download: impl Into<Download<'a>>,
    ) -> Result<Received, TransferError> {
        fetch(self, GetMediaRequest::new(self.id().clone(), key.into()), download.into()).await
    }
}

async fn fetch<C>(session: &Session, command: C, download: Download<'_>) -> Result<Received, TransferError>
where
    C: Command<Reply = GetMediaReply>,
{
    download.fetch(session, &command).await
}
