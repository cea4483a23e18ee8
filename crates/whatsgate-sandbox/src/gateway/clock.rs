//! Times: Unix milliseconds inside, Unix seconds and naive dates on the wire.

use std::time::Duration;

use whatsgate_model::WireDate;

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
