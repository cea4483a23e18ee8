//! Hours in which people are not to be disturbed.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Millis;

/// The same hours of every day in a time zone.
///
/// They last from the first time that the zone's clocks show the beginning until the last time that they show the end: where
/// clocks are set back within them or at their ends they are longer, and where clocks skip a time they begin before and end
/// after the gap. Quiet hours from 21:00 until 09:00 span midnight.
///
/// Zones are those of the IANA database as it was when this library was released, on every machine. A country that changes its
/// time later needs a newer release.
///
/// ```
/// use whatsgate_core::durable::pacing::{InvalidQuietHours, QuietHours};
///
/// assert_eq!(QuietHours::new("21:00", "09:00", "Europe/Berlin")?.zone(), "Europe/Berlin");
/// assert!(matches!(QuietHours::new("21:00", "09:00", "Berlin"), Err(InvalidQuietHours::Zone(_))));
/// # Ok::<(), InvalidQuietHours>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct QuietHours {
    from: Time,
    until: Time,
    name: String,
    zone: TimeZone,
}

/// Quiet hours that make no sense: nothing may be sent by them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidQuietHours {
    /// There is no such zone.
    #[error("there is no time zone {0:?}; zones have names such as \"Europe/Berlin\"")]
    Zone(String),
    /// This is no time of day.
    #[error("{0:?} is no time of day; write it as \"21:00\"")]
    Time(String),
    /// They end when they begin: that may mean never or always.
    #[error("quiet hours begin and end at {0}: leave them out, or set the daily cap to 0")]
    Empty(String),
}

/// By less than this is a clock ever set: no place moved across the date line and by more than an hour besides.
const FARTHEST: SignedDuration = SignedDuration::from_hours(25);

/// Quiet hours in configuration.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: String,
    until: String,
    zone: String,
}

impl TryFrom<Written> for QuietHours {
    type Error = InvalidQuietHours;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        Self::new(&written.from, &written.until, &written.zone)
    }
}

impl From<QuietHours> for Written {
    fn from(hours: QuietHours) -> Self {
        Self { from: shown(hours.from), until: shown(hours.until), zone: hours.name }
    }
}

impl QuietHours {
    /// From a time of day until another one, as the clocks of this zone show it.
    ///
    /// # Errors
    /// When the database does not know the zone, a time is not written as `21:00`, or both times are the same.
    pub fn new(from: &str, until: &str, zone: &str) -> Result<Self, InvalidQuietHours> {
        let (from, until) = (time_of(from)?, time_of(until)?);
        if from == until {
            return Err(InvalidQuietHours::Empty(shown(from)));
        }
        // Names of the database that stand for no place.
        let is_placeless = ["Etc/Unknown", "Factory"].iter().any(|name| zone.eq_ignore_ascii_case(name));
        let found = TimeZoneDatabase::bundled().get(zone).ok().filter(|zone| !zone.is_unknown());
        match found {
            Some(found) if !is_placeless => Ok(Self { from, until, name: zone.to_owned(), zone: found }),
            _ => Err(InvalidQuietHours::Zone(zone.to_owned())),
        }
    }

    /// The name of the zone.
    pub fn zone(&self) -> &str {
        &self.name
    }

    /// The first time from this one on that is not quiet; never for times that no calendar reaches.
    ///
    /// ```
    /// use whatsgate_core::durable::pacing::QuietHours;
    ///
    /// let quiet = QuietHours::new("21:00", "09:00", "Etc/UTC")?;
    /// assert_eq!(quiet.next_open(22 * 3_600_000), 33 * 3_600_000);
    /// assert_eq!(quiet.next_open(33 * 3_600_000), 33 * 3_600_000);
    /// # Ok::<(), whatsgate_core::durable::pacing::InvalidQuietHours>(())
    /// ```
    pub fn next_open(&self, time: Millis) -> Millis {
        let mut open = time;
        // Where a day is skipped or a clock set back, one quiet time may end within another.
        while let Some(end) = self.end_at(open) {
            if end == Millis::MAX {
                return end;
            }
            open = end;
        }
        open
    }

