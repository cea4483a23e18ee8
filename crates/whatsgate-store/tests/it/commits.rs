//! Progress, what is parked, and dead letters.

use whatsgate_core::durable::leases::Lease;
use whatsgate_core::durable::partition::{Change, Parked};
use whatsgate_store::consumers::{
    StartAt, commit, dead_letter, drop_dead_letter, lease, open, replay_chat, replay_dead_letter, set_to,
};
use whatsgate_store::{Store, StoreError};

use crate::support::{SESSION, append, event, parked, run};

on_every_store! {
    progress_only_goes_forward,
    what_failed_is_parked_and_released,
    the_last_word_of_a_change_counts,
    dead_letters_are_listed_and_replayed_and_dropped,
    a_consumer_is_set_back_and_its_worker_loses_its_lease,
    the_events_of_a_chat_are_replayed,
}

async fn prepare(store: &Store) -> Lease {
    append(store, (1..=20).map(event)).await;
    run(store, |tables| open(tables, "one", 1, StartAt::Beginning)).await;
    run(store, |tables| lease(tables, "one", "a", 1_000_000)).await.held[0].row.lease.clone()
}

async fn store_change(store: &Store, lease: &Lease, change: Change) -> Result<(), StoreError> {
    let lease = lease.clone();
    store.run(move |tables| commit(tables, "one", &lease, &change)).await
}

async fn waiting(store: &Store) -> Vec<Parked> {
    run(store, |tables| tables.parked("one", 0)).await
}

fn positions(parked: &[Parked]) -> Vec<u64> {
    parked.iter().map(|parked| parked.position).collect()
}

async fn progress_only_goes_forward(store: &Store) {
    let lease = prepare(store).await;
    for progress in [5, 3] {
        store_change(store, &lease, Change { progress, ..Change::default() }).await.unwrap();
        assert_eq!(run(store, |tables| tables.partition("one", 0)).await.unwrap().progress, 5);
    }
}

async fn what_failed_is_parked_and_released(store: &Store) {
    let lease = prepare(store).await;
    let park = vec![parked(4, false), parked(2, false), parked(3, true)];
    store_change(store, &lease, Change { progress: 4, park, ..Change::default() }).await.unwrap();
    assert_eq!(waiting(store).await, [parked(2, false), parked(4, false)]);
    assert_eq!(run(store, |tables| tables.count_parked("one")).await, (2, 1));
    // A new lease brings what is parked.
    let held = run(store, |tables| lease_again(tables)).await;
    assert_eq!(positions(&held), [2, 4]);
    let again = Parked { tries: 3, due: 9000, reason: "again".to_owned(), ..parked(4, false) };
    let change = Change { progress: 4, park: vec![again.clone()], release: vec![2, 17] };
    store_change(store, &lease, change).await.unwrap();
    assert_eq!(waiting(store).await, [again]);
}

fn lease_again(tables: &mut dyn whatsgate_store::Tables) -> Result<Vec<Parked>, StoreError> {
    Ok(lease(tables, "one", "a", 1_000_000)?.held.remove(0).parked)
}

async fn the_last_word_of_a_change_counts(store: &Store) {
    let lease = prepare(store).await;
    let park = vec![parked(2, false), Parked { tries: 7, ..parked(2, false) }];
    store_change(store, &lease, Change { progress: 2, park, ..Change::default() }).await.unwrap();
    assert_eq!(waiting(store).await[0].tries, 7);
}

async fn dead_letters_are_listed_and_replayed_and_dropped(store: &Store) {
    let lease = prepare(store).await;
    let park = [2, 5, 7, 9].map(|position| parked(position, true)).into();
    store_change(store, &lease, Change { progress: 9, park, ..Change::default() }).await.unwrap();
    let listed = |after, most| run(store, move |tables| tables.dead_letters("one", after, most));
    assert_eq!(positions(&listed(0, 2).await), [2, 5]);
    assert_eq!(positions(&listed(5, 10).await), [7, 9]);
    assert_eq!(run(store, |tables| dead_letter(tables, "one", 5)).await, parked(5, true));
    run(store, |tables| replay_dead_letter(tables, "one", 5)).await;
    let replayed = waiting(store).await;
    assert_eq!((replayed[0].position, replayed[0].tries, replayed[0].due), (5, 0, 0));
    run(store, |tables| drop_dead_letter(tables, "one", 7)).await;
    assert_eq!(positions(&listed(0, 10).await), [2, 9]);
    for position in [0, 1, 5, 7, u64::MAX >> 1] {
        let refused = store.run(move |tables| drop_dead_letter(tables, "one", position)).await;
        assert!(matches!(refused, Err(StoreError::Consumer(_))), "{position}");
    }
}

async fn a_consumer_is_set_back_and_its_worker_loses_its_lease(store: &Store) {
    let lease = prepare(store).await;
    let park = vec![parked(3, false), parked(8, false), parked(9, true)];
    store_change(store, &lease, Change { progress: 12, park, ..Change::default() }).await.unwrap();
    assert_eq!(run(store, |tables| set_to(tables, "one", StartAt::After(5))).await, 5);
    let late = store_change(store, &lease, Change { progress: 13, ..Change::default() }).await;
    assert_eq!(late, Err(StoreError::LeaseLost));
    assert_eq!(run(store, |tables| tables.partition("one", 0)).await.unwrap().progress, 5);
    assert_eq!(positions(&waiting(store).await), [3]);
    assert_eq!(run(store, |tables| tables.count_parked("one")).await, (1, 0));
    let refused = store.run(|tables| set_to(tables, "none", StartAt::Now).map(drop)).await;
    assert!(matches!(refused, Err(StoreError::Consumer(_))));
}

async fn the_events_of_a_chat_are_replayed(store: &Store) {
    let lease = prepare(store).await;
    store_change(store, &lease, Change { progress: 12, ..Change::default() }).await.unwrap();
    // Of the events 3, 11 and 19 of the chat one comes anyway.
    let replayed = run(store, |tables| replay_chat(tables, "one", SESSION, "chat-3", 0)).await;
    assert_eq!(replayed, 2);
    let waiting = waiting(store).await;
    assert_eq!(positions(&waiting), [3, 11]);
    assert_eq!(waiting[0].chat, format!("{SESSION}/chat-3"));
}
