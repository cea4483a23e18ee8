//! Asks a sandbox as fast as this machine can, and shows that its memory stays where it is.
//!
//! `cargo run --release -p whatsgate-sandbox --example load -- [seconds] [connections] [state file]`
//!
//! With a state file every change is on disk before it is answered; the difference is what that costs.
#![expect(clippy::print_stdout, reason = "showing figures is what this program does")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::task::JoinSet;
use whatsgate_sandbox::model::WireDate;
use whatsgate_sandbox::{Sandbox, Settings};

#[tokio::main(flavor = "multi_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().map_or(Ok(default), |argument| argument.parse::<u64>());
    let (seconds, connections) = (number(10)?, number(16)?);
    let state = arguments.next().map(PathBuf::from);
    let sandbox = Sandbox::start(Settings { state, ..Settings::default() }).await?;
    let session = sandbox.ready_session("Load");
    let body = |rest| {
        let mut body = json!({ "WhatsappID": session });
        if let (Some(body), serde_json::Value::Object(rest)) = (body.as_object_mut(), rest) {
            body.extend(rest);
        }
        body.to_string()
    };
    let recipient = json!({ "number": "79991112233" });
    let requests = Arc::new([
        ("send", body(json!({ "recipient": recipient, "message": { "body": "Hello" } }))),
        ("check", body(json!({ "number": "79991112233" }))),
        ("events-get", body(json!({ "page_cnt": 10, "date": "NOW" }))),
        ("seen", body(json!({ "recipient": recipient }))),
    ]);
    let done = Arc::new(AtomicU64::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..connections {
        let (requests, done) = (requests.clone(), done.clone());
        let (base_url, key) = (sandbox.base_url(), sandbox.api_key().to_owned());
        clients.spawn(async move {
            let client = Client::builder(TokioExecutor::new()).build_http();
            for (command, body) in requests.iter().cycle() {
                // As a program polls: from now on, not from the beginning.
                let body = body.replace("NOW", now().as_str());
                let request = Request::post(format!("{base_url}/{command}")).header("X-Api-Key", &key);
                let request = request.body(Full::new(Bytes::from(body)))?;
                let response = client.request(request).await?;
                if !response.status().is_success() {
                    return Err(format!("{command}: {}", response.status()).into());
                }
                response.into_body().collect().await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, Box<dyn Error + Send + Sync>>(())
        });
    }
    for second in 1..=seconds {
        let before = done.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(1)).await;
        let rate = done.load(Ordering::Relaxed) - before;
        println!("{second:3} s  {rate:6} requests/s  {:5} MiB", resident_mib());
        if let Some(ended) = clients.try_join_next() {
            ended?.map_err(|error| error.to_string())?;
        }
    }
    clients.abort_all();
    sandbox.shutdown().await;
    Ok(())
}

/// The date of now, as the sandbox writes it.
fn now() -> WireDate {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WireDate::from_unix_seconds_as_utc(i64::try_from(since.as_secs()).unwrap_or_default())
}

/// The memory this process holds, clients included, where pages have 4 KiB; 0 where the system does not say.
fn resident_mib() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or_default();
    pages / 256
}
