//! Since when events are listed, as it is typed.

use std::time::{SystemTime, UNIX_EPOCH};

use whatsgate_durable::StartAt;
use whatsgate_durable::store::durable::journal::Position;
use whatsgate_native::model::WireDate;

use crate::time_span;

/// Reads what `--since` takes. What is reckoned from now is reckoned in UTC, in which the service's dates are as far as
/// can be told.
pub(crate) fn since(text: &str) -> Result<WireDate, &'static str> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    read(text.trim(), i64::try_from(now).unwrap_or(i64::MAX)).ok_or(
        "it must be a date (YYYY-MM-DD or YYYY-MM-DD HH:MM:SS), today, now, or how long ago (30m, 1h, 7d)",
    )
}

/// Where a consumer begins, as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum From {
    Now,
    Beginning,
    /// A date with its Unix seconds as if it were in UTC.
    Date(WireDate, i64),
    Position(Position),
}

/// Reads what `--from` takes.
pub(crate) fn from(text: &str) -> Result<From, &'static str> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit())
        && let Some(position) = text.parse().ok().filter(|position| i64::try_from(*position).is_ok())
    {
        return Ok(From::Position(position));
    }
    match text {
        "now" => Ok(From::Now),
        "beginning" => Ok(From::Beginning),
        _ => {
            let date = since(text).ok();
            let dated =
                date.and_then(|date| date.unix_seconds_if_utc().map(|seconds| From::Date(date, seconds)));
            dated.ok_or(
                "it must be now, beginning, a date (YYYY-MM-DD or YYYY-MM-DD HH:MM:SS), today, how long ago (30m, 1h, \
                 7d), or a position in the journal",
            )
        }
    }
}

impl From {
    /// The place in the journal.
    pub(crate) fn place(&self) -> StartAt {
        match self {
            Self::Now => StartAt::Now,
            Self::Beginning => StartAt::Beginning,
            Self::Date(_, seconds) => StartAt::Date(*seconds),
            Self::Position(position) => StartAt::After(*position),
        }
    }
}

fn read(text: &str, now: i64) -> Option<WireDate> {
    let ago = |seconds| Some(WireDate::from_unix_seconds_as_utc(now.checked_sub(seconds)?));
    match text {
        "now" => ago(0),
        "today" => ago(now.rem_euclid(24 * 60 * 60)),
        _ => WireDate::new(text)
            .or_else(|_| WireDate::new(format!("{text} 00:00:00")))
            .ok()
            .or_else(|| ago(i64::try_from(time_span::read(text)?.as_secs()).ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::{From, from, read};

    #[test]
    fn what_from_takes() {
        assert_eq!(from("now"), Ok(From::Now));
        assert_eq!(from(" beginning "), Ok(From::Beginning));
        assert_eq!(from("12"), Ok(From::Position(12)));
        for text in ["2026-01-31", "2026-01-31 10:20:30", "today", "1h"] {
            assert!(matches!(from(text), Ok(From::Date(..))), "{text}");
        }
        for text in ["", "-1", "18446744073709551615", "yesterday", "2026-02-30"] {
            assert!(from(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_since_takes() {
        // 2026-01-31 10:20:30
        let now = 1_769_854_830;
        for (text, date) in [
            ("2026-01-01 01:02:03", "2026-01-01 01:02:03"),
            ("2026-01-01", "2026-01-01 00:00:00"),
            ("today", "2026-01-31 00:00:00"),
            ("now", "2026-01-31 10:20:30"),
            ("45s", "2026-01-31 10:19:45"),
            ("30m", "2026-01-31 09:50:30"),
            ("1h", "2026-01-31 09:20:30"),
            ("31d", "2025-12-31 10:20:30"),
        ] {
            assert_eq!(read(text, now).unwrap(), date, "{text}");
        }
        for text in ["", "h", "-1h", "1", "1w", "yesterday", "2026-02-30", "2026-01-01 ", "1й"] {
            assert_eq!(read(text, now), None, "{text}");
        }
    }
}
