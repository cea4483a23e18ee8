//! Sends each line of a list, and never one of them twice, however often it is run or stopped, if one at a time is run.
//!
//! A line is a recipient and a text: `79991112233;Your order is ready`. What became of it is kept in `LIST.journal`.
//! Equal lines count as one; empty ones do not count.
//!
//! ```sh
//! cargo run -p whatsgate-cli -- sandbox     # in another terminal; paste the three exports it prints into this one
//! printf '79991112233;Hello, Vasily\n79999999999;Your order is ready\n' > list.csv
//! cargo run -p whatsgate-native --example bulk_sender -- list.csv
//! ```
#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{Read, Write};

use anyhow::{Context, Result, ensure};
use whatsgate_native::{ClientBuilder, Outcome, Recipient, session_from_env};

#[tokio::main]
async fn main() -> Result<()> {
    let path = std::env::args().nth(1).context("usage: bulk_sender LIST")?;
    let session = ClientBuilder::from_env()?.build()?.session(session_from_env()?);

    // The whole list is read first, so that a mistake in its last line shows before the first one is sent.
    let list = fs::read_to_string(&path)?;
    let mut messages = Vec::new();
    for line in list.trim_start_matches('\u{feff}').lines().filter(|line| !line.trim().is_empty()) {
        let (recipient, text) = line.split_once(';').with_context(|| format!("no `;` in {line:?}"))?;
        messages.push((line, recipient.parse::<Recipient>().with_context(|| format!("in {line:?}"))?, text));
    }

    let mut journal = File::options().create(true).read(true).append(true).open(format!("{path}.journal"))?;
    let mut entries = String::new();
    journal.read_to_string(&mut entries)?;
    // The last entry about a line is the one that holds.
    let mut outcomes: HashMap<_, _> = entries.lines().filter_map(|entry| entry.rsplit_once(' ')).collect();
    for (line, recipient, text) in &messages {
        if outcomes.get(line).is_none_or(|outcome| *outcome == "not-sent") {
            // Written before the message goes out: if this program is stopped now, nobody knows whether it did.
            write!(journal, "\n{line} unknown")?;
            journal.sync_data()?;
            let outcome = match session.send_text(recipient, *text).await {
                Ok(_) => "sent",
                Err(error) => {
                    eprintln!("{error}. {}", error.advice());
                    if error.outcome() == Outcome::NotSent { "not-sent" } else { "unknown" }
                }
            };
            write!(journal, "\n{line} {outcome}")?;
            outcomes.insert(line, outcome);
        }
        println!("{line} {}", outcomes[line]);
    }
    ensure!(
        messages.iter().all(|(line, ..)| outcomes[line] == "sent"),
        "not every line was sent for certain"
    );
    Ok(())
}
