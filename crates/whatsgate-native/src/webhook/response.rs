//! What a webhook is answered.

/// What to answer to the gateway.
///
/// ```
/// use whatsgate_native::HookResponse;
///
/// let response = HookResponse::new(503, "later\n");
/// assert_eq!(response.status, 503);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookResponse {
    /// The HTTP status: 200, 400 for a body that does not hold an event, 500 when the handler failed.
    pub status: u16,
    /// The body; JSON with status 200, a sentence otherwise.
    pub body: String,
}

impl HookResponse {
    /// An answer.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, body: body.into() }
    }
}
