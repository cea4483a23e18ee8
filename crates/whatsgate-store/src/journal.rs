//! The journal over any store.

use std::collections::BTreeMap;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Entry, Identity, Incoming, Position, Trust, decide};
use whatsgate_core::durable::opt_out::is_opt_out;
use whatsgate_core::durable::outbox::evidence::Sighting;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey, reported};
use whatsgate_core::durable::rules::Rule;
use whatsgate_model::{ChatId, Event, EventAction, EventData, RawJson};

use crate::consumers;
use crate::error::StoreError;
use crate::outbox;
use crate::pacing;
use crate::poll;
use crate::tables::{ConsumerRow, End, Receipt, Slice, Tables};

/// Events on their way into the journal with what they say of sent messages.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The event.
    pub event: Incoming,
    /// What it says of a message that was sent.
    pub receipt: Option<(ReceiptKey, DeliveryState)>,
    /// The message that it shows to be sent.
    pub sighting: Option<Sighting>,
    /// It is nothing but the wish to get no more bulk.
    pub opts_out: bool,
}

impl Arrival {
    /// An event that came, with all that it says. A session that it does not name is the one in whose path it was posted.
    pub fn new(event: &Event, trust: Trust, session_of_the_path: Option<&str>) -> Self {
        Self {
            event: Incoming::new(event, trust, session_of_the_path),
            receipt: reported(event),
            sighting: Sighting::of(event),
            opts_out: opts_out(event),
        }
    }

    /// An element of the list that could not be read.
    pub fn unreadable(raw: RawJson) -> Self {
        Self { event: Incoming::unreadable(raw), receipt: None, sighting: None, opts_out: false }
    }
}

/// Stores events, each once, and what they say of sent messages. Says how many were new.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::durable::journal::Trust;
/// use whatsgate_store::journal::{self, Arrival};
/// use whatsgate_store::{Slice, Store};
///
/// let event = serde_json::from_str(r#"{"id":18,"event_action":"ready","event_data":{}}"#)?;
/// let page = Store::memory()
///     .run(move |tables| {
///         journal::append(tables, vec![Arrival::new(&event, Trust::Listed, None)])?;
///         journal::read(tables, Slice { partition: 0, of: 1 }, 0, 10)
///     })
///     .await?;
/// assert_eq!(page.entries[0].identity.number, Some(18));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError`]
pub fn append(tables: &mut dyn Tables, arrivals: Vec<Arrival>) -> Result<usize, StoreError> {
    if arrivals.is_empty() {
        return Ok(0);
    }
    let end = tables.lock_end()?;
    let now = tables.now()?;
    let mut receipts = BTreeMap::new();
    let mut events = Vec::with_capacity(arrivals.len());
    let (mut sightings, mut connections) = (Vec::new(), Vec::new());
    for Arrival { event, receipt, sighting, opts_out } in arrivals {
        if is_trusted(event.trust) {
            sightings.extend(sighting);
            connections.extend(connection(&event.identity));
            if opts_out && !event.is_history {
                pacing::opt_out(tables, &event.identity.session, &event.chat, now)?;
            }
        }
        if let Some((key, state)) = receipt.filter(|_| is_trusted(event.trust)) {
            receipts
                .entry(key)
                .and_modify(|known: &mut DeliveryState| *known = known.and(state))
                .or_insert(state);
        }
        events.push(event);
    }
    let highest =
        events.iter().filter(|event| is_trusted(event.trust)).filter_map(|event| event.identity.number);
    let highest = end.highest.max(highest.max());
    let numbers: Vec<_> = events.iter().filter_map(|event| event.identity.number).collect();
    let unnumbered: Vec<_> = events
        .iter()
        .filter(|event| event.identity.number.is_none())
        .map(|event| event.identity.message.clone())
        .collect();
    let known = tables.known(&numbers, &unnumbered)?;
    let writes = decide(events, known, end.highest, end.head, now);
    tables.append(&writes.append)?;
    for (position, raw) in &writes.confirm {
        tables.set_trust(*position, Trust::Listed, Some(raw))?;
    }
    let confirmed: Vec<_> = writes.confirm.iter().map(|(position, _)| *position).collect();
    revive(tables, &confirmed)?;
    for position in &writes.disprove {
        tables.set_trust(*position, Trust::Unlisted, None)?;
    }
    let head = writes.append.last().map_or(end.head, |entry| entry.position);
    tables.set_end(End { head, highest })?;
    put_receipts(tables, &receipts, now)?;
    sightings.sort_by_key(|sighting| sighting.number);
    for sighting in sightings {
        outbox::sight(tables, sighting, now)?;
    }
    for (number, session, connected) in connections {
        pacing::connect(tables, &session, Some(number), connected)?;
    }
    Ok(writes.append.len())
}

