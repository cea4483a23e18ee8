//! Who works on which partition.

use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::partition::Change;
use whatsgate_store::consumers::{Leases, StartAt, commit, free_all, give_up, lease, leave, open};
use whatsgate_store::{Store, StoreError};

use crate::support::{append, event, run};

on_every_store! {
    a_single_worker_has_all_and_keeps_them,
    two_workers_share,
    what_expired_goes_to_another_and_its_worker_is_refused,
    what_is_given_up_is_free_at_once,
    who_leaves_leaves_everything,
    nobody_has_anything_after_all_are_freed,
    no_lease_of_a_consumer_that_is_not_there,
}

const LONG: i64 = 1_000_000;

async fn prepare(store: &Store) {
    append(store, (1..=20).map(event)).await;
    run(store, |tables| open(tables, "one", 4, StartAt::Beginning)).await;
}

async fn ask(store: &Store, worker: &'static str, length: i64) -> Leases {
    run(store, move |tables| lease(tables, "one", worker, length)).await
}

fn partitions(leases: &Leases) -> Vec<u32> {
    leases.held.iter().map(|held| held.row.lease.partition).collect()
}

async fn progress(store: &Store, lease: Lease, progress: u64) -> Result<(), StoreError> {
    store.run(move |tables| commit(tables, "one", &lease, &Change { progress, ..Change::default() })).await
}

async fn a_single_worker_has_all_and_keeps_them(store: &Store) {
    prepare(store).await;
    let first = ask(store, "a", LONG).await;
    assert_eq!(partitions(&first), [0, 1, 2, 3]);
    assert!(first.give_up.is_empty());
    let again = ask(store, "a", LONG + 1000).await;
    for (before, after) in first.held.iter().zip(&again.held) {
        assert_eq!(before.row.lease.epoch, 1);
        assert_eq!(after.row.lease.epoch, 1);
        assert!(after.row.lease.expires > before.row.lease.expires);
    }
}

async fn two_workers_share(store: &Store) {
    prepare(store).await;
    ask(store, "a", LONG).await;
    assert!(ask(store, "b", LONG).await.held.is_empty());
    let first = ask(store, "a", LONG).await;
    assert_eq!((partitions(&first).len(), first.give_up.len()), (4, 2));
    for partition in first.give_up {
        let lease = first.held[partition as usize].row.lease.clone();
        run(store, move |tables| give_up(tables, "one", &lease)).await;
    }
    assert_eq!(partitions(&ask(store, "b", LONG).await), [2, 3]);
    assert_eq!(partitions(&ask(store, "a", LONG).await), [0, 1]);
}

async fn what_expired_goes_to_another_and_its_worker_is_refused(store: &Store) {
    prepare(store).await;
    let old = ask(store, "a", 0).await.held[0].row.lease.clone();
    progress(store, old.clone(), 2).await.unwrap();
    let taken = ask(store, "b", LONG).await;
    assert_eq!(partitions(&taken), [0, 1, 2, 3]);
    assert_eq!((taken.held[0].row.progress, taken.held[0].row.lease.epoch), (2, old.epoch + 1));
    assert_eq!(progress(store, old.clone(), 9).await, Err(StoreError::LeaseLost));
    // Nor can the old worker take it from the new one.
    run(store, move |tables| give_up(tables, "one", &old)).await;
    let lease = taken.held[0].row.lease.clone();
    progress(store, lease, 3).await.unwrap();
    let row = run(store, |tables| tables.partition("one", 0)).await.unwrap();
    assert_eq!((row.progress, row.lease.owner.as_deref()), (3, Some("b")));
}

async fn what_is_given_up_is_free_at_once(store: &Store) {
    prepare(store).await;
    let held = ask(store, "a", LONG).await.held;
    let lease = held[1].row.lease.clone();
    run(store, move |tables| give_up(tables, "one", &lease)).await;
    assert_eq!(partitions(&ask(store, "b", LONG).await), [1]);
}

async fn who_leaves_leaves_everything(store: &Store) {
    prepare(store).await;
    ask(store, "a", LONG).await;
    ask(store, "b", LONG).await;
    run(store, |tables| leave(tables, "one", "a")).await;
    assert_eq!(partitions(&ask(store, "b", LONG).await), [0, 1, 2, 3]);
    assert_eq!(run(store, |tables| tables.count_workers("one", 0)).await, 1);
}

async fn nobody_has_anything_after_all_are_freed(store: &Store) {
    prepare(store).await;
    ask(store, "a", LONG).await;
    run(store, free_all).await;
    let rows = run(store, |tables| tables.partitions("one")).await;
    assert!(rows.iter().all(|row| row.lease.owner.is_none() && row.lease.epoch == 1));
    assert_eq!(run(store, |tables| tables.count_workers("one", 0)).await, 0);
    assert_eq!(partitions(&ask(store, "b", LONG).await), [0, 1, 2, 3]);
}

async fn no_lease_of_a_consumer_that_is_not_there(store: &Store) {
    let refused = store.run(|tables| lease(tables, "none", "a", LONG).map(drop)).await;
    assert!(matches!(refused, Err(StoreError::Consumer(_))));
    let lease = Lease { partition: 0, owner: None, epoch: 0, expires: 0 };
    assert_eq!(progress(store, lease, 1).await, Err(StoreError::LeaseLost));
}
