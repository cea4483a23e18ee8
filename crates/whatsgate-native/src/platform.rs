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
}
