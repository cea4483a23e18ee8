//! Whatever is done, every store does the same.

use std::fmt::Write as _;

use proptest::prelude::*;
use whatsgate_core::durable::journal::{Entry, Trust};
use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::partition::{Change, Parked};
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_store::consumers::{self, StartAt};
use whatsgate_store::journal::{self, Arrival};
use whatsgate_store::{Slice, Store, StoreError, Tables};

use crate::support::{SESSION, WHOLE, event, raw, run};

const CONSUMERS: [&str; 2] = ["one", "two"];
const WORKERS: [&str; 3] = ["a", "b", "c"];

/// Something that is done to a store.
#[derive(Clone, Debug)]
enum Step {
    Append(Vec<(i64, u8, Trust, Option<DeliveryState>)>),
    Open(usize, u32, StartAt),
    Lease(usize, usize, bool),
    Commit { consumer: usize, partition: u32, old: bool, change: Change },
    GiveUp(usize, u32),
    Leave(usize, usize),
    FreeAll,
    SetTo(usize, StartAt),
    ReplayChat(usize, u8, u64),
    ReplayDead(usize, u64),
    DropDead(usize, u64),
    NotListed(Vec<u64>),
    Expire { all: bool, suspend: bool },
    Remove(usize),
    Set(bool),
    Read { partition: u32, of: u32, after: u64, most: usize },
    Fails(Box<Step>),
}

fn step() -> impl Strategy<Value = Step> {
    let consumer = 0..CONSUMERS.len();
    let worker = 0..WORKERS.len();
    let position = 0..12_u64;
    let trust = prop::sample::select(Trust::ALL.to_vec());
    let state = prop::option::of(prop::sample::select(DeliveryState::ALL.to_vec()));
    let arrival = (0..10_i64, 0..3_u8, trust, state);
    let from = prop_oneof![
        Just(StartAt::Now),
        Just(StartAt::Beginning),
        (1_700_000_000..1_700_000_010_i64).prop_map(StartAt::Date),
        position.clone().prop_map(StartAt::After)
    ];
    let parked = (position.clone(), 0..4_u32, any::<bool>()).prop_map(|(position, tries, dead)| Parked {
        position,
        chat: format!("chat-{}", position % 3),
        tries,
        due: i64::from(tries) * 1000,
        reason: "reason".repeat(tries as usize),
        dead,
    });
    let change = (
        position.clone(),
        prop::collection::vec(parked, 0..4),
        prop::collection::vec(position.clone(), 0..3),
    )
        .prop_map(|(progress, park, release)| Change { progress, park, release });
    let simple = prop_oneof![
        5 => prop::collection::vec(arrival, 0..6).prop_map(Step::Append),
        2 => (consumer.clone(), 0..4_u32, from.clone()).prop_map(|(a, b, c)| Step::Open(a, b, c)),
        3 => (consumer.clone(), worker.clone(), any::<bool>()).prop_map(|(a, b, c)| Step::Lease(a, b, c)),
        4 => (consumer.clone(), 0..4_u32, prop::bool::weighted(0.2), change).prop_map(
            |(consumer, partition, old, change)| Step::Commit { consumer, partition, old, change }
        ),
        1 => (consumer.clone(), 0..4_u32).prop_map(|(a, b)| Step::GiveUp(a, b)),
        1 => (consumer.clone(), worker).prop_map(|(a, b)| Step::Leave(a, b)),
        1 => Just(Step::FreeAll),
        1 => (consumer.clone(), from).prop_map(|(a, b)| Step::SetTo(a, b)),
        1 => (consumer.clone(), 0..3_u8, position.clone()).prop_map(|(a, b, c)| Step::ReplayChat(a, b, c)),
        1 => (consumer.clone(), position.clone()).prop_map(|(a, b)| Step::ReplayDead(a, b)),
        1 => (consumer.clone(), position.clone()).prop_map(|(a, b)| Step::DropDead(a, b)),
        1 => prop::collection::vec(position.clone(), 0..4).prop_map(Step::NotListed),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(all, suspend)| Step::Expire { all, suspend }),
        1 => consumer.prop_map(Step::Remove),
        1 => any::<bool>().prop_map(Step::Set),
        2 => (1..4_u32, any::<prop::sample::Index>(), position, 1..5_usize).prop_map(
            |(of, partition, after, most)| {
                let partition = u32::try_from(partition.index(of as usize)).unwrap();
                Step::Read { partition, of, after, most }
            }
        ),
    ];
    (simple, prop::bool::weighted(0.15))
        .prop_map(|(step, fails)| if fails { Step::Fails(Box::new(step)) } else { step })
}

