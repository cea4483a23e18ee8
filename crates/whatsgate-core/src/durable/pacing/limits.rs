//! How fast a session may be.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Ask, Class, HOUR, MINUTE, Millis, QuietHours, SECOND};
use crate::durable::rules::Rule;

/// How fast a session may be.
///
/// In configuration it is a map of these fields, of which any may be missing; one with another name is an error, so that none
/// is ignored for a slip of the pen. Times are in milliseconds. A `burst` or a cap of 0 lets nothing start.
///
/// ```
/// use std::time::Duration;
/// use whatsgate_core::durable::pacing::{Limits, QuietHours};
///
/// let limits = Limits::default()
///     .with_rate(Duration::from_secs(15), 2)
///     .with_caps(100, 500)
///     .with_quiet_hours(QuietHours::new("21:00", "09:00", "Asia/Yekaterinburg")?);
/// # let limits_as_json = serde_json::to_string(&limits).unwrap();
/// # assert_eq!(serde_json::from_str::<Limits>(&limits_as_json).unwrap(), limits);
/// # Ok::<(), whatsgate_core::durable::pacing::InvalidQuietHours>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// The time between starts that follow one another for long. At 0 there is no rate.
    pub interval_ms: u64,
    /// How many may start at once after a while without starts.
    pub burst: u32,
    /// The most starts in any hour.
    pub hourly: u32,
    /// The most starts in any 24 hours.
    pub daily: u32,
    /// The share of both caps that bulk leaves to the others.
    pub reserve_percent: u8,
    /// By up to this share of the interval a start is later than it could be.
    pub jitter_percent: u8,
    /// How long after connecting starts are rarer.
    pub ramp_ms: u64,
    /// How many times as long the interval is at first after connecting. It shrinks evenly.
    pub ramp_factor: u32,
    /// The pause after an error. It doubles with each error in a row.
    pub error_pause_ms: u64,
    /// The longest pause after errors.
    pub longest_error_pause_ms: u64,
    /// For how long after an inbound message of the chat a message counts as a reply to it.
    pub reply_within_ms: u64,
    /// When only what is urgent starts, and replies.
    pub quiet_hours: Option<QuietHours>,
}

impl Default for Limits {
    /// The strictest of what libraries that guard numbers use, since neither WhatsApp nor the gateway publishes a limit:
    ///
    /// - one start in 10 seconds and two at once: so no minute holds more than 8;
    /// - 200 an hour and 1000 a day, of which bulk leaves a tenth to the others;
    /// - jitter of up to half the interval, so that starts do not tick;
    /// - after connecting one start in 40 seconds, in 15 minutes growing to the full rate: just then a number draws attention,
    ///   and a queue has gathered;
    /// - after an error a pause of a minute, doubling up to an hour: one of these errors may be a ban;
    /// - a reply within an hour is one;
    /// - no quiet hours: nobody can guess where the recipients live. A campaign should have some.
    ///
    /// A new number wants lower caps in its first weeks.
    fn default() -> Self {
        Self {
            interval_ms: 10 * SECOND.unsigned_abs(),
            burst: 2,
            hourly: 200,
            daily: 1000,
            reserve_percent: 10,
            jitter_percent: 50,
            ramp_ms: 15 * MINUTE.unsigned_abs(),
            ramp_factor: 4,
            error_pause_ms: MINUTE.unsigned_abs(),
            longest_error_pause_ms: HOUR.unsigned_abs(),
            reply_within_ms: HOUR.unsigned_abs(),
            quiet_hours: None,
        }
    }
}

impl Limits {
    /// One start each interval, and after a while without starts so many at once.
    pub fn with_rate(mut self, interval: Duration, burst: u32) -> Self {
        self.interval_ms = millis(interval);
        self.burst = burst;
        self
    }

    /// At most so many starts in any hour and in any 24 hours.
    pub fn with_caps(mut self, hourly: u32, daily: u32) -> Self {
        self.hourly = hourly;
        self.daily = daily;
        self
    }

    /// Bulk leaves this share of the caps to the others.
    pub fn with_reserve(mut self, percent: u8) -> Self {
        self.reserve_percent = percent;
        self
    }

    /// Starts are later by up to this share of the interval.
    pub fn with_jitter(mut self, percent: u8) -> Self {
        self.jitter_percent = percent;
        self
    }

    /// After connecting the interval is so many times as long, and shrinks to its length within this time.
    pub fn with_ramp(mut self, lasts: Duration, factor: u32) -> Self {
        self.ramp_ms = millis(lasts);
        self.ramp_factor = factor;
        self
    }

