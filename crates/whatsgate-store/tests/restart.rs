//! PostgreSQL restarts in the middle: apart from the other tests, whose server it is too.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use whatsgate_core::durable::journal::{Identity, Incoming, Trust};
use whatsgate_model::from_json;
use whatsgate_store::journal::Arrival;
use whatsgate_store::tokio_postgres::{Client, Config, NoTls};
use whatsgate_store::{Slice, Store, StoreError};

const VARIABLE: &str = "WHATSGATE_TEST_POSTGRES";
const RESTARTS: usize = 3;

fn arrival(number: i64) -> Arrival {
    let identity = Identity {
        number: Some(number),
        session: "6345454545454".to_owned(),
        action: "create".to_owned(),
        message: format!("false_chat_{number}"),
    };
    let raw = from_json(&format!(r#"{{"event_id":{number}}}"#)).unwrap();
    let event = Incoming {
        identity,
        trust: Trust::Listed,
        is_history: false,
        chat: "chat".to_owned(),
        date: None,
        raw,
    };
    Arrival { event, receipt: None, sighting: None, opts_out: false }
}

async fn connect(address: &str) -> Option<Client> {
    let (client, connection) = address.parse::<Config>().unwrap().connect(NoTls).await.ok()?;
    tokio::spawn(connection);
    Some(client)
}

/// A process of the server that is killed makes it end all connections, repair itself and start anew.
async fn restart(server: &str) {
    let client = connect(server).await.expect("the server is there");
    // It kills the connection that asks for it; `COPY … TO PROGRAM` runs as the server's user.
    let row = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap();
    let victim: i32 = row.get(0);
    let kill = format!("COPY (SELECT 1) TO PROGRAM 'kill -KILL {victim}'");
    assert!(client.batch_execute(&kill).await.is_err(), "the server did not restart");
}

async fn until_it_serves(server: &str) -> Client {
    loop {
        if let Some(client) = connect(server).await {
            return client;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_loses_nothing_that_was_acknowledged() {
    let Ok(server) = std::env::var(VARIABLE) else {
        eprintln!("NOT RUN: {VARIABLE} is not set to the address of a PostgreSQL server");
        return;
    };
    let name = format!("test_restart_{}", std::process::id());
    until_it_serves(&server).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (before, _) = server.rsplit_once('/').expect("the address names a database");
    let store = Store::open(&format!("{before}/{name}")).await.unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let stored = Arc::new(AtomicUsize::new(0));
    let odd = Arc::new(OnceLock::<StoreError>::new());
    let appending: Vec<_> = (0..4)
        .map(|worker: i64| {
            let (store, stop, stored, odd) = (store.clone(), stop.clone(), stored.clone(), odd.clone());
            tokio::spawn(async move {
                let mut acknowledged = Vec::new();
                let mut number = worker;
                while !stop.load(Ordering::Relaxed) {
                    match store.append(vec![arrival(number)]).await {
                        Ok(()) => {
                            acknowledged.push(number);
                            number += 4;
                            stored.fetch_add(1, Ordering::Relaxed);
                        }
                        // The same once more.
                        Err(StoreError::Unavailable(_)) => tokio::task::yield_now().await,
                        Err(other) => drop(odd.set(other)),
                    }
                }
                acknowledged
            })
        })
        .collect();
    for _ in 0..RESTARTS {
        let target = stored.load(Ordering::Relaxed) + 100;
        let began = Instant::now();
        while stored.load(Ordering::Relaxed) < target {
            assert!(began.elapsed() < Duration::from_secs(60), "it does not go on: {odd:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        restart(&server).await;
        drop(until_it_serves(&server).await);
    }
    // The first to notice that the connection is gone may be this one.
    while let Err(error) = store.append(vec![arrival(1_000_000)]).await {
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged = vec![1_000_000];
    for worker in appending {
        acknowledged.extend(worker.await.unwrap());
    }
    assert_eq!(odd.get(), None);
    let whole = Slice { partition: 0, of: 1 };
    let entries = store.run(move |tables| tables.read(whole, 0, usize::MAX, 0)).await.unwrap();
    let mut numbers: Vec<_> = entries.iter().filter_map(|entry| entry.identity.number).collect();
    let positions: Vec<_> = entries.iter().map(|entry| entry.position).collect();
    assert_eq!(positions, (1..=entries.len() as u64).collect::<Vec<_>>());
    numbers.sort_unstable();
    acknowledged.sort_unstable();
    // What was under way when it restarted may be there without an acknowledgement, once.
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(acknowledged.iter().all(|number| numbers.binary_search(number).is_ok()));
    let drop_it = format!("DROP DATABASE {name} WITH (FORCE)");
    until_it_serves(&server).await.batch_execute(&drop_it).await.unwrap();
}