/// Whether somebody wrote a word to get no more bulk, and nothing else. In a group that concerns nobody else.
fn opts_out(event: &Event) -> bool {
    let EventData::Message(message) = &event.data else { return false };
    let in_a_group = message.from.as_ref().is_some_and(ChatId::is_group);
    !message.id.is_outgoing() && !in_a_group && is_opt_out(&message.body)
}

/// What an event says of its session's connection with WhatsApp.
fn connection(of: &Identity) -> Option<(i64, String, bool)> {
    let connected = match of.action.as_str() {
        action if action == EventAction::Ready.as_str() => true,
        action if action == EventAction::Disconnect.as_str() => false,
        _ => return None,
    };
    Some((of.number?, of.session.clone(), connected))
}

fn put_receipts(
    tables: &mut dyn Tables,
    reported: &BTreeMap<ReceiptKey, DeliveryState>,
    now: Millis,
) -> Result<(), StoreError> {
    if reported.is_empty() {
        return Ok(());
    }
    let keys: Vec<_> = reported.keys().collect();
    for ((key, state), before) in reported.iter().zip(tables.receipts(&keys)?) {
        let before = before.map(|receipt| receipt.state);
        let after = before.map_or(*state, |before| before.and(*state));
        if before != Some(after) {
            tables.put_receipt(key, Receipt { state: after, since: now })?;
        }
    }
    Ok(())
}

/// The reason of dead letters that were given up because the service did not list them.
pub const UNVERIFIED: &str = "the service does not list it";

/// What was given up because the service did not list it is handed over now that it does.
fn revive(tables: &mut dyn Tables, confirmed: &[Position]) -> Result<(), StoreError> {
    if confirmed.is_empty() {
        return Ok(());
    }
    for consumer in tables.consumers()? {
        if tables.count_parked(&consumer.name)?.1 == 0 {
            continue;
        }
        for position in confirmed {
            let letter = tables.dead_letters(&consumer.name, position.saturating_sub(1), 1)?.pop();
            if letter.is_some_and(|letter| letter.position == *position && letter.reason == UNVERIFIED) {
                consumers::replay_dead_letter(tables, &consumer.name, *position)?;
            }
        }
    }
    Ok(())
}

fn is_trusted(trust: Trust) -> bool {
    matches!(trust, Trust::Listed | Trust::Posted)
}

/// How long an event waits for the service to be asked, in milliseconds. After that it is handed over as it is: nothing
/// may be lost because the service does not answer.
pub const PENDING_MILLIS: i64 = 60_000;

/// Content up to this size is read ahead.
const READ_AHEAD_BYTES: usize = 32 << 10;

/// What a partition has after a position, and up to where it was looked at.
#[derive(Clone, Debug)]
pub struct Page {
    /// The events, without the content of large ones.
    pub entries: Vec<Entry>,
    /// There are no others in the partition up to here.
    pub up_to: Position,
}

/// Reads on in a partition.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use whatsgate_store::{Slice, Store, journal};
///
/// let page = Store::memory().run(|tables| journal::read(tables, Slice { partition: 0, of: 1 }, 0, 100)).await?;
/// assert!(page.entries.is_empty());
/// # Ok::<(), whatsgate_store::StoreError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// [`StoreError`]
pub fn read(tables: &mut dyn Tables, slice: Slice, after: Position, most: usize) -> Result<Page, StoreError> {
    // Read before the entries: what is committed in between is found by the next reading.
    let head = tables.end()?.head;
    let now = tables.now()?;
    let mut entries = tables.read(slice, after, most, READ_AHEAD_BYTES)?;
    let is_cut = entries.len() >= most;
    let waiting = entries.iter().position(|entry| {
        // What came later than now came before the clock was set back.
        let waits = (0..PENDING_MILLIS).contains(&now.saturating_sub(entry.received));
        waits && entry.trust == Trust::Pending
    });
    if let Some(waiting) = waiting {
        let before = entries[waiting].position - 1;
        entries.truncate(waiting);
        return Ok(Page { entries, up_to: before });
    }
    let last = entries.last().map_or(after, |entry| entry.position);
    let up_to = if is_cut { last } else { last.max(head) };
    Ok(Page { entries, up_to })
}

