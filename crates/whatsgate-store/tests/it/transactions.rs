//! What shares a commit, and what is undone.

use std::sync::mpsc;

use tokio::task::JoinHandle;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_store::consumers::{StartAt, lease, open};
use whatsgate_store::{End, Receipt, Store, StoreError, Tables, Transaction};

use crate::support::{append, arrivals, entries, event, parked, posted, run};

on_every_store! {
    what_fails_leaves_nothing,
    what_fails_and_what_panics_take_nobody_with_them,
    everything_that_is_written_is_undone,
    work_that_nobody_waits_for_is_done,
}

async fn what_fails_leaves_nothing(store: &Store) {
    append(store, [event(1)]).await;
    let failed = store
        .run(|tables| -> Result<(), StoreError> {
            tables.set_setting("name", Some("value"))?;
            tables.setting("name")?;
            Err(StoreError::RolledBack("no".to_owned()))
        })
        .await;
    assert_eq!(failed, Err(StoreError::RolledBack("no".to_owned())));
    assert_eq!(run(store, |tables| tables.setting("name")).await, None);
}

type Outcome = Result<(), StoreError>;

fn submit(
    store: &Store,
    work: impl FnOnce(&mut dyn Tables) -> Outcome + Send + 'static,
) -> JoinHandle<Outcome> {
    let store = store.clone();
    tokio::spawn(async move { store.run(work).await })
}

/// Holds the store's thread, so that what is submitted meanwhile shares the next commit. A store in memory has none.
pub(crate) async fn hold(store: &Store) -> mpsc::Sender<()> {
    let (go, wait) = mpsc::channel();
    let has_thread = !run(store, |tables| Ok(matches!(tables.transaction(), Transaction::Memory(_)))).await;
    submit(store, move |_| {
        if has_thread {
            let _ = wait.recv();
        }
        Ok(())
    });
    tokio::task::yield_now().await;
    go
}

async fn what_fails_and_what_panics_take_nobody_with_them(store: &Store) {
    let go = hold(store).await;
    let set = |name: &'static str| submit(store, move |tables| tables.set_setting(name, Some(name)));
    let appending = {
        let store = store.clone();
        tokio::spawn(async move { store.append(arrivals([event(1), event(2)])).await })
    };
    let before = set("before");
    let fails = submit(store, |tables| {
        tables.set_setting("fails", Some("x"))?;
        tables.lock_end()?;
        tables.set_end(End { head: 99, highest: Some(99) })?;
        Err(StoreError::LeaseLost)
    });
    let between = set("between");
    let panics = submit(store, |tables| {
        tables.set_setting("panics", Some("x"))?;
        tables.setting("panics")?;
        panic!("the program's own mistake")
    });
    let fails_at_once = submit(store, |_| Err(StoreError::LeaseLost));
    let after = set("after");
    tokio::task::yield_now().await;
    drop(go);
    for good in [appending, before, between, after] {
        good.await.unwrap().unwrap();
    }
    assert_eq!(fails.await.unwrap(), Err(StoreError::LeaseLost));
    assert_eq!(fails_at_once.await.unwrap(), Err(StoreError::LeaseLost));
    assert!(matches!(panics.await.unwrap(), Err(StoreError::RolledBack(_))));
    for (name, there) in
        [("before", true), ("between", true), ("after", true), ("fails", false), ("panics", false)]
    {
        assert_eq!(run(store, move |tables| tables.setting(name)).await.is_some(), there, "{name}");
    }
    assert_eq!(run(store, |tables| tables.end()).await, End { head: 2, highest: Some(2) });
}

async fn everything_that_is_written_is_undone(store: &Store) {
    use whatsgate_core::durable::journal::Trust;
    let key = || ReceiptKey { session: "6345454545454".to_owned(), message: "AA".to_owned() };
    append(store, [event(1), posted(2, Trust::Pending)]).await;
    run(store, |tables| open(tables, "one", 2, StartAt::Beginning)).await;
    run(store, |tables| tables.park("one", 0, &[parked(1, false), parked(2, true)])).await;
    let before = format!("{:?}", dump(store).await);
    let failed = store
        .run(move |tables| -> Outcome {
            whatsgate_store::journal::append(tables, arrivals([event(2), event(3)]))?;
            whatsgate_store::journal::expire(tables, i64::MAX, i64::MAX)?;
            tables.put_receipt(&key(), Receipt { state: DeliveryState::Read, since: 1 })?;
            open(tables, "two", 3, StartAt::Now)?;
            lease(tables, "two", "a", 1000)?;
            tables.park("one", 1, &[parked(1, true), parked(3, false)])?;
            tables.release("one", &[2])?;
            tables.remove_consumer("one")?;
            Err(StoreError::LeaseLost)
        })
        .await;
    assert_eq!(failed, Err(StoreError::LeaseLost));
    assert_eq!(format!("{:?}", dump(store).await), before);
    assert_eq!(run(store, move |tables| tables.receipt(&key())).await, None);
}

async fn dump(store: &Store) -> impl std::fmt::Debug + use<> {
    let tables = run(store, |tables| {
        let parked = [tables.parked("one", 0)?, tables.parked("one", 1)?, tables.dead_letters("one", 0, 9)?];
        Ok((tables.end()?, tables.consumers()?, tables.partitions("one")?, tables.partitions("two")?, parked))
    })
    .await;
    (tables, entries(store).await)
}

async fn work_that_nobody_waits_for_is_done(store: &Store) {
    let go = hold(store).await;
    let task = submit(store, |tables| tables.set_setting("name", Some("value")));
    tokio::task::yield_now().await;
    task.abort();
    drop(go);
    assert_eq!(run(store, |tables| tables.setting("name")).await.as_deref(), Some("value"));
}
