//! What keeps messages back that are queued, for those who look.

use std::collections::HashMap;
use std::time::Duration;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::{Entry, Key, State};

use crate::error::StoreError;
use crate::outbox;
use crate::tables::{OutboxFilter, Sendable, Tables};

/// How many entries are looked at at a time.
const PAGE: usize = 1000;

/// What keeps queued messages back at the moment, beside their time and the pace.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    sendable: Sendable,
    /// The messages whose outcome is looked for, by session and chat, and until when others wait for that.
    unknown: HashMap<(String, String), (Key, Millis)>,
}

/// Why a queued message is not sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitsFor {
    /// For somebody who [releases](outbox::release) what begins like its key.
    Release,
    /// For another message of its chat, of which it is not known whether it was sent: until that is known or resolved, and no
    /// longer than until this time.
    Unknown {
        /// The other one's key.
        key: Key,
        /// Until when, by the store's clock.
        until: Millis,
    },
}

impl Waiting {
    /// Looks what keeps messages back, where those who send let a chat wait for so long; see [`outbox::Taking`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use whatsgate_store::waiting::Waiting;
    /// use whatsgate_store::{Memory, OutboxFilter, OutboxTables};
    ///
    /// let mut memory = Memory::new();
    /// let waiting = Waiting::read(&mut memory, Duration::from_secs(300))?;
    /// for entry in memory.outbox_entries(&OutboxFilter::default(), 100)? {
    ///     println!("{} waits: {}", entry.key.key, waiting.of(&entry).is_some());
    /// }
    /// # Ok::<(), whatsgate_store::StoreError>(())
    /// ```
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn read(tables: &mut dyn Tables, look: Duration) -> Result<Self, StoreError> {
        let now = tables.now()?;
        let look = Millis::try_from(look.as_millis()).unwrap_or(Millis::MAX);
        let sendable = Sendable { only: None, held: outbox::held(tables)? };
        let mut unknown = HashMap::<_, (Key, Millis)>::new();
        let mut filter = OutboxFilter { states: vec![State::Unknown], ..OutboxFilter::default() };
        loop {
            let entries = tables.outbox_entries(&filter, PAGE)?;
            for entry in &entries {
                filter.after = entry.id;
                let ended = entry.course.attempt.as_ref().and_then(|attempt| attempt.ended);
                let (Some(ended), Ok(chat)) = (ended, entry.draft.chat()) else { continue };
                let until = ended.saturating_add(look);
                let place = (entry.draft.session.clone(), chat);
                if until > now && unknown.get(&place).is_none_or(|(_, known)| *known < until) {
                    unknown.insert(place, (entry.key.clone(), until));
                }
            }
            if entries.len() < PAGE {
                return Ok(Self { sendable, unknown });
            }
        }
    }

    /// What a message waits for; nothing if it is not queued, or waits only for its turn.
    pub fn of(&self, entry: &Entry) -> Option<WaitsFor> {
        if entry.course.state != State::Queued {
            return None;
        }
        if !self.sendable.takes(&entry.key) {
            return Some(WaitsFor::Release);
        }
        let (key, until) = self.unknown.get(&(entry.draft.session.clone(), entry.draft.chat().ok()?))?;
        (entry.draft.not_before < *until).then(|| WaitsFor::Unknown { key: key.clone(), until: *until })
    }
}
