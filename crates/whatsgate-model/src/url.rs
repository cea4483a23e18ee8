//! URLs, as far as a mistake in one can be seen without asking anybody.

/// Whether the text begins like a URL with `http` or `https` and a host, and has no white space.
///
/// ```
/// use whatsgate_model::is_http_url;
///
/// assert!(is_http_url("https://callback.my/script.handler"));
/// assert!(!is_http_url("callback.my") && !is_http_url("https:///script") && !is_http_url("https://a b"));
/// ```
pub fn is_http_url(text: &str) -> bool {
    text.strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/') && !text.contains(char::is_whitespace))
}
