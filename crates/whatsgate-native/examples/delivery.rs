//! Sends a message and follows it until it is on the recipient's phone.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox     # in another terminal; paste the three exports it prints into this one
//! cargo run -p whatsgate-native --example delivery -- 79991112233 "Your order is ready"
//! ```
#![allow(clippy::print_stdout)]

use std::time::Duration;

use anyhow::{Context, Result, bail};
use whatsgate_native::{
    Ack, ClientBuilder, EventAction, EventData, EventsGetRequest, Recipient, StreamExt, WireDate,
    session_from_env,
};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (number, text) = arguments.next().zip(arguments.next()).context("usage: delivery NUMBER TEXT")?;
    let session = ClientBuilder::from_env()?.build()?.session(session_from_env()?);
    let sent = session.send_text(number.parse::<Recipient>()?, text).await?;
    let message = sent.message().context("the message waits in the service's queue and has no id yet")?;
    println!("{}", message.id);

    // Without a date, all that the service still has would be read first. The zone of its dates is not known, so this
    // one is a day early.
    let mut filter = EventsGetRequest::new().with_action(EventAction::Ack);
    if let Some(sent_at) = message.timestamp {
        filter = filter.with_date(WireDate::from_unix_seconds_as_utc(sent_at - 24 * 60 * 60));
    }
    let mut events = session.follow_events(filter, Duration::from_secs(1));
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            // One list that could not be read is no reason to give up: the stream asks again.
            Err(error) if error.is_retryable() || error.unreadable().is_some() => {
                eprintln!("{error}");
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let EventData::Ack(update) = event.data else { continue };
        let Some(ack) = update.ack.filter(|_| update.id == message.id) else { continue };
        println!("{}", ack.name().unwrap_or("a state with no name yet"));
        if ack == Ack::ERROR {
            bail!("WhatsApp could not send the message");
        }
        if ack >= Ack::DEVICE {
            return Ok(());
        }
    }
    bail!("the stream of events ended")
}
