//! What a store must be able to do: the smallest steps, all of them within one transaction.

mod outbox;
mod relay;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Entry, Known, Position, Trust};
use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::partition::Parked;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_model::RawJson;

pub(crate) use self::outbox::SEPARATOR;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use self::outbox::read_course;
pub use self::outbox::{OutboxFilter, OutboxTables, Sendable, SightingRow};
pub use self::relay::{RelayTables, RelayTokenRow, RelayTokens};
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

/// An open transaction of a store.
///
/// The decisions are not here but in this crate's functions over it, one for all stores: a store only reads and writes
/// rows. Everything read stays as it is until the commit, as far as the documentation of the methods says so.
#[expect(clippy::missing_errors_doc, reason = "each fails when the store does, and for no reason of its own")]
pub trait Tables: OutboxTables + RelayTables {
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