/// Does it, and tells what came of it, without times.
fn act(tables: &mut dyn Tables, step: Step) -> Result<String, StoreError> {
    let name = |consumer: usize| CONSUMERS[consumer];
    Ok(match step {
        Step::Append(events) => {
            format!("{:?}", journal::append(tables, events.into_iter().map(arrival).collect())?)
        }
        Step::Open(consumer, partitions, from) => {
            let row = consumers::open(tables, name(consumer), partitions, from)?;
            format!("{} {}", row.partitions, row.suspended)
        }
        Step::Lease(consumer, worker, long) => {
            let length = if long { 1_000_000_000 } else { 0 };
            let leases = consumers::lease(tables, name(consumer), WORKERS[worker], length)?;
            let held: Vec<_> = leases
                .held
                .into_iter()
                .map(|held| (held.row.progress, untimed(held.row.lease), held.parked))
                .collect();
            format!("{held:?} {:?}", leases.give_up)
        }
        Step::Commit { consumer, partition, old, change } => {
            let lease = lease(tables, name(consumer), partition, old)?;
            format!("{:?}", consumers::commit(tables, name(consumer), &lease, &change)?)
        }
        Step::GiveUp(consumer, partition) => {
            let lease = lease(tables, name(consumer), partition, false)?;
            format!("{:?}", consumers::give_up(tables, name(consumer), &lease)?)
        }
        Step::Leave(consumer, worker) => {
            format!("{:?}", consumers::leave(tables, name(consumer), WORKERS[worker])?)
        }
        Step::FreeAll => format!("{:?}", consumers::free_all(tables)?),
        Step::SetTo(consumer, from) => format!("{:?}", consumers::set_to(tables, name(consumer), from)?),
        Step::ReplayChat(consumer, chat, after) => {
            let chat = format!("chat-{chat}");
            format!("{:?}", consumers::replay_chat(tables, name(consumer), SESSION, &chat, after)?)
        }
        Step::ReplayDead(consumer, position) => {
            format!("{:?}", consumers::replay_dead_letter(tables, name(consumer), position)?)
        }
        Step::DropDead(consumer, position) => {
            format!("{:?}", consumers::drop_dead_letter(tables, name(consumer), position)?)
        }
        Step::NotListed(positions) => format!("{:?}", journal::not_listed(tables, &positions)?),
        Step::Expire { all, suspend } => {
            let edge = |yes: bool| if yes { i64::MAX } else { 0 };
            format!("{:?}", journal::expire(tables, edge(all), edge(suspend))?)
        }
        Step::Remove(consumer) => format!("{:?}", tables.remove_consumer(name(consumer))?),
        Step::Set(on) => {
            let before = tables.setting("name")?;
            tables.set_setting("name", on.then_some("value"))?;
            format!("{before:?}")
        }
        Step::Read { partition, of, after, most } => {
            let page = journal::read(tables, Slice { partition, of }, after, most)?;
            format!("{:?} {}", page.entries.into_iter().map(undated).collect::<Vec<_>>(), page.up_to)
        }
        Step::Fails(step) => {
            act(tables, *step)?;
            return Err(StoreError::RolledBack("it was to fail".to_owned()));
        }
    })
}

