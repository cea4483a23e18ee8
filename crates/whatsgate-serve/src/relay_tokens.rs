//! Tokens for pages, which programs make.

use axum::Json as Answer;
use axum::extract::State as In;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, delete, post};
use serde::{Deserialize, Serialize};
use whatsgate_relay::{Grant, MintError, Minted, Relay, RelayBuilder, RelayTokens, TokenInfo};

use crate::app::App;
use crate::auth::Program;
use crate::counters::{Counters, Relayed};
use crate::problem::Problem;
use crate::request::{Json, Path, Query};

/// Where pages find the gateway: the base URL of their client is the service's own with this.
pub const RELAY_PATH: &str = "/relay/v1";

/// What the document names of it.
pub(crate) const PATHS: [&str; 3] =
    ["/relay/v1/{command}", "/relay/v1/token-renew", "/relay/v1/events/stream"];

/// How many tokens are listed at a time.
const LISTED: usize = 100;

/// The routes of programs; without a relay there are none.
pub(crate) fn routes() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/v1/relay-tokens", post(mint).get(list).delete(revoke)),
        ("/v1/relay-tokens/{id}", delete(revoke_one)),
    ]
}

/// A relay whose calls are counted.
pub(crate) fn counted(relay: RelayBuilder, counters: &Counters) -> RelayBuilder {
    let calls = counters.relayed.clone();
    relay.on_call(move |call| {
        calls.get_or_create(&Relayed { command: call.command, outcome: call.outcome.as_str() }).inc();
    })
}

fn relay(service: &App) -> &Relay {
    service.relay.as_ref().expect("without it there are no routes to here")
}

async fn mint(
    In(service): In<App>,
    program: Program,
    Json(grant): Json<Grant>,
) -> Result<(StatusCode, Answer<Minted>), Problem> {
    let minted = relay(&service).mint(&program.0, grant).await.map_err(|error| match error {
        MintError::Store(error) => error.into(),
        MintError::TooMany => {
            let advice =
                "Revoke some, or wait: a token ends within minutes unless it is renewed; nothing was done.";
            Problem::conflict("tooManyTokens", error.to_string(), advice)
        }
        error => Problem::invalid(error.to_string()),
    })?;
    Ok((StatusCode::CREATED, Answer(minted)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    #[serde(default)]
    after: String,
}

/// Tokens without their secrets.
#[derive(Debug, Serialize)]
struct Tokens {
    tokens: Vec<TokenInfo>,
    /// What the next page begins after; none if this is the last one.
    next: Option<String>,
}

async fn list(
    In(service): In<App>,
    program: Program,
    Query(Begin { after }): Query<Begin>,
) -> Result<Answer<Tokens>, Problem> {
    let tokens = relay(&service).tokens(&program.0, &after, LISTED).await?;
    let next = tokens.last().filter(|_| tokens.len() == LISTED).map(|token| token.id.clone());
    Ok(Answer(Tokens { tokens, next }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    all: bool,
}

/// How many tokens open nothing any more.
#[derive(Debug, Serialize)]
struct Revoked {
    revoked: u64,
}

async fn revoke(
    In(service): In<App>,
    program: Program,
    Query(which): Query<Which>,
) -> Result<Answer<Revoked>, Problem> {
    let which = match which {
        Which { subject: Some(subject), all: false } => RelayTokens::Subject(subject),
        Which { subject: None, all: true } => RelayTokens::All,
        _ => return Err(Problem::invalid("the query: it has either subject or all=true")),
    };
    let revoked = relay(&service).revoke(&program.0, which).await?;
    Ok(Answer(Revoked { revoked }))
}

async fn revoke_one(
    In(service): In<App>,
    program: Program,
    Path(id): Path<String>,
) -> Result<Answer<Revoked>, Problem> {
    match relay(&service).revoke(&program.0, RelayTokens::Id(id)).await? {
        0 => Err(Problem::missing("this program has no such token for a page")),
        revoked => Ok(Answer(Revoked { revoked })),
    }
}
