//! `get-media`: fetch a file by its key.

use super::prelude::*;

/// Fetches a file by its media key (wire reference, section 2.5).
///
/// The service calls it deprecated in favour of [`GetMessageMediaRequest`](crate::GetMessageMediaRequest).
///
/// ```
/// use whatsgate_model::{GetMediaRequest, MediaKey, SessionId};
///
/// let request = GetMediaRequest::new(SessionId::new("191b80a9238")?, MediaKey::new("bWVkaWEga2V5")?);
/// # drop(request);
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetMediaRequest {
    /// The session.
    #[serde(rename = "WhatsappID")]
    pub session: SessionId,
    /// The key from a message's `mediaKey`.
    #[serde(rename = "mediaKey")]
    pub media_key: MediaKey,
}

impl GetMediaRequest {
    /// Fetches the file with this key.
    pub fn new(session: SessionId, media_key: MediaKey) -> Self {
        Self { session, media_key }
    }
}

impl Command for GetMediaRequest {
    const NAME: &'static str = "get-media";
    const SAFETY: Safety = Safety::Read;
    const REPLY_SIZE: ReplySize = ReplySize::File;
    const FILE: Option<FileIn> = Some(FileIn::Reply);
    const REPLACED_BY: Option<&'static str> = Some("get-messagemedia");
    const FUNCTIONS_1C: &'static [&'static str] = &["ПолучитьПрикрепленныйМедиафайл"];
    type Reply = GetMediaReply;
}

/// The reply of `get-media` and `get-messagemedia` (wire reference, section 2.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GetMediaReply {
    /// `OK`.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// The file.
    pub media: Media,
}
plain_reply!(GetMediaReply, media: Media);
