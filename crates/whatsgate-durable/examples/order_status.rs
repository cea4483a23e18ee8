//! Tells customers how their orders stand, and the shop which of them know: each order is told once, over restarts and kills.
//! Orders are lines on standard input: `17 79991112233 Your order is ready`.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox     # in another terminal; paste the three exports it prints into this one
//! echo '17 79991112233 Your order is ready' | cargo run -p whatsgate-durable --example order_status
//! ```
#![allow(clippy::print_stdout, reason = "it tells the shop")]
use std::time::Duration;

use anyhow::{Context, Result};
use whatsgate_durable::{Inbox, Limits, Outbox, Sender, Store, Waited};
use whatsgate_native::{ClientBuilder, OutgoingMessage, PhoneNumber, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let (client, session) = (ClientBuilder::from_env()?.build()?, session_from_env()?);
    let store = Store::open(&std::env::var("WHATSGATE_STORE").unwrap_or("sqlite:orders.db".into())).await?;
    let _inbox = Inbox::builder(client.clone(), store.clone()).start().await?;
    let limits = std::env::var("LIMITS").map_or(Ok(Limits::default()), |json| serde_json::from_str(&json))?;
    let _sender = Sender::builder(client, store.clone()).with_limits(limits).start().await?;
    let (outbox, mut told) = (Outbox::new(store), tokio::task::JoinSet::new());
    for line in std::io::stdin().lines() {
        let line = line?;
        let (order, rest) = line.split_once(' ').context("a line is: ORDER NUMBER TEXT")?;
        let (to, text) = rest.split_once(' ').context("a line is: ORDER NUMBER TEXT")?;
        let mut put = outbox.put(order, &session, PhoneNumber::new(to)?, OutgoingMessage::text(text)).await?;
        told.spawn(async move {
            let knows = match put.wait_delivered(Duration::from_secs(2 * 60 * 60)).await? {
                Waited::Reached(state) => state.name(),
                _ => put.entry().course.state.name(),
            };
            anyhow::Ok(format!("order {}: {knows}", put.entry().key.key))
        });
    }
    while let Some(told) = told.join_next().await {
        println!("{}", told??);
    }
    Ok(())
}
