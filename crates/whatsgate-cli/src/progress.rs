//! Signs of life on the terminal while something takes long.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use whatsgate_native::Progress;

const UNSIZED: &str = "{spinner} {msg} {bytes} ({elapsed})";
const SIZED: &str = "{spinner} {msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

const COUNTED: &str = "{spinner} {pos} of {len} {wide_bar} {msg}";

/// Goes away when dropped.
pub(crate) struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// None, for those who do not watch.
    pub(crate) fn hidden() -> Self {
        Self(None)
    }

    /// Whether nobody watches.
    pub(crate) fn is_hidden(&self) -> bool {
        self.0.is_none()
    }

    /// One that turns until it is dropped.
    pub(crate) fn new(text: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(text.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(Some(bar))
    }

    /// The same, counting bytes.
    pub(crate) fn counting_bytes(self) -> Self {
        if let (Some(bar), Ok(style)) = (&self.0, ProgressStyle::with_template(UNSIZED)) {
            bar.set_style(style);
        }
        self
    }

    /// The same, counting what is done of so many.
    pub(crate) fn counting(self, all: u64) -> Self {
        if let (Some(bar), Ok(style)) = (&self.0, ProgressStyle::with_template(COUNTED)) {
            bar.set_length(all);
            bar.set_style(style);
        }
        self
    }

    /// How many are done, and what is to be said of the others.
    pub(crate) fn set(&self, done: u64, text: String) {
        if let Some(bar) = &self.0 {
            bar.set_position(done);
            bar.set_message(text);
        }
    }

    /// Goes away while `print` prints, and comes back below.
    pub(crate) fn suspend<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// What the transfer calls.
    pub(crate) fn report(&self) -> impl FnMut(Progress) + Send + 'static {
        let bar = self.0.clone();
        move |progress| {
            let Some(bar) = &bar else { return };
            if let Some(total) = progress.total
                && bar.length() != Some(total)
                && let Ok(style) = ProgressStyle::with_template(SIZED)
            {
                bar.set_length(total);
                bar.set_style(style);
            }
            bar.set_position(progress.bytes);
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
