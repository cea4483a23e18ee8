//! How much of a token's page is let in at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many calls a page may make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// The time in which one call comes back.
    pub(crate) every: Duration,
    /// How many may come at once.
    pub(crate) burst: u32,
}

/// What runs for the tokens that are known, in this process.
pub(crate) struct Gate {
    slots: Mutex<HashMap<String, Slot>>,
    start: Instant,
    rate: Rate,
}

/// What runs for a token.
#[derive(Default)]
struct Slot {
    /// Up to when its calls are used up, since the start.
    used: Duration,
    calls: u32,
    files: u32,
    streams: u32,
}

/// What a token may have several of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seats {
    Calls,
    Files,
    Streams,
}

/// A seat, free again once it is dropped.
pub(crate) struct Seat {
    gate: Arc<Gate>,
    hash: String,
    of: Seats,
}

impl Gate {
    pub(crate) fn new(rate: Rate) -> Arc<Self> {
        Arc::new(Self { slots: Mutex::default(), start: Instant::now(), rate })
    }

    /// Takes one call of a token that is known here already; otherwise says how long to wait. Of others nothing is kept, so
    /// that strangers fill no memory.
    pub(crate) fn call(&self, hash: &str) -> Result<(), Duration> {
        let now = self.start.elapsed();
        match self.lock().get_mut(hash) {
            Some(slot) => used(slot.used, now, self.rate).map(|used| slot.used = used),
            None => Ok(()),
        }
    }

    /// The token is one.
    pub(crate) fn admit(&self, hash: &str) {
        let now = self.start.elapsed();
        let mut slots = self.lock();
        if !slots.contains_key(hash) {
            // Who has made no calls for so long is as one who never did.
            slots.retain(|_, slot| slot.used > now || slot.calls + slot.files + slot.streams > 0);
            let used = used(Duration::ZERO, now, self.rate).unwrap_or(now);
            slots.insert(hash.to_owned(), Slot { used, ..Slot::default() });
        }
    }

    /// A seat, if there are fewer than so many taken.
    pub(crate) fn seat(self: &Arc<Self>, hash: &str, of: Seats, most: u32) -> Option<Seat> {
        let mut slots = self.lock();
        let taken = slots.entry(hash.to_owned()).or_default().count(of);
        if *taken >= most {
            return None;
        }
        *taken += 1;
        drop(slots);
        Some(Seat { gate: Arc::clone(self), hash: hash.to_owned(), of })
    }

    /// The tokens that have streams.
    pub(crate) fn streaming(&self) -> Vec<String> {
        let slots = self.lock();
        slots.iter().filter(|(_, slot)| slot.streams > 0).map(|(hash, _)| hash.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn count(&mut self, of: Seats) -> &mut u32 {
        match of {
            Seats::Calls => &mut self.calls,
            Seats::Files => &mut self.files,
            Seats::Streams => &mut self.streams,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(slot) = self.gate.lock().get_mut(&self.hash) {
            let taken = slot.count(self.of);
            *taken = taken.saturating_sub(1);
        }
    }
}

/// Up to when calls are used up after one more at this time; otherwise how long to wait for it.
fn used(used: Duration, now: Duration, rate: Rate) -> Result<Duration, Duration> {
    let next = used.max(now).saturating_add(rate.every);
    let ahead = next.saturating_sub(now);
    let most = rate.every.saturating_mul(rate.burst.max(1));
    if ahead > most { Err(ahead.saturating_sub(most)) } else { Ok(next) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_used_up_and_comes_back_evenly() {
        let rate = Rate { every: Duration::from_secs(1), burst: 3 };
        let at = |millis: u64| Duration::from_millis(100_000 + millis);
        let mut until = Duration::ZERO;
        for _ in 0..3 {
            until = used(until, at(0), rate).unwrap();
        }
        assert_eq!(used(until, at(0), rate), Err(Duration::from_secs(1)));
        assert_eq!(used(until, at(400), rate), Err(Duration::from_millis(600)));
        until = used(until, at(1_000), rate).unwrap();
        assert!(used(until, at(1_500), rate).is_err());
        // A long pause gives back no more than the burst.
        for _ in 0..3 {
            until = used(until, at(90_000), rate).unwrap();
        }
        assert!(used(until, at(90_000), rate).is_err());
    }

    #[test]
    fn seats_are_counted_by_token_and_freed() {
        let gate = Gate::new(Rate { every: Duration::from_secs(1), burst: 3 });
        let first = gate.seat("a", Seats::Streams, 1);
        assert!(first.is_some() && gate.seat("a", Seats::Streams, 1).is_none());
        assert!(gate.seat("b", Seats::Streams, 1).is_some() && gate.seat("a", Seats::Calls, 1).is_some());
        assert_eq!(gate.streaming(), ["a"]);
        drop(first);
        assert!(gate.seat("a", Seats::Streams, 1).is_some());
    }

    #[test]
    fn strangers_fill_no_memory_and_idle_tokens_are_forgotten() {
        let gate = Gate::new(Rate { every: Duration::ZERO, burst: 3 });
        for stranger in 0..99 {
            assert!(gate.call(&stranger.to_string()).is_ok());
        }
        assert_eq!(gate.lock().len(), 0);
        gate.admit("a");
        gate.admit("b");
        assert_eq!(gate.lock().len(), 1);
    }
}
