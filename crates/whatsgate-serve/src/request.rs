//! Reading calls.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;
use whatsgate_native::model::{JsonError, from_json};

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
    read(body).map_err(|wrong| Problem::invalid(format!("the body: {wrong}")))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not UTF-8")?;
    // Windows' editors, and 1C, put a mark before the text.
    let text = text.trim_start_matches('\u{feff}');
    from_json(text).map_err(|error| wrong::<T>(text, &error))
}

/// What is wrong with a body: by its members where it is JSON, otherwise by the line and the column.
fn wrong<T: DeserializeOwned>(text: &str, error: &JsonError) -> String {
    let words = error.to_string();
    if !error.is_shape() {
        return format!("it is not JSON: {words}");
    }
    // What knows where it is takes lists for objects.
    if words.starts_with("invalid type: array, expected an object at") {
        return words;
    }
    // Read once more, by words that repeat values, so that they are not handed on as they are.
    let mut reader = serde_json::Deserializer::from_str(text);
    let Err(found) = serde_path_to_error::deserialize::<_, T>(&mut reader) else { return words };
    let words = words.rsplit_once(" at line ").map_or(&*words, |(words, _)| words);
    let mut path = path(found.path());
    // Of these words the names that are expected are our own.
    let said = found.inner().to_string();
    let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said);
    let expected =
        said.rsplit_once("expected ").map_or("none", |(_, names)| names.trim_start_matches("one of "));
    let expected = expected.replace('`', "");
    if let Some(name) = quoted(said, "unknown field `") {
        // It is the last of the path, if it is a name.
        let name =
            path.pop_if(|last| last == name).map_or("of this name".to_owned(), |name| format!("\"{name}\""));
        let place = if path.is_empty() { "it".to_owned() } else { path.join(".") };
        return format!("{place} has no member {name}; it has {expected}");
    }
    if let Some(name) = quoted(said, "missing field `") {
        path.push(name.to_owned());
        return format!("{} is missing", path.join("."));
    }
    let words = match quoted(said, "unknown variant `") {
        Some(_) => format!("it must be one of {expected}"),
        None => in_words_of_json(words),
    };
    if path.is_empty() { words } else { format!("{}: {words}", path.join(".")) }
}

/// Instead of those of Rust.
fn in_words_of_json(words: &str) -> String {
    let Some((what, expected)) = words.split_once("expected ") else { return words.to_owned() };
    let expected = match expected {
        "u64" | "u32" | "usize" | "i64" => "a whole number",
        "a sequence" => "an array",
        kind if kind.starts_with("enum ") => "a word",
        other => other,
    };
    format!("{what}expected {expected}")
}

fn quoted<'a>(said: &'a str, begin: &str) -> Option<&'a str> {
    said.strip_prefix(begin)?.split('`').next()
}

/// The way to a member, as far as what stands there are names: anything else may be a value that got into the wrong place.
fn path(path: &serde_path_to_error::Path) -> Vec<String> {
    let names = path.iter().map_while(|segment| match segment {
        Segment::Map { key } => Some(key.clone()).filter(|key| is_name(key)),
        _ => None,
    });
    names.collect()
}

fn is_name(text: &str) -> bool {
    text.len() <= 24
        && text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
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
    let member = member.unwrap_or("it");
    if what.starts_with("unknown variant") {
        // What is expected are words of our own.
        let words =
            what.rsplit_once("expected ").map_or("", |(_, words)| words.trim_start_matches("one of "));
        return format!("{member} must be one of {}", words.replace('`', ""));
    }
    if what == "invalid digit found in string" {
        return format!("{member} must be a whole number");
    }
    format!("{member} cannot be read")
}

#[cfg(test)]
mod tests {
    use super::{discreet, read};
    use crate::messages::{Draft, Show};

    #[test]
    fn errors_of_a_query_name_what_can_stand_there() {
        for (query, error) in [
            ("wait=soon", "wait must be a whole number"),
            ("until=foo", "until must be one of sent, delivered, read"),
            ("untill=sent", "it has a name that is not known; known are `wait` or `until`"),
        ] {
            let uri = format!("/v1/messages/order-17?{query}").parse().unwrap();
            let said = axum::extract::Query::<Show>::try_from_uri(&uri).unwrap_err();
            assert_eq!(discreet(&said.body_text()), error, "{query}");
        }
    }

    #[test]
    fn errors_name_the_member_and_repeat_no_value() {
        let members = "recipient, message, file, class, not_before, expires_at";
        let shape = "recipient: it is a number or an id in a text, or an object with `id`, or with `number` and perhaps `type`";
        for (body, error) in [
            ("", "it is not JSON: it is empty"),
            (r#"{"recipient":"#, "it is not JSON: it breaks off at line 1 column 13"),
            ("[]", "invalid type: array, expected an object at line 1 column 1"),
            ("{}", "recipient is missing"),
            (r#"{"mesage":{}}"#, &format!("it has no member \"mesage\"; it has {members}")),
            (r#"{"Hello, call me":1}"#, &format!("it has no member of this name; it has {members}")),
            (r#"{"message":{"body":5}}"#, "message.body: invalid type: integer, expected a string"),
            (r#"{"message":{"text":"a"}}"#, "message has no member \"text\"; it has type, body, quote"),
            (r#"{"message":["a"]}"#, "invalid type: array, expected an object at line 1 column 12"),
            (r#"{"message":{"quote":""}}"#, "message.quote: invalid message id: it is empty"),
            (r#"{"not_before":"a"}"#, "not_before: invalid type: string, expected a whole number"),
            (r#"{"class":5}"#, "class: invalid type: integer, expected a word"),
            (r#"{"class":"slow"}"#, "class: it must be one of urgent, normal, bulk"),
            (r#"{"recipient":{"id":"a@c.us","number":"79999999999"}}"#, shape),
        ] {
            assert_eq!(read::<Draft>(body.as_bytes()).unwrap_err(), error, "{body}");
        }
    }
}
