//! Links a WhatsApp account: creates a session, and shows what the phone's owner has to scan or to type.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox     # in another terminal; paste the three exports it prints into this one
//! cargo run -p whatsgate-native --example link_session -- Shop
//! cargo run -p whatsgate-native --example link_session -- Shop 79991112233     # by pairing code
//! ```
//!
//! In the sandbox a session links itself two seconds after it has shown its code.
#![allow(clippy::print_stdout)]

use std::time::Duration;

use anyhow::{Context, Result};
use whatsgate_native::{ClientBuilder, PhoneNumber, SessionCreateRequest, SessionStatus, WaitOptions};

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut request =
        SessionCreateRequest::new(arguments.next().context("usage: link_session NAME [NUMBER]")?);
    if let Some(number) = arguments.next() {
        request = request.with_pairing_code(PhoneNumber::new(number)?);
    }
    let client = ClientBuilder::from_env()?.build()?;
    let session = client.session(client.create_session(request).await?.unique_id);
    // Shown first: a session takes a place of the plan until it is deleted, whether it is ever linked or not.
    println!("export WHATSGATE_SESSION={}", session.id());

    let options = WaitOptions::default().with_deadline(Duration::from_secs(180));
    let ready = session
        .wait_until_ready(options, |now| match (&now.status, &now.code, &now.qr_link) {
            // The link is there already, but nothing to scan under it.
            (Some(SessionStatus::Pending), ..) => println!("being set up"),
            (_, Some(code), _) => println!("Linked devices > Link with phone number: {code}"),
            // A QR code lasts for a few seconds only; the page always shows the present one.
            (_, None, Some(page)) => println!("Linked devices > Link a device: scan the code at {page}"),
            (status, None, None) => println!("{status:?}"),
        })
        .await?;
    println!("linked as {}", ready.wid.map_or_else(|| "unknown".to_owned(), |id| id.to_string()));
    Ok(())
}