    /// Pauses after an error; each error in a row doubles the pause, up to the longest one.
    pub fn with_error_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.error_pause_ms = millis(first);
        self.longest_error_pause_ms = millis(longest);
        self
    }

    /// What leaves within this time after an inbound message of its chat counts as a reply.
    pub fn with_replies_within(mut self, time: Duration) -> Self {
        self.reply_within_ms = millis(time);
        self
    }

    /// In these hours only what is urgent starts, and replies.
    pub fn with_quiet_hours(mut self, hours: QuietHours) -> Self {
        self.quiet_hours = Some(hours);
        self
    }

    /// Whether a message of a chat is a reply, by the time of the chat's last inbound message.
    pub fn is_reply(&self, last_inbound: Millis, now: Millis) -> bool {
        // A date from the future is no licence to write at night until it has come.
        last_inbound.abs_diff(now) <= self.reply_within_ms
    }

    /// The pause after so many errors in a row; none after none.
    ///
    /// ```
    /// use whatsgate_core::durable::pacing::Limits;
    ///
    /// let pauses: Vec<_> = (0..=7).map(|errors| Limits::default().pause(errors) / 60_000).collect();
    /// assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 60]);
    /// ```
    pub fn pause(&self, errors: u32) -> Millis {
        let doubled = match errors {
            0 => 0,
            errors => 1_u64.checked_shl(errors - 1).unwrap_or(u64::MAX),
        };
        signed(self.error_pause_ms.saturating_mul(doubled).min(self.longest_error_pause_ms))
    }

    /// The hourly and the daily cap of a class.
    pub(super) fn caps(&self, class: Class) -> [usize; 2] {
        let leaves = match class {
            Class::Bulk if Rule::BulkLeavesRoom.holds() => u64::from(self.reserve_percent.min(100)),
            _ => 0,
        };
        [self.hourly, self.daily].map(|cap| {
            let cap = u64::from(cap);
            usize::try_from(cap - cap * leaves / 100).unwrap_or(usize::MAX)
        })
    }

    pub(super) fn interval(&self) -> Millis {
        signed(self.interval_ms)
    }

    /// By how much a start is later than it could be.
    pub(super) fn jitter(&self, ask: &Ask) -> Millis {
        let most = u128::from(self.interval_ms) * u128::from(self.jitter_percent.min(100)) / 100;
        // Below the interval, so it fits.
        signed(u64::try_from(u128::from(mixed(ask.seed)) % (most + 1)).unwrap_or(0))
    }

    /// How far the allowance can be used up in advance.
    pub(super) fn whole_burst(&self) -> Millis {
        self.interval().saturating_mul(Millis::from(self.burst))
    }
}

/// Spreads numbers that are close to each other, as `SplitMix64` does.
pub(super) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Times beyond are all the same: never.
fn signed(millis: u64) -> Millis {
    Millis::try_from(millis).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_fields_are_the_defaults_and_others_an_error() {
        let read = |text| serde_json::from_str::<Limits>(text);
        assert_eq!(read("{}").unwrap(), Limits::default());
        assert_eq!(read(r#"{"hourly":5,"daily":7}"#).unwrap(), Limits::default().with_caps(5, 7));
        assert!(read(r#"{"hourley":5}"#).is_err());
        assert!(read(r#"{"daily":-1}"#).is_err());
    }

    #[test]
    fn quiet_hours_of_an_unknown_zone_are_an_error() {
        let with = |zone| format!(r#"{{"quiet_hours":{{"from":"21:00","until":"09:00","zone":"{zone}"}}}}"#);
        assert!(serde_json::from_str::<Limits>(&with("Europe/Berlin")).is_ok());
        assert!(serde_json::from_str::<Limits>(&with("Europe/Atlantis")).is_err());
    }

    #[test]
    fn bulk_leaves_a_share_of_the_caps() {
        let limits = Limits::default();
        assert_eq!(limits.caps(Class::Urgent), [200, 1000]);
        assert_eq!(limits.caps(Class::Normal), [200, 1000]);
        assert_eq!(limits.caps(Class::Bulk), [180, 900]);
        assert_eq!(limits.with_caps(1, 5).with_reserve(255).caps(Class::Bulk), [0, 0]);
    }

    #[test]
    fn jitter_stays_within_its_share_and_spreads() {
        let limits = Limits::default();
        let of = |seed| limits.jitter(&Ask::new(Class::Bulk).with_seed(seed));
        let all: Vec<_> = (0..1000).map(of).collect();
        assert!(all.iter().all(|jitter| (0..=5000).contains(jitter)));
        assert!(all.iter().any(|jitter| *jitter < 100) && all.iter().any(|jitter| *jitter > 4900));
        let mean = all.iter().sum::<Millis>() / 1000;
        assert!((2300..2700).contains(&mean), "{mean}");
        assert_eq!(of(7), of(7));
    }

    #[test]
    fn a_reply_is_recent_by_any_clock() {
        let limits = Limits::default();
        assert!(limits.is_reply(0, HOUR));
        assert!(!limits.is_reply(0, HOUR + 1));
        assert!(!limits.is_reply(2 * HOUR, 0));
        assert!(!limits.is_reply(Millis::MIN, Millis::MAX));
    }

    #[test]
    fn what_is_out_of_bounds_is_never() {
        let limits = Limits::default().with_rate(Duration::MAX, u32::MAX).with_jitter(255);
        assert_eq!(limits.whole_burst(), Millis::MAX);
        assert!(limits.jitter(&Ask::new(Class::Bulk)) >= 0);
        assert_eq!(limits.with_error_pauses(Duration::MAX, Duration::MAX).pause(u32::MAX), Millis::MAX);
    }
}
