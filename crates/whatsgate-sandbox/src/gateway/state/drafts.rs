//! Messages before they are messages: what a session is to send, and what somebody writes to it.

use serde::{Deserialize, Serialize};
use whatsgate_model::{ChatId, Media, MessageId, MessageType};

use super::media::File;

/// A message of a `send` request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub(crate) chat: ChatId,
    pub(crate) kind: MessageType,
    pub(crate) body: String,
    pub(crate) quote: Option<String>,
    pub(crate) file: Option<File>,
}

/// A message that somebody writes to a session.
///
/// ```
/// use whatsgate_sandbox::Incoming;
/// use whatsgate_sandbox::model::{Base64Data, ChatId, Media, MimeType};
///
/// let customer = ChatId::new("79991112233@c.us")?;
/// let question = Incoming { is_forwarded: true, ..Incoming::text(customer.clone(), "Is it in stock?") };
/// let photo = Media::new(MimeType::new("image/png")?, "photo.png", Base64Data::encode("a picture"));
/// let photo = Incoming::file(customer, photo);
/// # drop((question, photo));
/// # Ok::<(), whatsgate_sandbox::model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// The chat it appears in: the contact who writes, or a group.
    pub chat: ChatId,
    /// Who writes in a group; by default the first other member.
    pub author: Option<ChatId>,
    /// The text, or a file's caption.
    pub body: String,
    /// The file.
    pub media: Option<Media>,
    /// What the message is, if it is not what the file's MIME type says; [`MessageType::Voice`] for example.
    pub kind: Option<MessageType>,
    /// The long id of the message it answers.
    pub quote: Option<MessageId>,
    /// Whether it is marked as forwarded.
    pub is_forwarded: bool,
    /// How long ago it was written, in milliseconds: more than 0 for one that waited until the session's phone was online.
    #[serde(default)]
    pub age_ms: u64,
}

impl Incoming {
    /// A text.
    pub fn text(chat: ChatId, text: impl Into<String>) -> Self {
        Self {
            chat,
            author: None,
            body: text.into(),
            media: None,
            kind: None,
            quote: None,
            is_forwarded: false,
            age_ms: 0,
        }
    }

    /// A file without a caption.
    pub fn file(chat: ChatId, media: Media) -> Self {
        Self { media: Some(media), ..Self::text(chat, "") }
    }
}
