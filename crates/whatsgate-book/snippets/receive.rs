//! Receiving without loss.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use whatsgate_durable::{Consumer, Inbox, StartAt, Store};
use whatsgate_native::Client;

use crate::{Outcome, Place};

async fn start(client: Client, address: &str) -> Outcome<Inbox> {
    // ANCHOR: start
    use whatsgate_durable::{Inbox, Store};

    let store = Store::open(address).await?; // such as sqlite:bot.db
    let inbox = Inbox::builder(client, store).start().await?;
    inbox.stop_when(async { drop(tokio::signal::ctrl_c().await) });
    // ANCHOR_END: start
    Ok(inbox)
}

async fn run(inbox: &Inbox) -> Outcome {
    // ANCHOR: run
    use whatsgate_durable::Consumer;

    let bot = Consumer::new("bot").on_message(async |message, delivery| {
        // An error here tries the event again later.
        handle(delivery.key(), &message.body).await
    });
    inbox.run(bot).await?;
    // ANCHOR_END: run
    Ok(())
}

static HANDLED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[allow(clippy::unused_async, reason = "what a reader writes here waits for something")]
async fn handle(_: impl Into<String>, text: &str) -> Result<(), std::io::Error> {
    HANDLED.lock().unwrap().push(text.to_owned());
    Ok(())
}

fn orders() -> Consumer<()> {
    // ANCHOR: once
    use whatsgate_durable::{Consumer, Transaction};

    Consumer::new("orders").on_message_in_transaction(|transaction, message, delivery| {
        let Transaction::Sqlite(database) = transaction else { return Err("this wants SQLite".into()) };
        database.execute("CREATE TABLE IF NOT EXISTS orders (key TEXT, text TEXT)", [])?;
        database.execute("INSERT INTO orders VALUES (?1, ?2)", (delivery.key(), message.body))?;
        Ok(())
    })
    // ANCHOR_END: once
}

async fn hooked(client: Client, store: Store) -> Outcome<Inbox> {
    // ANCHOR: hook
    use whatsgate_durable::{Hook, Inbox};

    // Here any free port; in earnest the one that the proxy knows.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let hook = Hook::new(listener, "https://shop.example/whatsgate").ask_back();
    let inbox = Inbox::builder(client, store).hook(hook).start().await?;
    // ANCHOR_END: hook
    Ok(inbox)
}

fn sqlite(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("bot.db").display())
}

/// Waits until something is so; what it waits for comes with a round of the poll.
async fn until(so: impl AsyncFn() -> bool) {
    while !so().await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_nothing_runs_comes_later_and_once() {
    let place = Place::start().await;
    let folder = tempfile::tempdir().unwrap();
    let is_there = |text: &str| HANDLED.lock().unwrap().iter().any(|one| one == text);
    for (before, during) in [(None, "one"), (Some("two"), "three")] {
        if let Some(text) = before {
            place.write(text);
        }
        let inbox = start(place.client.clone(), &sqlite(folder.path())).await.unwrap();
        tokio::join!(async { run(&inbox).await.unwrap() }, async {
            until(async || !inbox.store().run(|tables| tables.consumers()).await.unwrap().is_empty()).await;
            inbox.caught_up().await;
            place.write(during);
            until(async || is_there(during)).await;
            inbox.stop();
        });
    }
    assert_eq!(*HANDLED.lock().unwrap(), ["one", "two", "three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_for_each_message() {
    let place = Place::start().await;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&sqlite(folder.path())).await.unwrap();
    let inbox = Inbox::builder(place.client.clone(), store).start().await.unwrap();
    inbox.caught_up().await;
    place.write("two cups");
    let orders = orders().start_at(StartAt::Beginning);
    tokio::join!(async { inbox.run(orders).await.unwrap() }, async {
        until(async || {
            let consumers = inbox.store().run(|tables| tables.consumers()).await.unwrap();
            !consumers.is_empty()
        })
        .await;
        until(async || {
            let database = rusqlite::Connection::open(folder.path().join("bot.db")).unwrap();
            let text = database.query_row("SELECT text FROM orders", [], |row| row.get::<_, String>(0));
            text.is_ok_and(|text| text == "two cups")
        })
        .await;
        inbox.stop();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_learns_the_path() {
    let place = Place::start().await;
    drop(hooked(place.client.clone(), Store::open("memory:").await.unwrap()).await.unwrap());
    let info = place.session.info().await.unwrap().unwrap();
    assert!(format!("{info:?}").contains("shop.example"), "{info:?}");
}
