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

/// The same, and when its terminal is closed: for what leaves others running.
///
/// # Errors
/// When the system does not let the program listen for it.
#[cfg(unix)]
pub(crate) fn interrupted_or_left() -> io::Result<impl Future<Output = ()> + Unpin> {
    use tokio::signal::unix::{SignalKind, signal};

    let interrupted = interrupted()?;
    let mut left = signal(SignalKind::hangup())?;
    Ok(Box::pin(async move {
        tokio::select! {
            () = interrupted => {}
            _ = left.recv() => {}
        }
    }))
}

/// There is no such signal there.
///
/// # Errors
/// As for [`interrupted`]
#[cfg(windows)]
pub(crate) fn interrupted_or_left() -> io::Result<impl Future<Output = ()> + Unpin> {
    interrupted()
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
