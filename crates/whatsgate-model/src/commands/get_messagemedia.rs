//! `get-messagemedia`: fetch the file of a message.

use super::prelude::*;

/// Fetches the file of a message (wire reference, section 2.5).
///
/// The service answers with an error if it does not find the message or the message has no file. The reply is
/// [`GetMediaReply`](crate::GetMediaReply).
///
/// ```
/// use whatsgate_model::{GetMessageMediaRequest, MessageId, SessionId};
///
/// let message = MessageId::new("false_79999999999@c.us_3EB0EBC34954F8976AA6")?;
/// let request = GetMessageMediaRequest::new(SessionId::new("191b80a9238")?, message);
/// # drop(request);
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetMessageMediaRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
    /// The long id of the message.
    #[serde(rename = "MessageID")]
    pub message: MessageId,
}

impl GetMessageMediaRequest {
    /// Fetches the file of this message.
    pub fn new(session: SessionId, message: MessageId) -> Self {
        Self { session, message }
    }
}

impl Command for GetMessageMediaRequest {
    const NAME: &'static str = "get-messagemedia";
    const SAFETY: Safety = Safety::Read;
    const REPLY_SIZE: ReplySize = ReplySize::File;
    const FILE: Option<FileIn> = Some(FileIn::Reply);
    const FUNCTIONS_1C: &'static [&'static str] = &["ПолучитьМедиафайлСообщения"];
    type Reply = GetMediaReply;
}
