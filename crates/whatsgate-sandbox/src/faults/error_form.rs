//! The forms in which the service, or what stands before it, reports errors (wire reference, section 1.1).

use serde::{Deserialize, Serialize};
use serde_json::json;

const JSON: &str = "application/json; charset=UTF-8";

/// A form of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorForm {
    /// 401 with the envelope and its `status`.
    Unauthorized,
    /// The same error as 500 and without `status`, as the documentation shows it.
    UnauthorizedAs500,
    /// 500 with the text that one client takes for a message that was sent.
    EvaluationFailed,
    /// 500 with the envelope and its `status`.
    Internal,
    /// 500 with the members of a service in debug mode.
    Debug,
    /// 429 with the envelope.
    TooManyRequests,
    /// 500 with the envelope's `status` as text.
    TextStatus,
    /// 200 with the envelope instead of a result.
    EnvelopeAs200,
    /// 502 with a page of HTML, as proxies answer.
    BadGateway,
    /// 503 with plain text.
    PlainText,
    /// 500 without a body.
    Empty,
}

impl ErrorForm {
    /// Status, content type and body.
    pub(crate) fn reply(self) -> (u16, &'static str, String) {
        let internal = |status| {
            json!({
                "name": "Internal Server Error",
                "message": "An internal server error occurred.",
                "code": 0,
                "status": status,
            })
        };
        let invalid = "Your request was made with invalid credentials.";
        let unauthorized = json!({ "name": "Unauthorized", "message": invalid, "code": 0 });
        let (status, body) = match self {
            Self::BadGateway => {
                let page = "<html><head><title>502 Bad Gateway</title></head>\
                            <body><center><h1>502 Bad Gateway</h1></center></body></html>\n";
                return (502, "text/html", page.to_owned());
            }
            Self::PlainText => return (503, "text/plain", "Service Unavailable".to_owned()),
            Self::Empty => return (500, JSON, String::new()),
            Self::Unauthorized => {
                let mut body = unauthorized;
                body["status"] = json!(401);
                (401, body)
            }
            Self::UnauthorizedAs500 => (500, unauthorized),
            Self::EvaluationFailed => {
                let text =
                    "Evaluation failed: TypeError: Cannot read properties of undefined (reading 'serialize')";
                (500, json!({ "name": "Exception", "message": text, "code": 0 }))
            }
            Self::Internal => (500, internal(json!(500))),
            Self::TextStatus => (500, internal(json!("500"))),
            Self::EnvelopeAs200 => (200, internal(json!(500))),
            Self::Debug => {
                let mut body = internal(json!(500));
                body["type"] = json!("yii\\base\\ErrorException");
                body["file"] = json!("/app/controllers/SendController.php");
                body["line"] = json!(42);
                body["stack-trace"] = json!(["#0 [internal function]: yii\\base\\Controller->runAction()"]);
                body["previous"] = json!({ "name": "Exception", "message": "Timeout", "code": 0 });
                (500, body)
            }
            Self::TooManyRequests => {
                let body = json!({
                    "name": "Too Many Requests", "message": "Rate limit exceeded.", "code": 0, "status": 429,
                });
                (429, body)
            }
        };
        (status, JSON, body.to_string())
    }
}
