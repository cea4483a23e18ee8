//! Reading calls.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use whatsgate_native::model::from_json;

use crate::app::App;
use crate::problem::Problem;

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
    // Windows' editors, and 1C, put a mark before the text.
    from_json(text.trim_start_matches('\u{feff}'))
        .map_err(|error| Problem::invalid(format!("the body: {}", without_words(&error.to_string()))))
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

/// What is wrong without the name or word that stood there; the line and the column tell where.
fn without_words(text: &str) -> String {
    for (begin, what) in [("unknown field", "a member"), ("unknown variant", "a word")] {
        if text.starts_with(begin) {
            // What is expected are names of our own.
            let expected = text.rsplit_once(", expected").map(|(_, expected)| expected).unwrap_or_default();
            return format!("{what} is not known, expected{expected}");
        }
    }
    text.to_owned()
}

/// A member that a program writes: checked as programs' own values are, while the gateway's are taken as they come.
pub(crate) fn checked<'de, D: serde::Deserializer<'de>, T: std::str::FromStr<Err: std::fmt::Display>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = <Option<String> as serde::Deserialize>::deserialize(deserializer)?;
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

/// What stands in the path of a call.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, service: &App) -> Result<Self, Problem> {
        let path = axum::extract::Path::from_request_parts(parts, service).await;
        // The words of axum repeat what stands there.
        path.map(|axum::extract::Path(path)| Self(path))
            .map_err(|_| Problem::invalid("the path: a part of it is no number, or not UTF-8"))
    }
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
    let (member, what) = match text.split_once(": ") {
        Some((member, what)) if is_name(member) => (Some(member), what),
        _ => (None, text),
    };
    if what.starts_with("missing field") || what.starts_with("duplicate field") {
        return what.to_owned();
    }
    if what.starts_with("unknown field") {
        let known = what.rsplit_once("expected").map(|(_, known)| known.trim()).unwrap_or_default();
        return format!("it has a name that is not known; known are {known}");
    }
    match member {
        Some(member) => format!("{member} cannot be read"),
        None => "it cannot be read".to_owned(),
    }
}
