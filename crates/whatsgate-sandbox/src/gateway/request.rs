//! What comes in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::answer::Answer;
use super::fields::Fields;

/// The body of a request, read as JSON.
///
/// Reading needs no gateway, so that a server can do it before it takes a lock.
///
/// ```
/// use whatsgate_sandbox::{Gateway, RequestBody, Settings};
///
/// let settings = Settings::default();
/// let key = settings.api_keys[0].clone();
/// let body = RequestBody::read(br#"{"name":"Shop"}"#);
/// let answer = Gateway::new(settings).answer_read("session-create", Some(&key), &body, 1_662_575_377_000);
/// assert_eq!(answer.status, 200);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestBody(Option<Arc<Map<String, Value>>>);

impl RequestBody {
    /// Reads a body; an empty one counts as an object without members.
    pub fn read(body: &[u8]) -> Self {
        if body.trim_ascii().is_empty() {
            return Self(Some(Arc::default()));
        }
        Self(serde_json::from_slice(body).ok().map(Arc::new))
    }

    /// The members, or the refusal of what is no object of JSON.
    pub(crate) fn fields(&self) -> Result<Fields<'_>, Answer> {
        self.0.as_deref().map(Fields::new).ok_or_else(Answer::bad_json)
    }
}
