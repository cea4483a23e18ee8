//! What a session did, and what it may do next.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Ask, DAY, HOUR, Limits, Millis, Next, Wait};
use crate::durable::rules::Rule;

/// What a session did within the last day, as far as what it may do next depends on it.
///
/// It is kept as a small document (at most a number for each start of the last 24 hours), or made again from the recorded
/// starts. Asking costs the same for any number of starts.
///
/// ```
/// use whatsgate_core::durable::pacing::{Ask, Class, Limits, Next, Pace};
///
/// let (limits, now) = (Limits::default(), 1_795_863_600_000);
/// let mut pace = Pace::new();
/// pace.connected(now - 24 * 3_600_000);
/// if let Next::Now(start) = pace.next_start(&limits, &Ask::new(Class::Normal), now) {
///     pace.record_start(&limits, start);
/// }
/// assert_eq!(pace.starts().count(), 1);
/// pace.record_error(now);
/// assert_eq!(pace.errors(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Pace {
    /// The starts of the 24 hours before the last one, in their order.
    starts: VecDeque<Millis>,
    /// For the pace it is never earlier.
    time: Millis,
    /// When the allowance of the rate would be whole again.
    whole_at: Millis,
    connected: Option<Millis>,
    errors: u32,
    failed: Option<Millis>,
    lately: Lately,
}

/// How many of the last outcomes were errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lately {
    /// Outcomes of all kinds.
    pub(super) outcomes: u32,
    /// Those that were errors.
    pub(super) errors: u32,
}

/// After so many outcomes the earlier ones count half.
const LATELY: u32 = 2000;

impl Lately {
    fn count(&mut self, is_error: bool) {
        if self.outcomes >= LATELY {
            self.outcomes /= 2;
            self.errors /= 2;
        }
        self.outcomes += 1;
        self.errors += u32::from(is_error);
    }
}

/// A pace as it is stored: of the starts the first one, and how much later than its predecessor each of the others is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    time: Millis,
    whole_at: Millis,
    first: Option<Millis>,
    gaps: Vec<u64>,
    connected: Option<Millis>,
    errors: u32,
    failed: Option<Millis>,
    lately: Lately,
}

impl From<Pace> for Written {
    fn from(pace: Pace) -> Self {
        let gaps = pace.starts.iter().zip(pace.starts.iter().skip(1));
        Self {
            time: pace.time,
            whole_at: pace.whole_at,
            first: pace.starts.front().copied(),
            gaps: gaps.map(|(one, next)| next.saturating_sub(*one).unsigned_abs()).collect(),
            connected: pace.connected,
            errors: pace.errors,
            failed: pace.failed,
            lately: pace.lately,
        }
    }
}

