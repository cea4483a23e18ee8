//! Doing to a reply what a plan of faults says.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};

use super::connection::Scissors;
use crate::gateway::{Answer, FaultPlan, PlannedReply};

/// How long the first bytes of a reply have to leave before the connection is cut.
const BREAK_OFF_TIME: Duration = Duration::from_millis(20);

/// What the client gets for an answer. The answer of a command that did not act is of no account.
pub(super) fn reply(answer: &Answer, plan: FaultPlan, scissors: Scissors) -> Response {
    let text = || Bytes::from(answer.body.to_string());
    let (status, content_type, body) = match plan.reply {
        PlannedReply::Whole => (answer.status, JSON.to_owned(), text()),
        PlannedReply::Truncated(bytes) => {
            let text = text();
            (answer.status, JSON.to_owned(), text.slice(..bytes.min(text.len())))
        }
        PlannedReply::BrokenOff(bytes) => {
            let text = text();
            let first = text.slice(..bytes.min(text.len()));
            return with_body(answer.status, JSON, broken_off(first, scissors));
        }
        PlannedReply::Instead(status, content_type, body) => (status, content_type, Bytes::from(body)),
        PlannedReply::Closed => {
            scissors.cut();
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let body = match plan.drip {
        Some((size, pause)) => dripping(body, size, pause),
        None => body.into(),
    };
    with_body(status, &content_type, body)
}

/// The content type of the gateway's own answers.
pub(super) const JSON: &str = "application/json; charset=UTF-8";

fn with_body(status: u16, content_type: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(content_type) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}

fn dripping(body: Bytes, size: usize, pause: Duration) -> Body {
    let pieces = stream::unfold(body, move |mut rest| async move {
        if rest.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = rest.split_to(size.min(rest.len()));
        Some((Ok::<_, io::Error>(piece), rest))
    });
    Body::from_stream(pieces)
}

fn broken_off(first: Bytes, scissors: Scissors) -> Body {
    let cut = stream::once(async move {
        tokio::time::sleep(BREAK_OFF_TIME).await;
        scissors.cut();
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    Body::from_stream(stream::iter([Ok(first)]).chain(cut))
}
