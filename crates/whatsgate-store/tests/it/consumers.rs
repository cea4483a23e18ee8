//! Consumers: where they begin, and what they are refused.

use whatsgate_store::consumers::{StartAt, open, set_to};
use whatsgate_store::{ConsumerRow, End, Store, StoreError};

use crate::support::{append, event, parked, run};

on_every_store! {
    a_new_consumer_begins_where_it_is_told_to,
    a_consumer_that_is_there_stays_as_it_is,
    a_position_beyond_the_end_is_refused,
    a_consumer_ahead_of_the_journal_is_refused,
    a_suspended_consumer_is_refused_until_it_is_set_somewhere,
    consumers_are_listed_by_name_and_removed_with_all_they_have,
}

async fn progress(store: &Store, name: &'static str) -> Vec<u64> {
    let rows = run(store, move |tables| tables.partitions(name)).await;
    rows.iter().map(|row| row.progress).collect()
}

async fn a_new_consumer_begins_where_it_is_told_to(store: &Store) {
    append(store, (1..=9).map(event)).await;
    for (name, from, expected) in [
        ("now", StartAt::Now, 9),
        ("beginning", StartAt::Beginning, 0),
        ("date", StartAt::Date(1_700_000_004), 3),
        ("future", StartAt::Date(1_800_000_000), 9),
        ("after", StartAt::After(7), 7),
    ] {
        let row = run(store, move |tables| open(tables, name, 3, from)).await;
        assert_eq!((row.name.as_str(), row.partitions, row.suspended), (name, 3, false));
        assert_eq!(progress(store, name).await, [expected; 3], "{name}");
    }
    assert_eq!(run(store, |tables| open(tables, "none", 0, StartAt::Now)).await.partitions, 1);
}

async fn a_consumer_that_is_there_stays_as_it_is(store: &Store) {
    append(store, (1..=3).map(event)).await;
    let first = run(store, |tables| open(tables, "one", 2, StartAt::Beginning)).await;
    append(store, [event(4)]).await;
    let again = run(store, |tables| open(tables, "one", 5, StartAt::Now)).await;
    assert_eq!((again.partitions, again.created), (2, first.created));
    assert!(again.seen >= first.seen);
    assert_eq!(progress(store, "one").await, [0, 0]);
}

async fn a_position_beyond_the_end_is_refused(store: &Store) {
    append(store, [event(1)]).await;
    let refused = store.run(|tables| open(tables, "one", 1, StartAt::After(2)).map(drop)).await;
    assert!(matches!(refused, Err(StoreError::Consumer(_))), "{refused:?}");
    assert!(run(store, |tables| tables.consumers()).await.is_empty());
}

async fn a_consumer_ahead_of_the_journal_is_refused(store: &Store) {
    append(store, (1..=5).map(event)).await;
    run(store, |tables| open(tables, "one", 2, StartAt::Now)).await;
    // An older backup.
    run(store, |tables| tables.set_end(End { head: 3, highest: Some(3) })).await;
    let refused = store.run(|tables| open(tables, "one", 2, StartAt::Now).map(drop)).await;
    assert!(matches!(&refused, Err(StoreError::Consumer(text)) if text.contains("backup")), "{refused:?}");
}

async fn a_suspended_consumer_is_refused_until_it_is_set_somewhere(store: &Store) {
    append(store, (1..=5).map(event)).await;
    let row = run(store, |tables| open(tables, "one", 2, StartAt::Now)).await;
    run(store, move |tables| tables.put_consumer(&ConsumerRow { suspended: true, ..row })).await;
    let refused = store.run(|tables| open(tables, "one", 2, StartAt::Now).map(drop)).await;
    assert!(matches!(&refused, Err(StoreError::Consumer(text)) if text.contains("suspended")), "{refused:?}");
    assert_eq!(run(store, |tables| set_to(tables, "one", StartAt::After(2))).await, 2);
    run(store, |tables| open(tables, "one", 2, StartAt::Now)).await;
    assert_eq!(progress(store, "one").await, [2, 2]);
}

async fn consumers_are_listed_by_name_and_removed_with_all_they_have(store: &Store) {
    append(store, [event(1)]).await;
    // The order of bytes, whatever the database's language.
    for name in ["b", "a", "B", "ä"] {
        run(store, move |tables| open(tables, name, 1, StartAt::Now)).await;
    }
    run(store, |tables| {
        tables.park("b", 0, &[parked(1, false)])?;
        tables.put_worker("b", "worker", i64::MAX)?;
        tables.remove_consumer("b")
    })
    .await;
    let names: Vec<_> =
        run(store, |tables| tables.consumers()).await.into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["B", "a", "ä"]);
    assert_eq!(run(store, |tables| tables.count_parked("b")).await, (0, 0));
    assert_eq!(run(store, |tables| tables.count_workers("b", 0)).await, 0);
    assert!(run(store, |tables| tables.partitions("b")).await.is_empty());
    assert_eq!(run(store, |tables| tables.consumer("b")).await, None);
}
