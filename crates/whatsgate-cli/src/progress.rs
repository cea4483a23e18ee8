//! Signs of life on the terminal while something takes long.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;
use whatsgate_native::Progress;

const UNSIZED: &str = "{spinner} {msg} {bytes} ({elapsed})";
const SIZED: &str = "{spinner} {msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

const COUNTED: &str = "{spinner} {pos} of {len} {wide_bar} {msg}";

/// When it is time for a line about how far something is, where no terminal is watched.
pub(crate) struct Pace {
    last: Instant,
    text: String,
}

impl Pace {
    /// A line at most so often.
    const EVERY: Duration = Duration::from_secs(30);
    /// That nothing changes is said so often.
    const UNCHANGED: Duration = Duration::from_secs(10 * 60);

    /// Something was said just now.
    pub(crate) fn new(now: Instant) -> Self {
        Self { last: now, text: String::new() }
    }

    /// Whether this is to be said now. Then it counts as said.
    pub(crate) fn is_due(&mut self, now: Instant, text: &str) -> bool {
        let since = now.saturating_duration_since(self.last);
        let is_due = since >= if text == self.text { Self::UNCHANGED } else { Self::EVERY };
        if is_due {
            *self = Self { last: now, text: text.to_owned() };
        }
        is_due
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_every_half_minute_and_more_rarely_where_nothing_changes() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let mut said = Vec::new();
        for second in 0..3600 {
            let sent = (second / 20).min(6);
            if pace.is_due(start + Duration::from_secs(second), &format!("{sent} sent")) {
                said.push((second, sent));
            }
        }
        assert_eq!(said[..5], [(30, 1), (60, 3), (90, 4), (120, 6), (720, 6)]);
        assert_eq!(said.len(), 9);
    }
}
