//! Lengths of time, as they are typed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use whatsgate_native::model::WireDate;

/// Reads a length of time such as 45s, 30m, 1h or 7d.
pub(crate) fn time_span(text: &str) -> Result<Duration, &'static str> {
    read(text.trim()).ok_or("it must be a length of time, such as 45s, 30m, 1h, 7d")
}

/// Reads how long something may take: also in milliseconds, and longer than nothing.
pub(crate) fn deadline(text: &str) -> Result<Duration, &'static str> {
    let text = text.trim();
    let number = text.strip_suffix("ms").filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let span = match number {
        Some(number) => number.parse::<u32>().ok().map(|number| Duration::from_millis(number.into())),
        None => read(text),
    };
    span.filter(|span| !span.is_zero())
        .ok_or("it must be a length of time, longer than nothing, such as 300ms, 20s, 2m")
}

/// Reads how old something may be.
pub(crate) fn age(text: &str) -> Result<Duration, &'static str> {
    let age = time_span(text)?;
    if age.is_zero() { Err("it must be longer than nothing, or no event would be handled") } else { Ok(age) }
}

/// Reads a moment: a date in UTC, or a length of time from now on.
pub(crate) fn moment(text: &str) -> Result<SystemTime, &'static str> {
    let text = text.trim();
    let date = WireDate::new(text).or_else(|_| WireDate::new(format!("{text} 00:00:00")));
    let seconds = date.ok().and_then(|date| u64::try_from(date.unix_seconds_if_utc()?).ok());
    let moment = match (seconds, read(text)) {
        (Some(seconds), _) => UNIX_EPOCH.checked_add(Duration::from_secs(seconds)),
        (None, Some(span)) => SystemTime::now().checked_add(span),
        (None, None) => None,
    };
    moment.ok_or(
        "it must be a date in UTC (YYYY-MM-DD or YYYY-MM-DD HH:MM:SS) or how long from now on (30m, 1h, 7d)",
    )
}

/// The length of time, if it is one.
pub(crate) fn read(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    let number = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse::<u32>().ok())??;
    Some(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{age, deadline, read};

    #[test]
    fn what_is_a_length_of_time() {
        for (text, seconds) in [("45s", 45), ("30m", 1800), ("1h", 3600), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(read(text), Some(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "s", "5", "-1h", "+1h", "1w", "1 h", "1й", "99999999999d"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_deadline_is_longer_than_nothing() {
        assert_eq!(deadline("300ms"), Ok(Duration::from_millis(300)));
        assert_eq!(deadline("20s"), Ok(Duration::from_secs(20)));
        for text in ["0s", "0ms", "ms", "-1ms", "1.5s", "300"] {
            assert!(deadline(text).is_err_and(|error| error.contains("300ms")), "{text}");
        }
    }

    #[test]
    fn nothing_is_younger_than_nothing() {
        assert_eq!(age("1s"), Ok(Duration::from_secs(1)));
        for text in ["0s", "00d"] {
            assert!(age(text).is_err_and(|error| error.contains("longer than nothing")), "{text}");
        }
    }
}
