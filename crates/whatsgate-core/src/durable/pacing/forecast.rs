//! When a queue will have left.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::limits::mixed;
use super::{Ask, Class, DAY, Limits, Millis, Pace, QuietHours};

/// How far a forecast looks ahead.
pub const HORIZON: Millis = 366 * DAY;

/// Equal messages that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Each of them, but for the seed: theirs are made of this one.
    pub ask: Ask,
    /// How many there are.
    pub count: u64,
}

impl Queued {
    /// So many of these.
    pub fn new(ask: Ask, count: u64) -> Self {
        Self { ask, count }
    }
}

/// How a queue will leave, if nothing is added, errors are as frequent as they were lately, and the connection lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Forecast {
    /// When the first one starts.
    pub first: Option<Millis>,
    /// When the last one starts.
    pub last: Option<Millis>,
    /// How many start on which day, by the calendar of the quiet hours' zone, or of UTC without quiet hours.
    pub by_day: Vec<Day>,
    /// How many do not start within [`HORIZON`], or never.
    pub left: u64,
    /// The session is not connected: the forecast is for a connection from now on.
    pub assumes_connection: bool,
}

/// The starts of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Day {
    /// The day, as `2026-11-28`.
    pub date: String,
    /// How many start on it.
    pub starts: u64,
}

/// Says how this queue will leave, by doing what will be done: the same decisions in the same order, the class first and then
/// what may leave earlier. One step for each start, whatever the queue is made of.
///
/// ```
/// use whatsgate_core::durable::pacing::{Ask, Class, Limits, Pace, Queued, forecast};
///
/// let mut pace = Pace::new();
/// pace.connected(0);
/// let campaign = [Queued::new(Ask::new(Class::Bulk), 2500)];
/// let forecast = forecast(&Limits::default(), &pace, &campaign, 0);
/// assert_eq!(forecast.by_day.iter().map(|day| day.starts).collect::<Vec<_>>(), [900, 900, 700]);
/// ```
pub fn forecast(limits: &Limits, pace: &Pace, queue: &[Queued], now: Millis) -> Forecast {
    let left = queue.iter().fold(0, |sum: u64, queued| sum.saturating_add(queued.count));
    let mut forecast = Forecast { left, ..Forecast::default() };
    let mut pace = pace.clone();
    if !pace.is_connected() {
        forecast.assumes_connection = true;
        pace.connected(now);
    }
    let mut lanes = lanes(queue);
    let mut calendar = Calendar { quiet: limits.quiet_hours.as_ref(), days: BTreeMap::new() };
    let mut time = now;
    let lately = pace.lately();
    let (mut errors, every) = (u64::from(lately.outcomes / 2), u64::from(lately.outcomes.max(1)));
    loop {
        let next = lanes.iter().enumerate().filter_map(|(place, lane)| {
            let next = pace.next_start(limits, &lane.head()?, time);
            Some((next.at()?, place))
        });
        let Some((at, place)) = next.min() else { break };
        if at > now.saturating_add(HORIZON) {
            break;
        }
        time = pace.record_start(limits, at);
        lanes[place].leave();
        errors += u64::from(lately.errors);
        if errors >= every {
            errors -= every;
            pace.record_error(time);
        } else {
            pace.record_success(time);
        }
        forecast.first.get_or_insert(time);
        forecast.last = Some(time);
        forecast.left -= 1;
        calendar.count(time);
    }
    forecast.by_day = calendar.days();
    forecast
}

/// What waits for the same: the earlier first.
struct Lane {
    waiting: Vec<Queued>,
    place: usize,
    left: u64,
    started: u64,
}

/// One for each class, and for its replies, in the order in which they leave.
fn lanes(queue: &[Queued]) -> Vec<Lane> {
    let mut lanes: BTreeMap<(Class, bool), Vec<Queued>> = BTreeMap::new();
    for queued in queue.iter().filter(|queued| queued.count > 0) {
        lanes.entry((queued.ask.class, !queued.ask.is_reply)).or_default().push(*queued);
    }
    let lane = |mut waiting: Vec<Queued>| {
        waiting.sort_by_key(|queued| queued.ask.not_before);
        Lane { left: waiting[0].count, waiting, place: 0, started: 0 }
    };
    lanes.into_values().map(lane).collect()
}

impl Lane {
    fn head(&self) -> Option<Ask> {
        let ask = self.waiting.get(self.place)?.ask;
        Some(if self.started == 0 { ask } else { ask.with_seed(mixed(ask.seed).wrapping_add(self.started)) })
    }

    fn leave(&mut self) {
        self.left -= 1;
        self.started += 1;
        if self.left == 0 {
            self.place += 1;
            self.started = 0;
            self.left = self.waiting.get(self.place).map_or(0, |queued| queued.count);
        }
    }
}

/// Counts starts by day.
struct Calendar<'quiet> {
    quiet: Option<&'quiet QuietHours>,
    days: BTreeMap<Date, u64>,
}

impl Calendar<'_> {
    fn count(&mut self, time: Millis) {
        let date = match self.quiet {
            Some(quiet) => quiet.local(time).map(DateTime::date),
            None => Timestamp::from_millisecond(time).ok().map(|time| TimeZone::UTC.to_datetime(time).date()),
        };
        *self.days.entry(date.unwrap_or_default()).or_default() += 1;
    }

    fn days(self) -> Vec<Day> {
        self.days.into_iter().map(|(date, starts)| Day { date: date.to_string(), starts }).collect()
    }
}
