//! Answers every message once, over restarts and kills. Only asks for events, so that it runs behind any firewall.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox --admin     # in another terminal; paste the three exports it prints into this one
//! cargo run -p whatsgate-durable --example answers
//! ```
use anyhow::Result;
use whatsgate_durable::{Consumer, Delivery, Inbox, Store};
use whatsgate_native::{ClientBuilder, EventAction, EventsGetRequest, Message, OutgoingMessage};
use whatsgate_native::{Session, StreamExt, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let client = ClientBuilder::from_env()?.build()?;
    let session = client.session(session_from_env()?);
    let store = Store::open(&std::env::var("WHATSGATE_STORE").unwrap_or("sqlite:answers.db".into())).await?;
    let inbox = Inbox::builder(client, store).session(session.id().clone()).start().await?;
    inbox.stop_when(async { drop(tokio::signal::ctrl_c().await) });
    Ok(inbox.run(Consumer::with_state("answers", session).record_attempts().on_message(answer)).await?)
}

async fn answer(message: Message, delivery: Delivery<Session>) -> Result<()> {
    let session = delivery.state();
    let Some(chat) = message.from else { return Ok(()) };
    let text = format!("Question {}: {}", delivery.key(), message.body);
    // An earlier try may have died, or timed out, after its answer went out.
    if delivery.attempt() > 1 {
        let mut sent = session.events(EventsGetRequest::new().with_action(EventAction::Create));
        while let Some(event) = sent.next().await {
            if event?.data.message().is_some_and(|sent| sent.body == text) {
                return Ok(());
            }
        }
    }
    session.send(&chat, OutgoingMessage::text(text)).await?;
    Ok(())
}
