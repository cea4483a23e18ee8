//! Answers by a service that takes its time, from posts: the gateway has its acknowledgement at once, and never posts an event
//! again because an answer is slow.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox --admin     # in another terminal; paste the three exports it prints into this one
//! cargo run -p whatsgate-durable --example slow_answers
//! ```
use anyhow::Result;
use tokio::net::TcpListener;
use whatsgate_durable::{Consumer, Delivery, GiveUp, Hook, Inbox, Store};
use whatsgate_native::{ClientBuilder, Message, Outcome, OutgoingMessage, Session, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let client = ClientBuilder::from_env()?.build()?;
    let session = client.session(session_from_env()?);
    let store = Store::open(&std::env::var("WHATSGATE_STORE").unwrap_or("sqlite:slow.db".into())).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let inbox = Inbox::builder(client, store).session(session.id().clone());
    let inbox = inbox.hook(Hook::new(listener, url).take()).start().await?;
    inbox.stop_when(async { drop(tokio::signal::ctrl_c().await) });
    Ok(inbox.run(Consumer::with_state("slow", session).on_message(answer)).await?)
}

async fn answer(message: Message, delivery: Delivery<Session>) -> Result<()> {
    let Some(chat) = message.from else { return Ok(()) };
    let text = format!("Question {}: {}", delivery.key(), message.body);
    match delivery.state().send(&chat, OutgoingMessage::text(text)).await {
        // It may have gone out: a person decides, by the dead letter.
        Err(error) if error.outcome() == Outcome::Unknown => Err(GiveUp::new(error.to_string()).into()),
        sent => Ok(sent.map(drop)?),
    }
}
