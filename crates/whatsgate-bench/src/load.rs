//! The webhook: a receiver to be measured, and what posts events to it.

use anyhow::{Result, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use futures_util::StreamExt;
use serde::Deserialize;
use whatsgate_native::{Dispatcher, Receiver};

use crate::bare;
use crate::jobs::Side;

const EVENT: &str = r#"{"id":18,"whatsapp_id":"191b80a9238","event_action":"message","event_date":"2022-09-07 18:29:37","status_code":null,"event_data":{"message":{"_id":"3EB0436AE1E682FF3A37","id":"false_79999999999@c.us_3EB0436AE1E682FF3A37","ack":1,"hasMedia":false,"mediaKey":"","body":"212","type":"chat","timestamp":1662575377,"from":"79991112233@c.us","to":"79999999999@c.us","isForwarded":false}}}"#;
const ACKNOWLEDGEMENT: &str = r#"{"result":"OK","id":18}"#;

/// Receives events until the process is ended, after a line with the URL on standard output.
pub(crate) fn receive(side: Side) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("http://{}/hook", listener.local_addr()?);
        match side {
            Side::Bare => axum::serve(listener, Router::new().route("/hook", post(bare_hook))).await?,
            Side::Sdk => {
                let dispatcher = Dispatcher::new().on_message(async |message, _| {
                    if message.body.is_empty() { Err("no text") } else { Ok(()) }
                });
                Receiver::new(dispatcher).serve(listener, "/hook").await?;
            }
        }
        Ok(())
    })
}

/// As little of an event as an acknowledgement and a look at the text need.
#[derive(Deserialize)]
struct Event {
    id: u64,
    event_data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    body: String,
}

async fn bare_hook(body: Bytes) -> String {
    match serde_json::from_slice::<Event>(&body) {
        Ok(event) if !event.event_data.message.body.is_empty() => {
            format!(r#"{{"result":"OK","id":{}}}"#, event.id)
        }
        _ => String::new(),
    }
}

/// Posts so many events, 32 at a time, and looks at each acknowledgement.
pub(crate) async fn post_events(url: &str, count: usize) -> Result<()> {
    let client = bare::client()?;
    let mut posts = futures_util::stream::iter(0..count)
        .map(|_| async { client.post(url).body(EVENT).send().await?.error_for_status()?.text().await })
        .buffer_unordered(32);
    while let Some(answer) = posts.next().await {
        ensure!(answer? == ACKNOWLEDGEMENT);
    }
    Ok(())
}
