//! Whether the service lives, and whether it can work.

use std::time::Duration;

use axum::Json as Answer;
use axum::extract::State as In;
use axum::http::StatusCode;
use serde::Serialize;
use whatsgate_durable::store::poll;

use crate::app::App;

/// For how long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// When somebody last asked.
const LOOKED: &str = "serve.looked";
/// How old the last complete round of the poll may be.
const FRESH_MILLIS: i64 = 3 * 60_000;

pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// What the service needs, and whether it has it.
#[derive(Debug, Serialize)]
pub(crate) struct Readiness {
    ready: bool,
    store: Part,
    /// As of the latest complete round of the poll.
    gateway: Part,
}

#[derive(Debug, Serialize)]
struct Part {
    ready: bool,
    detail: String,
}

pub(crate) async fn ready(In(service): In<App>) -> (StatusCode, Answer<Readiness>) {
    let look = service.store.run(|tables| {
        let now = tables.now()?;
        // A full disk can be read.
        tables.set_setting(LOOKED, Some(&now.to_string()))?;
        Ok((poll::round_began(tables)?, now))
    });
    let looked = tokio::time::timeout(PATIENCE, look).await;
    let store = match &looked {
        Ok(Ok(_)) => Part { ready: true, detail: "it can be read and written".to_owned() },
        Ok(Err(error)) => Part { ready: false, detail: error.to_string() },
        Err(_) => Part { ready: false, detail: "it does not answer in time".to_owned() },
    };
    let gateway = match looked {
        Ok(Ok((Some(began), now))) => {
            let age = now.saturating_sub(began);
            let detail = format!("its events were last listed {} s ago", age / 1000);
            Part { ready: age < FRESH_MILLIS, detail }
        }
        Ok(Ok((None, _))) => Part { ready: false, detail: "its events were not listed yet".to_owned() },
        _ => Part { ready: false, detail: "not known without the store".to_owned() },
    };
    let ready = store.ready && gateway.ready;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Answer(Readiness { ready, store, gateway }))
}
