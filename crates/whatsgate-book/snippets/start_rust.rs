//! The first message from Rust.
#![allow(clippy::print_stdout, reason = "it tells the person who runs it")]

// ANCHOR: all
use whatsgate_native::{ClientBuilder, PhoneNumber, session_from_env};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let session = ClientBuilder::from_env()?.build()?.session(session_from_env()?);
    let sent = session.send_text(PhoneNumber::new("79991112233")?, "Hello from Rust").await?;
    if let Some(message) = sent.message() {
        println!("sent as {}", message.id);
    }
    Ok(())
}
// ANCHOR_END: all
