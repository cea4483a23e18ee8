//! Writes every message into a table of its own, exactly once: the row and the progress are one commit. Receives posts, and
//! fetches what was missed while it was away.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox --admin     # in another terminal; paste the three exports it prints into this one
//! cargo run -p whatsgate-durable --example orders
//! ```
use anyhow::Result;
use tokio::net::TcpListener;
use whatsgate_durable::{Consumer, Hook, Inbox, Store, Transaction};
use whatsgate_native::{ClientBuilder, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let client = ClientBuilder::from_env()?.build()?;
    let store = Store::open(&std::env::var("WHATSGATE_STORE").unwrap_or("sqlite:orders.db".into())).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    // In earnest: the address under which a reverse proxy hands posts on to this listener.
    let url = format!("http://{}", listener.local_addr()?);
    let inbox = Inbox::builder(client, store).session(session_from_env()?);
    let inbox = inbox.hook(Hook::new(listener, url).take()).start().await?;
    inbox.stop_when(async { drop(tokio::signal::ctrl_c().await) });
    let orders = Consumer::new("orders").on_message_in_transaction(|transaction, message, delivery| {
        let Transaction::Sqlite(database) = transaction else { return Err("this wants SQLite".into()) };
        database.execute("CREATE TABLE IF NOT EXISTS orders (key TEXT, text TEXT)", [])?;
        database.execute("INSERT INTO orders VALUES (?1, ?2)", (delivery.key(), message.body))?;
        Ok(())
    });
    Ok(inbox.run(orders).await?)
}
