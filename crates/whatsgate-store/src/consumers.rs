//! The consumers over any store.

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::Position;
use whatsgate_core::durable::leases::{Lease, share};
use whatsgate_core::durable::partition::{Change, Parked};
use whatsgate_core::durable::rules::Rule;

use crate::error::StoreError;
use crate::poll;
use crate::tables::{ConsumerRow, PartitionRow, Tables};

/// With what the names of leases begin whose holder is a program outside, which lives on when this process ends.
pub(crate) const OUTSIDE: &str = "page.";

/// Where a new consumer begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StartAt {
    /// With what comes new, so that a first start does not answer years of customers.
    #[default]
    Now,
    /// With the first event that the journal holds.
    Beginning,
    /// With the first event in the journal that has this date or a later one, in Unix seconds by the service's clock.
    Date(i64),
    /// With what comes after this position.
    After(Position),
}

impl StartAt {
    /// The position after which that is.
    ///
    /// # Errors
    /// [`StoreError::Consumer`] for a position beyond the end of the journal
    pub fn position(self, tables: &mut dyn Tables) -> Result<Position, StoreError> {
        let head = tables.end()?.head;
        Ok(match self {
            Self::Now if Rule::BeginsWithNow.holds() => head,
            Self::Now | Self::Beginning => 0,
            Self::Date(date) => tables.first_since(date)?.map_or(head, |first| first - 1),
            Self::After(position) if position > head => {
                return Err(StoreError::Consumer(format!(
                    "position {position} is beyond the end of the journal, {head}: is this another store, or an older \
                     backup of it?"
                )));
            }
            Self::After(position) => position,
        })
    }
}

/// Makes sure that there is a consumer of this name. Returns it; an existing one stays as it is.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::{Store, consumers, consumers::StartAt};
///
/// let store = Store::memory();
/// let consumer = store.run(|tables| consumers::open(tables, "orders", 8, StartAt::Now)).await?;
/// // A later call changes nothing of it.
/// let again = store.run(|tables| consumers::open(tables, "orders", 2, StartAt::Beginning)).await?;
/// assert_eq!((consumer.partitions, again.partitions), (8, 8));
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError::Consumer`] for one that was unseen for too long and is suspended, or that is ahead of the journal, as
/// after a backup was restored.
pub fn open(
    tables: &mut dyn Tables,
    name: &str,
    partitions: u32,
    from: StartAt,
) -> Result<ConsumerRow, StoreError> {
    let now = tables.now()?;
    if let Some(mut row) = tables.consumer(name)? {
        if row.suspended {
            return Err(StoreError::Consumer(format!(
                "the consumer {name:?} was unseen for so long that it was suspended, and events that it has not handled \
                 may have lost their content: say where it is to go on, by setting it back or forward"
            )));
        }
        let head = tables.end()?.head;
        if tables.partitions(name)?.iter().any(|partition| partition.progress > head) {
            return Err(StoreError::Consumer(format!(
                "the consumer {name:?} is ahead of the journal, which ends at {head}: the store seems to be an older backup"
            )));
        }
        row.seen = now;
        tables.put_consumer(&row)?;
        return Ok(row);
    }
    let progress = from.position(tables)?;
    let row = ConsumerRow {
        name: name.to_owned(),
        partitions: partitions.max(1),
        created: now,
        seen: now,
        suspended: false,
    };
    tables.put_consumer(&row)?;
    for partition in 0..row.partitions {
        let lease = Lease { partition, owner: None, epoch: 0, expires: 0 };
        tables.put_partition(name, &PartitionRow { progress, lease })?;
    }
    Ok(row)
}

/// A partition that a worker has, as it was when it got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its progress and its lease.
    pub row: PartitionRow,
    /// What it has parked, without dead letters.
    pub parked: Vec<Parked>,
}

/// What came of asking for leases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leases {
    /// The partitions that the worker has, the ones it had before included, with what is parked in them.
    pub held: Vec<Held>,
    /// The partitions that it has and should give up once what it does there is done.
    pub give_up: Vec<u32>,
}

/// Renews a worker's leases and takes its share of what is free.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::{Store, consumers, consumers::StartAt};
///
/// let store = Store::memory();
/// let leases = store
///     .run(|tables| {
///         consumers::open(tables, "orders", 8, StartAt::Now)?;
///         consumers::lease(tables, "orders", "worker-1", 15_000)
///     })
///     .await?;
/// println!("{leases:?}");
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError::Consumer`] if the consumer is gone or suspended
pub fn lease(
    tables: &mut dyn Tables,
    consumer: &str,
    worker: &str,
    length: Millis,
) -> Result<Leases, StoreError> {
    let now = tables.now()?;
    let Some(mut row) = tables.consumer(consumer)? else {
        return Err(StoreError::Consumer(format!("there is no consumer {consumer:?} any more")));
    };
    if row.suspended {
        return Err(StoreError::Consumer(format!("the consumer {consumer:?} is suspended")));
    }
    row.seen = now;
    tables.put_consumer(&row)?;
    let expires = now.saturating_add(length);
    tables.put_worker(consumer, worker, expires)?;
    let workers = tables.count_workers(consumer, now)?;
    let leases: Vec<_> = tables.partitions(consumer)?.into_iter().map(|partition| partition.lease).collect();
    let share = share(&leases, workers, worker, now);
    let mut mine: Vec<_> =
        [&share.keep, &share.take, &share.give_up].into_iter().flatten().copied().collect();
    mine.sort_unstable();
    let mut held = Vec::new();
    for partition in mine {
        // Read again with its lock, because a worker may have stored its progress or given it up just now.
        let Some(mut row) = tables.partition(consumer, partition)? else { continue };
        if !row.lease.is_of(worker) {
            row.lease.epoch += 1;
            row.lease.owner = Some(worker.to_owned());
        }
        row.lease.expires = expires;
        tables.put_partition(consumer, &row)?;
        let parked = tables.parked(consumer, partition)?;
        held.push(Held { row, parked });
    }
    Ok(Leases { held, give_up: share.give_up })
}

