//! The description of the service's own HTTP interface.

use axum::Json as Answer;
use serde_json::Value;

/// The OpenAPI 3.1 document of the service.
///
/// ```
/// let document = whatsgate_serve::openapi();
/// assert_eq!(document["openapi"], "3.1.0");
/// ```
///
/// # Panics
/// Never: a test reads it.
pub fn openapi() -> Value {
    serde_json::from_str(include_str!("../openapi.json")).expect("a test reads it")
}

pub(crate) async fn show() -> Answer<Value> {
    Answer(openapi())
}
