//! Identifiers: newtypes over text, checked when a program makes them, taken as they come when the service sends them.

use std::fmt;

use crate::phone::PhoneNumber;
use crate::text_newtype::{InvalidValue, text_newtype};

fn token(what: &'static str, text: &str) -> Result<Box<str>, InvalidValue> {
    if text.is_empty() {
        return Err(InvalidValue::new(what, "it is empty"));
    }
    match text.chars().position(|c| c.is_whitespace() || c.is_control()) {
        Some(at) => Err(InvalidValue::new(
            what,
            format!("character {} is white space or a control character", at + 1),
        )),
        None => Ok(text.into()),
    }
}

text_newtype!(
    /// A session of the account, `WhatsappID` in requests and `unique_id` in replies.
    ///
    /// Opaque text without white space. Ids seen so far have 13 hexadecimal digits, but nothing promises that (wire
    /// reference, sections 0.1 and 1).
    ///
    /// ```
    /// # use whatsgate_model::SessionId;
    /// assert_eq!(SessionId::new("6345454545454")?.as_str(), "6345454545454");
    /// assert!(SessionId::new("").is_err());
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    SessionId,
    |text| token("session id", text),
    "pattern" = r"^\S+$"
);

text_newtype!(
    /// The key of a media file, base64 text found in a message's `mediaKey` and asked for by `get-media`
    /// (wire reference, sections 2.5 and 3).
    MediaKey,
    |text| token("media key", text)
);

text_newtype!(
    /// The long id of a message, `<true or false>_<chat id>_<short id>`.
    ///
    /// `true` means that the session sent it. In groups a fourth part, which names the participant, is likely. This is
    /// the id that quotes and `get-messagemedia` take (wire reference, section 3).
    ///
    /// ```
    /// # use whatsgate_model::MessageId;
    /// let id = MessageId::new("true_79991112233@c.us_3EB0EBC34954F8976AA6")?;
    /// assert!(id.is_outgoing());
    /// assert_eq!(id.short(), Some("3EB0EBC34954F8976AA6"));
    /// assert!(MessageId::new("3EB0EBC34954F8976AA6").is_err());
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    MessageId,
    |text| {
        const WHAT: &str = "message id";
        let text = token(WHAT, text)?;
        let mut parts = text.split('_');
        let direction = parts.next().is_some_and(|part| part == "true" || part == "false");
        let chat = parts.next().is_some_and(|part| part.contains('@'));
        let short = parts.next().is_some_and(|part| !part.is_empty());
        if direction && chat && short {
            Ok(text)
        } else {
            Err(InvalidValue::new(WHAT, "it must be the long id, such as true_79999999999@c.us_3EB0EBC34954F8976AA6"))
        }
    }
);

impl MessageId {
    /// Whether the session itself sent the message.
    pub fn is_outgoing(&self) -> bool {
        self.0.starts_with("true_")
    }

    /// The chat that the id names; the other party of a contact chat, or the group.
    ///
    /// In the vendor's example of an incoming message this is the receiver, not the sender, so prefer `from` and `to`.
    ///
    /// ```
    /// use whatsgate_model::{ChatId, MessageId};
    ///
    /// let id = MessageId::new("true_79999999999@c.us_3EB0EBC34954F8976AA6")?;
    /// assert_eq!((id.is_outgoing(), id.chat()), (true, Some(ChatId::new("79999999999@c.us")?)));
    /// assert_eq!(id.short(), Some("3EB0EBC34954F8976AA6"));
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    pub fn chat(&self) -> Option<ChatId> {
        self.0.split('_').nth(1).and_then(|part| ChatId::new(part).ok())
    }

    /// The short id, which is also the message's `_id`.
    pub fn short(&self) -> Option<&str> {
        self.0.split('_').nth(2).filter(|part| !part.is_empty())
    }
}

text_newtype!(
    /// A WhatsApp id, `<phone>@c.us` for a contact or `<group>@g.us` for a group.
    ///
    /// Other suffixes, such as WhatsApp's `@lid`, are taken too (wire reference, sections 2.1 and 4).
    ///
    /// ```
    /// # use whatsgate_model::{ChatId, PhoneNumber};
    /// let contact = ChatId::new("79991112233@c.us")?;
    /// assert!(contact.is_contact() && !contact.is_group());
    /// assert_eq!(contact.phone(), Some(PhoneNumber::new("+7 999 111-22-33")?));
    /// assert!(ChatId::new("79991112233").is_err());
    /// # Ok::<(), whatsgate_model::InvalidValue>(())
    /// ```
    ChatId,
    |text| {
        const WHAT: &str = "chat id";
        let text = token(WHAT, text)?;
        match text.split_once('@') {
            Some((local, suffix)) if !local.is_empty() && !suffix.is_empty() && !suffix.contains('@') => {
                if suffix == "c.us" && !local.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(InvalidValue::new(WHAT, "before @c.us there must be digits only"));
                }
                Ok(text)
            }
            _ => Err(InvalidValue::new(WHAT, "it must look like 79999999999@c.us or 4239048293082@g.us")),
        }
    }
);

impl ChatId {
    /// The id of the contact with this number.
    pub fn contact(number: &PhoneNumber) -> Self {
        Self(format!("{number}@c.us").into())
    }

    /// The id of the group with this number.
    pub fn group(number: &GroupNumber) -> Self {
        Self(format!("{number}@g.us").into())
    }

    /// Whether the id has the suffix of a contact, `@c.us`.
    pub fn is_contact(&self) -> bool {
        self.0.ends_with("@c.us")
    }

    /// Whether the id has the suffix of a group, `@g.us`.
    pub fn is_group(&self) -> bool {
        self.0.ends_with("@g.us")
    }

    /// The contact's phone number; none for groups and for suffixes that hide it.
    pub fn phone(&self) -> Option<PhoneNumber> {
        self.0.strip_suffix("@c.us").and_then(|number| PhoneNumber::international(number).ok())
    }
}

impl From<&PhoneNumber> for ChatId {
    fn from(number: &PhoneNumber) -> Self {
        Self::contact(number)
    }
}

text_newtype!(
    /// A group's own number, the part of its id before `@g.us` (wire reference, section 2.1).
    ///
    /// Letters and digits, as in the vendor's examples, and dashes, which WhatsApp's older group ids have.
    GroupNumber,
    |text| {
        const WHAT: &str = "group number";
        let text = token(WHAT, text)?;
        match text.chars().position(|c| !c.is_ascii_alphanumeric() && c != '-') {
            Some(at) => Err(InvalidValue::new(
                WHAT,
                format!("character {} is neither letter, digit nor dash; leave out the suffix @g.us", at + 1),
            )),
            None => Ok(text),
        }
    }
);

/// The number of an event, which tells repeated deliveries apart from new ones and which an acknowledgement repeats (wire
/// reference, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct EventId(pub i64);

impl crate::lenient::FromScalar for EventId {
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

impl<'de> serde::Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::lenient::required(deserializer)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
