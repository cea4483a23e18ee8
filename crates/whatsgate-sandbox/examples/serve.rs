//! A sandbox for programs in other languages, with the key of its first argument, if it has one: prints where it is as one line of JSON and runs until its input ends.

use std::io::Read;
use std::time::Duration;

use whatsgate_sandbox::{Sandbox, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings { ack_interval: Duration::from_millis(20), ..Settings::default() };
    if let Some(key) = std::env::args().nth(1) {
        settings.api_keys = vec![key];
    }
    let sandbox = Sandbox::start(settings).await?;
    let session = sandbox.ready_session("Shop");
    let place = serde_json::json!({
        "baseUrl": sandbox.base_url(),
        "apiKey": sandbox.api_key(),
        "session": session.as_str(),
    });
    #[allow(clippy::print_stdout)]
    {
        println!("{place}");
    }
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    sandbox.shutdown().await;
    Ok(())
}
