//! Who calls: a token, which is looked up in the store with every call.

use std::time::Duration;

use axum::http::{HeaderMap, header};

use crate::gate::{Seat, Seats};
use crate::refusal::Refusal;
use crate::relay::Parts;
use crate::tokens::{self, Pass};

/// A call with its token and the seat that it takes.
pub(crate) struct Caller {
    pub(crate) pass: Pass,
    _seat: Seat,
}

/// The header of the gateway's keys.
const KEY: &str = "x-api-key";

impl Parts {
    /// Lets a call in whose token opens something, if the page does not call too often.
    pub(crate) async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let hash = token(headers).and_then(tokens::hash).ok_or_else(unknown)?;
        self.gate
            .call(&hash)
            .map_err(|wait| too_often("the page calls too often; nothing was done", wait))?;
        let pass = {
            let hash = hash.clone();
            self.store.run(move |tables| tokens::find(tables, &hash)).await?.ok_or_else(unknown)?
        };
        self.gate.admit(&hash);
        let seat = self.gate.seat(&hash, Seats::Calls, self.limits.calls_of_a_token);
        let seat = seat.ok_or_else(|| {
            too_often("the page makes too many calls at a time; nothing was done", Duration::ZERO)
        })?;
        Ok(Caller { pass, _seat: seat })
    }
}

/// Why a token opens nothing is not told: it may be guessed, have expired, or be revoked.
pub(crate) fn unknown() -> Refusal {
    Refusal::unauthorized("The token is not known, has expired, or was revoked.")
}

fn too_often(message: &str, wait: Duration) -> Refusal {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Refusal::too_many(message, u32::try_from(seconds).unwrap_or(u32::MAX))
}

/// The one token of a call, as the gateway's clients give their key, or as a bearer.
fn token(headers: &HeaderMap) -> Option<&str> {
    let of_key = headers.get_all(KEY).iter().map(|value| value.to_str().ok());
    let of_bearer = headers.get_all(header::AUTHORIZATION).iter().map(|value| {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    let mut given = of_key.chain(of_bearer);
    match (given.next(), given.next()) {
        (Some(token), None) => token,
        _ => None,
    }
}