/// Renews a worker's leases of these partitions at these epochs, and takes no others: for one that is about to end.
///
/// # Errors
/// [`StoreError`]
pub fn hold(
    tables: &mut dyn Tables,
    consumer: &str,
    worker: &str,
    epochs: &[(u32, u64)],
    length: Millis,
) -> Result<(), StoreError> {
    let expires = tables.now()?.saturating_add(length);
    for (partition, epoch) in epochs {
        let row = tables.partition(consumer, *partition)?;
        if let Some(mut row) = row.filter(|row| row.lease.is_of(worker) && row.lease.epoch == *epoch) {
            row.lease.expires = expires;
            tables.put_partition(consumer, &row)?;
        }
    }
    Ok(())
}

/// Gives a partition up, so that others need not wait for the end of its lease.
///
/// # Errors
/// [`StoreError`]
pub fn give_up(tables: &mut dyn Tables, consumer: &str, lease: &Lease) -> Result<(), StoreError> {
    if let Some(mut row) =
        tables.partition(consumer, lease.partition)?.filter(|row| row.lease.epoch == lease.epoch)
    {
        row.lease.owner = None;
        row.lease.expires = 0;
        tables.put_partition(consumer, &row)?;
    }
    Ok(())
}

/// A worker is gone for good.
///
/// # Errors
/// [`StoreError`]
pub fn leave(tables: &mut dyn Tables, consumer: &str, worker: &str) -> Result<(), StoreError> {
    for partition in tables.partitions(consumer)? {
        if !partition.lease.is_of(worker) {
            continue;
        }
        let row = tables.partition(consumer, partition.lease.partition)?;
        if let Some(mut row) = row.filter(|row| row.lease.is_of(worker)) {
            row.lease.owner = None;
            row.lease.expires = 0;
            tables.put_partition(consumer, &row)?;
        }
    }
    tables.put_worker(consumer, worker, 0)
}

