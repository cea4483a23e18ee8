//! `events-get`, answered from the journal.

use axum::response::Response;
use serde::Serialize;
use serde_json::value::RawValue;
use whatsgate_native::EventsGetRequest;

use crate::listed;
use crate::refusal::Refusal;
use crate::relay::App;
use crate::tokens::Pass;

/// A page as the gateway writes it.
#[derive(Serialize)]
struct Listing {
    result: &'static str,
    pages: usize,
    elements: usize,
    page: u32,
    data: Vec<Box<RawValue>>,
}

pub(crate) async fn page(relay: &App, pass: &Pass, request: EventsGetRequest) -> Result<Response, Refusal> {
    let grant = pass.grant.clone();
    let listed = relay.store.run(move |tables| listed::list(tables, &grant, &request)).await?;
    relay.json(&Listing {
        result: "OK",
        pages: listed.pages,
        elements: listed.elements,
        page: listed.page,
        data: listed.events,
    })
}
