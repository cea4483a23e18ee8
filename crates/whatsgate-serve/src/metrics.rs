//! Numbers for Prometheus.

use std::sync::atomic::AtomicU64;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State as In};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use whatsgate_durable::store::{OutboxFilter, Slice, poll};

use crate::app::App;
use crate::auth::Caller;
use crate::problem::Problem;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Consumer {
    consumer: String,
}

/// Counts a call and takes its time.
pub(crate) async fn count(In(service): In<App>, mut request: Request, next: Next) -> Response {
    let caller = Caller::default();
    request.extensions_mut().insert(caller.clone());
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    };
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let began = Instant::now();
    let response = next.run(request).await;
    let route = route.unwrap_or_else(|| "other".to_owned());
    let (status, took) = (response.status().as_u16(), began.elapsed());
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    // The route has names in place of what stands in the path.
    let program = caller.program();
    tracing::info!(method, route, status, milliseconds, program, "answered");
    service.counters.record(method, route, status, took);
    response
}

/// Counts what the store has at this moment: nothing is kept for a scrape that does not come.
pub(crate) async fn show(In(service): In<App>) -> Result<Response, Problem> {
    let looked = service.store.run(|tables| {
        let messages = tables.count_outbox(&OutboxFilter::default())?;
        let now = tables.now()?;
        let poll_age = poll::round_began(tables)?.map(|began| now.saturating_sub(began));
        let mut consumers = Vec::new();
        for consumer in tables.consumers()?.into_iter().take(MOST_CONSUMERS) {
            let (waiting, dead) = tables.count_parked(&consumer.name)?;
            let (mut behind, mut oldest, mut room) = (waiting, None, MOST_COUNTED);
            // What a partition has stored is far back where it has no events, so that its own are looked at.
            for row in tables.partitions(&consumer.name)? {
                let slice = Slice { partition: row.lease.partition, of: consumer.partitions };
                let entries = tables.read(slice, row.progress, room.max(1), 0)?;
                behind += entries.len() as u64;
                room = room.saturating_sub(entries.len());
                let first = entries.first().map(|entry| now.saturating_sub(entry.received));
                oldest = oldest.max(first);
            }
            consumers.push((consumer.name, behind, dead, oldest.unwrap_or_default()));
        }
        Ok((messages, poll_age, consumers))
    });
    let (messages, poll_age, consumers) = looked.await?;
    let mut registry = Registry::with_prefix("whatsgate");
    service.counters.register(&mut registry);
    service.gateway.register(&mut registry);
    let states = Family::<State, Gauge>::default();
    for (state, count) in messages {
        states.get_or_create(&State { state: state.name() }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    registry.register("messages", "Messages of the outbox by their state", states);
    let age = Gauge::<f64, AtomicU64>::default();
    age.set(poll_age.map_or(f64::NAN, seconds));
    registry.register("poll_age_seconds", "When the last complete round of the poll began", age);
    let behind = Family::<Consumer, Gauge>::default();
    let dead_letters = Family::<Consumer, Gauge>::default();
    let oldest = Family::<Consumer, Gauge<f64, AtomicU64>>::default();
    for (consumer, unhandled, dead, age) in consumers {
        let label = Consumer { consumer };
        behind.get_or_create(&label).set(i64::try_from(unhandled).unwrap_or(i64::MAX));
        dead_letters.get_or_create(&label).set(i64::try_from(dead).unwrap_or(i64::MAX));
        oldest.get_or_create(&label).set(seconds(age));
    }
    registry.register(
        "events_unhandled",
        "Events that a consumer has still to handle, 10,000 at most",
        behind,
    );
    registry.register("dead_letters", "Events that a consumer gave up", dead_letters);
    registry.register(
        "oldest_event_age_seconds",
        "How long the next event of a consumer has been there",
        oldest,
    );
    let mut text = String::new();
    encode(&mut text, &registry).expect("text can be written");
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// The most events of a consumer that are counted, or hardly more.
const MOST_COUNTED: usize = 10_000;
/// The most consumers that are shown.
const MOST_CONSUMERS: usize = 100;

#[expect(clippy::cast_precision_loss, reason = "these are ages in milliseconds")]
fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}
