//! Times: Unix milliseconds inside, Unix seconds and naive dates on the wire.

use std::time::Duration;

use whatsgate_model::WireDate;

/// The gateway's own time, which only rises, and how far it is ahead of the times it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    now: u64,
    ahead: u64,
}

impl Clock {
    /// A clock that was saved.
    pub(crate) fn restored(now: u64, ahead: u64) -> Self {
        Self { now, ahead }
    }

    /// How far it is ahead of the times it is told.
    pub(crate) fn ahead(self) -> u64 {
        self.ahead
    }

    /// The gateway's own time.
    pub(crate) fn now(self) -> u64 {
        self.now
    }

    /// The gateway's own time when it is told this one.
    pub(crate) fn own(self, told: u64) -> u64 {
        told.saturating_add(self.ahead)
    }

    /// What the gateway has to be told for this time of its own.
    pub(crate) fn told(self, own: u64) -> u64 {
        own.saturating_sub(self.ahead)
    }

    /// Goes on to a time of the gateway's own.
    pub(crate) fn reach(&mut self, own: u64) {
        self.now = self.now.max(own);
    }

    /// Puts the gateway's time further ahead.
    pub(crate) fn put_ahead(&mut self, by: Duration) {
        self.ahead = after(self.ahead, by);
    }
}

/// The wire's date of a time, in a zone that many seconds east of UTC.
pub(crate) fn date_text(now: u64, utc_offset: i32) -> String {
    let seconds = unix_seconds(now).saturating_add(i64::from(utc_offset));
    WireDate::from_unix_seconds_as_utc(seconds).as_str().to_owned()
}

pub(crate) fn unix_seconds(now: u64) -> i64 {
    i64::try_from(now / 1000).unwrap_or(i64::MAX)
}

pub(crate) fn after(now: u64, delay: Duration) -> u64 {
    now.saturating_add(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
}
