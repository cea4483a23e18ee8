//! The end of an inbox.

use std::time::Duration;

use tokio::sync::watch;

/// Says when to stop, and waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is said.
    pub(crate) async fn stopped(&self) {
        // The sender is here, so that the channel cannot close.
        let _ = self.0.subscribe().wait_for(|stopped| *stopped).await;
    }

    /// Waits for this long, or until it is said; whether it is.
    pub(crate) async fn after(&self, pause: Duration) -> bool {
        tokio::time::timeout(pause, self.stopped()).await.is_ok()
    }
}
