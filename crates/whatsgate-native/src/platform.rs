//! Time and chance.

use std::time::{Duration, Instant, SystemTime};

use whatsgate_core::Platform;

/// The system's clocks, tokio's timer and a generator of random numbers of its own for every thread.
#[derive(Clone, Debug)]
pub struct TokioPlatform {
    start: Instant,
}

impl TokioPlatform {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Platform for TokioPlatform {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn wall_clock(&self) -> Duration {
        // A clock that was never set may stand before 1970.
        SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn random(&self) -> f64 {
        fastrand::f64()
    }

    /// On a thread where it holds up no other task.
    async fn work<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> R {
        match tokio::task::spawn_blocking(work).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down, and with it whoever waits here.
                Err(_) => std::future::pending().await,
            },
        }
    }
}
