//! The names of the files of a state, all beside its own.

use std::path::{Path, PathBuf};

/// What came in since the state of that generation.
pub(super) fn log(state: &Path, generation: u64) -> PathBuf {
    beside(state, &format!(".{generation}.log"))
}

/// A state that is not written to its end.
pub(super) fn unfinished(state: &Path) -> PathBuf {
    beside(state, ".unfinished")
}

/// Locked as long as somebody goes on from the state.
pub(super) fn lock(state: &Path) -> PathBuf {
    beside(state, ".lock")
}

/// Named by the state's whole name, because states may differ from each other in the extension alone.
fn beside(state: &Path, suffix: &str) -> PathBuf {
    let mut name = state.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    state.with_file_name(name)
}
