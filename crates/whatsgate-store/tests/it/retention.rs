//! What becomes of old content.

use whatsgate_core::durable::journal::Content;
use whatsgate_core::durable::partition::Change;
use whatsgate_store::Store;
use whatsgate_store::consumers::{StartAt, commit, lease, open};
use whatsgate_store::journal::expire;

use crate::support::{append, entries, event, parked, run};

on_every_store! {
    content_goes_and_numbers_stay,
    what_came_later_stays,
    what_is_unread_stays,
    what_is_parked_or_given_up_stays,
    a_consumer_long_unseen_is_suspended_and_holds_nothing_back,
}

async fn expired(store: &Store) -> usize {
    entries(store).await.iter().filter(|entry| entry.content == Content::Expired).count()
}

async fn handle(store: &Store, progress: u64, park: Vec<whatsgate_core::durable::partition::Parked>) {
    run(store, move |tables| {
        let held = lease(tables, "one", "a", 0)?.held.remove(0);
        commit(tables, "one", &held.row.lease, &Change { progress, park, ..Change::default() })
    })
    .await;
}

async fn content_goes_and_numbers_stay(store: &Store) {
    append(store, (1..=5).map(event)).await;
    assert_eq!(run(store, |tables| expire(tables, i64::MAX, 0)).await, 5);
    assert_eq!(run(store, |tables| expire(tables, i64::MAX, 0)).await, 0);
    append(store, (1..=6).map(event)).await;
    assert_eq!((entries(store).await.len(), expired(store).await), (6, 5));
}

async fn what_came_later_stays(store: &Store) {
    append(store, (1..=5).map(event)).await;
    assert_eq!(run(store, |tables| expire(tables, 1_600_000_000_000, 0)).await, 0);
    assert_eq!(expired(store).await, 0);
}

async fn what_is_unread_stays(store: &Store) {
    append(store, (1..=5).map(event)).await;
    run(store, |tables| open(tables, "one", 1, StartAt::Beginning)).await;
    assert_eq!(run(store, |tables| expire(tables, i64::MAX, 0)).await, 0);
    handle(store, 3, Vec::new()).await;
    assert_eq!(run(store, |tables| expire(tables, i64::MAX, 0)).await, 3);
}

async fn what_is_parked_or_given_up_stays(store: &Store) {
    append(store, (1..=9).map(event)).await;
    run(store, |tables| open(tables, "one", 1, StartAt::Beginning)).await;
    handle(store, 9, vec![parked(6, true), parked(4, false)]).await;
    assert_eq!(run(store, |tables| expire(tables, i64::MAX, 0)).await, 3);
    run(store, |tables| tables.release("one", &[4])).await;
    assert_eq!(run(store, |tables| expire(tables, i64::MAX, 0)).await, 2);
    assert_eq!(expired(store).await, 5);
}

async fn a_consumer_long_unseen_is_suspended_and_holds_nothing_back(store: &Store) {
    append(store, (1..=5).map(event)).await;
    run(store, |tables| open(tables, "one", 1, StartAt::Beginning)).await;
    // A step of the clock may have made it look so: it has time to show itself.
    assert_eq!(run(store, |tables| expire(tables, i64::MAX, i64::MAX)).await, 0);
    assert!(!run(store, |tables| tables.consumer("one")).await.unwrap().suspended);
    run(store, |tables| {
        let seen = tables.consumer("one")?.unwrap().seen;
        tables.set_setting("unseen.one", Some(&format!("[{seen},0]")))
    })
    .await;
    assert_eq!(run(store, |tables| expire(tables, i64::MAX, i64::MAX)).await, 5);
    assert!(run(store, |tables| tables.consumer("one")).await.unwrap().suspended);
    assert!(store.run(|tables| lease(tables, "one", "a", 0).map(drop)).await.is_err());
}
