//! Answers every message, and goes on after a restart where it was.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox --admin     # in another terminal; paste the three exports it prints into this one
//! cargo run -p whatsgate-native --example bot
//! ```
//!
//! Then be the customer, with the `curl` that the sandbox prints for the other side.
#![allow(clippy::print_stdout)]

use std::fs;
use std::io::ErrorKind::NotFound;
use std::time::Duration;

use anyhow::Result;
use whatsgate_native::{ClientBuilder, Event, EventAction, EventData, EventsGetRequest, Message, Offer};
use whatsgate_native::{OutgoingMessage, Session, Start, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let session = ClientBuilder::from_env()?.build()?.session(session_from_env()?);
    let start = match fs::read("bot-position.json") {
        Ok(stored) => Start::Position(serde_json::from_slice(&stored)?),
        Err(error) if error.kind() == NotFound => Start::Now,
        Err(error) => return Err(error.into()),
    };
    let filter = EventsGetRequest::new().with_action(EventAction::Message);
    let mut poll = session.poll_events(filter, start, Duration::from_secs(1))?;
    loop {
        let round = match poll.next_round().await {
            Err(error) if error.is_retryable() => {
                eprintln!("{error}");
                continue;
            }
            round => round?,
        };
        // Kept before the answers go out: a bot that is killed in between leaves a question without an answer. The other
        // way round it would answer twice. Renamed, so that what stands under the name is always whole.
        fs::write("bot-position.new", serde_json::to_vec(round.position())?)?;
        fs::rename("bot-position.new", "bot-position.json")?;
        for offer in round.offers() {
            match offer {
                Offer::New(Event { data: EventData::Message(message), .. }) => {
                    answer(&session, message).await;
                }
                other => eprintln!("not answered: {other:?}"),
            }
        }
        poll.keep(round);
    }
}

async fn answer(session: &Session, message: &Message) {
    let Some(chat) = message.from.as_ref().filter(|chat| !chat.is_group()) else { return };
    let answer = OutgoingMessage::text(format!("You wrote: {}", message.body)).with_quote(message.id.clone());
    match session.send(chat, answer).await {
        Ok(_) => println!("answered {}", message.id),
        Err(error) => eprintln!("{}: {error}. {}", message.id, error.advice()),
    }
}
