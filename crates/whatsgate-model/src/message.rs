//! A message as the service reports it.

use serde::{Deserialize, Serialize};

use crate::ids::{ChatId, MediaKey, MessageId};
use crate::lenient;
use crate::open_enum::open_enum;

open_enum! {
    /// What a reported message is.
    ///
    /// Text is `chat` here, not the `text` of a request. The list is open: `chat` is documented, the others are
    /// whatsapp-web.js's (wire reference, section 3).
    ///
    /// ```
    /// # use whatsgate_model::MessageType;
    /// assert_eq!(MessageType::from("ptt"), MessageType::Voice);
    /// let new = MessageType::from("hologram");
    /// assert_eq!(new.as_str(), "hologram");
    /// assert!(!new.is_known());
    /// ```
    pub enum MessageType {
        /// Text.
        Chat = "chat",
        /// Picture.
        Image = "image",
        /// Video.
        Video = "video",
        /// Sound file.
        Audio = "audio",
        /// Voice message, `ptt` (push to talk) on the wire.
        Voice = "ptt",
        /// File of any other kind.
        Document = "document",
        /// Sticker.
        Sticker = "sticker",
        /// Position on the map.
        Location = "location",
        /// One contact card.
        ContactCard = "vcard",
        /// Several contact cards.
        ContactCards = "multi_vcard",
        /// Message taken back by its sender.
        Revoked = "revoked",
        /// Poll.
        Poll = "poll_creation",
    }
}

/// How far a message has come; the larger, the further.
///
/// The wire shows 0 and 1; the names of the whole range are whatsapp-web.js's (wire reference, section 3). Values outside
/// the constants are kept.
///
/// ```
/// # use whatsgate_model::Ack;
/// assert!(Ack::READ > Ack::DEVICE);
/// assert_eq!(Ack::READ.name(), Some("read"));
/// assert_eq!(Ack(9).name(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Ack(pub i64);

impl Ack {
    /// Sending failed.
    pub const ERROR: Self = Self(-1);
    /// Not yet with WhatsApp's server.
    pub const PENDING: Self = Self(0);
    /// With WhatsApp's server: one tick.
    pub const SERVER: Self = Self(1);
    /// On the recipient's device: two ticks.
    pub const DEVICE: Self = Self(2);
    /// Read: two blue ticks.
    pub const READ: Self = Self(3);
    /// Voice message listened to.
    pub const PLAYED: Self = Self(4);

    /// The English name of a known value.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::ERROR => "error",
            Self::PENDING => "pending",
            Self::SERVER => "server",
            Self::DEVICE => "device",
            Self::READ => "read",
            Self::PLAYED => "played",
            _ => return None,
        })
    }
}

impl lenient::FromScalar for Ack {
    fn from_integer(value: i64) -> Option<Self> {
        Some(Self(value))
    }
    fn from_float(value: f64) -> Option<Self> {
        i64::from_float(value).map(Self)
    }
    fn from_text(text: &str) -> Option<Self> {
        i64::from_text(text).map(Self)
    }
}

impl<'de> Deserialize<'de> for Ack {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::required(deserializer)
    }
}

/// A message, as the reply of a synchronous `send` and the events hold it (wire reference, section 3; in the
/// 1C library the message in an event).
///
/// Only `id` is required; every other member may be missing. Fields are read as [`Message::new`] leaves them when absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(description = "A message, as a synchronous `send` and the events show it. \
    Only `id` is always there.")
)]
#[non_exhaustive]
pub struct Message {
    /// The short id, the last part of the long one. Absent in older replies.
    #[serde(
        rename = "_id",
        default,
        deserialize_with = "lenient::non_empty",
        skip_serializing_if = "Option::is_none"
    )]
    pub short_id: Option<String>,
    /// The long id, which quotes and `get-messagemedia` take.
    pub id: MessageId,
    /// How far the message has come.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub ack: Option<Ack>,
    /// Whether a file can be fetched with `get-messagemedia`.
    #[serde(rename = "hasMedia", default, deserialize_with = "lenient::or_default")]
    pub has_media: bool,
    /// The key of the file for `get-media`; `""` on the wire when there is none.
    #[serde(
        rename = "mediaKey",
        default,
        deserialize_with = "lenient::non_empty",
        serialize_with = "lenient::or_empty"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub media_key: Option<MediaKey>,
    /// The text, or a file's caption.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub body: String,
    /// What the message is.
    #[serde(
        rename = "type",
        default,
        deserialize_with = "lenient::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub kind: Option<MessageType>,
    /// When it was sent, Unix time in seconds.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
    /// The WhatsApp id of the sender; in a group presumably of the group.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub from: Option<ChatId>,
    /// The WhatsApp id of the recipient.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub to: Option<ChatId>,
    /// The sender's display name. Not documented; client programs attest it.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// The real sender of a message in a group; not confirmed for this service.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub author: Option<ChatId>,
    /// Whether the message was forwarded.
    #[serde(rename = "isForwarded", default, deserialize_with = "lenient::or_default")]
    pub is_forwarded: bool,
}

impl Message {
    /// A message of which only the id is known.
    ///
    /// ```
    /// use whatsgate_model::{Message, MessageId};
    ///
    /// let message = Message::new(MessageId::new("false_79999999999@c.us_3EB0EBC34954F8976AA6")?);
    /// assert!(message.body.is_empty() && !message.has_media);
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    pub fn new(id: MessageId) -> Self {
        Self {
            short_id: None,
            id,
            ack: None,
            has_media: false,
            media_key: None,
            body: String::new(),
            kind: None,
            timestamp: None,
            from: None,
            to: None,
            from_name: None,
            author: None,
            is_forwarded: false,
        }
    }
}