fn arrival((number, variant, trust, state): (i64, u8, Trust, Option<DeliveryState>)) -> Arrival {
    let mut event = event(number);
    event.identity.message = format!("true_chat_{}", variant / 2);
    event.chat = format!("chat-{}", number % 3);
    event.trust = trust;
    event.raw = raw(&format!("[{number}, {variant}]"));
    if number == 0 {
        event.identity.number = None;
    }
    let key = ReceiptKey { session: SESSION.to_owned(), message: number.to_string() };
    Arrival { event, receipt: state.map(|state| (key, state)), sighting: None, opts_out: false }
}

fn lease(tables: &mut dyn Tables, name: &str, partition: u32, old: bool) -> Result<Lease, StoreError> {
    let row = tables.partition(name, partition)?;
    let mut lease = row.map_or(Lease { partition, owner: None, epoch: 0, expires: 0 }, |row| row.lease);
    lease.epoch = lease.epoch.wrapping_sub(u64::from(old));
    Ok(lease)
}

fn untimed(lease: Lease) -> Lease {
    Lease { expires: lease.expires.min(1), ..lease }
}

fn undated(entry: Entry) -> Entry {
    Entry { received: 0, ..entry }
}

/// All that a store holds, without times.
fn dump(tables: &mut dyn Tables) -> Result<String, StoreError> {
    let mut text = String::new();
    let entries = tables.read(WHOLE, 0, usize::MAX, usize::MAX)?.into_iter().map(undated);
    let _ = writeln!(
        text,
        "{:?} {:?} {:#?}",
        tables.end()?,
        tables.setting("name")?,
        entries.collect::<Vec<_>>()
    );
    let pending = tables.pending(99)?.into_iter().map(|entry| entry.position);
    let _ = writeln!(text, "{:?} {:?}", pending.collect::<Vec<_>>(), tables.first_since(1_700_000_004)?);
    for row in tables.consumers()? {
        let _ = writeln!(text, "{} {} {}", row.name, row.partitions, row.suspended);
        for partition in tables.partitions(&row.name)? {
            let parked = tables.parked(&row.name, partition.lease.partition)?;
            let _ = writeln!(text, "{} {:?} {parked:?}", partition.progress, untimed(partition.lease));
        }
        let (dead, counts) = (tables.dead_letters(&row.name, 0, 99)?, tables.count_parked(&row.name)?);
        let _ = writeln!(text, "{dead:?} {counts:?} {}", tables.count_workers(&row.name, 1)?);
    }
    for number in 0..10 {
        let key = ReceiptKey { session: SESSION.to_owned(), message: number.to_string() };
        let _ = writeln!(text, "{:?}", tables.receipt(&key)?.map(|receipt| receipt.state));
    }
    Ok(text)
}

/// Does the same to each, and compares what comes of each step and what they hold in the end.
async fn compare(stores: &[Store], steps: Vec<Step>) {
    for step in steps {
        let mut outcomes = Vec::new();
        for store in stores {
            let step = step.clone();
            outcomes.push(store.run(move |tables| act(tables, step)).await);
        }
        for outcome in &outcomes {
            assert_eq!(outcome, &outcomes[0], "{step:?}");
        }
    }
    let mut dumps = Vec::new();
    for store in stores {
        dumps.push(run(store, dump).await);
    }
    for dump in &dumps {
        assert_eq!(dump, &dumps[0]);
    }
}

fn try_steps<Fut: Future<Output = ()>>(cases: u32, mut compare: impl FnMut(Vec<Step>) -> Fut) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let compare = std::cell::RefCell::new(&mut compare);
    proptest!(config, |(steps in prop::collection::vec(step(), 1..60))| {
        runtime.block_on((compare.borrow_mut())(steps));
    });
}

#[cfg(feature = "sqlite")]
#[test]
fn sqlite_does_what_memory_does() {
    try_steps(48, |steps| async {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = crate::support::sqlite(folder.path()).await.unwrap();
        compare(&[Store::memory(), sqlite], steps).await;
    });
}

#[cfg(feature = "postgres")]
#[test]
fn postgres_does_what_memory_does() {
    try_steps(16, |steps| async {
        if let Some(database) = crate::support::postgres::Database::create().await {
            compare(&[Store::memory(), database.store().await], steps).await;
            database.remove().await;
        }
    });
}
