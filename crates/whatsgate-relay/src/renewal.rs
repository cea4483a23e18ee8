//! A page lets its token last longer.

use axum::extract::{Request, State as In};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use whatsgate_store::durable::Millis;

use crate::caller::unknown;
use crate::commands::json;
use crate::refusal::Refusal;
use crate::relay::App;
use crate::tokens;

/// What a page is told of its token.
#[derive(Serialize)]
struct Renewed {
    result: &'static str,
    expires_at: Millis,
    renewable_until: Millis,
    sends_left: u32,
    bytes_left: u64,
}

pub(crate) async fn renew(In(relay): In<App>, request: Request) -> Response {
    relay.answer("token-renew", renewed(&relay, request.headers().clone()).await)
}

async fn renewed(relay: &App, headers: HeaderMap) -> Result<Response, Refusal> {
    let caller = relay.caller(&headers).await?;
    let hash = caller.pass.hash.clone();
    let renewed = relay.store.run(move |tables| tokens::renew(tables, &hash)).await?;
    let (renewed, is_longer) = renewed.ok_or_else(unknown)?;
    if !is_longer {
        return Err(Refusal::forbidden("renewal: the token cannot last longer than it does"));
    }
    json(&Renewed {
        result: "OK",
        expires_at: renewed.expires_at,
        renewable_until: renewed.renewable_until,
        sends_left: renewed.sends_left,
        bytes_left: renewed.bytes_left,
    })
}
