//! From which pages calls may come.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may remember that it may call.
const REMEMBERED: std::time::Duration = std::time::Duration::from_secs(600);

/// A text that is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an origin looks like https://shop.example or http://localhost:5173, without a path; one that means all is not taken"
)]
pub struct InvalidOrigin;

/// The origin as browsers write it.
pub(crate) fn origin(text: &str) -> Result<HeaderValue, InvalidOrigin> {
    let text = text.trim().to_ascii_lowercase();
    let (scheme, host) = text.split_once("://").ok_or(InvalidOrigin)?;
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]_".contains(&byte);
    if !["http", "https"].contains(&scheme) || host.is_empty() || !host.bytes().all(is_fit) {
        return Err(InvalidOrigin);
    }
    // Browsers leave out the port that goes without saying.
    let usual = if scheme == "http" { ":80" } else { ":443" };
    let text = text.strip_suffix(usual).unwrap_or(&text);
    HeaderValue::from_str(text).map_err(|_| InvalidOrigin)
}

pub(crate) fn cors(origins: &[HeaderValue]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([Method::POST, Method::GET])
        .allow_headers([
            HeaderName::from_static("x-api-key"),
            HeaderName::from_static("last-event-id"),
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
        ])
        .expose_headers([header::RETRY_AFTER])
        .max_age(REMEMBERED)
}

/// Whether a call comes from a page that may not call. What is no page says nothing of where it comes from.
pub(crate) fn is_from_elsewhere(request: &Request, origins: &[HeaderValue]) -> bool {
    request.headers().get_all(header::ORIGIN).iter().any(|origin| !origins.contains(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_origins_are_taken() {
        for (given, taken) in [
            ("https://Shop.example", "https://shop.example"),
            ("https://shop.example:443", "https://shop.example"),
            ("http://localhost:5173 ", "http://localhost:5173"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(origin(given).unwrap(), taken, "{given}");
        }
        for wrong in [
            "*",
            "null",
            "",
            "shop.example",
            "https://",
            "https://shop.example/",
            "https://*.example",
            "file://x",
        ] {
            assert_eq!(origin(wrong), Err(InvalidOrigin), "{wrong}");
        }
    }
}
