//! Since when events are listed, as it is typed.

use std::time::{SystemTime, UNIX_EPOCH};

use whatsgate_native::model::WireDate;

/// Reads what `--since` takes. What is reckoned from now is reckoned in UTC, in which the service's dates are as far as
/// can be told.
pub(crate) fn since(text: &str) -> Result<WireDate, &'static str> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    read(text.trim(), i64::try_from(now).unwrap_or(i64::MAX)).ok_or(
        "it must be a date (YYYY-MM-DD or YYYY-MM-DD HH:MM:SS), today, now, or how long ago (30m, 1h, 7d)",
    )
}

fn read(text: &str, now: i64) -> Option<WireDate> {
    let ago = |seconds| Some(WireDate::from_unix_seconds_as_utc(now.checked_sub(seconds)?));
    match text {
        "now" => ago(0),
        "today" => ago(now.rem_euclid(24 * 60 * 60)),
        _ => WireDate::new(text).or_else(|_| WireDate::new(format!("{text} 00:00:00"))).ok().or_else(|| {
            let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
            let seconds = match unit {
                "s" => 1,
                "m" => 60,
                "h" => 60 * 60,
                "d" => 24 * 60 * 60,
                _ => return None,
            };
            ago(i64::from(number.parse::<u32>().ok()?).checked_mul(seconds)?)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::read;

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
