//! The names of the files of a state, all beside its own.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// What came in since the state of that generation.
pub(super) fn log(state: &Path, generation: u64) -> PathBuf {
    beside(state, &format!(".{generation}.log"))
}

/// All logs of the state that are there, whatever their generation.
pub(super) fn logs(state: &Path) -> io::Result<Vec<PathBuf>> {
    let mut logs = Vec::new();
    for file in folder(state).read_dir()? {
        let name = file?.file_name();
        if let Some(generation) = generation(state, &name) {
            logs.push(log(state, generation));
        }
    }
    Ok(logs)
}

/// The folder of them all.
pub(super) fn folder(state: &Path) -> &Path {
    state.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The generation of a log by its name; none if it is no log of that state.
fn generation(state: &Path, name: &OsStr) -> Option<u64> {
    let number = name.to_str()?.strip_suffix(".log")?.rsplit('.').next()?.parse().ok()?;
    (log(state, number).file_name() == Some(name)).then_some(number)
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
