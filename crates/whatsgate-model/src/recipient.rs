//! Whom a command is for.

use std::str::FromStr;

use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{ChatId, GroupNumber};
use crate::lenient;
use crate::open_enum::open_enum;
use crate::phone::PhoneNumber;
use crate::text_newtype::InvalidValue;

/// The recipient of `send`, `seen` and `typing`: a WhatsApp id, a phone or a group (wire reference, section 2.1; the 1C
/// library's structure `Получатель сообщения`).
///
/// Ids, phone numbers and group numbers convert into it. Text converts with `parse`: text with an `@` is an id, any other
/// a phone number. What is read from JSON is checked as the constructors of the three check it, except that a number on the wire
/// has its country code.
///
/// ```
/// # use whatsgate_model::{PhoneNumber, Recipient};
/// let recipient = Recipient::from(PhoneNumber::new("+7 999 111-22-33")?);
/// assert_eq!(serde_json::to_string(&recipient).unwrap(), r#"{"number":"79991112233"}"#);
/// let group: Recipient = "4239048293082@g.us".parse()?;
/// assert_eq!(serde_json::to_string(&group).unwrap(), r#"{"id":"4239048293082@g.us"}"#);
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// A contact or a group by its WhatsApp id.
    Id(ChatId),
    /// A person by phone number.
    Phone(PhoneNumber),
    /// A group by its own number.
    Group(GroupNumber),
}

open_enum! {
    /// Whether a recipient's number is a contact's or a group's (wire reference, section 2.1).
    pub enum RecipientType {
        /// A person; what the service assumes when the type is absent.
        Contact = "contact",
        /// A group.
        Group = "group",
    }
}

impl Recipient {
    /// Whether the recipient is a group, as far as an id's suffix tells.
    pub fn is_group(&self) -> bool {
        match self {
            Self::Id(id) => id.is_group(),
            Self::Phone(_) => false,
            Self::Group(_) => true,
        }
    }
}

impl From<ChatId> for Recipient {
    fn from(id: ChatId) -> Self {
        Self::Id(id)
    }
}

impl From<&ChatId> for Recipient {
    fn from(id: &ChatId) -> Self {
        id.clone().into()
    }
}

impl From<PhoneNumber> for Recipient {
    fn from(number: PhoneNumber) -> Self {
        Self::Phone(number)
    }
}

impl From<&PhoneNumber> for Recipient {
    fn from(number: &PhoneNumber) -> Self {
        number.clone().into()
    }
}

impl From<GroupNumber> for Recipient {
    fn from(number: GroupNumber) -> Self {
        Self::Group(number)
    }
}

impl From<&GroupNumber> for Recipient {
    fn from(number: &GroupNumber) -> Self {
        number.clone().into()
    }
}

impl From<&Recipient> for Recipient {
    fn from(recipient: &Recipient) -> Self {
        recipient.clone()
    }
}

impl FromStr for Recipient {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('@') {
            ChatId::new(text).map(Into::into)
        } else {
            PhoneNumber::new(text).map(Into::into)
        }
    }
}

impl Serialize for Recipient {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members =
            serializer.serialize_struct("Recipient", if matches!(self, Self::Group(_)) { 2 } else { 1 })?;
        match self {
            Self::Id(id) => members.serialize_field("id", id)?,
            Self::Phone(number) => members.serialize_field("number", number)?,
            Self::Group(number) => {
                members.serialize_field("number", number)?;
                members.serialize_field("type", &RecipientType::Group)?;
            }
        }
        members.end()
    }
}

impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, deserialize_with = "lenient::non_empty")]
            id: Option<String>,
            #[serde(default, deserialize_with = "lenient::non_empty")]
            number: Option<String>,
            #[serde(rename = "type", default, deserialize_with = "lenient::non_empty")]
            kind: Option<RecipientType>,
        }
        let Wire { id, number, kind } = Wire::deserialize(deserializer)?;
        Self::from_members(id, number, kind).map_err(D::Error::custom)
    }
}

impl Recipient {
    /// A recipient of the members that it has on the wire.
    #[doc(hidden)]
    pub fn from_members(
        id: Option<String>,
        number: Option<String>,
        kind: Option<RecipientType>,
    ) -> Result<Self, InvalidValue> {
        match (id, number, kind) {
            (Some(id), ..) => ChatId::new(id).map(Self::Id),
            (_, Some(number), None | Some(RecipientType::Contact)) => {
                PhoneNumber::international(&number).map(Self::Phone)
            }
            (_, Some(number), Some(RecipientType::Group)) => GroupNumber::new(number).map(Self::Group),
            (_, Some(_), Some(RecipientType::Unrecognized(_))) => {
                Err(InvalidValue::new("recipient", "its type must be contact or group"))
            }
            _ => Err(InvalidValue::new("recipient", "it needs an id or a number")),
        }
    }
}
