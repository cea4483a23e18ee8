//! Receives events and prints the messages among them: `receiver [ADDRESS]`.
//!
//! ```sh
//! cargo run -p whatsgate-native --example receiver -- 127.0.0.1:8080
//! ```
#![allow(clippy::print_stdout)]

use whatsgate_native::{Dispatcher, Receiver};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let dispatcher = Dispatcher::new().on_message(async |message, event| {
        println!("event {}: {}", event.id, message.body);
    });
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}/hook", listener.local_addr()?);
    Receiver::new(dispatcher).serve(listener, "/hook").await?;
    Ok(())
}
