//! The durable layer: events into a store, commits that are shared, and catching up.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use whatsgate_durable::store::durable::journal::Trust;
use whatsgate_durable::store::journal::Arrival;
use whatsgate_durable::{Consumer, Handle, Hook, Inbox, Outbox, Sender, StartAt, State, Store};
use whatsgate_native::model::{Event, OutgoingMessage, PhoneNumber, SendResult, SessionId};
use whatsgate_native::{ApiKey, BaseUrl, Client, ClientBuilder};
use whatsgate_sandbox::{Sandbox, Settings};

use crate::bare;
use crate::jobs::Side;
use crate::measure::usage;
use crate::report::Server;

/// How many posts are under way at a time.
const AT_ONCE: usize = 128;
/// How many events are posted in a run.
const POSTS: usize = 20_000;
/// How many messages are sent in a run, and how many are under way at a time.
const SENDS: usize = 5_000;
const SENDS_AT_ONCE: usize = 16;
/// How many submitters share commits.
const SUBMITTERS: usize = 256;

/// An event that has a number of its own.
fn event(number: usize) -> String {
    format!(
        r#"{{"id":{number},"whatsapp_id":"191b80a9238","event_action":"message","event_date":"2022-09-07 18:29:37","status_code":null,"event_data":{{"message":{{"_id":"3EB0{number:016}","id":"false_7999{chat:07}@c.us_3EB0{number:016}","ack":1,"hasMedia":false,"mediaKey":"","body":"message {number}","type":"chat","timestamp":1662575377,"from":"7999{chat:07}@c.us","to":"79999999999@c.us","isForwarded":false}}}}}}"#,
        chat = number % 1000 + 1,
    )
}

