//! Saving a gateway's state and going on from it.

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::random::Random;
use super::state::{EventLog, MediaStore, Session, Sessions, State, Timeline, Webhooks};
use crate::settings::Settings;

/// The form of what is saved; raised when an older one cannot be read any more.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Saved<'a> {
    version: u32,
    seed: u64,
    now: u64,
    ahead: u64,
    sessions: Vec<&'a Session>,
    sessions_made: u64,
    events: &'a EventLog,
    media: &'a MediaStore,
    timeline: &'a Timeline,
    webhooks: &'a Webhooks,
}

#[derive(Deserialize)]
struct Restored {
    version: u32,
    seed: u64,
    now: u64,
    ahead: u64,
    sessions: Vec<Session>,
    sessions_made: u64,
    events: EventLog,
    media: MediaStore,
    timeline: Timeline,
    webhooks: Webhooks,
}

/// The whole state but settings and faults, as JSON.
pub(crate) fn save(state: &State) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Saved {
        version: VERSION,
        seed: state.random.seed(),
        now: state.clock.now(),
        ahead: state.clock.ahead(),
        sessions: state.sessions.iter().collect(),
        sessions_made: state.sessions.made(),
        events: &state.news.events,
        media: &state.media,
        timeline: &state.timeline,
        webhooks: &state.news.webhooks,
    })
}

/// The state that goes on from a saved one.
pub(crate) fn restore(settings: Settings, saved: &str) -> Result<State, serde_json::Error> {
    let restored: Restored = serde_json::from_str(saved)?;
    if restored.version != VERSION {
        return Err(serde::de::Error::custom(format!(
            "the state has version {}, wanted is {VERSION}",
            restored.version
        )));
    }
    let mut state = State::new(settings);
    state.random = Random::new(restored.seed);
    state.clock = Clock::restored(restored.now, restored.ahead);
    state.sessions = Sessions::restored(restored.sessions, restored.sessions_made);
    state.media = restored.media;
    state.timeline = restored.timeline;
    state.news.events = restored.events;
    state.news.webhooks = restored.webhooks;
    Ok(state)
}
