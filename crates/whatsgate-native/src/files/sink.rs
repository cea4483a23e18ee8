//! Where a file that comes in goes to.

use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::attach::FileError;
use super::error::TransferError;

/// A place for a file, which may have to take it from the beginning again after a failure.
pub(super) enum Sink<'a> {
    /// A temporary file beside the target, in whose place it is put when it is complete.
    Path {
        target: PathBuf,
        file: Option<(NamedTempFile, tokio::fs::File)>,
    },
    Bytes(&'a mut Vec<u8>),
    Writer {
        writer: &'a mut (dyn AsyncWrite + Send + Unpin),
        used: bool,
    },
}

impl Sink<'_> {
    /// Begins the file, or begins it anew.
    pub(super) async fn begin(&mut self) -> Result<(), TransferError> {
        match self {
            Self::Path { target, file } => {
                // The one before goes first, so that there never are two.
                *file = None;
                *file = Some(temporary(target).await?);
            }
            Self::Bytes(bytes) => bytes.clear(),
            Self::Writer { .. } => {}
        }
        Ok(())
    }

    pub(super) async fn write(&mut self, piece: &[u8]) -> Result<(), TransferError> {
        let written = match self {
            Self::Path { file: Some((_, file)), .. } => file.write_all(piece).await,
            Self::Path { file: None, .. } => Err(io::Error::other("it was not begun")),
            Self::Bytes(bytes) => {
                bytes.extend_from_slice(piece);
                Ok(())
            }
            Self::Writer { writer, used } => {
                *used |= !piece.is_empty();
                writer.write_all(piece).await
            }
        };
        written.map_err(|source| self.error(source))
    }

    /// Whether the file can be begun anew.
    pub(super) fn can_begin(&self) -> bool {
        !matches!(self, Self::Writer { used: true, .. })
    }

    /// Puts the complete file where it belongs.
    pub(super) async fn finish(&mut self) -> Result<(), TransferError> {
        let finished = match self {
            Self::Path { target, file } => finish(target, file.take()).await,
            Self::Bytes(_) => Ok(()),
            Self::Writer { writer, .. } => writer.flush().await,
        };
        finished.map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> TransferError {
        let name = match self {
            Self::Path { target, .. } => target.display().to_string(),
            Self::Bytes(_) => "memory".to_owned(),
            Self::Writer { .. } => "the writer".to_owned(),
        };
        TransferError::Write { name, source }
    }
}

async fn temporary(target: &mut PathBuf) -> Result<(NamedTempFile, tokio::fs::File), TransferError> {
    if let Ok(metadata) = tokio::fs::metadata(&target).await {
        if !metadata.is_file() {
            return Err(FileError::NotAFile { path: target.clone() }.into());
        }
        // A link stays a link, to the new file.
        if let Ok(real) = tokio::fs::canonicalize(&target).await {
            *target = real;
        }
    }
    let directory = match target.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".").suffix(".part");
    #[cfg(unix)]
    // As any new file, less what the user's mask takes away; a temporary file would be for its owner alone.
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let made = builder.tempfile_in(directory).and_then(|temporary| {
        let file = tokio::fs::File::from_std(temporary.as_file().try_clone()?);
        Ok((temporary, file))
    });
    made.map_err(|source| TransferError::Write { name: target.display().to_string(), source })
}

async fn finish(target: &Path, file: Option<(NamedTempFile, tokio::fs::File)>) -> io::Result<()> {
    let Some((temporary, mut file)) = file else { return Err(io::Error::other("it was not begun")) };
    // Writing goes on in the background; here its last error shows.
    file.flush().await?;
    drop(file);
    temporary.persist(target)?;
    Ok(())
}
