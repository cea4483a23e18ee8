//! Chats: contacts and groups.

use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::ChatId;
use crate::lenient;

/// A chat of the session, either with a contact or with a group (wire reference, section 4; the 1C library's structures
/// `Чат-контакт` and `Чат-группа`).
///
/// ```
/// # use whatsgate_model::{Chat, ChatKind};
/// let chat: Chat = serde_json::from_str(
///     r#"{"id":"4239048293082@g.us","name":"Test group","isGroup":true,
///         "groupMetadata":{"id":"4239048293082@g.us","participants":[{"id":"79999999999@c.us","isAdmin":true}]}}"#,
/// )?;
/// let ChatKind::Group(Some(group)) = &chat.kind else { panic!("a group was expected") };
/// assert_eq!(group.participants.len(), 1);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "WireChat", into = "WireChat")]
#[non_exhaustive]
pub struct Chat {
    /// The WhatsApp id.
    pub id: ChatId,
    /// The contact's or group's name.
    pub name: String,
    /// Contact or group.
    pub kind: ChatKind,
    /// Whether the session cannot write there.
    pub is_read_only: bool,
    /// How many messages are unread; whatsapp-web.js gives -1 to a chat that a person marked as unread.
    pub unread_count: i64,
    /// The last activity, Unix time in seconds.
    pub timestamp: Option<i64>,
    /// Whether the chat is pinned to the top.
    pub pinned: bool,
    /// Whether the chat is muted.
    pub is_muted: bool,
    /// How long it stays muted, as the service wrote it.
    pub mute_expiration: Option<MuteExpiration>,
}

/// Whether a chat is a contact or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChatKind {
    /// One person.
    Contact,
    /// A group, with its metadata unless the service left them out.
    Group(Option<Box<GroupMetadata>>),
}

impl Chat {
    /// A chat with a contact, or with a group when the id has the suffix `@g.us`.
    pub fn new(id: ChatId, name: impl Into<String>) -> Self {
        let kind = if id.is_group() { ChatKind::Group(None) } else { ChatKind::Contact };
        Self {
            id,
            name: name.into(),
            kind,
            is_read_only: false,
            unread_count: 0,
            timestamp: None,
            pinned: false,
            is_muted: false,
            mute_expiration: None,
        }
    }

    /// Whether the chat is a group.
    pub fn is_group(&self) -> bool {
        matches!(self.kind, ChatKind::Group(_))
    }

    /// The group's metadata, if this is a group and the service sent them.
    pub fn group(&self) -> Option<&GroupMetadata> {
        match &self.kind {
            ChatKind::Group(metadata) => metadata.as_deref(),
            ChatKind::Contact => None,
        }
    }
}

/// How long a chat stays muted, as the service wrote it.
///
/// The sources contradict each other (seconds left, a boolean, a Unix time, -1 for ever), so the value is kept and not
/// interpreted; a whole number that came as text is a number here (wire reference, section 4).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum MuteExpiration {
    /// A boolean.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Number(f64),
    /// Text.
    Text(String),
}

impl lenient::FromScalar for MuteExpiration {
    fn from_bool(value: bool) -> Option<Self> {
        Some(Self::Flag(value))
    }
    fn from_integer(value: i64) -> Option<Self> {
        Some(Self::Integer(value))
    }
    fn from_float(value: f64) -> Option<Self> {
        Some(Self::Number(value))
    }
    fn from_text(text: &str) -> Option<Self> {
        Some(i64::from_text(text).map_or_else(|| Self::Text(text.to_owned()), Self::Integer))
    }
}

impl<'de> Deserialize<'de> for MuteExpiration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        lenient::required(deserializer)
    }
}

/// What is known of a group (wire reference, section 4; the 1C library's structure `Метаданные группы`).
///
/// ```
/// use whatsgate_model::{Chat, ChatId, GroupMetadata, Participant};
///
/// let news = Chat::new(ChatId::new("4239048293082@g.us")?, "News");
/// assert!(news.is_group() && news.group().is_none());
/// let metadata = GroupMetadata::new(vec![Participant::new(ChatId::new("79999999999@c.us")?)]);
/// assert!(!metadata.participants[0].is_admin);
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct GroupMetadata {
    /// The group's WhatsApp id.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub id: Option<ChatId>,
    /// When it was made, Unix time in seconds.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub creation: Option<i64>,
    /// The WhatsApp id of the owner.
    #[serde(default, deserialize_with = "lenient::non_empty", skip_serializing_if = "Option::is_none")]
    pub owner: Option<ChatId>,
    /// The service's own count. Unreliable: the documentation shows 0 beside two participants. Count
    /// [`participants`](Self::participants) instead.
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// The members. One that comes without a readable id is left out.
    #[serde(default, deserialize_with = "participants")]
    #[cfg_attr(feature = "schema", schemars(description = "The members."))]
    pub participants: Vec<Participant>,
}

