//! The state on disk: a file with the whole of it, and a log of what came in since.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use super::state_files;
use super::state_lock::StateLock;
use crate::gateway::{Entry, Gateway};
use crate::settings::Settings;

/// A log longer than this, and than the state it goes on from, is replaced by the state as it is then.
const LONG_LOG: u64 = 16 << 20;

/// The files of a state. The log of the state's generation goes on from it; logs of others are left-overs.
#[derive(Debug)]
pub(super) struct Ledger {
    lock: StateLock,
    generation: u64,
    log: File,
    /// The length of the log up to its last whole entry.
    log_length: u64,
    state_length: u64,
}

impl Ledger {
    /// A gateway that goes on from a state file and its log, or a fresh one, and the files that keep it.
    pub(super) fn open(lock: StateLock, settings: Settings) -> io::Result<(Gateway, Self)> {
        let path = lock.path();
        let (mut gateway, generation) = match fs::read_to_string(path) {
            Ok(saved) => Gateway::restore_generation(&saved)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Gateway::new(settings.clone()), 0),
            Err(error) => return Err(error),
        };
        let mut logs = (generation..).map(|generation| state_files::log(path, generation));
        while let Some(log) = logs.next().filter(|log| log.exists()) {
            replay(&mut gateway, &log)?;
        }
        // The settings may be others than those of the log, which cannot go on from a state with them.
        gateway.resettle(settings);
        gateway.keep_journal();
        let state = gateway.save_generation(generation + 1)?;
        let (log, state_length) = renew(path, generation + 1, &state)?;
        Ok((gateway, Self { lock, generation: generation + 1, log, log_length: 0, state_length }))
    }

    /// Writes entries; they are on disk afterwards.
    pub(super) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        let written = self.log.write_all(&lines).and_then(|()| self.log.sync_data());
        if written.is_err() {
            // Half an entry must not stand before the next one.
            self.log.set_len(self.log_length)?;
            self.log.seek(SeekFrom::Start(self.log_length))?;
        } else {
            self.log_length += u64::try_from(lines.len()).unwrap_or(u64::MAX);
        }
        written
    }

    /// Whether it is time for [`renew`](Self::renew).
    pub(super) fn is_long(&self) -> bool {
        self.log_length > LONG_LOG.max(self.state_length)
    }

    /// The generation of the next state.
    pub(super) fn next_generation(&self) -> u64 {
        self.generation + 1
    }

    /// Puts a state of the next generation in the place of the present one and its log.
    pub(super) fn renew(&mut self, state: &str) -> io::Result<()> {
        (self.log, self.state_length) = renew(self.lock.path(), self.generation + 1, state)?;
        self.generation += 1;
        self.log_length = 0;
        Ok(())
    }

    /// Removes the log if there is nothing in it.
    pub(super) fn close(self) -> io::Result<()> {
        if self.log_length == 0 {
            fs::remove_file(state_files::log(self.lock.path(), self.generation))
        } else {
            Ok(())
        }
    }
}

/// Writes beside the file first, so that no half a state is left behind; then the log before is of no use any more.
fn renew(path: &Path, generation: u64, state: &str) -> io::Result<(File, u64)> {
    let unfinished = state_files::unfinished(path);
    let mut file = File::create(&unfinished)?;
    file.write_all(state.as_bytes())?;
    file.sync_all()?;
    let log = File::create(state_files::log(path, generation))?;
    fs::rename(&unfinished, path)?;
    match sync_folder(path) {
        // Left over if that fails, and then removed by nobody, but of no harm.
        Ok(()) => drop(fs::remove_file(state_files::log(path, generation - 1))),
        // Until the folder is on disk, the state before may come back, and its log with it.
        Err(error) => tracing::warn!(%error, "the log before stays"),
    }
    Ok((log, u64::try_from(state.len()).unwrap_or(u64::MAX)))
}

/// Names of files are on disk only when their folder is; where folders cannot be opened, the system sees to that.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Lets come in again what a log holds. A last line without an end was never acknowledged.
fn replay(gateway: &mut Gateway, log: &Path) -> io::Result<()> {
    let mut file = BufReader::new(File::open(log)?);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        file.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            break;
        }
        let failed = |why: String| {
            let text = format!("line {number} of its log {}: {why}", log.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        let entry = serde_json::from_slice(&line).map_err(|error| failed(error.to_string()))?;
        gateway.replay(entry).map_err(failed)?;
    }
    Ok(())
}