impl From<Written> for Pace {
    fn from(written: Written) -> Self {
        let mut starts: VecDeque<_> = written.first.into_iter().collect();
        for gap in written.gaps {
            starts.extend(starts.back().map(|last| last.saturating_add_unsigned(gap)));
        }
        Self {
            time: written.time.max(starts.back().copied().unwrap_or(Millis::MIN)),
            starts,
            whole_at: written.whole_at,
            connected: written.connected,
            errors: written.errors,
            failed: written.failed,
            lately: written.lately,
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

impl Pace {
    /// The pace of a session that never started anything, and is not connected.
    pub fn new() -> Self {
        Self {
            starts: VecDeque::new(),
            time: Millis::MIN,
            whole_at: Millis::MIN,
            connected: None,
            errors: 0,
            failed: None,
            lately: Lately::default(),
        }
    }

    /// The pace of a session by its recorded starts, in any order: all of the 24 hours before `now`, and those that are later
    /// than `now` by a clock that was set back. Older ones do no harm. The session is not connected, and has no errors.
    ///
    /// What is older is not known, and a session that was busy for days has used up its burst long ago. So the burst counts as
    /// used up 24 hours before `now`, which matters only where it takes longer than that to come back.
    pub fn from_starts(limits: &Limits, mut starts: Vec<Millis>, now: Millis) -> Self {
        starts.retain(|start| *start > now.saturating_sub(DAY));
        starts.sort_unstable();
        let mut pace = Self::new();
        if Rule::UnknownPastCounts.holds() {
            pace.whole_at = now.saturating_sub(DAY).saturating_add(limits.whole_burst());
        }
        for start in starts {
            pace.record_start(limits, start);
        }
        if Rule::TimeNeverGoesBack.holds() {
            // What is not among the starts must not come into a window again when the clock is set back.
            pace.time = pace.time.max(now);
        }
        pace
    }

    /// The session is connected since this time: from when the service says so, not from when this program knows of it.
    /// Does nothing where that is known already.
    pub fn connected(&mut self, at: Millis) {
        self.connected.get_or_insert(at);
    }

    /// Whether the session is connected.
    pub fn is_connected(&self) -> bool {
        self.connected.is_some()
    }

    /// The session is not connected any more: nothing starts until it is.
    pub fn disconnected(&mut self) {
        self.connected = None;
    }

    /// Records a start, at the time that [`Next::Now`] names, and returns the time under which it is to be recorded: never
    /// before the last one.
    pub fn record_start(&mut self, limits: &Limits, at: Millis) -> Millis {
        let at = self.time_at(at);
        self.time = at;
        self.starts.push_back(at);
        while self.starts.front().is_some_and(|first| *first <= at.saturating_sub(DAY)) {
            self.starts.pop_front();
        }
        let whole_at = self.whole_at.max(at).saturating_add(limits.interval());
        // More than that is never used up by starts that were allowed; others are not to be paid for for ever.
        self.whole_at = whole_at.min(at.saturating_add(limits.whole_burst()));
        at
    }

    /// The service took what had started at this time: the errors in a row are over, unless it had started before the last one.
    pub fn record_success(&mut self, started: Millis) {
        self.lately.count(false);
        if self.failed.is_none_or(|failed| started > failed) {
            self.errors = 0;
            self.failed = None;
        }
    }

    /// The service did not take what had started, and it is known at this time. Not for refusals of what was sent, such as a
    /// number that has no account; for what says that the session or the service is not well.
    pub fn record_error(&mut self, at: Millis) {
        self.lately.count(true);
        self.errors = self.errors.saturating_add(1);
        self.failed = self.failed.max(Some(self.time_at(at)));
    }

    /// How many errors there were since the last success.
    pub fn errors(&self) -> u32 {
        self.errors
    }

    pub(super) fn lately(&self) -> Lately {
        self.lately
    }

    /// The recorded starts of the 24 hours before the last one, in their order.
    pub fn starts(&self) -> impl ExactSizeIterator<Item = Millis> + '_ {
        self.starts.iter().copied()
    }

    /// By how much the clock is behind what is recorded. Where that is much, a clock was wrong, now or before, and starts wait
    /// until it is as late as recorded: a person should know.
    pub fn ahead_of(&self, now: Millis) -> Millis {
        let known = [Some(self.time), self.failed, self.connected].into_iter().flatten().max();
        known.unwrap_or(now).saturating_sub(now).max(0)
    }

    /// Moves what is recorded as later than `now` to `now`. Only for a person who knows that the clock is right now and was
    /// wrong before: then no window holds too much, since all of it happened by now.
    pub fn trust_clock(&mut self, limits: &Limits, now: Millis) {
        for start in &mut self.starts {
            *start = (*start).min(now);
        }
        self.time = self.time.min(now);
        self.whole_at = self.whole_at.min(now.saturating_add(limits.whole_burst()));
        self.failed = self.failed.map(|failed| failed.min(now));
        self.connected = self.connected.map(|connected| connected.min(now));
    }

    /// When this may start, if nothing else does before.
    ///
    /// The same question later has the same answer until that time has come; the seed of the jitter belongs to the question.
    pub fn next_start(&self, limits: &Limits, ask: &Ask, now: Millis) -> Next {
        let now = self.time_at(now);
        let quiet = limits.quiet_hours.as_ref().filter(|_| ask.keeps_quiet());
        let [hourly, daily] = limits.caps(ask.class);
        let nothing = [
            (limits.burst == 0, Wait::Rate),
            (hourly == 0, Wait::HourlyCap),
            (daily == 0, Wait::DailyCap),
            (self.connected.is_none() && Rule::ErrorsPause.holds(), Wait::Disconnected),
        ];
        if let Some((_, why)) = nothing.into_iter().find(|(holds, _)| *holds) {
            return Next::Held(why);
        }
        let bounds = [
            (self.rate(limits), Wait::Rate),
            (self.cap(hourly, HOUR), Wait::HourlyCap),
            (self.cap(daily, DAY), Wait::DailyCap),
            (self.ramp(limits), Wait::Ramp),
            (self.pause(limits), Wait::Errors),
        ];
        let mut latest = (now, None);
        for (bound, why) in bounds {
            // All of these are fixed times until something is recorded, and so are they with the jitter.
            let bound = bound.map(|bound| bound.saturating_add(limits.jitter(ask)));
            if let Some(bound) = bound.filter(|bound| *bound > latest.0) {
                latest = (bound, Some(why));
            }
        }
        if let Some(bound) = ask.not_before.filter(|bound| *bound > latest.0) {
            latest = (bound, Some(Wait::NotBefore));
        }
        if let Some(quiet) = quiet {
            // The others are bounds from below: they hold at the end of the quiet hours too.
            let open = quiet.next_open(latest.0);
            if open > latest.0 {
                latest = (open, Some(Wait::QuietHours));
            }
        }
        match latest {
            (Millis::MAX, Some(why)) => Next::Held(why),
            (at, Some(why)) => Next::At { at, why },
            (at, None) => Next::Now(at),
        }
    }

    fn time_at(&self, now: Millis) -> Millis {
        if Rule::TimeNeverGoesBack.holds() { now.max(self.time) } else { now }
    }

    /// By the generic cell rate algorithm: each start moves the time when the allowance is whole by one interval, and that
    /// must not become later than a whole burst from the start.
    fn rate(&self, limits: &Limits) -> Option<Millis> {
        // Without a rate, what an earlier one had used up does not count either.
        if !Rule::PaceKeepsWindows.holds() || limits.interval_ms == 0 {
            return None;
        }
        Some(self.whole_at.saturating_sub(limits.whole_burst().saturating_sub(limits.interval())))
    }

    /// When the last start but so many leaves a window of this length.
    fn cap(&self, most: usize, window: Millis) -> Option<Millis> {
        let place = self.starts.len().checked_sub(most)?;
        Rule::PaceKeepsWindows.holds().then(|| self.starts[place].saturating_add(window))
    }

    /// The interval at a time of the ramp is between `factor` intervals at its beginning and one at its end. The first time
    /// that is so far from the last start, or from the connecting, has to be found.
    fn ramp(&self, limits: &Limits) -> Option<Millis> {
        let connected = self.connected.filter(|_| Rule::RampAfterConnecting.holds())?;
        let (interval, ramp) = (i128::from(limits.interval_ms), i128::from(limits.ramp_ms));
        let more = i128::from(limits.ramp_factor.saturating_sub(1));
        if ramp == 0 || more == 0 {
            return None;
        }
        let last = self.starts.back().map_or(0, |last| (i128::from(*last) - i128::from(connected)).max(0));
        // Solves: time - last = interval * (1 + more * (ramp - time) / ramp), all counted from the connecting.
        let (shares, of) = (last * ramp + interval * (1 + more) * ramp, ramp + interval * more);
        let time = ((shares + of - 1) / of).min(ramp);
        Some(connected.saturating_add(Millis::try_from(time).unwrap_or(Millis::MAX)))
    }

    /// A start within a pause can only be one that was not allowed, and one after it is a trial: another one waits for what
    /// becomes of it, or for as long again.
    fn pause(&self, limits: &Limits) -> Option<Millis> {
        let failed = self.failed.filter(|_| Rule::ErrorsPause.holds())?;
        let from = self.starts.back().map_or(failed, |last| failed.max(*last));
        Some(from.saturating_add(limits.pause(self.errors)))
    }
}