    /// The end of the quiet hours that this time is in.
    fn end_at(&self, time: Millis) -> Option<Millis> {
        let Some(local) = self.local(time) else { return Some(Millis::MAX) };
        let spans = i64::from(self.from > self.until);
        // Offsets of old times have seconds, none has less.
        let millis = |time: Result<Timestamp, _>| time.ok().map(Timestamp::as_millisecond);
        let begin =
            |date: Date| millis(self.zone.to_ambiguous_timestamp(date.to_datetime(self.from)).earlier());
        let end = |date: Date| millis(self.zone.to_ambiguous_timestamp(date.to_datetime(self.until)).later());
        // Quiet hours belong to the day that they begin on. A clock may be set by as much as a day.
        for day in [0, -1, -2, 1] {
            let begins = local.date().checked_add(day.days());
            let ends = local.date().checked_add((day + spans).days());
            let (Ok(begins), Ok(ends)) = (begins, ends) else { return Some(Millis::MAX) };
            // Most of them are too far away to need the zone for it.
            if local.duration_since(ends.to_datetime(self.until)) > FARTHEST
                || begins.to_datetime(self.from).duration_since(local) > FARTHEST
            {
                continue;
            }
            let Some(end) = end(ends) else { return Some(Millis::MAX) };
            if end <= time {
                continue;
            }
            let Some(begin) = begin(begins) else { return Some(Millis::MAX) };
            if begin <= time {
                return Some(end);
            }
        }
        None
    }

    /// What the zone's clocks show.
    pub(super) fn local(&self, time: Millis) -> Option<DateTime> {
        Some(self.zone.to_datetime(Timestamp::from_millisecond(time).ok()?))
    }
}

fn time_of(text: &str) -> Result<Time, InvalidQuietHours> {
    let invalid = || InvalidQuietHours::Time(text.to_owned());
    let (hour, minute) = text.split_once(':').ok_or_else(invalid)?;
    let number = |digits: &str| match digits.len() {
        2 if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse::<i8>().ok(),
        _ => None,
    };
    let (hour, minute) = (number(hour).ok_or_else(invalid)?, number(minute).ok_or_else(invalid)?);
    Time::new(hour, minute, 0, 0).map_err(|_| invalid())
}

