//! The thread that keeps the state on disk.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::ledger::Ledger;
use super::shared::{Pending, Shared};

/// How long to wait after what cannot be written, before trying again.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts the thread.
pub(super) fn start(shared: Arc<Shared>, ledger: Ledger) -> io::Result<JoinHandle<()>> {
    let name = "whatsgate-saver".to_owned();
    std::thread::Builder::new().name(name).spawn(move || run(&shared, ledger))
}

/// Writes what came in until the end, all that came in meanwhile together, and the whole state from time to time.
fn run(shared: &Shared, mut ledger: Ledger) {
    loop {
        let pending = shared.wait_for_entries();
        write(shared, &mut ledger, &pending);
        if pending.stopped || ledger.is_long() {
            renew(shared, &mut ledger);
        }
        if pending.stopped {
            if let Err(error) = ledger.close() {
                tracing::warn!(%error, "a log stays");
            }
            return;
        }
    }
}

/// Writes entries, if need be again and again; nothing of them is acknowledged before.
fn write(shared: &Shared, ledger: &mut Ledger, pending: &Pending) {
    while let Err(error) = ledger.append(&pending.entries) {
        tracing::error!(%error, "what came in is not written");
        if shared.is_stopped() {
            return;
        }
        std::thread::sleep(PAUSE);
    }
    shared.wrote(pending.noted);
}

/// Writes the whole state, or what came in last if that fails.
fn renew(shared: &Shared, ledger: &mut Ledger) {
    let generation = ledger.next_generation();
    let (state, pending) = shared.save(|gateway| gateway.save_generation(generation));
    match state.map_err(io::Error::from).and_then(|state| ledger.renew(generation, &state)) {
        Ok(()) => shared.wrote(pending.noted),
        Err(error) => {
            tracing::error!(%error, "the state is not written anew; its log holds what it lacks");
            write(shared, ledger, &pending);
        }
    }
}
