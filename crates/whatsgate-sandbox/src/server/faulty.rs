//! Doing to a reply what a plan of faults says.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{StreamExt, stream};

use super::connection::Scissors;
use crate::faults::{FaultPlan, PlannedReply};
use crate::gateway::Answer;

/// How long the first bytes of a reply have to leave before the connection is cut.
const BREAK_OFF_TIME: Duration = Duration::from_millis(20);

/// What is left of an answer after the faults that a plan has for it.
pub(super) struct Reply {
    pub(super) status: u16,
    content_type: String,
    headers: Vec<(String, String)>,
    pub(super) body: Bytes,
    drip: Option<(usize, Duration)>,
    closes: bool,
}

impl Reply {
    /// The answer of a command that did not act is of no account.
    pub(super) fn new(answer: &Answer, plan: FaultPlan) -> Self {
        let text = |bytes: usize| {
            let text = Bytes::from(answer.body.to_string());
            text.slice(..bytes.min(text.len()))
        };
        let mut reply = Self {
            status: answer.status,
            content_type: JSON.to_owned(),
            headers: plan.headers,
            body: Bytes::new(),
            drip: plan.drip,
            closes: false,
        };
        match plan.reply {
            PlannedReply::Whole => reply.body = text(usize::MAX),
            PlannedReply::Truncated(bytes) => reply.body = text(bytes),
            PlannedReply::BrokenOff(bytes) => (reply.body, reply.closes) = (text(bytes), true),
            PlannedReply::Closed => reply.closes = true,
            PlannedReply::Instead(status, content_type, body) => {
                (reply.status, reply.content_type, reply.body) = (status, content_type, body.into());
            }
        }
        reply
    }

    /// Whether the client gets anything.
    pub(super) fn is_sent(&self) -> bool {
        !self.closes || !self.body.is_empty()
    }

    pub(super) fn send(self, scissors: Scissors) -> Response {
        if !self.is_sent() {
            scissors.cut();
        }
        let body = match self.drip {
            _ if self.closes => broken_off(self.body, scissors),
            Some((size, pause)) => dripping(self.body, size, pause),
            None => self.body.into(),
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if let Ok(content_type) = HeaderValue::from_str(&self.content_type) {
            response.headers_mut().insert(header::CONTENT_TYPE, content_type);
        }
        for (name, value) in self.headers {
            // What cannot be a header is left out.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The content type of the gateway's own answers.
pub(super) const JSON: &str = "application/json; charset=UTF-8";

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