fn shown(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{DAY, HOUR, MINUTE};
    use super::*;

    fn at(text: &str) -> Millis {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn opens(from: &str, until: &str, zone: &str, time: &str) -> String {
        let open = QuietHours::new(from, until, zone).unwrap().next_open(at(time));
        Timestamp::from_millisecond(open).unwrap().to_string()
    }

    #[test]
    fn a_plain_night() {
        let night = |time| opens("21:00", "09:00", "Europe/Berlin", time);
        assert_eq!(night("2026-01-15T19:59:59Z"), "2026-01-15T19:59:59Z");
        assert_eq!(night("2026-01-15T20:00:00Z"), "2026-01-16T08:00:00Z");
        assert_eq!(night("2026-01-16T03:00:00Z"), "2026-01-16T08:00:00Z");
        assert_eq!(night("2026-01-16T08:00:00Z"), "2026-01-16T08:00:00Z");
    }

    #[test]
    fn hours_within_a_day() {
        let noon = |time| opens("12:00", "14:00", "Europe/Berlin", time);
        assert_eq!(noon("2026-07-15T09:59:00Z"), "2026-07-15T09:59:00Z");
        assert_eq!(noon("2026-07-15T10:00:00Z"), "2026-07-15T12:00:00Z");
    }

    #[test]
    fn nights_in_which_clocks_are_set() {
        // Berlin: from 02:00 to 03:00 on 29 March 2026, from 03:00 to 02:00 on 25 October.
        assert_eq!(opens("21:00", "09:00", "Europe/Berlin", "2026-03-28T20:00:00Z"), "2026-03-29T07:00:00Z");
        assert_eq!(opens("21:00", "09:00", "Europe/Berlin", "2026-10-24T19:00:00Z"), "2026-10-25T08:00:00Z");
        // They end at a time that comes twice: with the second one.
        assert_eq!(opens("21:00", "02:30", "Europe/Berlin", "2026-10-24T20:00:00Z"), "2026-10-25T01:30:00Z");
        // They end at a time that does not come: after the gap.
        assert_eq!(opens("21:00", "02:30", "Europe/Berlin", "2026-03-28T22:00:00Z"), "2026-03-29T01:30:00Z");
        // They begin at a time that comes twice: with the first one.
        assert_eq!(opens("02:30", "06:00", "Europe/Berlin", "2026-10-25T00:45:00Z"), "2026-10-25T05:00:00Z");
        // São Paulo skipped midnight on 4 November 2018.
        assert_eq!(
            opens("22:00", "00:30", "America/Sao_Paulo", "2018-11-04T02:00:00Z"),
            "2018-11-04T03:30:00Z"
        );
        assert_eq!(
            opens("00:00", "06:00", "America/Sao_Paulo", "2018-11-04T03:30:00Z"),
            "2018-11-04T08:00:00Z"
        );
        // And had the hour before midnight twice on 17 February 2019 (from midnight back to 23:00 on the 16th).
        assert_eq!(
            opens("23:30", "06:00", "America/Sao_Paulo", "2019-02-17T01:40:00Z"),
            "2019-02-17T09:00:00Z"
        );
    }

    #[test]
    fn zones_at_the_edges_of_the_day() {
        assert_eq!(
            opens("21:00", "09:00", "Pacific/Kiritimati", "2026-06-01T07:00:00Z"),
            "2026-06-01T19:00:00Z"
        );
        assert_eq!(
            opens("21:00", "09:00", "Pacific/Pago_Pago", "2026-06-01T08:00:00Z"),
            "2026-06-01T20:00:00Z"
        );
        // Samoa had no 30 December 2011.
        let night = |time| opens("21:00", "09:00", "Pacific/Apia", time);
        assert_eq!(night("2011-12-30T08:00:00Z"), "2011-12-30T19:00:00Z");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let new = |from, until, zone| QuietHours::new(from, until, zone).unwrap_err();
        assert_eq!(new("09:00", "09:00", "Europe/Berlin"), InvalidQuietHours::Empty("09:00".to_owned()));
        for zone in
            ["", "Berlin", "Europe/Atlantis", "Etc/Unknown", "etc/unknown", "Factory", "+03:00", "../etc"]
        {
            assert_eq!(new("21:00", "09:00", zone), InvalidQuietHours::Zone(zone.to_owned()));
        }
        for time in ["", "9", "9:00", "24:00", "12:60", "-1:00", "+1:00", "21:00:00", "21.00", "²1:00"] {
            assert_eq!(new(time, "09:00", "Europe/Berlin"), InvalidQuietHours::Time(time.to_owned()));
        }
    }

    #[test]
    fn times_that_no_calendar_reaches_are_never_open() {
        let night = QuietHours::new("21:00", "09:00", "Europe/Berlin").unwrap();
        assert_eq!(night.next_open(Millis::MAX), Millis::MAX);
        assert_eq!(night.next_open(Millis::MIN), Millis::MAX);
    }

    const ZONES: [&str; 12] = [
        "Europe/Berlin",
        "America/Sao_Paulo",
        "Pacific/Kiritimati",
        "Pacific/Pago_Pago",
        "Pacific/Apia",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Asia/Tehran",
        "America/St_Johns",
        "Antarctica/Troll",
        "Asia/Kathmandu",
        "Africa/Cairo",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn no_clock_shows_a_quiet_time_when_it_is_open(
            zone in 0..ZONES.len(),
            from in 0_i64..24 * 60,
            lasts in 1_i64..24 * 60,
            start in at("1990-01-01T00:00:00Z")..at("2037-01-01T00:00:00Z"),
        ) {
            let shown = |minutes: i64| format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60);
            let hours = QuietHours::new(&shown(from), &shown(from + lasts), ZONES[zone]).unwrap();
            let is_quiet = |time| {
                let local = hours.local(time).unwrap();
                let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
                (minute - from).rem_euclid(24 * 60) < lasts
            };
            // Around a time when clocks are set, if there is one within some years.
            let zone = &hours.zone;
            let start = zone.following(Timestamp::from_millisecond(start).unwrap()).next()
                .map_or(start, |set| set.timestamp().as_millisecond()) - DAY;
            let mut time = start - start.rem_euclid(MINUTE);
            while time < start + 3 * DAY {
                let open = hours.next_open(time);
                prop_assert!(open >= time && !is_quiet(open));
                prop_assert_eq!(hours.next_open(open), open);
                if is_quiet(time) {
                    prop_assert!(open > time);
                } else if open > time {
                    // Only near a time when clocks are set is it quiet against what they show.
                    prop_assert!((time - DAY..time + 2 * DAY).contains(&(start + DAY)));
                }
                if open > time {
                    prop_assert!(open - time <= lasts * MINUTE + 50 * HOUR);
                }
                time += 11 * MINUTE;
            }
        }
    }
}
