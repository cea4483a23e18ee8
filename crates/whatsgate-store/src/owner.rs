//! Who handles the events of a file: one process at a time, by a lock of the operating system.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fs4::{FileExt, TryLockError};

use crate::error::StoreError;

/// The lock beside the file. It ends with the process, however that ends.
pub(crate) struct Owner {
    store: PathBuf,
    lock: Mutex<Option<File>>,
}

/// The lock of a store. It stays when its owner ends.
pub(crate) fn beside(store: &Path) -> PathBuf {
    let mut path = store.to_owned().into_os_string();
    path.push(".owner");
    path.into()
}

impl Owner {
    pub(crate) fn of(store: &Path) -> Self {
        Self { store: store.to_owned(), lock: Mutex::new(None) }
    }

    /// Gives the lock back.
    pub(crate) fn release(&self) {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Takes the lock; says whether it is new.
    pub(crate) fn take(&self) -> Result<bool, StoreError> {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if lock.is_some() {
            return Ok(false);
        }
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                StoreError::ReadOnly
            }
            std::io::ErrorKind::StorageFull => StoreError::Full,
            _ => StoreError::Other(error.to_string()),
        };
        // Through links, so that the file has one lock whatever it is called.
        let path = beside(&self.store.canonicalize().map_err(failed)?);
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(path);
        let mut file = open.map_err(failed)?;
        match FileExt::try_lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // Bounded, because anybody may have written there.
                let _ = (&file).take(20).read_to_string(&mut owner);
                let digits = !owner.is_empty() && owner.bytes().all(|byte| byte.is_ascii_digit());
                let owner = if digits { owner } else { "(unknown)".to_owned() };
                return Err(StoreError::Owned { owner });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        written.map_err(failed)?;
        *lock = Some(file);
        Ok(true)
    }
}
