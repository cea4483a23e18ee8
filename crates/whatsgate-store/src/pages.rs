//! Pages of events, for programs that ask for them and acknowledge up to a position.
//!
//! A page is lent to one program at a time. What it was lent is parked with the number of times that it was handed over, so
//! that progress and parked events tell the same as for a consumer that is handed one event after another: whoever changes
//! from the one to the other loses nothing.

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Content, Entry, Position};
use whatsgate_core::durable::partition::Parked;

use crate::consumers::{OUTSIDE, existing};
use crate::error::StoreError;
use crate::journal;
use crate::tables::{PartitionRow, Slice, Tables};

/// An event of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lent {
    /// The event, whole.
    pub entry: Entry,
    /// How often it was handed over, this time included.
    pub deliveries: u32,
}

/// What came of asking for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Page {
    /// Events in the order of the journal, with the lease under which they are acknowledged.
    Lent {
        /// Names the lease. Only who knows it acknowledges.
        lease: String,
        /// At least one.
        events: Vec<Lent>,
    },
    /// There is nothing to hand over.
    Empty,
    /// Another program has a page of this consumer, until this time at most.
    Held {
        /// When that page is free again, unless it is acknowledged before.
        until: Millis,
    },
}

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The consumer.
    pub consumer: String,
    /// At most so many events.
    pub most: usize,
    /// At most so many bytes of content, but one event in any case.
    pub most_bytes: usize,
    /// For how long the page is lent.
    pub length: Millis,
    /// The lease that the program has and gives up with this, if it has one.
    pub current: Option<String>,
    /// Letters that nobody can guess, for the name of the lease.
    pub random: String,
}

