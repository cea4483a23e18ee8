//! Saving a gateway's state and going on from it.

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::random::Random;
use super::state::{
    EventLog, LateRequests, MediaStore, Postponed, Session, Sessions, State, Timeline, Webhooks,
};
use crate::faults::Faults;
use crate::settings::Settings;

/// The form of what is saved; raised when an older one cannot be read any more.
const VERSION: u32 = 3;

/// Which of all states this is, so that no log but its own goes on from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Generation {
    /// How many states there were before.
    pub(crate) number: u64,
    /// Another one for states of the same number, whatever their seed.
    identity: u64,
}

impl Generation {
    /// A state after this one.
    pub(crate) fn next(self) -> Self {
        Self { number: self.number + 1, identity: fastrand::u64(..) }
    }
}

#[derive(Serialize)]
struct Saved<'a> {
    version: u32,
    generation: Generation,
    settings: &'a Settings,
    faults: &'a Faults,
    seed: u64,
    now: u64,
    ahead: u64,
    sessions: Vec<&'a Session>,
    sessions_made: u64,
    events: &'a EventLog,
    media: &'a MediaStore,
    timeline: &'a Timeline,
    webhooks: &'a Webhooks,
    postponed: &'a Postponed,
    late: &'a LateRequests,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Restored {
    generation: Generation,
    settings: Settings,
    faults: Faults,
    seed: u64,
    now: u64,
    ahead: u64,
    sessions: Vec<Session>,
    sessions_made: u64,
    events: EventLog,
    media: MediaStore,
    timeline: Timeline,
    webhooks: Webhooks,
    postponed: Postponed,
    late: LateRequests,
}

/// The whole state as JSON; the generation says which log goes on from it.
pub(crate) fn save(state: &State, generation: Generation) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Saved {
        version: VERSION,
        generation,
        settings: &state.settings,
        faults: &state.news.faults,
        seed: state.random.seed(),
        now: state.clock.now(),
        ahead: state.clock.ahead(),
        sessions: state.sessions.iter().collect(),
        sessions_made: state.sessions.made(),
        events: &state.news.events,
        media: &state.media,
        timeline: &state.timeline,
        webhooks: &state.news.webhooks,
        postponed: &state.news.postponed,
        late: &state.late,
    })
}

/// A saved state with the settings and faults that it was saved with, and its generation.
pub(crate) fn restore(saved: &str) -> Result<(State, Generation), serde_json::Error> {
    let version: Version = serde_json::from_str(saved)?;
    if version.version != VERSION {
        return Err(serde::de::Error::custom(format!(
            "the state has version {}, wanted is {VERSION}",
            version.version
        )));
    }
    let restored: Restored = serde_json::from_str(saved)?;
    let mut state = State::new(restored.settings);
    state.random = Random::new(restored.seed);
    state.clock = Clock::restored(restored.now, restored.ahead);
    state.sessions = Sessions::restored(restored.sessions, restored.sessions_made);
    state.media = restored.media;
    state.timeline = restored.timeline;
    state.late = restored.late;
    state.news.events = restored.events;
    state.news.webhooks = restored.webhooks;
    state.news.postponed = restored.postponed;
    state.news.faults = restored.faults;
    Ok((state, restored.generation))
}
