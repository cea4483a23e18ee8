//! Sends each line of a list once, however often it is started or killed. A line is `79991112233;Your order is ready`.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox     # in another terminal; paste the three exports it prints into this one
//! printf '79991112233;Hello, Vasily\n79999999999;Your order is ready\n' > list.csv
//! cargo run -p whatsgate-durable --example list_sender -- list.csv
//! ```
#![allow(clippy::print_stdout, reason = "it tells what became of each line")]
use std::time::Duration;

use anyhow::{Context, Result};
use whatsgate_durable::{Class, Inbox, Limits, Outbox, Post, Sender, Store};
use whatsgate_native::{ClientBuilder, OutgoingMessage, Recipient, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: list_sender LIST")?;
    let (client, session) = (ClientBuilder::from_env()?.build()?, session_from_env()?);
    let store = Store::open(&std::env::var("WHATSGATE_STORE").unwrap_or("sqlite:bulk.db".into())).await?;
    // Its events tell what became of a send without a reply.
    let inbox = Inbox::builder(client.clone(), store.clone()).start().await?;
    inbox.caught_up().await; // Who wrote "stop" in the meantime gets nothing.
    // Such as `{"interval_ms": 15000, "quiet_hours": {"from": "21:00", "until": "09:00", "zone": "Europe/Moscow"}}`.
    let limits = std::env::var("LIMITS").map_or(Ok(Limits::default()), |json| serde_json::from_str(&json))?;
    let _sender = Sender::builder(client, store.clone()).with_limits(limits).start().await?;
    let (outbox, mut put) = (Outbox::new(store), Vec::new());
    for (number, line) in std::fs::read_to_string(&path)?.lines().enumerate() {
        let (to, text) = line.split_once(';').with_context(|| format!("no `;` in line {}", number + 1))?;
        let to: Recipient = to.parse().with_context(|| format!("in line {}", number + 1))?;
        let post = Post::new(format!("{path}/{number}"), &session, to, OutgoingMessage::text(text));
        put.push(outbox.post(post.with_class(Class::Bulk)).await?);
    }
    for mut line in put {
        let entry = line.wait_sent(Duration::from_secs(24 * 60 * 60)).await?;
        println!("{}: {} {}", entry.key.key, entry.course.state.name(), entry.course.reason);
    }
    Ok(())
}
