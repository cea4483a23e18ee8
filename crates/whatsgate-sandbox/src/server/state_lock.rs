//! One process at a time may keep a state.

use std::fs::File;
use std::path::{Path, PathBuf};

use fs4::{FileExt, TryLockError};

use super::start_error::StartError;
use super::state_files;

/// A state that nobody else goes on from as long as this lives; the system sees to that, also after a crash.
///
/// Locked is a file beside the state's, because that one is replaced by others. It stays, because whoever removed it might
/// remove one that somebody else has just opened, and two would hold different files of one name.
#[derive(Debug)]
pub(super) struct StateLock {
    path: PathBuf,
    /// Locked until it is closed.
    _file: File,
}

impl StateLock {
    pub(super) fn take(path: PathBuf) -> Result<Self, StartError> {
        if !state_files::folder(&path).is_dir() {
            return Err(StartError::NoStateFolder { path });
        }
        let file = match File::options().create(true).append(true).open(state_files::lock(&path)) {
            Ok(file) => file,
            Err(source) => return Err(StartError::State { path, source }),
        };
        // Not the method of `File` itself, which is too new.
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Self { path, _file: file }),
            Err(TryLockError::WouldBlock) => Err(StartError::StateInUse { path }),
            Err(TryLockError::Error(source)) => Err(StartError::State { path, source }),
        }
    }

    /// The state's file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
