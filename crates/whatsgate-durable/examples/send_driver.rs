//! What the kill tests kill: a program that wants many messages sent, in one of three ways. Not an example to begin with: see
//! `list_sender` and `order_status`.

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use whatsgate_durable::{Absent, Inbox, Outbox, Post, Sender, Store};
use whatsgate_model::{OutgoingMessage, Recipient};
use whatsgate_native::{ClientBuilder, Outcome, RetryPolicy, Session, StreamExt, session_from_env};

/// A line of the list: a recipient, a text, and perhaps a file.
struct Line {
    key: String,
    to: Recipient,
    text: String,
    file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let list = PathBuf::from(std::env::var("LIST").context("LIST")?);
    let lines: Vec<_> = std::fs::read_to_string(&list)?
        .lines()
        .enumerate()
        .filter_map(|(number, line)| {
            let mut parts = line.split(';');
            Some(Line {
                key: format!("line-{number}"),
                to: parts.next()?.parse().ok()?,
                text: parts.next()?.to_owned(),
                file: parts.next().map(PathBuf::from),
            })
        })
        .collect();
    let client =
        ClientBuilder::from_env()?.retry(RetryPolicy::none()).timeout(Duration::from_secs(2)).build()?;
    let session = client.session(session_from_env()?);
    match std::env::var("WAY").as_deref() {
        Ok("naive") => return one_by_one(&session, &lines, &list.with_extension("done"), 6).await,
        Ok("careful") => return one_by_one(&session, &lines, &list.with_extension("done"), 1).await,
        _ => {}
    }
    let store = Store::open(&std::env::var("WHATSGATE_STORE").context("WHATSGATE_STORE")?).await?;
    let interval = Duration::from_millis(300);
    let inbox = Inbox::builder(client.clone(), store.clone()).poll_every(interval).start().await?;
    let sender = Sender::builder(client, store.clone())
        .with_limits(None)
        .with_timeouts(Duration::from_secs(2), Duration::from_secs(4))
        .with_patience(Duration::from_secs(10))
        .with_absent(Absent::Tell)
        .start()
        .await?;
    let outbox = Outbox::new(store);
    let put = futures_util::stream::iter(&lines).for_each_concurrent(32, async |line| {
        let Line { key, to, text, file } = line;
        let post = match file {
            Some(file) => Post::file(key, session.id(), to, file, text),
            None => Post::new(key, session.id(), to, OutgoingMessage::text(text)),
        };
        if let Err(error) = outbox.post(post).await {
            eprintln!("{key}: {error}");
        }
    });
    put.await;
    tokio::signal::ctrl_c().await?;
    sender.stop().await;
    drop(inbox);
    Ok(())
}

/// As programs do it that know no outbox: what was sent is noted in a file, and `tries` says how often an error is not
/// believed.
async fn one_by_one(session: &Session, lines: &[Line], notes: &std::path::Path, tries: u32) -> Result<()> {
    let done: HashSet<String> =
        std::fs::read_to_string(notes).unwrap_or_default().lines().map(str::to_owned).collect();
    let notes = std::fs::OpenOptions::new().create(true).append(true).open(notes)?;
    let open = lines.iter().filter(|line| !done.contains(&line.key));
    futures_util::stream::iter(open)
        .for_each_concurrent(16, async |line| {
            for _ in 0..tries {
                let sent = match &line.file {
                    Some(file) => {
                        let upload =
                            whatsgate_native::files::Upload::from_path(file).with_caption(&line.text);
                        session.send_file(&line.to, upload).await.map_err(|error| error.outcome())
                    }
                    None => session.send_text(&line.to, &line.text).await.map_err(|error| error.outcome()),
                };
                if sent.is_ok() || (tries == 1 && sent == Err(Outcome::Unknown)) {
                    break;
                }
            }
            // In one write: of a line that is torn by a kill the next one would become a part.
            let _ = (&notes).write_all(format!("{}\n", line.key).as_bytes());
        })
        .await;
    tokio::signal::ctrl_c().await?;
    Ok(())
}