/// Nobody works on anything: said by a process that owns the store alone, so that it need not wait for the leases of one that
/// died. Pages that were lent to programs outside stay with them.
///
/// # Errors
/// [`StoreError`]
pub fn free_all(tables: &mut dyn Tables) -> Result<(), StoreError> {
    poll::free(tables)?;
    for consumer in tables.consumers()? {
        for partition in tables.partitions(&consumer.name)? {
            let Some(mut row) = tables.partition(&consumer.name, partition.lease.partition)? else {
                continue;
            };
            if let Some(owner) = row.lease.owner.take_if(|owner| !owner.starts_with(OUTSIDE)) {
                row.lease.expires = 0;
                tables.put_partition(&consumer.name, &row)?;
                tables.put_worker(&consumer.name, &owner, 0)?;
            }
        }
    }
    Ok(())
}

/// Stores what became of a partition's events.
///
/// # Errors
/// [`StoreError::LeaseLost`] if another worker has had the partition since, or somebody has set the consumer back.
pub fn commit(
    tables: &mut dyn Tables,
    consumer: &str,
    lease: &Lease,
    change: &Change,
) -> Result<(), StoreError> {
    let row = tables.partition(consumer, lease.partition)?;
    let Some(mut row) =
        row.filter(|row| row.lease.epoch == lease.epoch || !Rule::EpochGuardsProgress.holds())
    else {
        return Err(StoreError::LeaseLost);
    };
    if change.progress > row.progress || !Rule::EpochGuardsProgress.holds() {
        row.progress = change.progress;
        tables.put_partition(consumer, &row)?;
    }
    if !change.park.is_empty() {
        tables.park(consumer, lease.partition, &change.park)?;
    }
    if !change.release.is_empty() {
        tables.release(consumer, &change.release)?;
    }
    Ok(())
}

/// Whether an event is still to be handled, by who holds this lease. Asked within the transaction that a handler shares, so
/// that a commit of which nobody knows whether it came through is not repeated.
///
/// # Errors
/// [`StoreError::LeaseLost`] as for [`commit`]
pub fn is_open(
    tables: &mut dyn Tables,
    consumer: &str,
    lease: &Lease,
    position: Position,
) -> Result<bool, StoreError> {
    let row = tables.partition(consumer, lease.partition)?;
    let Some(row) = row.filter(|row| row.lease.epoch == lease.epoch || !Rule::EpochGuardsProgress.holds())
    else {
        return Err(StoreError::LeaseLost);
    };
    if position > row.progress {
        return Ok(true);
    }
    Ok(tables.parked(consumer, lease.partition)?.iter().any(|parked| parked.position == position))
}

/// Sets a consumer back or forward: what comes after the position is handled, again if it was before. Also wakes a consumer
/// that is suspended. Workers at work lose their leases, and go on from there.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::{Store, consumers, consumers::StartAt};
///
/// let store = Store::memory();
/// store.run(|tables| consumers::open(tables, "orders", 1, StartAt::Now)).await?;
/// // Everything that the journal holds comes once more.
/// let position = store.run(|tables| consumers::set_to(tables, "orders", StartAt::Beginning)).await?;
/// assert_eq!(position, 0);
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError::Consumer`] if there is none of this name
pub fn set_to(tables: &mut dyn Tables, name: &str, from: StartAt) -> Result<Position, StoreError> {
    let position = from.position(tables)?;
    let mut consumer = existing(tables, name)?;
    consumer.suspended = false;
    consumer.seen = tables.now()?;
    tables.put_consumer(&consumer)?;
    for partition in tables.partitions(name)? {
        let Some(mut row) = tables.partition(name, partition.lease.partition)? else { continue };
        row.progress = position;
        row.lease.epoch += 1;
        row.lease.expires = 0;
        // Who lives says so when it asks again; who died meanwhile must not be waited for.
        if let Some(owner) = row.lease.owner.take() {
            tables.put_worker(name, &owner, 0)?;
        }
        tables.put_partition(name, &row)?;
    }
    tables.release_after(name, position)?;
    Ok(position)
}

/// Hands the events of one chat after a position over again, and nothing else. Says how many.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::{Store, consumers, consumers::StartAt};
///
/// let store = Store::memory();
/// store.run(|tables| consumers::open(tables, "orders", 1, StartAt::Now)).await?;
/// let replayed = store
///     .run(|tables| consumers::replay_chat(tables, "orders", "6345454545454", "79991112233@c.us", 0))
///     .await?;
/// assert_eq!(replayed, 0);
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError::Consumer`] if there is no such consumer
pub fn replay_chat(
    tables: &mut dyn Tables,
    name: &str,
    session: &str,
    chat: &str,
    after: Position,
) -> Result<usize, StoreError> {
    let consumer = existing(tables, name)?;
    let mut replayed = 0;
    for position in tables.chat(session, chat, after)? {
        let Some(entry) = tables.entry(position)? else { continue };
        let partition = entry.lane() % consumer.partitions;
        // What was not handled yet comes anyway.
        if tables.partition(name, partition)?.is_some_and(|row| position <= row.progress) {
            let parked = Parked {
                position,
                chat: entry.order_key(),
                tries: 0,
                due: 0,
                reason: String::new(),
                dead: false,
            };
            tables.park(name, partition, &[parked])?;
            replayed += 1;
        }
    }
    Ok(replayed)
}

