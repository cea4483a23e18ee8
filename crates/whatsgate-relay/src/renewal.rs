//! A page lets its token last longer.

use axum::extract::{Request, State as In};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;

use crate::caller::unknown;

use crate::refusal::Refusal;
use crate::relay::App;
use crate::tokens::{self, Renewed};

/// What a page is told of its token.
#[derive(Serialize)]
struct Told {
    result: &'static str,
    #[serde(flatten)]
    renewed: Renewed,
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
    relay.json(&Told { result: "OK", renewed })
}
