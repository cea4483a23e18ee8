//! What a store must be able to do: the smallest steps, all of them within one transaction.

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Entry, Known, Position, Trust};
use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::outbox::evidence::Sighting;
use whatsgate_core::durable::outbox::{Entry as OutboxEntry, Key, State};
use whatsgate_core::durable::partition::Parked;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_model::RawJson;

use crate::error::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// The end of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// The last position that was given out.
    pub head: Position,
    /// The highest number of an event that is trusted.
    pub highest: Option<i64>,
}

/// A named reader of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerRow {
    /// Its name.
    pub name: String,
    /// How many partitions it has, for ever.
    pub partitions: u32,
    /// When it was made.
    pub created: Millis,
    /// When one of its workers was last there.
    pub seen: Millis,
    /// It was unseen for so long that nothing is kept for it any more.
    pub suspended: bool,
}

/// One partition of a consumer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionRow {
    /// Everything in it up to here is handled, given up or parked.
    pub progress: Position,
    /// Who works on it.
    pub lease: Lease,
}

/// The partition of a consumer that an event is in: its lane modulo the number of partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Which partition.
    pub partition: u32,
    /// Of how many.
    pub of: u32,
}

/// How far a sent message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The state.
    pub state: DeliveryState,
    /// When this state was stored, by the store's clock.
    pub since: Millis,
}

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

/// An open transaction of a store.
///
/// The decisions are not here but in this crate's functions over it, one for all stores: a store only reads and writes
/// rows. Everything read stays as it is until the commit, as far as the documentation of the methods says so.
#[expect(clippy::missing_errors_doc, reason = "each fails when the store does, and for no reason of its own")]
pub trait Tables {
    /// The time by the store's clock: in a database for several machines the database's.
    fn now(&mut self) -> Result<Millis>;

    /// A setting of the store. Locks it if there is one.
    fn setting(&mut self, name: &str) -> Result<Option<String>>;
    /// The settings whose names begin so, by name.
    fn settings(&mut self, prefix: &str) -> Result<Vec<(String, String)>>;
    /// Sets it, or removes it.
    fn set_setting(&mut self, name: &str, value: Option<&str>) -> Result<()>;

    /// The end of the journal as far as it is committed.
    fn end(&mut self) -> Result<End>;
    /// The same, and no other transaction appends to the journal before this one is over.
    fn lock_end(&mut self) -> Result<End>;
    /// Moves the end.
    fn set_end(&mut self, end: End) -> Result<()>;
    /// The entries with one of these numbers, and those without number and with one of these texts for their message.
    fn known(&mut self, numbers: &[i64], unnumbered: &[String]) -> Result<Vec<Known>>;
    /// Adds entries.
    fn append(&mut self, entries: &[Entry]) -> Result<()>;
    /// Changes how far an entry is trusted, and its content if there is another and it is still kept.
    fn set_trust(&mut self, position: Position, trust: Trust, raw: Option<&RawJson>) -> Result<()>;
    /// The first entries of a slice after a position, at most so many, in their order. Content of more than so many bytes is
    /// left out.
    fn read(&mut self, slice: Slice, after: Position, most: usize, most_content: usize)
    -> Result<Vec<Entry>>;
    /// One entry, whole.
    fn entry(&mut self, position: Position) -> Result<Option<Entry>>;
    /// The positions after this one of the events of a session's chat.
    fn chat(&mut self, session: &str, chat: &str, after: Position) -> Result<Vec<Position>>;
    /// The first position whose event has this date or a later one, in Unix seconds as if it were in UTC.
    fn first_since(&mut self, date: i64) -> Result<Option<Position>>;
    /// The entries that wait for the service to be asked, the first so many. Their content may be left out.
    fn pending(&mut self, most: usize) -> Result<Vec<Entry>>;
    /// Removes the content of what came before this time and stands no later than this position; says of how many.
    fn expire(&mut self, received_before: Millis, up_to: Position) -> Result<u64>;

    /// All consumers, by name.
    fn consumers(&mut self) -> Result<Vec<ConsumerRow>>;
    /// A consumer, locked until the commit.
    fn consumer(&mut self, name: &str) -> Result<Option<ConsumerRow>>;
    /// Adds or changes a consumer.
    fn put_consumer(&mut self, row: &ConsumerRow) -> Result<()>;
    /// Removes a consumer with all that it has.
    fn remove_consumer(&mut self, name: &str) -> Result<()>;
    /// The partitions of a consumer in their order, as they are now: none is locked, because whoever locked those of other
    /// workers would wait for them while they may wait for him. What is to be changed is read [alone](Self::partition).
    fn partitions(&mut self, consumer: &str) -> Result<Vec<PartitionRow>>;
    /// One of them, locked until the commit.
    fn partition(&mut self, consumer: &str, partition: u32) -> Result<Option<PartitionRow>>;
    /// Adds or changes a partition.
    fn put_partition(&mut self, consumer: &str, row: &PartitionRow) -> Result<()>;
    /// Notes until when a worker counts as alive; with a time in the past it is gone.
    fn put_worker(&mut self, consumer: &str, worker: &str, expires: Millis) -> Result<()>;
    /// How many workers are alive after this time.
    fn count_workers(&mut self, consumer: &str, now: Millis) -> Result<usize>;