/// Measures and prints all of it.
pub(crate) fn print(runs: usize) -> Result<()> {
    let folder = tempfile::tempdir_in(".")?;
    println!("| events received, {AT_ONCE} at a time | events a second | ratio to bare | goal |");
    println!("|---|---|---|---|");
    let goals = [("memory", 0.9), ("sqlite", 0.5), ("postgres", 0.3)];
    let mut rates = vec![Vec::new(); goals.len() + 1];
    // In turn, so that whatever else runs on the machine befalls all alike.
    for run in 0..runs {
        rates[0].push(posted(&["receive", Side::Bare.as_str()], run)?);
        for (place, (store, _)) in goals.iter().enumerate() {
            if let Some(address) = address(store, folder.path(), run)? {
                rates[place + 1].push(posted(&["receive-into", &address], run)?);
            }
        }
    }
    let best = |rates: &[f64]| rates.iter().copied().fold(0.0, f64::max);
    let bare = best(&rates[0]);
    println!("| bare handler that acknowledges | {bare:.0} | 1.00 | |");
    for ((store, goal), rates) in goals.iter().zip(&rates[1..]) {
        if rates.is_empty() {
            println!("| {store} | not measured: WHATSGATE_TEST_POSTGRES names no server | | ≥ {goal} |");
            continue;
        }
        let ratio = best(rates) / bare;
        println!("| {store} | {:.0} | {ratio:.2} | ≥ {goal}: {} |", best(rates), met(ratio >= *goal));
    }

    println!("\n| commits to SQLite, synced | commits a second | ratio | goal |\n|---|---|---|---|");
    let mut single = 0.0_f64;
    let mut grouped = 0.0_f64;
    for run in 0..runs {
        single = single.max(commits(folder.path(), run, 1)?);
        grouped = grouped.max(commits(folder.path(), run, SUBMITTERS)?);
    }
    println!("| one after another | {single:.0} | 1.00 | |");
    let ratio = grouped / single;
    println!("| by {SUBMITTERS} submitters | {grouped:.0} | {ratio:.1} | ≥ 5: {} |", met(ratio >= 5.0));

    println!(
        "\n| messages sent, {SENDS_AT_ONCE} at a time | messages a second | ratio to direct |\n|---|---|---|"
    );
    let mut direct = 0.0_f64;
    let mut through = vec![0.0_f64; goals.len()];
    for run in 0..runs {
        direct = direct.max(sent_directly()?);
        for (place, (store, _)) in goals.iter().enumerate() {
            if let Some(address) = address(store, folder.path(), 100 + run)? {
                through[place] = through[place].max(sent_through(&address)?);
            }
        }
    }
    println!("| each awaited, nothing kept | {direct:.0} | 1.00 |");
    for ((store, _), rate) in goals.iter().zip(through).filter(|(_, rate)| *rate > 0.0) {
        println!("| through the outbox: {store} | {rate:.0} | {:.2} |", rate / direct);
    }

    println!("\n| catching up from SQLite | time | events a second | peak | goal |\n|---|---|---|---|---|");
    for events in [1_000, 10_000, 100_000, 1_000_000] {
        let path = folder.path().join(format!("{events}.db"));
        let output = |role: &str| -> Result<CaughtUp> {
            let output = Command::new(std::env::current_exe()?)
                .args([role, &path.display().to_string(), &events.to_string()])
                .output()?;
            ensure!(output.status.success(), "{role} failed: {}", String::from_utf8_lossy(&output.stderr));
            Ok(serde_json::from_slice(&output.stdout)?)
        };
        output("fill")?;
        let CaughtUp { seconds, peak_mib } = output("catch-up")?;
        let rate = f64::from(events) / seconds;
        println!(
            "| {events} | {seconds:.2} s | {rate:.0} | {peak_mib:.1} MiB | ≤ 64 MiB: {} |",
            met(peak_mib <= 64.0)
        );
        std::fs::remove_file(&path)?;
    }
    Ok(())
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

/// The address of a fresh store; none if there is no server for it.
fn address(store: &str, folder: &Path, run: usize) -> Result<Option<String>> {
    Ok(Some(match store {
        "memory" => "memory:".to_owned(),
        "sqlite" => format!("sqlite:{}", folder.join(format!("posts-{run}.db")).display()),
        "postgres" => match std::env::var("WHATSGATE_TEST_POSTGRES") {
            Ok(server) => fresh_database(&server, run)?,
            Err(_) => return Ok(None),
        },
        _ => bail!("there is no such store"),
    }))
}

fn fresh_database(server: &str, run: usize) -> Result<String> {
    use whatsgate_durable::store::tokio_postgres::{Config, NoTls};

    let name = format!("bench_{}_{run}", std::process::id());
    let config: Config = server.parse()?;
    runtime()?.block_on(async {
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
        anyhow::Ok(())
    })?;
    let (address, _) = server.rsplit_once('/').context("the server's address names no database")?;
    Ok(format!("{address}/{name}"))
}

/// Events a second that a receiver in another process acknowledges.
fn posted(role: &[&str], run: usize) -> Result<f64> {
    let receiver = Server::start(role)?;
    let first = 1 + run * POSTS;
    let began = Instant::now();
    runtime()?.block_on(async {
        let client = bare::client()?;
        let mut posts = futures_util::stream::iter(first..first + POSTS)
            .map(|number| {
                let (client, url) = (&client, &receiver.url);
                async move {
                    let answer =
                        client.post(url).body(event(number)).send().await?.error_for_status()?.text().await?;
                    ensure!(answer == format!(r#"{{"result":"OK","id":{number}}}"#));
                    anyhow::Ok(())
                }
            })
            .buffer_unordered(AT_ONCE);
        while let Some(posted) = posts.next().await {
            posted?;
        }
        anyhow::Ok(())
    })?;
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    Ok(POSTS as f64 / began.elapsed().as_secs_f64())
}

/// Receives events into a store until the process is ended, after a line with the URL on standard output.
pub(crate) fn receive(address: &str) -> Result<()> {
    runtime()?.block_on(async {
        let (sandbox, client) = gateway().await?;
        let session = client.session(sandbox.ready_sessions().pop().context("no session")?);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let store = Store::open(address).await?;
        let _inbox =
            Inbox::builder(client, store).without_poll().hook(Hook::new(listener, url)).start().await?;
        println!("{}", session.info().await?.and_then(|info| info.callback).context("no hook")?);
        std::future::pending().await
    })
}

/// A gateway that sends at once, and the messages for it.
async fn sending() -> Result<(Sandbox, Client, SessionId)> {
    let settings = Settings { sending_delay: Duration::ZERO, ..Settings::default() };
    let sandbox = Sandbox::start(settings).await?;
    let session = sandbox.ready_session("Bench");
    let client = ClientBuilder::new(ApiKey::new(sandbox.api_key())?)
        .base_url(BaseUrl::new(sandbox.base_url())?)
        .build()?;
    Ok((sandbox, client, session))
}

fn recipient(number: usize) -> Result<PhoneNumber> {
    Ok(PhoneNumber::new(format!("7999{:07}", number + 1))?)
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn a_second(messages: usize, since: Instant) -> f64 {
    messages as f64 / since.elapsed().as_secs_f64()
}

/// Messages a second that a client sends.
fn sent_directly() -> Result<f64> {
    runtime()?.block_on(async {
        let (_sandbox, client, session) = sending().await?;
        let session = client.session(session);
        let began = Instant::now();
        let mut sends = futures_util::stream::iter(0..SENDS)
            .map(|number| {
                let session = &session;
                async move { Ok(session.send_text(recipient(number)?, format!("message {number}")).await?) }
            })
            .buffer_unordered(SENDS_AT_ONCE);
        while let Some(sent) = sends.next().await {
            let _: SendResult = (sent as Result<_>)?;
        }
        Ok(a_second(SENDS, began))
    })
}

/// Messages a second from their putting to the last one's outcome, without limits, while events are polled.
fn sent_through(address: &str) -> Result<f64> {
    runtime()?.block_on(async {
        let (_sandbox, client, session) = sending().await?;
        let store = Store::open(address).await?;
        let _inbox = Inbox::builder(client.clone(), store.clone()).start().await?;
        let outbox = Outbox::new(store.clone());
        let began = Instant::now();
        let sender = Sender::builder(client, store).with_limits(None).with_most_at_once(SENDS_AT_ONCE);
        let sender = sender.start().await?;
        let mut puts = futures_util::stream::iter(0..SENDS)
            .map(|number| {
                let (outbox, session) = (&outbox, &session);
                async move {
                    let message = OutgoingMessage::text(format!("message {number}"));
                    let key = number.to_string();
                    Ok(outbox.put(key, session, recipient(number)?, message).await?)
                }
            })
            .buffer_unordered(SUBMITTERS);
        while let Some(put) = puts.next().await {
            let _: Handle = (put as Result<_>)?;
        }
        loop {
            let counts = outbox.count("").await?;
            let sent = counts.iter().find(|(state, _)| *state == State::Sent).map_or(0, |(_, count)| *count);
            if sent == SENDS as u64 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let rate = a_second(SENDS, began);
        sender.stop().await;
        Ok(rate)
    })
}

async fn gateway() -> Result<(Sandbox, Client)> {
    let sandbox = Sandbox::start(Settings::default()).await?;
    sandbox.ready_session("Bench");
    let client = ClientBuilder::new(ApiKey::new(sandbox.api_key())?)
        .base_url(BaseUrl::new(sandbox.base_url())?)
        .build()?;
    Ok((sandbox, client))
}

/// Commits a second by so many submitters, each with one event at a time.
fn commits(folder: &Path, run: usize, submitters: usize) -> Result<f64> {
    const EACH_ALONE: usize = 500;
    const TOGETHER: usize = 20_000;
    let total = if submitters == 1 { EACH_ALONE } else { TOGETHER };
    let path = folder.join(format!("commits-{submitters}-{run}.db"));
    runtime()?.block_on(async {
        let store = Store::open(&format!("sqlite:{}", path.display())).await?;
        let began = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..submitters {
            let (store, next) = (store.clone(), Arc::clone(&next));
            tasks.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        return anyhow::Ok(());
                    }
                    store.append(vec![arrival(number)?]).await?;
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        Ok(total as f64 / began.elapsed().as_secs_f64())
    })
}

fn arrival(number: usize) -> Result<Arrival> {
    let event: Event = serde_json::from_str(&event(number))?;
    Ok(Arrival::new(&event, Trust::Listed, None))
}

#[derive(Serialize, Deserialize)]
struct CaughtUp {
    seconds: f64,
    peak_mib: f64,
}

/// Fills a store with so many events.
pub(crate) fn fill(path: &str, events: &str) -> Result<()> {
    let events: usize = events.parse()?;
    let began = Instant::now();
    runtime()?.block_on(async {
        let store = Store::open(&format!("sqlite:{path}")).await?;
        for first in (0..events).step_by(1000) {
            let batch = (first..(first + 1000).min(events)).map(arrival).collect::<Result<_>>()?;
            store.append(batch).await?;
        }
        anyhow::Ok(())
    })?;
    report(began)
}

/// Handles all events of a store.
pub(crate) fn catch_up(path: &str, events: &str) -> Result<()> {
    let events: usize = events.parse()?;
    let began = Instant::now();
    runtime()?.block_on(async {
        let (_sandbox, client) = gateway().await?;
        let store = Store::open(&format!("sqlite:{path}")).await?;
        let inbox = Inbox::builder(client, store).poll_every(Duration::from_secs(3600)).start().await?;
        let handled = Arc::new(AtomicUsize::new(0));
        let all = Arc::new(tokio::sync::Notify::new());
        let consumer = {
            let all = Arc::clone(&all);
            Consumer::new("bench").start_at(StartAt::Beginning).on_message(move |_, _| {
                if handled.fetch_add(1, Ordering::Relaxed) + 1 == events {
                    all.notify_one();
                }
                async {}
            })
        };
        tokio::select! {
            ended = inbox.run(consumer) => ended?,
            () = all.notified() => {}
        }
        anyhow::Ok(())
    })?;
    report(began)
}

fn report(began: Instant) -> Result<()> {
    let (_, peak_mib) = usage("self")?;
    println!("{}", serde_json::to_string(&CaughtUp { seconds: began.elapsed().as_secs_f64(), peak_mib })?);
    Ok(())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
