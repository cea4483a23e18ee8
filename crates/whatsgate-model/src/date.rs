//! The service's dates: naive text with a resolution of one second.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::ids::{InvalidValue, text_newtype};

const FORMAT: &str = "%Y-%m-%d %H:%M:%S";

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
        // The parser takes shorter numbers and other white space too; written back they differ.
        match DateTime::strptime(FORMAT, text).ok().and_then(written) {
            Some(date) if date == *text => Ok(date.0),
            _ => Err(InvalidValue::new("date", "it must be a date of the form YYYY-MM-DD HH:MM:SS")),
        }
    }
);

/// The date in the form of the wire, which has no place for years before 0.
fn written(time: DateTime) -> Option<WireDate> {
    (time.year() >= 0).then(|| WireDate(time.strftime(FORMAT).to_string().into()))
}

impl WireDate {
    /// The date of a Unix time in seconds, written in UTC; times outside of the years 1 to 9999 are cut to the limits.
    pub fn from_unix_seconds_as_utc(seconds: i64) -> Self {
        const YEAR_1: i64 = -62_135_596_800;
        let time =
            Timestamp::from_second(seconds.clamp(YEAR_1, Timestamp::MAX.as_second())).unwrap_or_default();
        Self(time.to_zoned(TimeZone::UTC).datetime().strftime(FORMAT).to_string().into())
    }

    /// The Unix time in seconds if the text is in UTC; none if it is no date.
    pub fn unix_seconds_if_utc(&self) -> Option<i64> {
        let time = DateTime::strptime(FORMAT, self.as_str()).ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
    }

    /// The same clock moved by whole seconds, whatever its zone; none if the text is no date or the result has no form
    /// on the wire.
    pub fn shifted_by_seconds(&self, seconds: i64) -> Option<Self> {
        let time = DateTime::strptime(FORMAT, self.as_str()).ok()?;
        written(time.checked_add(SignedDuration::from_secs(seconds)).ok()?)
    }
}