/// Hands a dead letter over again, as if it had never been tried. A worker takes it up within seconds; later events of its
/// chat do not wait for it.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::{Store, consumers, consumers::StartAt};
///
/// let store = Store::memory();
/// use whatsgate_store::StoreError;
///
/// store.run(|tables| consumers::open(tables, "orders", 1, StartAt::Now)).await?;
/// let none = store.run(|tables| consumers::replay_dead_letter(tables, "orders", 17)).await;
/// assert!(matches!(none, Err(StoreError::Consumer(_))));
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError::Consumer`] if there is none at this position
pub fn replay_dead_letter(tables: &mut dyn Tables, name: &str, position: Position) -> Result<(), StoreError> {
    let consumer = existing(tables, name)?;
    let mut letter = dead_letter(tables, name, position)?;
    (letter.dead, letter.tries, letter.due) = (false, 0, 0);
    let lane = tables.entry(position)?.map_or(0, |entry| entry.lane());
    tables.park(name, lane % consumer.partitions, &[letter])
}

/// Forgets a dead letter.
///
/// # Errors
/// [`StoreError::Consumer`] if there is none at this position
pub fn drop_dead_letter(tables: &mut dyn Tables, name: &str, position: Position) -> Result<(), StoreError> {
    dead_letter(tables, name, position)?;
    tables.release(name, &[position])
}

/// A dead letter.
///
/// ```
/// # async fn example(store: whatsgate_store::Store) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_store::consumers;
///
/// let letter = store.run(|tables| consumers::dead_letter(tables, "orders", 17)).await?;
/// println!("given up after {} tries: {}", letter.tries, letter.reason);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`StoreError::Consumer`] if there is none at this position
pub fn dead_letter(tables: &mut dyn Tables, name: &str, position: Position) -> Result<Parked, StoreError> {
    existing(tables, name)?;
    let found = tables.dead_letters(name, position.saturating_sub(1), 1)?.pop();
    found.filter(|letter| letter.position == position).ok_or_else(|| {
        StoreError::Consumer(format!("the consumer {name:?} has no dead letter at position {position}"))
    })
}

/// A consumer that must be there.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::{Store, consumers, consumers::StartAt};
///
/// let store = Store::memory();
/// assert!(store.run(|tables| consumers::existing(tables, "orders")).await.is_err());
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError::Consumer`] if there is none of this name
pub fn existing(tables: &mut dyn Tables, name: &str) -> Result<ConsumerRow, StoreError> {
    tables.consumer(name)?.ok_or_else(|| StoreError::Consumer(format!("there is no consumer {name:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Memory;

    #[test]
    fn who_died_before_a_consumer_was_set_back_is_not_waited_for() {
        let tables = &mut Memory::new();
        tables.set_clock(1000);
        open(tables, "orders", 2, StartAt::Now).unwrap();
        assert_eq!(lease(tables, "orders", "one", 60_000).unwrap().held.len(), 2);
        set_to(tables, "orders", StartAt::Beginning).unwrap();
        // The process dies, and its successor owns the store.
        free_all(tables).unwrap();
        assert_eq!(lease(tables, "orders", "two", 60_000).unwrap().held.len(), 2);
    }
}
