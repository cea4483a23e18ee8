//! Several processes over one store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use whatsgate_durable::{Consumer, Inbox, Outbox, Sender};
use whatsgate_native::{Client, OutgoingMessage, PhoneNumber};
use whatsgate_store::tokio_postgres::{Config, NoTls};

use crate::{Outcome, Place};

async fn start(client: Client, address: &str) -> Outcome<(Inbox, Sender)> {
    // ANCHOR: start
    use whatsgate_durable::{Inbox, Sender, Store};

    // Such as postgres://shop@db/shop, the same on every machine.
    let store = Store::open(address).await?;
    let inbox = Inbox::builder(client.clone(), store.clone()).start().await?;
    let sender = Sender::builder(client, store).start().await?;
    // ANCHOR_END: start
    Ok((inbox, sender))
}

fn consumer() -> Consumer {
    // ANCHOR: partitions
    Consumer::new("orders").partitions(32) // fixed when it first runs
    // ANCHOR_END: partitions
}

/// Says where a server is whose user may make databases: `postgres://USER@HOST:PORT/postgres`.
const VARIABLE: &str = "WHATSGATE_TEST_POSTGRES";

#[tokio::test(flavor = "multi_thread")]
async fn two_share_a_database_and_do_all_once() {
    let Ok(server) = std::env::var(VARIABLE) else {
        eprintln!("NOT RUN: {VARIABLE} is not set to the address of a PostgreSQL server");
        return;
    };
    let (admin, connection) = server.parse::<Config>().unwrap().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let name = format!("book_{}", std::process::id());
    admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let address = format!("{}/{name}", server.rsplit_once('/').unwrap().0);
    let place = Place::start().await;
    let (one, _sender) = start(place.client.clone(), &address).await.unwrap();
    let (other, _second) = start(place.client.clone(), &address).await.unwrap();

    let to = PhoneNumber::new("79991112233").unwrap();
    let outbox = Outbox::new(one.store().clone());
    let mut put =
        outbox.put("order-17", place.session.id(), to, OutgoingMessage::text("Ready")).await.unwrap();
    put.wait_sent(Duration::from_secs(60)).await.unwrap();
    assert_eq!(place.sent(), ["Ready"]);

    let handled = Arc::new(AtomicU32::new(0));
    let counting = || {
        let handled = Arc::clone(&handled);
        consumer().on_message(move |_, _| {
            handled.fetch_add(1, Ordering::Relaxed);
            async { Ok::<(), std::io::Error>(()) }
        })
    };
    let (here, there) = (one.run(counting()), other.run(counting()));
    let (here, there, ()) = tokio::join!(here, there, async {
        while one.store().run(|tables| tables.consumers()).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        place.write("Thanks");
        while handled.load(Ordering::Relaxed) == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        one.stop();
        other.stop();
    });
    here.unwrap();
    there.unwrap();
    assert_eq!(handled.load(Ordering::Relaxed), 1);
    drop((one, other));
    admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}