/// Lends the first events that are not handled yet: those that were handed over before and never acknowledged, what was
/// replayed, and then what is new. One whose content is gone becomes a dead letter.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::consumers::{self, StartAt};
/// use whatsgate_store::pages::{self, Asking, Page};
/// use whatsgate_store::Store;
///
/// let asking = Asking {
///     consumer: "orders".to_owned(),
///     most: 50,
///     most_bytes: 4 << 20,
///     length: 60_000,
///     current: None,
///     random: "letters that nobody can guess".to_owned(),
/// };
/// let page = Store::memory()
///     .run(move |tables| {
///         consumers::open(tables, "orders", 1, StartAt::Now)?;
///         pages::lend(tables, &asking)
///     })
///     .await?;
/// assert_eq!(page, Page::Empty);
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError::Consumer`] if there is no such consumer, if it is suspended, or if it has several partitions
pub fn lend(tables: &mut dyn Tables, asking: &Asking) -> Result<Page, StoreError> {
    let name = &asking.consumer;
    let now = tables.now()?;
    let mut row = only_partition(tables, name)?;
    if let Some(owner) = &row.lease.owner
        && row.lease.expires > now
        && asking.current.as_ref() != Some(owner)
    {
        return Ok(Page::Held { until: row.lease.expires });
    }
    let most = asking.most.max(1);
    let mut again = tables.parked(name, 0)?;
    again.truncate(most);
    let new = journal::read(tables, Slice { partition: 0, of: 1 }, row.progress, most - again.len())?;
    let mut known = new.entries.into_iter();
    let mut again = again.into_iter();
    let (mut events, mut parked, mut bytes) = (Vec::new(), Vec::new(), 0_usize);
    let mut progress = row.progress;
    let mut is_full = false;
    loop {
        let (entry, before) = if let Some(before) = again.next() {
            let Some(entry) = tables.entry(before.position)? else {
                return Err(StoreError::Corrupt(format!("position {} is missing", before.position)));
            };
            (entry, Some(before))
        } else if let Some(entry) = known.next() {
            let whole = entry.content != Content::LeftOut;
            let position = entry.position;
            let entry = if whole { Some(entry) } else { tables.entry(position)? };
            let Some(entry) = entry else {
                return Err(StoreError::Corrupt(format!("position {position} is missing")));
            };
            (entry, None)
        } else {
            break;
        };
        let size = match &entry.content {
            Content::Whole(raw) => raw.as_str().len(),
            _ => 0,
        };
        if !events.is_empty() && bytes.saturating_add(size) > asking.most_bytes {
            is_full = true;
            break;
        }
        bytes = bytes.saturating_add(size);
        let mut letter = before.unwrap_or_else(|| Parked {
            position: entry.position,
            chat: entry.order_key(),
            tries: 0,
            due: 0,
            reason: String::new(),
            dead: false,
        });
        progress = progress.max(entry.position);
        if matches!(entry.content, Content::Whole(_)) {
            letter.tries = letter.tries.saturating_add(1);
            events.push(Lent { deliveries: letter.tries, entry });
        } else {
            letter.dead = true;
            letter.due = now;
            letter.reason = match entry.content {
                Content::Expired => "its content has expired".to_owned(),
                _ => "its stored content is damaged".to_owned(),
            };
        }
        parked.push(letter);
    }
    if !parked.is_empty() {
        tables.park(name, 0, &parked)?;
    }
    row.progress = if is_full { progress } else { progress.max(new.up_to) };
    row.lease.epoch += 1;
    let Some(last) = events.last().map(|event| event.entry.position) else {
        row.lease.owner = None;
        row.lease.expires = 0;
        tables.put_partition(name, &row)?;
        // Behind what became a dead letter there may be more.
        return if parked.is_empty() { Ok(Page::Empty) } else { lend(tables, asking) };
    };
    let lease = Lease { last, length: asking.length, random: &asking.random }.name();
    row.lease.owner = Some(lease.clone());
    row.lease.expires = now.saturating_add(asking.length);
    tables.put_partition(name, &row)?;
    Ok(Page::Lent { lease, events })
}

/// Everything that was lent under this lease up to a position is handled. Says how many events still are not. The rest is lent
/// for as long again; once there is none, another program may have the next page. Saying it once more changes nothing.
///
/// # Errors
/// [`StoreError::LeaseLost`] if the page was lent to somebody else since, or the consumer was set back;
/// [`StoreError::Consumer`] for a position beyond the page
pub fn acknowledge(
    tables: &mut dyn Tables,
    consumer: &str,
    lease: &str,
    position: Position,
) -> Result<usize, StoreError> {
    let row = held(tables, consumer, lease)?;
    let page = Lease::read(lease).ok_or(StoreError::LeaseLost)?;
    if position > page.last {
        return Err(StoreError::Consumer(format!(
            "position {position} is beyond the page, which ends with {}",
            page.last
        )));
    }
    let lent = lent(tables, consumer, page.last)?;
    let done: Vec<_> = lent.iter().copied().filter(|lent| *lent <= position).collect();
    if !done.is_empty() {
        tables.release(consumer, &done)?;
    }
    let left = lent.len() - done.len();
    keep(tables, consumer, row, &page, left)?;
    Ok(left)
}

/// An event of the page is given up: it becomes a dead letter with the reason, and is handed over no more unless somebody
/// replays it. Says how many events of the page are left.
///
/// # Errors
/// [`StoreError::LeaseLost`] as for [`acknowledge`]; [`StoreError::Consumer`] if the page has no such event, or it is
/// acknowledged already
pub fn reject(
    tables: &mut dyn Tables,
    consumer: &str,
    lease: &str,
    position: Position,
    reason: &str,
) -> Result<usize, StoreError> {
    let row = held(tables, consumer, lease)?;
    let page = Lease::read(lease).ok_or(StoreError::LeaseLost)?;
    let now = tables.now()?;
    let lent = tables.parked(consumer, 0)?;
    let letter = lent.into_iter().find(|parked| parked.position == position && parked.tries > 0);
    let Some(mut letter) = letter.filter(|_| position <= page.last) else {
        if let Some(dead) = tables.dead_letters(consumer, position.saturating_sub(1), 1)?.first()
            && dead.position == position
        {
            // Said once more.
            let left = self::lent(tables, consumer, page.last)?.len();
            return Ok(left);
        }
        return Err(StoreError::Consumer(format!(
            "the page has no event at position {position} that is not handled"
        )));
    };
    (letter.dead, letter.due) = (true, now);
    reason.clone_into(&mut letter.reason);
    tables.park(consumer, 0, &[letter])?;
    let left = self::lent(tables, consumer, page.last)?.len();
    keep(tables, consumer, row, &page, left)?;
    Ok(left)
}

/// What the name of a lease says.
struct Lease<'a> {
    /// The last position that was lent.
    last: Position,
    length: Millis,
    random: &'a str,
}

impl<'a> Lease<'a> {
    fn name(&self) -> String {
        format!("{OUTSIDE}{}.{}.{}", self.last, self.length, self.random)
    }

    fn read(name: &'a str) -> Option<Self> {
        let mut parts = name.strip_prefix(OUTSIDE)?.splitn(3, '.');
        let last = parts.next()?.parse().ok()?;
        let length = parts.next()?.parse().ok()?;
        Some(Self { last, length, random: parts.next()? })
    }
}

fn only_partition(tables: &mut dyn Tables, name: &str) -> Result<PartitionRow, StoreError> {
    let mut consumer = existing(tables, name)?;
    if consumer.suspended {
        return Err(StoreError::Consumer(format!("the consumer {name:?} is suspended")));
    }
    if consumer.partitions != 1 {
        return Err(StoreError::Consumer(format!(
            "the consumer {name:?} has {} partitions, and pages are for consumers with one: take another name",
            consumer.partitions
        )));
    }
    consumer.seen = tables.now()?;
    tables.put_consumer(&consumer)?;
    tables
        .partition(name, 0)?
        .ok_or_else(|| StoreError::Corrupt(format!("the consumer {name:?} has no partition")))
}

/// The partition, if it is lent under this lease; also when its time is over, as long as nobody else got it.
fn held(tables: &mut dyn Tables, consumer: &str, lease: &str) -> Result<PartitionRow, StoreError> {
    existing(tables, consumer)?;
    tables.partition(consumer, 0)?.filter(|row| row.lease.is_of(lease)).ok_or(StoreError::LeaseLost)
}

/// The positions that were handed over and are not acknowledged. What was replayed meanwhile was not.
fn lent(tables: &mut dyn Tables, consumer: &str, last: Position) -> Result<Vec<Position>, StoreError> {
    let parked = tables.parked(consumer, 0)?;
    Ok(parked
        .iter()
        .filter(|parked| parked.tries > 0 && parked.position <= last)
        .map(|parked| parked.position)
        .collect())
}

fn keep(
    tables: &mut dyn Tables,
    consumer: &str,
    mut row: PartitionRow,
    page: &Lease<'_>,
    left: usize,
) -> Result<(), StoreError> {
    // The name stays, so that what is said once more is understood.
    row.lease.expires = if left == 0 { 0 } else { tables.now()?.saturating_add(page.length) };
    tables.put_partition(consumer, &row)
}

#[cfg(test)]
mod tests {
    use whatsgate_core::durable::journal::Trust;
    use whatsgate_model::{Event, from_json};

    use super::*;
    use crate::consumers::{self, StartAt};
    use crate::journal::Arrival;
    use crate::memory::Memory;

    fn tables(events: i64) -> Memory {
        let mut tables = Memory::new();
        tables.set_clock(1_000);
        consumers::open(&mut tables, "shop", 1, StartAt::Beginning).unwrap();
        add(&mut tables, 1..=events);
        tables
    }

    fn add(tables: &mut Memory, numbers: std::ops::RangeInclusive<i64>) {
        let event = |id| -> Event {
            from_json(&format!(r#"{{"id":{id},"date":"2024-05-01T10:00:00","whatsapp_id":"6345454545454","event_action":"ready","event_data":{{}}}}"#)).unwrap()
        };
        let arrivals = numbers.map(|id| Arrival::new(&event(id), Trust::Listed, None)).collect();
        journal::append(tables, arrivals).unwrap();
    }

    fn asking(most: usize, current: Option<&str>, random: &str) -> Asking {
        Asking {
            consumer: "shop".to_owned(),
            most,
            most_bytes: 1 << 20,
            length: 60_000,
            current: current.map(str::to_owned),
            random: random.to_owned(),
        }
    }

    fn page(tables: &mut Memory, most: usize, random: &str) -> (String, Vec<(Position, u32)>) {
        match lend(tables, &asking(most, None, random)).unwrap() {
            Page::Lent { lease, events } => {
                (lease, events.iter().map(|event| (event.entry.position, event.deliveries)).collect())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_is_lent_to_one_program_until_it_is_acknowledged() {
        let tables = &mut tables(5);
        let (lease, events) = page(tables, 3, "a");
        assert_eq!(events, [(1, 1), (2, 1), (3, 1)]);
        assert_eq!(lend(tables, &asking(3, None, "b")).unwrap(), Page::Held { until: 61_000 });
        assert_eq!(acknowledge(tables, "shop", &lease, 2).unwrap(), 1);
        assert!(matches!(lend(tables, &asking(3, None, "b")).unwrap(), Page::Held { .. }));
        assert_eq!(acknowledge(tables, "shop", &lease, 3).unwrap(), 0);
        // Said once more, because the answer was lost.
        assert_eq!(acknowledge(tables, "shop", &lease, 3).unwrap(), 0);
        assert_eq!(page(tables, 3, "b").1, [(4, 1), (5, 1)]);
        assert_eq!(acknowledge(tables, "shop", &lease, 3), Err(StoreError::LeaseLost));
    }

    #[test]
    fn what_a_stalled_program_has_goes_to_another_and_its_own_acknowledgement_is_refused() {
        let tables = &mut tables(3);
        let (old, _) = page(tables, 2, "a");
        tables.set_clock(61_000);
        let (new, events) = page(tables, 3, "b");
        assert_eq!(events, [(1, 2), (2, 2), (3, 1)]);
        assert_eq!(acknowledge(tables, "shop", &old, 2), Err(StoreError::LeaseLost));
        assert_eq!(reject(tables, "shop", &old, 1, "no"), Err(StoreError::LeaseLost));
        assert_eq!(acknowledge(tables, "shop", &new, 3).unwrap(), 0);
        assert_eq!(lend(tables, &asking(3, None, "c")).unwrap(), Page::Empty);
    }

    #[test]
    fn who_was_only_slow_still_acknowledges() {
        let tables = &mut tables(2);
        let (lease, _) = page(tables, 2, "a");
        tables.set_clock(500_000);
        assert_eq!(acknowledge(tables, "shop", &lease, 2).unwrap(), 0);
        assert_eq!(lend(tables, &asking(3, None, "c")).unwrap(), Page::Empty);
    }

    #[test]
    fn a_page_may_be_exchanged_for_a_smaller_one() {
        let tables = &mut tables(4);
        let (old, _) = page(tables, 4, "a");
        let Page::Lent { lease, events } = lend(tables, &asking(1, Some(&old), "b")).unwrap() else {
            panic!("it is its own")
        };
        assert_eq!((events.len(), events[0].deliveries), (1, 2));
        // What was lent before and is not of this page stays.
        assert!(matches!(acknowledge(tables, "shop", &lease, 4), Err(StoreError::Consumer(_))));
        assert_eq!(acknowledge(tables, "shop", &lease, 1).unwrap(), 0);
        assert_eq!(page(tables, 9, "c").1, [(2, 2), (3, 2), (4, 2)]);
    }

    #[test]
    fn a_rejected_event_is_a_dead_letter_and_comes_again_when_it_is_replayed() {
        let tables = &mut tables(3);
        let (lease, _) = page(tables, 3, "a");
        assert_eq!(reject(tables, "shop", &lease, 2, "no such order").unwrap(), 2);
        assert_eq!(reject(tables, "shop", &lease, 2, "no such order").unwrap(), 2);
        assert_eq!(acknowledge(tables, "shop", &lease, 3).unwrap(), 0);
        assert_eq!(tables.dead_letters("shop", 0, 9).unwrap()[0].reason, "no such order");
        consumers::replay_dead_letter(tables, "shop", 2).unwrap();
        let (lease, events) = page(tables, 3, "b");
        assert_eq!(events, [(2, 1)]);
        assert!(matches!(reject(tables, "shop", &lease, 1, "x"), Err(StoreError::Consumer(_))));
    }

    #[test]
    fn what_is_replayed_meanwhile_is_not_acknowledged_along() {
        let tables = &mut tables(3);
        let (lease, _) = page(tables, 3, "a");
        assert_eq!(acknowledge(tables, "shop", &lease, 2).unwrap(), 1);
        consumers::replay_chat(tables, "shop", "6345454545454", "", 0).unwrap();
        assert_eq!(acknowledge(tables, "shop", &lease, 3).unwrap(), 0);
        assert_eq!(page(tables, 9, "b").1[..2], [(1, 1), (2, 1)]);
    }

    #[test]
    fn a_page_ends_before_it_becomes_too_large() {
        let tables = &mut tables(4);
        let mut small = asking(9, None, "a");
        small.most_bytes = 1;
        let Page::Lent { events, lease } = lend(tables, &small).unwrap() else { panic!("there are four") };
        assert_eq!(events.len(), 1);
        acknowledge(tables, "shop", &lease, 1).unwrap();
        assert_eq!(page(tables, 9, "b").1.len(), 3);
    }

    #[test]
    fn a_lease_outlives_the_process_that_lent_and_not_that_the_consumer_is_set_back() {
        let tables = &mut tables(3);
        let (lease, _) = page(tables, 3, "a");
        consumers::free_all(tables).unwrap();
        assert!(matches!(lend(tables, &asking(3, None, "b")).unwrap(), Page::Held { .. }));
        assert_eq!(acknowledge(tables, "shop", &lease, 1).unwrap(), 2);
        consumers::set_to(tables, "shop", StartAt::Beginning).unwrap();
        assert_eq!(acknowledge(tables, "shop", &lease, 3), Err(StoreError::LeaseLost));
        assert_eq!(page(tables, 9, "b").1, [(1, 1), (2, 1), (3, 1)]);
    }

    #[test]
    fn whatever_happens_each_event_is_acknowledged_or_comes_again() {
        for seed in 0..300 {
            let mut random = fastrand::Rng::with_seed(seed);
            let tables = &mut tables(0);
            let (mut clock, mut added, mut name) = (1_000, 0, 0);
            let mut leases: Vec<(String, Vec<Position>)> = Vec::new();
            let (mut done, mut lent_out) = (std::collections::BTreeSet::new(), 0_usize);
            for step in 0..200 {
                let is_ending = step >= 150;
                match random.u32(0..10) {
                    0 | 1 if !is_ending => {
                        let more = random.i64(1..5);
                        add(tables, added + 1..=added + more);
                        added += more;
                    }
                    2 => {
                        clock += random.i64(0..90_000);
                        tables.set_clock(clock);
                    }
                    3..=6 => {
                        name += 1;
                        let asked = asking(random.usize(1..6), None, &name.to_string());
                        if let Page::Lent { lease, events } = lend(tables, &asked).unwrap() {
                            let positions: Vec<_> = events.iter().map(|lent| lent.entry.position).collect();
                            assert!(positions.is_sorted(), "seed {seed}");
                            assert!(
                                positions.iter().all(|one| !done.contains(one)),
                                "seed {seed}: handled twice"
                            );
                            lent_out += positions.len();
                            leases.push((lease, positions));
                        }
                    }
                    _ if !leases.is_empty() => {
                        let (lease, positions) = &leases[random.usize(0..leases.len())];
                        let up_to = positions[random.usize(0..positions.len())];
                        if acknowledge(tables, "shop", lease, up_to).is_ok() {
                            done.extend(positions.iter().filter(|one| **one <= up_to));
                        }
                    }
                    _ => {}
                }
            }
            loop {
                clock += 100_000;
                tables.set_clock(clock);
                name += 1;
                let Page::Lent { lease, events } = lend(tables, &asking(9, None, &name.to_string())).unwrap()
                else {
                    break;
                };
                let last = events.last().unwrap().entry.position;
                acknowledge(tables, "shop", &lease, last).unwrap();
                done.extend(events.iter().map(|lent| lent.entry.position));
            }
            assert_eq!(i64::try_from(done.len()).unwrap(), added, "seed {seed}: {lent_out} lent");
        }
    }
}