impl GroupMetadata {
    /// Metadata with these members.
    pub fn new(participants: Vec<Participant>) -> Self {
        Self { participants, ..Self::default() }
    }
}

/// A member of a group (wire reference, section 4; the 1C library's structure `Участник группы`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Participant {
    /// The member's WhatsApp id.
    pub id: ChatId,
    /// Whether the member is an administrator.
    #[serde(rename = "isAdmin", default, deserialize_with = "lenient::or_default")]
    pub is_admin: bool,
    /// Whether the member is the group's super administrator.
    #[serde(rename = "isSuperAdmin", default, deserialize_with = "lenient::or_default")]
    pub is_super_admin: bool,
}

impl Participant {
    /// A member without rights.
    pub fn new(id: ChatId) -> Self {
        Self { id, is_admin: false, is_super_admin: false }
    }
}

/// Reads the members of a group so that an odd one does not cost the whole chat.
fn participants<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Participant>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        #[serde(default, deserialize_with = "lenient::non_empty")]
        id: Option<ChatId>,
        #[serde(default, deserialize_with = "lenient::or_default")]
        is_admin: bool,
        #[serde(default, deserialize_with = "lenient::or_default")]
        is_super_admin: bool,
    }
    #[derive(Deserialize)]
    struct Element(#[serde(deserialize_with = "lenient::object")] Option<Wire>);

    Ok(lenient::array(deserializer)?
        .into_iter()
        .filter_map(|Element(wire)| {
            let Wire { id, is_admin, is_super_admin } = wire?;
            Some(Participant { id: id?, is_admin, is_super_admin })
        })
        .collect())
}

/// The flat object of the wire.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireChat {
    id: ChatId,
    #[serde(default, deserialize_with = "lenient::or_default")]
    name: String,
    #[serde(default, deserialize_with = "lenient::option")]
    is_group: Option<bool>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    is_read_only: bool,
    #[serde(default, deserialize_with = "lenient::or_default")]
    unread_count: i64,
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    pinned: bool,
    #[serde(default, deserialize_with = "lenient::or_default")]
    is_muted: bool,
    #[serde(default, deserialize_with = "lenient::option", skip_serializing_if = "Option::is_none")]
    mute_expiration: Option<MuteExpiration>,
    #[serde(default, deserialize_with = "lenient::object", skip_serializing_if = "Option::is_none")]
    group_metadata: Option<Box<GroupMetadata>>,
}

impl From<WireChat> for Chat {
    fn from(wire: WireChat) -> Self {
        // `isGroup` decides; without it the metadata and then the suffix of the id tell.
        let is_group = wire.is_group.unwrap_or_else(|| wire.group_metadata.is_some() || wire.id.is_group());
        Self {
            kind: if is_group { ChatKind::Group(wire.group_metadata) } else { ChatKind::Contact },
            id: wire.id,
            name: wire.name,
            is_read_only: wire.is_read_only,
            unread_count: wire.unread_count,
            timestamp: wire.timestamp,
            pinned: wire.pinned,
            is_muted: wire.is_muted,
            mute_expiration: wire.mute_expiration,
        }
    }
}

impl From<Chat> for WireChat {
    fn from(chat: Chat) -> Self {
        let (is_group, group_metadata) = match chat.kind {
            ChatKind::Contact => (false, None),
            ChatKind::Group(metadata) => (true, metadata),
        };
        Self {
            id: chat.id,
            name: chat.name,
            is_group: Some(is_group),
            is_read_only: chat.is_read_only,
            unread_count: chat.unread_count,
            timestamp: chat.timestamp,
            pinned: chat.pinned,
            is_muted: chat.is_muted,
            mute_expiration: chat.mute_expiration,
            group_metadata,
        }
    }
}
