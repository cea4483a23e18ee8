//! What becomes of a message that somebody wants sent: each step a decision on plain data.
//!
//! An [`Entry`] is what was asked for, its [`Draft`], and how far that has come, its [`Course`]. An attempt is recorded
//! before its request leaves; what its reply, an event or a person says moves the course on. Nothing is sent again unless it
//! is certain, or the entry's owner has said so, that it was not sent before.

mod attempt;
mod course;
pub mod evidence;
mod outcome;

use whatsgate_model::{ChatId, InvalidValue, Recipient};

pub use self::attempt::Attempt;
pub use self::course::{Absent, Course, Proof, State};
pub use self::outcome::Ended;
use super::Millis;
pub use super::pacing::Class;

/// What names an entry: the program that asked, and its own key for the message. One account's store is one account.
///
/// ```
/// use whatsgate_core::durable::outbox::Key;
///
/// let key = Key { program: "shop".to_owned(), ..Key::new("order-17") };
/// assert!(key.check().is_ok());
/// assert!(Key::new("a\nb").check().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The program; empty where there is only one.
    pub program: String,
    /// The key: the same one for the same message, whenever and however often it is put.
    pub key: String,
}

impl Key {
    /// A key of the program without name.
    pub fn new(key: impl Into<String>) -> Self {
        Self { program: String::new(), key: key.into() }
    }

    /// Refuses what the stores cannot hold. Their tables refuse the same when another program adds to them.
    ///
    /// # Errors
    /// What is wrong with it
    pub fn check(&self) -> Result<(), &'static str> {
        const LONGEST: usize = 255;
        if self.key.trim().is_empty() || self.key.len() > LONGEST {
            return Err("a key has 1 to 255 bytes, and is not blank");
        }
        if self.program.len() > LONGEST {
            return Err("the name of a program has 255 bytes at most");
        }
        if self.key.chars().chain(self.program.chars()).any(|letter| letter < ' ') {
            return Err("keys and names of programs have no control characters");
        }
        Ok(())
    }
}

/// What somebody wants sent. Never changes.
///
/// ```
/// use whatsgate_core::durable::outbox::{Class, Draft};
///
/// let draft = Draft {
///     session: "6345454545454".to_owned(),
///     recipient: "+7 999 111-22-33".to_owned(),
///     message: r#"{"type":"text","body":"Your order is ready"}"#.to_owned(),
///     file: None,
///     class: Class::Normal,
///     not_before: 0,
///     expires: None,
/// };
/// assert_eq!(draft.chat()?, "79991112233@c.us");
/// assert!(draft.is_alike(&Draft { class: Class::Urgent, ..draft.clone() }));
/// # Ok::<(), whatsgate_model::InvalidValue>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The session that is to send.
    pub session: String,
    /// Whom to: a phone number with its country code, or an id with `@`.
    pub recipient: String,
    /// The member `message` of a `send` as JSON. If the message has a file that lies elsewhere, `media` is without `data`, or
    /// not there at all.
    pub message: String,
    /// The path of the file that belongs to the message, if it lies elsewhere.
    pub file: Option<String>,
    /// How urgent it is.
    pub class: Class,
    /// Not to be sent before this time.
    pub not_before: Millis,
    /// Not to be sent from this time on.
    pub expires: Option<Millis>,
}

impl Draft {
    /// Whether another draft asks for the same message to the same recipient, whenever and however urgently.
    pub fn is_alike(&self, other: &Self) -> bool {
        let what = |draft: &Self| {
            (draft.session.clone(), draft.recipient.clone(), draft.message.clone(), draft.file.clone())
        };
        what(self) == what(other)
    }

    /// The chat that the recipient is, as events name it.
    ///
    /// # Errors
    /// [`InvalidValue`] if the recipient is none
    pub fn chat(&self) -> Result<String, InvalidValue> {
        Ok(chat_of(&self.recipient.parse()?).as_str().to_owned())
    }
}

/// Refuses times between which a message can never be sent.
///
/// ```
/// use whatsgate_core::durable::outbox::check_times;
///
/// assert!(check_times(0, Some(1_000)).is_ok());
/// assert!(check_times(2_000, Some(1_000)).is_err());
/// ```
///
/// # Errors
/// What is wrong with them
pub fn check_times(not_before: Millis, expires: Option<Millis>) -> Result<(), &'static str> {
    if not_before > 0 && expires.is_some_and(|expires| expires <= not_before) {
        return Err("its time is over before it may be sent: `not_before` must be earlier than `expires`");
    }
    Ok(())
}

/// The chat of a recipient, as events name it.
pub fn chat_of(recipient: &Recipient) -> ChatId {
    match recipient {
        Recipient::Id(id) => id.clone(),
        Recipient::Phone(number) => ChatId::contact(number),
        Recipient::Group(number) => ChatId::group(number),
    }
}

/// A message that somebody wants sent, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the order of putting, given out by the store.
    pub id: u64,
    /// What names it.
    pub key: Key,
    /// What is to be sent.
    pub draft: Draft,
    /// When it was put.
    pub created: Millis,
    /// How far it has come.
    pub course: Course,
}
