//! The service's dates: naive text with a resolution of one second.

use time::{Date, Duration, Month, PrimitiveDateTime, Time, UtcDateTime};

use crate::text_newtype::{InvalidValue, text_newtype};

text_newtype!(
    /// A date of the wire, `YYYY-MM-DD HH:MM:SS`, without a time zone.
    ///
    /// In the vendor's example the text equals the UTC form of the message's timestamp to the second; no source states
    /// the zone (wire reference, section 2.6). So the text is kept as it came, and the conversions assume UTC and say
    /// so in their names.
    ///
    /// ```
    /// # use whatsgate_model::WireDate;
    /// let date = WireDate::new("2022-09-07 18:29:37")?;
    /// assert_eq!(date.unix_seconds_if_utc(), Some(1_662_575_377));
    /// assert_eq!(WireDate::from_unix_seconds_as_utc(1_662_575_377), date);
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    WireDate,
    |text| {
        read(text)
            .map(write)
            .ok_or_else(|| InvalidValue::new("date", "it must be a date of the form YYYY-MM-DD HH:MM:SS"))
    },
    "description" = "A date, `YYYY-MM-DD HH:MM:SS`, without a time zone. The one example that can be checked is in UTC."
);

impl WireDate {
    /// The date of a Unix time in seconds, written in UTC; times before year 0 or after 9999 are cut to these limits.
    ///
    /// ```
    /// use whatsgate_model::WireDate;
    ///
    /// let date = WireDate::from_unix_seconds_as_utc(1_662_575_377);
    /// assert_eq!(date, "2022-09-07 18:29:37");
    /// assert_eq!(date.unix_seconds_if_utc(), Some(1_662_575_377));
    /// ```
    pub fn from_unix_seconds_as_utc(seconds: i64) -> Self {
        let seconds = seconds.clamp(YEAR_0, YEAR_9999);
        let time = UtcDateTime::from_unix_timestamp(seconds).unwrap_or(UtcDateTime::UNIX_EPOCH);
        Self(write(PrimitiveDateTime::new(time.date(), time.time())))
    }

    /// The Unix time in seconds if the text is in UTC; none if it is no date.
    pub fn unix_seconds_if_utc(&self) -> Option<i64> {
        Some(read(self.as_str())?.as_utc().unix_timestamp())
    }

    /// The same clock moved by whole seconds, whatever its zone; none if the text is no date.
    ///
    /// ```
    /// use whatsgate_model::WireDate;
    ///
    /// let in_an_hour = WireDate::new("2022-09-07 23:29:37")?.shifted_by_seconds(3600);
    /// assert_eq!(in_an_hour, Some(WireDate::new("2022-09-08 00:29:37")?));
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    pub fn shifted_by_seconds(&self, seconds: i64) -> Option<Self> {
        let moved = read(self.as_str())?.checked_add(Duration::seconds(seconds))?;
        (0..=9999).contains(&moved.year()).then(|| Self(write(moved)))
    }
}

// The first and the last second that the form can write, 0000-01-01 00:00:00 and 9999-12-31 23:59:59.
const YEAR_0: i64 = -62_167_219_200;
const YEAR_9999: i64 = 253_402_300_799;

/// Reads the one form there is. By hand, because a date library's parser of formats would be a good part of the JavaScript
/// package.
fn read(text: &str) -> Option<PrimitiveDateTime> {
    let bytes = text.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if bytes.len() != 19 || separators.iter().any(|&(at, separator)| bytes[at] != separator) {
        return None;
    }
    let number = |start: usize, end: usize| {
        bytes[start..end]
            .iter()
            .try_fold(0, |sum: u16, byte| byte.is_ascii_digit().then(|| sum * 10 + u16::from(byte - b'0')))
    };
    let two = |start: usize| number(start, start + 2).and_then(|number| u8::try_from(number).ok());
    let month = Month::try_from(two(5)?).ok()?;
    let date = Date::from_calendar_date(number(0, 4)?.into(), month, two(8)?).ok()?;
    let time = Time::from_hms(two(11)?, two(14)?, two(17)?).ok()?;
    Some(PrimitiveDateTime::new(date, time))
}

fn write(time: PrimitiveDateTime) -> Box<str> {
    let (year, month, day) = time.date().to_calendar_date();
    let (hour, minute, second) = time.as_hms();
    format!("{year:04}-{:02}-{day:02} {hour:02}:{minute:02}:{second:02}", u8::from(month)).into()
}
