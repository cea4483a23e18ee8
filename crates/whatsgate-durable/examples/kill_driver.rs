//! What the kill tests kill: a consumer whose effects are counted, in the store's own database or in a file. Not an example
//! to begin with: see `answers` and `orders`.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use whatsgate_durable::{Consumer, Hook, Inbox, StartAt, Store, Transaction};
use whatsgate_native::{ClientBuilder, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let client = ClientBuilder::from_env()?.build()?;
    let store = Store::open(&std::env::var("WHATSGATE_STORE").context("WHATSGATE_STORE")?).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let inbox = Inbox::builder(client, store)
        .session(session_from_env()?)
        .poll_every(Duration::from_secs(1))
        .hook(Hook::new(listener, url).take())
        .start()
        .await?;
    let consumer = Consumer::new("effects").partitions(16).start_at(StartAt::Beginning);
    let consumer = match std::env::var("EFFECTS") {
        Ok(path) => {
            let file = std::sync::Arc::new(OpenOptions::new().create(true).append(true).open(path)?);
            consumer.on_message(move |message, _| {
                let file = std::sync::Arc::clone(&file);
                // One write of one line, which the system does not interleave with another's.
                async move { (&*file).write_all(format!("{}\n", message.body).as_bytes()) }
            })
        }
        Err(_) => consumer.on_message_in_transaction(|transaction, message, _| {
            match transaction {
                Transaction::Sqlite(database) => {
                    database.execute("INSERT INTO effects VALUES (?1)", [&message.body])?;
                }
                #[cfg(feature = "postgres")]
                Transaction::Postgres(database) => {
                    database.execute("INSERT INTO effects VALUES ($1)", &[&message.body])?;
                }
                _ => return Err("effects need a database".into()),
            }
            Ok(())
        }),
    };
    inbox.run(consumer).await?;
    Ok(())
}