/// Something other than the list proves these events to be of the service.
///
/// # Errors
/// [`StoreError`]
pub fn verified(tables: &mut dyn Tables, positions: &[Position]) -> Result<(), StoreError> {
    tables.lock_end()?;
    for position in positions {
        tables.set_trust(*position, Trust::Listed, None)?;
    }
    revive(tables, positions)
}

/// A poll that began after these events came did not list them.
///
/// # Errors
/// [`StoreError`]
pub fn not_listed(tables: &mut dyn Tables, positions: &[Position]) -> Result<(), StoreError> {
    tables.lock_end()?;
    for position in positions {
        if tables.entry(*position)?.is_some_and(|entry| entry.trust == Trust::Pending) {
            tables.set_trust(*position, Trust::Unlisted, None)?;
        }
    }
    Ok(())
}

/// How long before it is suspended a consumer must have been found unseen, in milliseconds. Whoever is alive shows itself
/// within seconds, also after a step of the clock that made it look old.
const NOTED_MILLIS: i64 = 600_000;

/// Notes that a consumer is unseen, and says whether that was noted long enough ago.
fn was_noted(tables: &mut dyn Tables, consumer: &ConsumerRow) -> Result<bool, StoreError> {
    let setting = format!("unseen.{}", consumer.name);
    let now = tables.now()?;
    let noted: Option<(Millis, Millis)> = poll::read_setting(tables, &setting)?;
    // What was noted in the future was so before the clock was set back.
    match noted.filter(|(seen, noted)| *seen == consumer.seen && *noted <= now) {
        Some((_, noted)) => Ok(now.saturating_sub(noted) >= NOTED_MILLIS),
        None => poll::write_setting(tables, &setting, &(consumer.seen, now)).map(|()| false),
    }
}

/// Removes the content of events that came before a time and that no consumer has still to read. Says of how many.
///
/// A consumer that was unseen since `unseen_before`, and was found so ten minutes ago already, is suspended first, and holds
/// nothing back.
///
/// ```
/// # async fn example(store: whatsgate_store::Store) -> Result<(), Box<dyn std::error::Error>> {
/// use whatsgate_store::journal;
///
/// const DAY: i64 = 24 * 60 * 60 * 1000;
/// let expired = store
///     .run(|tables| {
///         let now = tables.now()?;
///         journal::expire(tables, now - 30 * DAY, now - 30 * DAY)
///     })
///     .await?;
/// println!("the content of {expired} events is gone");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`StoreError`]
pub fn expire(tables: &mut dyn Tables, received_before: i64, unseen_before: i64) -> Result<u64, StoreError> {
    let mut up_to = tables.end()?.head;
    for mut consumer in tables.consumers()? {
        let is_unseen = |consumer: &ConsumerRow| !consumer.suspended && consumer.seen < unseen_before;
        if is_unseen(&consumer) && Rule::UnseenConsumersAreSuspended.holds() {
            // Read again with its lock, because it may have come back just now.
            let Some(locked) = tables.consumer(&consumer.name)? else { continue };
            consumer = locked;
            if is_unseen(&consumer) && was_noted(tables, &consumer)? {
                consumer.suspended = true;
                tables.put_consumer(&consumer)?;
                tracing::error!(
                    consumer = %whatsgate_core::shown(&consumer.name),
                    "the consumer was not seen for long and is suspended: nothing is kept for it any more"
                );
            }
        }
        if consumer.suspended || !Rule::UnreadIsKept.holds() {
            continue;
        }
        for partition in tables.partitions(&consumer.name)? {
            up_to = up_to.min(partition.progress);
            for parked in tables.parked(&consumer.name, partition.lease.partition)? {
                up_to = up_to.min(parked.position.saturating_sub(1));
            }
        }
        // Dead letters are for somebody to look at.
        if let Some(dead) = tables.dead_letters(&consumer.name, 0, 1)?.first() {
            up_to = up_to.min(dead.position.saturating_sub(1));
        }
    }
    tables.expire(received_before, up_to)
}
