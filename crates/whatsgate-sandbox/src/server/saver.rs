//! The task that keeps the state in a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::shared::Shared;
use super::start_error::StartError;
use crate::gateway::Gateway;
use crate::settings::Settings;

/// How long a change may stay unwritten.
const INTERVAL: Duration = Duration::from_secs(2);

/// A gateway that goes on from the settings' state file, or a fresh one.
pub(super) fn load(settings: Settings) -> Result<Gateway, StartError> {
    let Some(path) = settings.state.clone() else { return Ok(Gateway::new(settings)) };
    let failed = |source| StartError::State { path: path.clone(), source };
    match fs::read_to_string(&path) {
        Ok(saved) => Gateway::restore(settings, &saved).map_err(|error| failed(error.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Gateway::new(settings)),
        Err(error) => Err(failed(error)),
    }
}

/// Writes the state whenever it has changed, and once more at the end.
pub(super) async fn run(shared: Arc<Shared>, path: PathBuf, mut stopped: watch::Receiver<bool>) {
    let mut written = None;
    loop {
        let stop = tokio::select! {
            () = tokio::time::sleep(INTERVAL) => false,
            _ = stopped.wait_for(|stopped| *stopped) => true,
        };
        let revision = shared.revision();
        if written != Some(revision) {
            let (shared, path) = (shared.clone(), path.clone());
            let saved = tokio::task::spawn_blocking(move || save(&shared, &path)).await;
            match saved {
                Ok(Ok(())) => written = Some(revision),
                Ok(Err(error)) => tracing::error!(%error, "the state was not written"),
                Err(error) => tracing::error!(%error, "the state was not written"),
            }
        }
        if stop {
            return;
        }
    }
}

/// Writes beside the file first, so that no half a state is left behind.
fn save(shared: &Shared, path: &Path) -> io::Result<()> {
    let state = shared.look(Gateway::save)?;
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, state)?;
    fs::rename(&unfinished, path)
}
