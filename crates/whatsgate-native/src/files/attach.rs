//! Small files, read whole.

use std::path::{Path, PathBuf};

use whatsgate_core::InvalidRequest;
use whatsgate_core::attach::attach;
use whatsgate_model::OutgoingFile;

/// A file that cannot be attached; nothing was sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be read.
    #[error("{}: the file cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The path is a directory or a device.
    #[error("{}: this is not a file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file is empty or has no name.
    #[error("{}: {source}", path.display())]
    Unsuitable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: InvalidRequest,
    },
}

/// Reads a file to send, as the 1C library's `ПрикрепитьФайл` does.
///
/// The MIME type comes from the content and the name, and from it the type of message: picture, sticker, voice or
/// document. Both can be overridden afterwards.
///
/// ```no_run
/// # async fn example(session: whatsgate_native::Session) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_native::model::PhoneNumber;
///
/// let photo = whatsgate_native::attach_file("photo.jpg").await?.with_caption("The view from here");
/// session.send(PhoneNumber::new("79999999999")?, photo).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`FileError`] names the path; nothing was sent.
pub async fn attach_file(path: impl AsRef<Path>) -> Result<OutgoingFile, FileError> {
    let path = path.as_ref();
    let read = |source| FileError::Read { path: path.to_owned(), source };
    let metadata = tokio::fs::metadata(path).await.map_err(read)?;
    if !metadata.is_file() {
        return Err(FileError::NotAFile { path: path.to_owned() });
    }
    let content = tokio::fs::read(path).await.map_err(read)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    attach(&name, &content).map_err(|source| FileError::Unsuitable { path: path.to_owned(), source })
}