    /// What a partition has parked, without its dead letters, by position.
    fn parked(&mut self, consumer: &str, partition: u32) -> Result<Vec<Parked>>;
    /// The dead letters of a consumer after a position, at most so many.
    fn dead_letters(&mut self, consumer: &str, after: Position, most: usize) -> Result<Vec<Parked>>;
    /// How many events of a consumer are parked, and how many are dead letters.
    fn count_parked(&mut self, consumer: &str) -> Result<(u64, u64)>;
    /// Parks events of a partition, or changes those that are parked.
    fn park(&mut self, consumer: &str, partition: u32, parked: &[Parked]) -> Result<()>;
    /// Removes what is parked at these positions.
    fn release(&mut self, consumer: &str, positions: &[Position]) -> Result<()>;
    /// Removes all that a consumer has parked after a position.
    fn release_after(&mut self, consumer: &str, position: Position) -> Result<()>;

    /// How far a message has come.
    fn receipt(&mut self, key: &ReceiptKey) -> Result<Option<Receipt>>;
    /// How far each of these messages has come.
    fn receipts(&mut self, keys: &[&ReceiptKey]) -> Result<Vec<Option<Receipt>>> {
        keys.iter().map(|key| self.receipt(key)).collect()
    }
    /// Sets it.
    fn put_receipt(&mut self, key: &ReceiptKey, receipt: Receipt) -> Result<()>;

    /// Keeps every other transaction away from the outbox until this one is over.
    fn lock_outbox(&mut self) -> Result<()>;
    /// The entry of this key.
    fn outbox_entry(&mut self, key: &Key) -> Result<Option<OutboxEntry>>;
    /// Adds an entry, whose `id` the store gives out. `chat` is what events call its chat; none if that is not known yet.
    fn add_outbox_entry(&mut self, entry: &OutboxEntry, chat: Option<&str>) -> Result<()>;
    /// Changes the course of an entry, and its chat if that became known.
    fn put_course(&mut self, entry: &OutboxEntry, chat: Option<&str>) -> Result<()>;
    /// The first entries that a filter lets through, at most so many, in the order of their putting.
    fn outbox_entries(&mut self, filter: &OutboxFilter, most: usize) -> Result<Vec<OutboxEntry>>;
    /// How many there are in each state. The filter's states and its `after` do not count.
    fn count_outbox(&mut self, filter: &OutboxFilter) -> Result<Vec<(State, u64)>>;
    /// The sessions with queued entries.
    fn outbox_sessions(&mut self) -> Result<Vec<String>>;
    /// Queued entries whose chat is not known yet: those that other programs added, at most so many.
    fn unread_outbox(&mut self, most: usize) -> Result<Vec<OutboxEntry>>;
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
    ) -> Result<Vec<OutboxEntry>>;
    /// When the next queued entry of a session is due that is not due yet.
    fn next_due(&mut self, session: &str, now: Millis) -> Result<Option<Millis>>;
    /// The queued entries whose time is over, at most so many.
    fn expired_outbox(&mut self, now: Millis, most: usize) -> Result<Vec<OutboxEntry>>;
    /// The entries in the states of [`State::OPEN`] in a session's chat whose event may show this text, or any if none is given,
    /// by the order of their putting.
    fn open_outbox(&mut self, session: &str, chat: &str, text: Option<u64>) -> Result<Vec<OutboxEntry>>;
    /// The entries that were sent, told their id, and were not [compared](whatsgate_core::durable::outbox::Course::compared)
    /// with their event yet, by the order of their putting, at most so many.
    fn uncompared_outbox(&mut self, most: usize) -> Result<Vec<OutboxEntry>>;
    /// The entry with this id.
    fn outbox_entry_of(&mut self, id: u64) -> Result<Option<OutboxEntry>>;
    /// Removes the message and the file of entries that are settled and were changed before this time, and says of how many:
    /// their keys, fingerprints and outcomes are kept.
    fn expire_outbox(&mut self, changed_before: Millis) -> Result<u64>;

    /// A message that an event showed.
    fn sighting(&mut self, key: &ReceiptKey) -> Result<Option<SightingRow>>;
    /// Adds a sighting, or changes it.
    fn put_sighting(&mut self, row: &SightingRow) -> Result<()>;
    /// The sightings in a session's chat that an event showed with this text, by number.
    fn sightings(&mut self, session: &str, chat: &str, text: u64) -> Result<Vec<SightingRow>>;
    /// The sightings of a session that an event showed and that prove nothing, by number.
    fn free_sightings(&mut self, session: &str) -> Result<Vec<SightingRow>>;
    /// Removes sightings that were stored before this time, and says how many.
    fn expire_sightings(&mut self, received_before: Millis) -> Result<u64>;
    /// The other names of a session's chat.
    fn chat_names(&mut self, session: &str, chat: &str) -> Result<Vec<String>>;
    /// These two are names of one chat. Whether that is news.
    fn add_chat_names(&mut self, session: &str, one: &str, other: &str) -> Result<bool>;

    /// The transaction itself, for a program that writes to the same database.
    fn transaction(&mut self) -> Transaction<'_>;
}

/// The open transaction of a store, for what a program writes to the same database together with its progress.
///
/// Do not end it: the store commits. Be quick: others wait meanwhile.
#[non_exhaustive]
pub enum Transaction<'a> {
    /// The store is in memory and has no tables of others.
    Memory(std::marker::PhantomData<&'a ()>),
    /// A connection to SQLite with an open transaction.
    #[cfg(feature = "sqlite")]
    Sqlite(&'a rusqlite::Connection),
    /// A connection to PostgreSQL with an open transaction.
    #[cfg(feature = "postgres")]
    Postgres(crate::postgres::PostgresTransaction<'a>),
}
