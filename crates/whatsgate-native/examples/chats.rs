//! Lists the chats, and saves the files of the messages that the service still remembers.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox     # in another terminal; paste the three exports it prints into this one
//! whatsgate send 79991112233 --file README.md "Read this"
//! cargo run -p whatsgate-native --example chats -- saved-files
//! ```
#![allow(clippy::print_stdout)]

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use whatsgate_native::{ClientBuilder, Download, EventsGetRequest, TryStreamExt, session_from_env};

const MOST_BYTES: u64 = 100 << 20;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("usage: chats FOLDER")?);
    let session = ClientBuilder::from_env()?.build()?.session(session_from_env()?);

    let chats = session.chats().await?;
    for chat in &chats {
        let kind = if chat.is_group() { "group" } else { "contact" };
        println!("{kind} {} {:?}, {} unread", chat.id, chat.name, chat.unread_count);
    }
    // What this version cannot read is said, not swallowed.
    for chat in &chats.unreadable {
        eprintln!("chat {} of the list: {}", chat.index, chat.reason);
    }

    std::fs::create_dir_all(&folder)?;
    let mut seen = HashSet::new();
    let mut events = session.events(EventsGetRequest::new());
    while let Some(event) = events.try_next().await? {
        // Several events tell of the same message: that it was made, that it was delivered, that it was read.
        let Some(message) = event.data.message().filter(|message| message.has_media) else { continue };
        if !seen.insert(message.id.clone()) {
            continue;
        }
        // The name that the sender gave the file is shown, but is no path to write to.
        let path = folder.join(event.id.to_string());
        let download = Download::to_path(&path).with_limit(MOST_BYTES);
        match session.save_message_media(&message.id, download).await {
            Ok(file) => println!("{}: {:?}, {} bytes", path.display(), file.media.filename, file.size),
            Err(error) => eprintln!("event {}: {error}", event.id),
        }
    }
    Ok(())
}
