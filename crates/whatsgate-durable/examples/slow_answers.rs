//! Answers at its leisure from posts: the gateway has its acknowledgement at once, and posts nothing again because an answer
//! takes long.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox --admin     # in another terminal; paste the three exports it prints into this one
//! cargo run -p whatsgate-durable --example slow_answers
//! ```
use anyhow::Result;
use tokio::net::TcpListener;
use whatsgate_durable::{Consumer, Delivery, GiveUp, Hook, Inbox, Store};
use whatsgate_native::{ClientBuilder, Message, OutgoingMessage, Session, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let client = ClientBuilder::from_env()?.build()?;
    let session = client.session(session_from_env()?);
    let store = Store::open(&std::env::var("WHATSGATE_STORE").unwrap_or("sqlite:slow.db".into())).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    // In earnest: the address under which a reverse proxy hands posts on to this listener.
    let url = format!("http://{}", listener.local_addr()?);
    let hook = Hook::new(listener, url).take();
    let inbox = Inbox::builder(client, store).session(session.id().clone()).hook(hook).start().await?;
    inbox.stop_when(async { drop(tokio::signal::ctrl_c().await) });
    Ok(inbox.run(Consumer::with_state("slow", session).record_attempts().on_message(answer)).await?)
}

async fn answer(message: Message, delivery: Delivery<Session>) -> Result<()> {
    let Some(chat) = message.from else { return Ok(()) };
    if delivery.attempt() > 1 {
        // An earlier try may have sent its answer: a person decides, by the dead letter.
        return Err(GiveUp::new("perhaps it is answered").into());
    }
    let text = format!("Question {}: {}", delivery.key(), message.body);
    delivery.state().send(&chat, OutgoingMessage::text(text)).await?;
    Ok(())
}
