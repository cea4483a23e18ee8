//! What a test's own thread logs.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::dispatcher::DefaultGuard;
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Subscriber};
use tracing_subscriber::filter::LevelFilter;

/// All that is logged, at every level.
///
/// ```
/// use whatsgate_canary::{Log, assert_hidden};
///
/// let log = Log::default();
/// let _while_this_lives = log.of_this_thread();
/// tracing::info!("a request came");
/// assert!(log.text().contains("a request came"));
/// assert_hidden(&log.text());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What writes into it.
    pub fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        let log = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish()
    }

    /// Has it written by this thread, for as long as what is returned lives.
    #[must_use]
    pub fn of_this_thread(&self) -> (DefaultGuard, Dispatch) {
        // With a single one, whether a line is of interest is asked of the thread that comes to it first, which may be another
        // test's.
        let second = Dispatch::new(NoSubscriber::new());
        (tracing::subscriber::set_default(self.subscriber()), second)
    }

    /// What was logged until now.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
