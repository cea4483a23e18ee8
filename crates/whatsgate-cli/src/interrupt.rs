//! Ctrl+C, and what a service manager sends instead.

use std::io;

/// Ends when the program is asked to end, counted from this call on and not from the first poll: a loop that asked anew in
/// each round would miss what comes in between.
///
/// # Errors
/// When the system does not let the program listen for it.
#[cfg(unix)]
pub(crate) fn interrupted() -> io::Result<impl Future<Output = ()> + Unpin> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(Box::pin(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }))
}

/// Ends when the program is asked to end.
///
/// # Errors
/// When the system does not let the program listen for it.
#[cfg(windows)]
pub(crate) fn interrupted() -> io::Result<impl Future<Output = ()> + Unpin> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(Box::pin(async move {
        let _ = interrupt.recv().await;
    }))
}
