//! A log of what came in after a state was written.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::gateway::{Entry, Generation};

/// The first line: a log goes on from nothing but its own state.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Head {
    /// The state that it goes on from.
    pub(super) of: Generation,
    /// The state before, whose log this one goes on from as well.
    pub(super) after: Generation,
}

/// A log that is written to.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    head_length: u64,
    /// The length up to the last whole entry.
    length: u64,
}

impl Log {
    /// Makes a log without entries, in the place of one that is there.
    pub(super) fn create(path: &Path, head: Head) -> io::Result<Self> {
        let mut file = File::create(path)?;
        let mut line = serde_json::to_vec(&head)?;
        line.push(b'\n');
        file.write_all(&line)?;
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        Ok(Self { file, head_length: length, length })
    }

    /// Writes entries; they are on disk afterwards.
    pub(super) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        let written = self.file.write_all(&lines).and_then(|()| self.file.sync_data());
        if written.is_err() {
            // Half an entry must not stand before the next one.
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
        } else {
            self.length += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        }
        written
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == self.head_length
    }
}

/// A log that is read. A last line without an end was never acknowledged, and is left out.
#[derive(Debug)]
pub(super) struct WrittenLog {
    path: PathBuf,
    file: BufReader<File>,
    /// The number of the line read last.
    line: u64,
    pub(super) head: Head,
}

impl WrittenLog {
    /// None if there is no such log, or not even its first line was written.
    pub(super) fn open(path: PathBuf) -> io::Result<Option<Self>> {
        let file = match File::open(&path) {
            Ok(file) => BufReader::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let nowhere = Generation::default();
        let mut log = Self { path, file, line: 0, head: Head { of: nowhere, after: nowhere } };
        let head = log.read()?;
        Ok(head.map(|head| Self { head, ..log }))
    }

    /// The next entry.
    pub(super) fn entry(&mut self) -> io::Result<Option<Entry>> {
        self.read()
    }

    /// What is wrong with the line read last.
    pub(super) fn wrong(&self, why: impl std::fmt::Display) -> io::Error {
        let text = format!("line {} of its log {}: {why}", self.line, self.path.display());
        io::Error::new(io::ErrorKind::InvalidData, text)
    }

    fn read<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let mut line = Vec::new();
        self.file.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(None);
        }
        self.line += 1;
        serde_json::from_slice(&line).map(Some).map_err(|error| self.wrong(error))
    }
}
