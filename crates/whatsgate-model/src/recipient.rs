//! Whom a command is for.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::{ChatId, GroupNumber, InvalidValue, PhoneNumber};
use crate::lenient;
use crate::open_enum::open_enum;

open_enum! {
    /// Whether a recipient's number is a contact's or a group's (wire reference, section 2.1).
    pub enum RecipientType {
        /// A person; what the service assumes when the type is absent.
        Contact = "contact",
        /// A group.
        Group = "group",
    }
}

/// The recipient of `send`, `seen` and `typing`: an id, or a number with its type (wire reference, section 2.1; the seed's
/// structure 1).
///
/// Ids, phone numbers and group numbers convert into it. Text converts with `parse`: text with an `@` is an id, any other
/// a phone number.
///
/// ```
/// # use whatsgate_model::{PhoneNumber, Recipient};
/// let recipient = Recipient::from(PhoneNumber::new("+7 999 111-22-33")?);
/// assert_eq!(serde_json::to_string(&recipient).unwrap(), r#"{"number":"79991112233"}"#);
/// let group: Recipient = "4239048293082@g.us".parse()?;
/// assert_eq!(serde_json::to_string(&group).unwrap(), r#"{"id":"4239048293082@g.us"}"#);
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Recipient {
    /// By WhatsApp id.
    Id {
        /// The id of the contact or group.
        id: ChatId,
    },
    /// By number.
    Number {
        /// The phone number of a contact, or the group's own number.
        number: String,
        /// What the number is; a contact's when absent.
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<RecipientType>,
    },
}

impl Recipient {
    /// Whether the recipient is a group, as far as the id's suffix or the type tells.
    pub fn is_group(&self) -> bool {
        match self {
            Self::Id { id } => id.is_group(),
            Self::Number { kind, .. } => *kind == Some(RecipientType::Group),
        }
    }

    /// Whether the parts are well-formed: a type that is known, and a number of that type, written as the wire wants it.
    ///
    /// # Errors
    /// [`InvalidValue`] says what is wrong.
    pub fn check(&self) -> Result<(), InvalidValue> {
        match self {
            Self::Id { id } => ChatId::new(id).map(drop),
            Self::Number { number, kind: Some(RecipientType::Group) } => GroupNumber::new(number).map(drop),
            Self::Number { kind: Some(RecipientType::Unrecognized(_)), .. } => {
                Err(InvalidValue::new("recipient", "its type must be contact or group"))
            }
            Self::Number { number, .. } if PhoneNumber::new(number)? == **number => Ok(()),
            Self::Number { .. } => Err(InvalidValue::new("phone number", "it must be digits only")),
        }
    }
}

impl From<ChatId> for Recipient {
    fn from(id: ChatId) -> Self {
        Self::Id { id }
    }
}

impl From<&ChatId> for Recipient {
    fn from(id: &ChatId) -> Self {
        id.clone().into()
    }
}

impl From<PhoneNumber> for Recipient {
    fn from(number: PhoneNumber) -> Self {
        Self::Number { number: number.as_str().to_owned(), kind: None }
    }
}

impl From<&PhoneNumber> for Recipient {
    fn from(number: &PhoneNumber) -> Self {
        number.clone().into()
    }
}

impl From<GroupNumber> for Recipient {
    fn from(number: GroupNumber) -> Self {
        Self::Number { number: number.as_str().to_owned(), kind: Some(RecipientType::Group) }
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

impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, deserialize_with = "lenient::non_empty")]
            id: Option<ChatId>,
            #[serde(default, deserialize_with = "lenient::non_empty")]
            number: Option<String>,
            #[serde(rename = "type", default, deserialize_with = "lenient::non_empty")]
            kind: Option<RecipientType>,
        }
        match Wire::deserialize(deserializer)? {
            Wire { id: Some(id), .. } => Ok(Self::Id { id }),
            Wire { number: Some(number), kind, .. } => Ok(Self::Number { number, kind }),
            _ => Err(serde::de::Error::custom("a recipient needs an id or a number")),
        }
    }
}
