//! What the gateway answers: JSON, also for errors (wire reference, section 1.1).

use serde_json::{Value, json};

/// An HTTP status and a JSON body.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

/// What a command makes of a request: the body of a success, or another answer.
pub(crate) type Handled = Result<Value, Answer>;

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// The error of a request that the gateway understood and refuses; its envelope has no `status`.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { status: 500, body: json!({ "name": "Exception", "message": message.into(), "code": 0 }) }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::http_error(401, "Unauthorized", "Your request was made with invalid credentials.")
    }

    pub(crate) fn bad_json() -> Self {
        Self::http_error(400, "Bad Request", "Invalid JSON data in request body.")
    }

    pub(crate) fn not_found() -> Self {
        Self::http_error(404, "Not Found", "Page not found.")
    }

    pub(crate) fn method_not_allowed(allowed: &str) -> Self {
        let name = "Method Not Allowed";
        let message = format!("{name}. This URL can only handle the following request methods: {allowed}.");
        Self::http_error(405, name, &message)
    }

    pub(crate) fn too_large() -> Self {
        Self::http_error(413, "Request Entity Too Large", "The request body is too large.")
    }

    fn http_error(status: u16, name: &str, message: &str) -> Self {
        Self { status, body: json!({ "name": name, "message": message, "code": 0, "status": status }) }
    }
}
