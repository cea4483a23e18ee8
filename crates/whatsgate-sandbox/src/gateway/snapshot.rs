//! Saving a gateway's state and going on from it.

use serde::{Deserialize, Serialize};

use super::Gateway;
use super::events::EventLog;
use super::media::MediaStore;
use super::random::Random;
use super::session::Session;
use super::timeline::Timeline;
use super::webhooks::Webhooks;
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

impl Gateway {
    /// The whole state as JSON: sessions, messages, events, files, and what is still to happen. Settings and rules of
    /// faults are not part of it.
    ///
    /// # Errors
    /// When the state cannot be written as JSON, which would be a bug of this crate.
    pub fn save(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Saved {
            version: VERSION,
            seed: self.random.seed(),
            now: self.now,
            ahead: self.ahead,
            sessions: self.sessions.values().collect(),
            sessions_made: self.sessions_made,
            events: &self.events,
            media: &self.media,
            timeline: &self.timeline,
            webhooks: &self.webhooks,
        })
    }

    /// A gateway that goes on from a saved state. The keys in the settings must stand in the same order as before.
    ///
    /// # Errors
    /// When the text is no saved state, or one of another version.
    pub fn restore(settings: Settings, saved: &str) -> Result<Self, serde_json::Error> {
        let restored: Restored = serde_json::from_str(saved)?;
        if restored.version != VERSION {
            return Err(serde::de::Error::custom(format!(
                "the state has version {}, wanted is {VERSION}",
                restored.version
            )));
        }
        let mut gateway = Self::new(settings);
        gateway.random = Random::new(restored.seed);
        gateway.now = restored.now;
        gateway.ahead = restored.ahead;
        gateway.sessions =
            restored.sessions.into_iter().map(|session| (session.id.clone(), session)).collect();
        gateway.sessions_made = restored.sessions_made;
        gateway.events = restored.events;
        gateway.media = restored.media;
        gateway.timeline = restored.timeline;
        gateway.webhooks = restored.webhooks;
        Ok(gateway)
    }
}
