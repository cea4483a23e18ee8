//! The pacing: a year of it by its own clock, and forecasts beside what happens.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use whatsgate_durable::store::durable::Millis;
use whatsgate_durable::store::durable::pacing::{
    Ask, Class, Limits, Next, Pace, Queued, QuietHours, forecast,
};

/// A Monday noon in Berlin.
const BEGIN: Millis = 1_767_610_800_000;
const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;
const YEAR: Millis = 365 * DAY;
/// One attempt in so many fails.
const ERRORS: u64 = 100;

/// Measures and prints all of it.
pub(crate) fn print() -> Result<()> {
    let night = QuietHours::new("21:00", "09:00", "Europe/Berlin")?;
    let quiet = Limits::default().with_quiet_hours(night);
    println!("| a simulated year | starts | time | most in a minute | in an hour | in 24 hours |");
    println!("|---|---|---|---|---|---|");
    for (name, limits) in [("defaults", Limits::default()), ("with quiet hours", quiet.clone())] {
        let begun = Instant::now();
        let starts = course(&limits, &mut Troubles::none(), Class::Normal, u64::MAX, BEGIN + YEAR);
        let took = begun.elapsed();
        let [minute, hour, day] = [MINUTE, HOUR, DAY].map(|window| most_within(&starts, window));
        println!("| {name} | {} | {took:.2?} | {minute} | {hour} | {day} |", starts.len());
        ensure!(minute <= 8 && hour <= 200 && day <= 1000, "a window holds too many");
    }
    println!();
    println!("| a campaign | forecast after | happens after | error | worked out in |");
    println!("|---|---|---|---|---|");
    let rate = quiet.clone().with_caps(10_000, 10_000);
    for (name, limits, count, breaks) in [
        ("500", &Limits::default(), 500, 0),
        ("500, quiet hours", &quiet, 500, 0),
        ("5000, quiet hours", &quiet, 5000, 0),
        ("100000, quiet hours", &quiet, 100_000, 0),
        ("20000, the rate alone, quiet hours", &rate, 20_000, 0),
        ("5000, quiet hours, lost connections", &quiet, 5000, 1000),
        ("20000, the rate alone, quiet hours, lost connections", &rate, 20_000, 1000),
    ] {
        let mut pace = experienced();
        pace.connected(BEGIN);
        let begun = Instant::now();
        let queue = [Queued::new(Ask::new(Class::Bulk), count)];
        let last = forecast(limits, &pace, &queue, BEGIN).last.unwrap_or(BEGIN);
        let took = begun.elapsed();
        let mut worst = (0.0, last);
        for seed in 0..10 {
            let starts = course(limits, &mut Troubles::new(seed, breaks), Class::Bulk, count, Millis::MAX);
            let end = starts.last().copied().unwrap_or(BEGIN);
            let error = share(last - end, end - BEGIN);
            if f64::abs(error) >= f64::abs(worst.0) {
                worst = (error, end);
            }
        }
        let (forecast, happens, error) = (shown(last - BEGIN), shown(worst.1 - BEGIN), worst.0 * 100.0);
        println!("| {name} | {forecast} | {happens} | {error:+.2} % | {took:.2?} |");
        ensure!(breaks > 0 || f64::abs(error) <= 5.0, "the forecast is too far from what happens");
    }
    Ok(())
}

/// A pace that met as many errors as a course does, long ago.
fn experienced() -> Pace {
    let mut pace = Pace::new();
    for outcome in 0..1000 {
        if outcome % ERRORS == 0 {
            pace.record_error(BEGIN - DAY);
        } else {
            pace.record_success(BEGIN);
        }
    }
    pace
}

/// What a worker meets: errors, lost connections, and its own slowness.
struct Troubles {
    state: Option<u64>,
    /// The connection is lost once in so many attempts; never at 0.
    breaks: u64,
}

impl Troubles {
    fn none() -> Self {
        Self { state: None, breaks: 0 }
    }

    fn new(seed: u64, breaks: u64) -> Self {
        Self { state: Some(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1), breaks }
    }

    /// A number below this one; 0 where there are no troubles.
    fn below(&mut self, end: u64) -> u64 {
        let Some(state) = &mut self.state else { return 0 };
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state % end
    }

    fn happens_once_in(&mut self, times: u64) -> bool {
        self.state.is_some() && times > 0 && self.below(times) == 0
    }
}

/// The starts of a worker that starts what it may until this time.
fn course(limits: &Limits, troubles: &mut Troubles, class: Class, count: u64, until: Millis) -> Vec<Millis> {
    let mut pace = Pace::new();
    pace.connected(BEGIN);
    let mut now = BEGIN;
    let mut starts = Vec::new();
    while (starts.len() as u64) < count {
        let seed = (starts.len() as u64) ^ troubles.below(u64::MAX);
        let ask = Ask::new(class).with_seed(seed);
        match pace.next_start(limits, &ask, now) {
            Next::Now(at) => {
                starts.push(pace.record_start(limits, at));
                let takes = 200 + Millis::try_from(troubles.below(3000)).unwrap_or(0);
                now += takes;
                if troubles.happens_once_in(ERRORS) {
                    pace.record_error(now);
                } else {
                    pace.record_success(at);
                }
                if troubles.happens_once_in(troubles.breaks) {
                    pace.disconnected();
                    now += 5 * MINUTE;
                    pace.connected(now);
                }
            }
            // Timers are late.
            Next::At { at, .. } => now = at + Millis::try_from(troubles.below(100)).unwrap_or(0),
            Next::Held(_) => break,
        }
        if now >= until {
            break;
        }
    }
    starts
}

/// The most starts in any window of this length, both its ends included where it is a minute.
fn most_within(starts: &[Millis], window: Millis) -> usize {
    let mut first = 0;
    let closed = Millis::from(window == MINUTE);
    let count = |(last, start): (usize, &Millis)| {
        while starts[first] <= start - window - closed {
            first += 1;
        }
        last + 1 - first
    };
    starts.iter().enumerate().map(count).max().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "days in milliseconds are far below 2^52")]
fn share(part: Millis, whole: Millis) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn shown(time: Millis) -> String {
    let time = Duration::from_millis(time.unsigned_abs());
    format!("{:.2} days", time.as_secs_f64() / 86_400.0)
}
