//! Reading calls.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use whatsgate_native::model::from_json;

use crate::problem::Problem;
use crate::service::App;

/// A body in JSON. Errors name the member and repeat no value.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, service: &App) -> Result<Self, Problem> {
        // Not by the limit of the route, which may be that of files.
        let body = axum::body::to_bytes(request.into_body(), service.limits.body).await;
        json(&body.map_err(|error| unread(&error))?).map(Self)
    }
}

pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::invalid("the body is not UTF-8"))?;
    from_json(text).map_err(|error| Problem::invalid(format!("the body: {error}")))
}

fn unread(error: &axum::Error) -> Problem {
    let source = std::error::Error::source(error);
    if source.is_some_and(<dyn std::error::Error>::is::<LengthLimitError>) {
        return too_large("the body is too large; a file goes as `multipart/form-data` or by its path");
    }
    broken()
}

pub(crate) fn too_large(detail: &str) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "tooLarge", detail, "Send less; nothing was done.")
}

/// The body did not come to its end.
pub(crate) fn broken() -> Problem {
    let advice = "Send the same call again; nothing was done.";
    Problem::new(StatusCode::BAD_REQUEST, "incomplete", "the body broke off, or paused for too long", advice)
}

/// The query of a call. A name that is not known is an error, so that a slip of the pen is not lost.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        query(&parts.uri).map(Self)
    }
}

fn query<T: DeserializeOwned>(uri: &Uri) -> Result<T, Problem> {
    axum::extract::Query::try_from_uri(uri)
        .map(|axum::extract::Query(query)| query)
        .map_err(|error| Problem::invalid(format!("the query: {}", discreet(&error.body_text()))))
}

/// What is wrong without what stood there, which comes in quotes or backquotes before what was expected.
fn discreet(text: &str) -> String {
    let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(text);
    let is_name = |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
    match text.split_once(": ") {
        // The member, and what is wrong with its value.
        Some((member, _)) if is_name(member) => format!("{member} cannot be read"),
        _ if text.starts_with("missing field") => text.to_owned(),
        _ if text.starts_with("unknown field") => {
            let known = text.split_once("expected").map(|(_, known)| known.trim()).unwrap_or_default();
            format!("it has a name that is not known; known are {known}")
        }
        _ => "it cannot be read".to_owned(),
    }
}
