//! What goes wrong, as programs are told of it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use whatsgate_durable::{OutboxError, StoreError};
use whatsgate_native::files::TransferError;
use whatsgate_native::model::InvalidValue;
use whatsgate_native::{Error, ErrorKind, Failure, Outcome};

const BUSY: &str = "busy";

/// A problem as RFC 9457 describes it, with what a program has to know beside: what kind it is, whether the call may have taken
/// effect, and what to do next. It repeats nothing of what was sent.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Problem(Box<Members>);

#[derive(Debug, Serialize)]
struct Members {
    title: &'static str,
    status: u16,
    /// What happened, in a sentence.
    detail: String,
    /// A word for programs.
    kind: String,
    outcome: Outcome,
    advice: String,
    /// The gateway's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_message: Option<String>,
    #[serde(skip)]
    retry_after: Option<u32>,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        kind: &str,
        detail: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self(Box::new(Members {
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            detail: detail.into(),
            kind: kind.to_owned(),
            outcome: Outcome::NotSent,
            advice: advice.into(),
            service_message: None,
            retry_after: None,
        }))
    }

    /// The call has a mistake.
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail, "Mend the call; nothing was done.")
    }

    /// There is no such thing.
    pub(crate) fn missing(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "notFound", detail, "Look at the name; nothing was done.")
    }

    /// What is there does not allow it.
    pub(crate) fn conflict(kind: &str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, kind, detail, advice)
    }

    /// The service cannot do it now.
    pub(crate) fn unavailable(kind: &str, detail: impl Into<String>) -> Self {
        let advice = "Send the same call again later; done twice it has one effect.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, kind, detail, advice).retrying_after(1)
    }

    /// Too many calls wait already.
    pub(crate) fn busy() -> Self {
        Self::unavailable(BUSY, "too many calls wait already").retrying_after(5)
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.0.kind == BUSY
    }

    /// It may have been done all the same.
    pub(crate) fn with_unknown_outcome(mut self) -> Self {
        self.0.outcome = Outcome::Unknown;
        self
    }

    pub(crate) fn retrying_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    fn of_failure(failure: &Failure) -> Self {
        let status = match failure.kind {
            ErrorKind::InvalidRequest => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
            ErrorKind::NotReady | ErrorKind::SessionEnded => StatusCode::CONFLICT,
            ErrorKind::Local => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_GATEWAY,
        };
        let mut problem = Self::new(status, failure.kind.as_str(), failure.message.clone(), failure.advice());
        problem.0.outcome = failure.outcome;
        problem.0.service_message.clone_from(&failure.words.expose().message);
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).expect("these are texts and numbers");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::of_failure(error.failure())
    }
}

impl From<TransferError> for Problem {
    fn from(error: TransferError) -> Self {
        Self::of_failure(&error.failure())
    }
}

impl From<InvalidValue> for Problem {
    fn from(error: InvalidValue) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::LeaseLost => Self::conflict(
                "leaseLost",
                "the page is not this program's any more: it was lent to another one, or the consumer was set back",
                "Unless an earlier acknowledgement of it got through: undo what was done of the page if you can. Ask for the next one.",
            ),
            StoreError::Consumer(_) => {
                Self::conflict("consumer", without_name(&detail), "See the detail; nothing was done.")
            }
            StoreError::OtherMessage => Self::conflict(
                "keyTaken",
                "the key is that of another message already; nothing was put",
                "Another message has another key. GET /v1/messages/{key} shows what became of the one that is there.",
            ),
            error => {
                tracing::error!(%error, "the store failed");
                // A message may be on disk already, or a commit have come to its end.
                let problem = Self::unavailable("store", detail).with_unknown_outcome();
                if error.is_passing() { problem } else { problem.retrying_after(60) }
            }
        }
    }
}

/// Leaves out the name of the consumer, which stands in quotes: in the store it is longer than the caller's, and it is the
/// caller's own text.
fn without_name(detail: &str) -> String {
    let Some((before, quoted)) = detail.split_once(" \"") else { return detail.to_owned() };
    let mut is_escaped = false;
    let end = quoted.char_indices().find(|(_, letter)| {
        let ends = *letter == '"' && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        ends
    });
    let after = end.map(|(end, _)| &quoted[end + 1..]).unwrap_or_default();
    format!("{before}{after}")
}

impl From<OutboxError> for Problem {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Store(error) => error.into(),
            error => Self::invalid(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_name;

    #[test]
    fn a_consumer_is_not_named() {
        for name in ["shop.orders", "shop.\"", "shop.\\", "shop.a \"b\" c"] {
            let detail = without_name(&format!("the consumer {name:?} is suspended"));
            assert_eq!(detail, "the consumer is suspended");
        }
        assert_eq!(without_name("position 7 is beyond the page"), "position 7 is beyond the page");
    }
}
