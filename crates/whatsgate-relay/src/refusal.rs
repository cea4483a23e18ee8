//! What goes wrong, as pages are told of it: the gateway's own error envelope.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use whatsgate_native::model::ErrorCode;
use whatsgate_native::{Error, ErrorKind, Failure, Outcome};
use whatsgate_store::StoreError;

use crate::call::CallOutcome;
use crate::relay::Gateway;

/// An error in the gateway's form. It names neither the gateway nor its key.
#[derive(Clone, Debug)]
pub(crate) struct Refusal(Box<Members>);

#[derive(Clone, Debug)]
struct Members {
    status: StatusCode,
    name: String,
    message: String,
    code: ErrorCode,
    retry_after: Option<u32>,
    outcome: CallOutcome,
}

#[derive(Serialize)]
struct Envelope<'a> {
    name: &'a str,
    message: &'a str,
    code: &'a ErrorCode,
    status: u16,
}

impl Refusal {
    fn new(status: StatusCode, outcome: CallOutcome, message: impl Into<String>) -> Self {
        let name = status.canonical_reason().unwrap_or("Error").to_owned();
        let code = ErrorCode::Number(0);
        Self(Box::new(Members { status, name, message: message.into(), code, retry_after: None, outcome }))
    }

    /// The token opens nothing.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, CallOutcome::Unauthorized, message)
    }

    /// The token does not allow it.
    pub(crate) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, CallOutcome::Forbidden, message)
    }

    /// The call has a mistake.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, CallOutcome::Invalid, message)
    }

    pub(crate) fn missing() -> Self {
        Self::new(StatusCode::NOT_FOUND, CallOutcome::Invalid, "there is no such command")
    }

    pub(crate) fn method() -> Self {
        let message = "the path has no such method; commands are posted";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, CallOutcome::Invalid, message)
    }

    pub(crate) fn too_large() -> Self {
        let message = "the body is larger than the token allows; nothing was done";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, CallOutcome::Invalid, message)
    }

    /// The page calls too often.
    pub(crate) fn too_many(message: &str, seconds: u32) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, CallOutcome::Limited, message).retrying_after(seconds)
    }

    /// There is no room for the call now.
    pub(crate) fn busy() -> Self {
        let message = "too many calls are under way; nothing was done";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, CallOutcome::Limited, message).retrying_after(1)
    }

    fn retrying_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds.max(1));
        self
    }

    pub(crate) fn outcome(&self) -> CallOutcome {
        self.0.outcome
    }

    /// What the gateway, or the way to it, made of a call. The gateway's own words are passed on unless they hold what a page
    /// must not know.
    pub(crate) fn of_failure(error: &Error, client: &Gateway) -> Self {
        let failure = error.failure();
        let (status, words) = told(failure);
        let mut refusal = Self::new(status, CallOutcome::Gateway, words);
        match failure.kind {
            ErrorKind::Connect | ErrorKind::Incomplete => refusal = refusal.retrying_after(1),
            ErrorKind::InvalidRequest => refusal.0.outcome = CallOutcome::Invalid,
            ErrorKind::Service | ErrorKind::SentWithoutReply | ErrorKind::Refused => {
                let said = error.envelope().and_then(|envelope| {
                    let message = envelope.message.clone()?;
                    Some((envelope.name.clone(), message, envelope.code.clone()))
                });
                if let Some((name, message, code)) = said
                    && [name.as_deref().unwrap_or_default(), &message].iter().all(|text| is_fit(text, client))
                {
                    refusal.0.message = message;
                    refusal.0.name = name.unwrap_or(refusal.0.name);
                    // A code that is a text may be anything.
                    refusal.0.code =
                        code.filter(|code| matches!(code, ErrorCode::Number(_))).unwrap_or(refusal.0.code);
                }
                if status == StatusCode::TOO_MANY_REQUESTS {
                    refusal = refusal.retrying_after(
                        error
                            .response()
                            .and_then(|response| response.retry_after)
                            .map_or(1, |wait| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX)),
                    );
                }
            }
            _ => {}
        }
        refusal
    }
}

/// The status of a failure, and what is said of it in the relay's words.
fn told(failure: &Failure) -> (StatusCode, String) {
    let words = match failure.kind {
        // The words of the model name a member and repeat nothing.
        ErrorKind::InvalidRequest => return (StatusCode::BAD_REQUEST, failure.message.clone()),
        ErrorKind::Connect | ErrorKind::Incomplete => {
            let words = "the gateway cannot be reached; nothing was done";
            return (StatusCode::SERVICE_UNAVAILABLE, words.to_owned());
        }
        ErrorKind::Timeout => {
            return (StatusCode::GATEWAY_TIMEOUT, unsure("the gateway did not answer in time", failure));
        }
        ErrorKind::Refused | ErrorKind::Service | ErrorKind::SentWithoutReply => {
            let status = failure.status.and_then(|status| StatusCode::from_u16(status).ok());
            // What is said of the relay's own key, and redirects, are none of the page's.
            let own =
                [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::PROXY_AUTHENTICATION_REQUIRED];
            let status = status.filter(|status| {
                (status.is_client_error() || status.is_server_error()) && !own.contains(status)
            });
            let words = unsure("the gateway answered with an error", failure);
            return (status.unwrap_or(StatusCode::BAD_GATEWAY), words);
        }
        ErrorKind::Unauthorized | ErrorKind::Key => {
            "the relay is not admitted to the gateway; nothing was done"
        }
        _ => "the gateway's reply did not come or cannot be read",
    };
    (StatusCode::BAD_GATEWAY, unsure(words, failure))
}

fn unsure(words: &str, failure: &Failure) -> String {
    let more = if failure.outcome == Outcome::Unknown { "; it may have taken effect" } else { "" };
    format!("{words}{more}")
}

/// The longest words of the gateway that are passed on, in bytes.
const LONGEST: usize = 1_000;

/// Whether a text holds neither the key nor the place of the gateway, and is no dump of its insides.
fn is_fit(text: &str, client: &Gateway) -> bool {
    let host = client.base_url().as_str().split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
    // A function that supplies keys is not called for this: what it returned a moment ago may be another one.
    let key = client.key_source().key().ok();
    let lower = text.to_lowercase();
    let holds = |secret: &str| !secret.is_empty() && lower.contains(&secret.to_lowercase());
    text.len() <= LONGEST
        && !text.contains("://")
        && !host.is_some_and(holds)
        && !key.as_ref().is_some_and(|key| holds(key.expose()))
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        let message = "the relay's store does not answer";
        let seconds = if error.is_passing() { 1 } else { 60 };
        Self::new(StatusCode::SERVICE_UNAVAILABLE, CallOutcome::Unavailable, message).retrying_after(seconds)
    }
}

impl Refusal {
    /// The envelope in JSON.
    pub(crate) fn json(&self) -> String {
        let Members { status, name, message, code, .. } = &*self.0;
        let envelope = Envelope { name, message, code, status: status.as_u16() };
        serde_json::to_string(&envelope).expect("these are texts and numbers")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.0.status, self.json()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
