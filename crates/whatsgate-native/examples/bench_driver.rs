//! Does one job once, for comparing clients: `bench_driver seq|conc|chats|doc|media|cold`.
//!
//! Reads `WG_BASE`, `WG_KEY` and `WG_ID` (the gateway and the session), `WG_N` (how many times), `WG_FILE` (what to send)
//! and `WG_OUT` (where to put what comes in). Prints `{"job":"seq","n":2000,"wall_s":1.234}`, and ends with another
//! status than 0 on any failure.
//!
//! ```sh
//! WG_BASE=http://127.0.0.1:8080/api/v1 WG_KEY=key WG_ID=session WG_N=2000 \
//!     cargo run --release -p whatsgate-native --example bench_driver -- seq
//! ```
#![allow(clippy::print_stdout)]

use std::env;
use std::error::Error;
use std::time::Instant;

use futures_util::stream;
use whatsgate_native::{
    ApiKey, ClientBuilder, InvalidValue, MessageId, PhoneNumber, Session, SessionId, StreamExt,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let job = env::args().nth(1).ok_or("usage: bench_driver seq|conc|chats|doc|media|cold")?;
    let count = env::var("WG_N").map_or(Ok(1), |text| text.parse())?;
    let client = ClientBuilder::new(ApiKey::new(env::var("WG_KEY")?)?)
        .base_url(env::var("WG_BASE")?.parse()?)
        .build()?;
    let session = client.session(SessionId::new(env::var("WG_ID")?)?);
    match job.as_str() {
        "seq" | "cold" => send_texts(&session, count, 1).await?,
        "conc" => send_texts(&session, count, 32).await?,
        "chats" => {
            for _ in 0..count {
                session.chats().await?;
            }
        }
        "doc" => {
            let sent = session.send_file(number()?, env::var("WG_FILE")?.as_str()).await?;
            sent.message().ok_or("the reply holds no message")?;
        }
        "media" => {
            let message = MessageId::new("true_79999999999@c.us_3EB0A6D8E2D1D2B9E6A4")?;
            session.save_message_media(&message, env::var("WG_OUT")?.as_str()).await?;
        }
        other => return Err(format!("there is no job {other}").into()),
    }
    println!(r#"{{"job":"{job}","n":{count},"wall_s":{:.3}}}"#, start.elapsed().as_secs_f64());
    Ok(())
}

async fn send_texts(session: &Session, count: usize, at_once: usize) -> Result<(), Box<dyn Error>> {
    let number = number()?;
    let mut sends = stream::iter(0..count)
        .map(|place| session.send_text(number.clone(), format!("Message {place}")))
        .buffer_unordered(at_once);
    while let Some(sent) = sends.next().await {
        let id = sent?.message().map(|message| message.id.to_string());
        if id.is_none_or(|id| id.is_empty()) {
            return Err("the reply holds no message id".into());
        }
    }
    Ok(())
}

fn number() -> Result<PhoneNumber, InvalidValue> {
    PhoneNumber::new("79999999999")
}
