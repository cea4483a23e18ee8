//! The state on disk: a file with the whole of it, and a log of what came in since.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::start_error::StartError;
use super::state_files;
use super::state_lock::StateLock;
use super::state_log::{Head, Log, WrittenLog};
use crate::gateway::{Entry, Gateway, Generation};
use crate::settings::Settings;

/// A log longer than this, and than the state it goes on from, is replaced by the state as it is then.
const LONG_LOG: u64 = 16 << 20;

/// The files of a state. The log of the state's generation goes on from it; logs of others are left-overs.
#[derive(Debug)]
pub(super) struct Ledger {
    lock: StateLock,
    generation: Generation,
    log: Log,
    state_length: u64,
}

impl Ledger {
    /// A gateway that goes on from a state file and its log, or a fresh one, and the files that keep it.
    pub(super) fn open(lock: StateLock, settings: Settings) -> Result<(Gateway, Self), StartError> {
        let path = lock.path().to_owned();
        let failed = |source| StartError::State { path: path.clone(), source };
        match fs::read_to_string(&path) {
            Ok(saved) => Self::go_on(lock, settings, &saved).map_err(failed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                for log in state_files::logs(&path).map_err(failed)? {
                    // What was acknowledged is in it: whoever removed the state may not have meant that.
                    if has_entries(&log).map_err(failed)? {
                        return Err(StartError::StateLost { path, log });
                    }
                }
                Self::begin(lock, Gateway::new(settings), Generation::default()).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn go_on(lock: StateLock, settings: Settings, saved: &str) -> io::Result<(Gateway, Self)> {
        let (mut gateway, mut generation) = Gateway::restore_generation(saved)?;
        // More than one if the names of newer states never came to the disk.
        for number in generation.number.. {
            let log = WrittenLog::open(state_files::log(lock.path(), number))?;
            let goes_on = |log: &WrittenLog| [log.head.of, log.head.after].contains(&generation);
            let Some(mut log) = log.filter(goes_on) else { break };
            while let Some(entry) = log.entry()? {
                gateway.replay(entry).map_err(|why| log.wrong(why))?;
            }
            generation = log.head.of;
        }
        // The settings may be others than those of the log, which cannot go on from a state with them.
        gateway.resettle(settings);
        Self::begin(lock, gateway, generation)
    }

    fn begin(lock: StateLock, mut gateway: Gateway, last: Generation) -> io::Result<(Gateway, Self)> {
        gateway.keep_journal();
        let generation = last.next();
        let state = gateway.save_generation(generation)?;
        let log = renew(lock.path(), Head { of: generation, after: last }, &state)?;
        Ok((gateway, Self { lock, generation, log, state_length: length(&state) }))
    }

    /// Writes entries; they are on disk afterwards.
    pub(super) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        self.log.append(entries)
    }

    /// Whether it is time for [`renew`](Self::renew).
    pub(super) fn is_long(&self) -> bool {
        self.log.length() > LONG_LOG.max(self.state_length)
    }

    /// The generation of the next state.
    pub(super) fn next_generation(&self) -> Generation {
        self.generation.next()
    }

    /// Puts a state of a next generation in the place of the present one and its log.
    pub(super) fn renew(&mut self, generation: Generation, state: &str) -> io::Result<()> {
        self.log = renew(self.lock.path(), Head { of: generation, after: self.generation }, state)?;
        self.generation = generation;
        self.state_length = length(state);
        Ok(())
    }

    /// Removes the log if there is nothing in it.
    pub(super) fn close(self) -> io::Result<()> {
        if self.log.is_empty() {
            fs::remove_file(state_files::log(self.lock.path(), self.generation.number))
        } else {
            Ok(())
        }
    }
}

fn has_entries(log: &Path) -> io::Result<bool> {
    let log = WrittenLog::open(log.to_owned())?;
    Ok(log.map(|mut log| log.entry()).transpose()?.flatten().is_some())
}

fn length(state: &str) -> u64 {
    u64::try_from(state.len()).unwrap_or(u64::MAX)
}

/// Writes beside the file first, so that no half a state is left behind; then no other log is of use any more.
fn renew(path: &Path, head: Head, state: &str) -> io::Result<Log> {
    let unfinished = state_files::unfinished(path);
    let mut file = File::create(&unfinished)?;
    file.write_all(state.as_bytes())?;
    file.sync_all()?;
    let log_path = state_files::log(path, head.of.number);
    let log = Log::create(&log_path, head)?;
    fs::rename(&unfinished, path)?;
    match sync_folder(path).and_then(|()| state_files::logs(path)) {
        Ok(logs) => {
            for other in logs.into_iter().filter(|other| *other != log_path) {
                // Left over if that fails, but of no harm: it goes on from another state.
                let _ = fs::remove_file(other);
            }
        }
        // Until the folder is on disk, the state before may come back, and its log with it.
        Err(error) => tracing::warn!(%error, "the log before stays"),
    }
    Ok(log)
}

/// Names of files are on disk only when their folder is; where folders cannot be opened, the system sees to that.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(state_files::folder(path))?.sync_all() } else { Ok(()) }
}
