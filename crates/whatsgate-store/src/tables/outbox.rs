//! What a store must be able to do with the outbox.

use whatsgate_core::durable::Millis;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
use whatsgate_core::durable::outbox::Course;
use whatsgate_core::durable::outbox::evidence::Sighting;
use whatsgate_core::durable::outbox::{Entry, Key, State};
use whatsgate_core::durable::receipts::ReceiptKey;

use crate::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Which entries of the outbox are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboxFilter {
    /// Of this program; of all if there is none.
    pub program: Option<String>,
    /// Whose keys begin so.
    pub prefix: String,
    /// In one of these states; in any if there are none.
    pub states: Vec<State>,
    /// That were put after this one.
    pub after: u64,
}

impl OutboxFilter {
    /// Whether a key is of those that are asked for.
    ///
    /// ```
    /// use whatsgate_store::OutboxFilter;
    /// use whatsgate_store::durable::outbox::Key;
    ///
    /// let filter = OutboxFilter { prefix: "order-".to_owned(), ..OutboxFilter::default() };
    /// assert!(filter.takes(&Key::new("order-17")) && !filter.takes(&Key::new("code-17")));
    /// ```
    pub fn takes(&self, key: &Key) -> bool {
        self.program.as_ref().is_none_or(|program| *program == key.program)
            && key.key.starts_with(&self.prefix)
    }
}

/// Which queued entries of the outbox may be sent. The others are as if they were not there: nobody waits for them either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sendable {
    /// Only the one with this key; any if there is none.
    pub only: Option<Key>,
    /// None whose keys begin so: programs with the beginnings of their keys.
    pub held: Vec<Key>,
}

impl Sendable {
    /// Whether the entry of a key may be sent.
    pub fn takes(&self, key: &Key) -> bool {
        let is_held = |held: &Key| held.program == key.program && key.key.starts_with(held.key.as_str());
        self.only.as_ref().is_none_or(|only| only == key) && !self.held.iter().any(is_held)
    }

    /// The beginnings that are held as JSON, each behind its program and [`SEPARATOR`].
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    pub(crate) fn held_json(&self, stored: impl Fn(&str) -> String) -> String {
        let held = self.held.iter().map(|held| stored(&format!("{}{SEPARATOR}{}", held.program, held.key)));
        held.collect::<serde_json::Value>().to_string()
    }
}

/// The course of an entry as it is stored; a new one if another program added the entry, and one of which nothing is known if it
/// cannot be read.
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) fn read_course(json: Option<&str>, created: Millis) -> Course {
    let Some(json) = json else { return Course::new(created) };
    serde_json::from_str(json).unwrap_or_else(|_| Course {
        state: State::Unknown,
        reason: "another program has changed how far it has come, and it cannot be read".to_owned(),
        ..Course::new(created)
    })
}

/// Stands between a program and its key where both are one text.
pub(crate) const SEPARATOR: char = '\u{1f}';

/// A sighting as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SightingRow {
    /// What was seen; of what was not, only what the entry that it proves tells of it.
    pub sighting: Sighting,
    /// Whether an event showed it; otherwise only the reply of a send named it.
    pub seen: bool,
    /// The entry of the outbox that it proves to be sent.
    pub proves: Option<u64>,
}

/// The part of an open transaction that is about messages to send and messages that were seen.
#[expect(clippy::missing_errors_doc, reason = "each fails when the store does, and for no reason of its own")]
pub trait OutboxTables {
    /// Keeps every other transaction away from the outbox until this one is over.
    fn lock_outbox(&mut self) -> Result<()>;
    /// The entry of this key.
    fn outbox_entry(&mut self, key: &Key) -> Result<Option<Entry>>;
    /// Adds an entry, whose `id` the store gives out. `chat` is what events call its chat; none if that is not known yet.
    fn add_outbox_entry(&mut self, entry: &Entry, chat: Option<&str>) -> Result<()>;
    /// Changes the course of an entry, and its chat if that became known.
    fn put_course(&mut self, entry: &Entry, chat: Option<&str>) -> Result<()>;
    /// The first entries that a filter lets through, at most so many, in the order of their putting.
    fn outbox_entries(&mut self, filter: &OutboxFilter, most: usize) -> Result<Vec<Entry>>;
    /// How many there are in each state. The filter's states and its `after` do not count.
    fn count_outbox(&mut self, filter: &OutboxFilter) -> Result<Vec<(State, u64)>>;
    /// The sessions with queued entries.
    fn outbox_sessions(&mut self) -> Result<Vec<String>>;
    /// Queued entries whose chat is not known yet: those that other programs added, at most so many.
    fn unread_outbox(&mut self, most: usize) -> Result<Vec<Entry>>;
    /// The queued entries of a session that are due now, the most urgent first and then in the order of their putting, at
    /// most so many; without those that are not `sendable` and those whose chat has an entry that is being sent, or is unknown
    /// since `unknown_since`, or is queued and sendable, was put before and is at least as urgent.
    fn ready_outbox(
        &mut self,
        session: &str,
        now: Millis,
        unknown_since: Millis,
        sendable: &Sendable,
        most: usize,
    ) -> Result<Vec<Entry>>;
    /// When the next queued entry of a session is due that is not due yet.
    fn next_due(&mut self, session: &str, now: Millis) -> Result<Option<Millis>>;
    /// The queued entries whose time is over, at most so many.
    fn expired_outbox(&mut self, now: Millis, most: usize) -> Result<Vec<Entry>>;
    /// The entries in the states of [`State::OPEN`] in a session's chat whose event may show this text, or any if none is given,
    /// by the order of their putting.
    fn open_outbox(&mut self, session: &str, chat: &str, text: Option<u64>) -> Result<Vec<Entry>>;
    /// The entries that were sent, told their id, and were not [compared](whatsgate_core::durable::outbox::Course::compared)
    /// with their event yet, by the order of their putting, at most so many.
    fn uncompared_outbox(&mut self, most: usize) -> Result<Vec<Entry>>;
    /// The entry with this id.
    fn outbox_entry_of(&mut self, id: u64) -> Result<Option<Entry>>;
    /// Removes the message and the file of entries that are settled and were changed before this time, and says of how many:
    /// their keys, fingerprints and outcomes are kept.
    fn expire_outbox(&mut self, changed_before: Millis) -> Result<u64>;

    /// A message that an event showed.
    fn sighting(&mut self, key: &ReceiptKey) -> Result<Option<SightingRow>>;
    /// Adds a sighting, or changes it.
    fn put_sighting(&mut self, row: &SightingRow) -> Result<()>;
    /// The sightings in a session's chat that an event showed with this text, by number.
    fn sightings(&mut self, session: &str, chat: &str, text: u64) -> Result<Vec<SightingRow>>;
    /// The sightings in any of a session's chats that an event showed with this text and that prove nothing, by number.
    fn free_sightings(&mut self, session: &str, text: u64) -> Result<Vec<SightingRow>>;
    /// Removes sightings that were stored before this time, and says how many.
    fn expire_sightings(&mut self, received_before: Millis) -> Result<u64>;
    /// The other names of a session's chat.
    fn chat_names(&mut self, session: &str, chat: &str) -> Result<Vec<String>>;
    /// These two are names of one chat. Whether that is news.
    fn add_chat_names(&mut self, session: &str, one: &str, other: &str) -> Result<bool>;
}
