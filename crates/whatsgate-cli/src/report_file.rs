//! The file of a report, which is opened long before there is one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::command_error::CommandError;

/// A file that can be written. What was in it stays until the report is there; one that was not there goes away again if
/// none comes.
pub(crate) struct ReportFile {
    path: PathBuf,
    file: File,
    is_new: bool,
}

impl ReportFile {
    pub(crate) fn open(path: PathBuf) -> Result<Self, CommandError> {
        let mut options = OpenOptions::new();
        options.write(true);
        let (opened, is_new) = match options.open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                (options.create_new(true).open(&path), true)
            }
            opened => (opened, false),
        };
        let emptied = opened.and_then(|file| {
            // Nobody is to take an earlier report for that of a run that comes to none. A pipe has no length.
            if file.metadata()?.is_file() {
                file.set_len(0)?;
            }
            Ok(file)
        });
        let opened = emptied.with_context(|| format!("{}: it cannot be written", path.display()));
        Ok(Self { file: opened.map_err(CommandError::local)?, path, is_new })
    }

    pub(crate) fn write(mut self, text: &str) -> Result<(), CommandError> {
        let written = self.file.write_all(text.as_bytes());
        self.is_new = false;
        written
            .with_context(|| format!("{}: it cannot be written", self.path.display()))
            .map_err(CommandError::local)
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if self.is_new {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether two paths are of the same file.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
