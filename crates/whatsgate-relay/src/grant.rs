//! What a token allows.

use std::collections::BTreeSet;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use whatsgate_native::SessionId;
use whatsgate_native::model::{
    CheckRequest, Command, EventsGetRequest, GetChatsRequest, GetMediaRequest, GetMessageMediaRequest,
    Recipient, SeenRequest, SendRequest, TypingRequest,
};

/// The most characters of a subject.
const LONGEST_SUBJECT: usize = 128;
/// The most chats of a grant that names them.
const MOST_CHATS: usize = 50;
/// The word for all chats.
const ALL: &str = "all";
/// For how long a token opens something, in seconds.
const SECONDS: std::ops::RangeInclusive<u32> = 60..=300;
/// For how long a token is renewed at most, in seconds.
const MOST_RENEWABLE: u32 = 86_400;

/// What a token allows, and for how long. What is not said is not allowed.
///
/// ```
/// use whatsgate_relay::{Chats, Grant};
///
/// let grant: Grant = serde_json::from_str(
///     r#"{"session":"191b80a9238","commands":["send","events-get"],"chats":["+7 999 111-22-33"],"sends":5}"#,
/// )?;
/// assert!(grant.check().is_ok());
/// assert_eq!((grant.seconds, grant.bytes, grant.renewable_for), (120, 0, 0));
/// assert!(serde_json::from_str::<Grant>(r#"{"session":"191b80a9238","commands":["send"]}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Grant {
    /// For whom: a free text of up to 128 characters, such as the number of a visitor, by which tokens are revoked.
    #[serde(default)]
    pub subject: String,
    /// The one session.
    pub session: SessionId,
    /// The commands.
    pub commands: BTreeSet<RelayCommand>,
    /// The chats.
    pub chats: Chats,
    /// How many messages may be sent.
    #[serde(default)]
    pub sends: u32,
    /// How many bytes all files that are sent may have together, as they are without base64.
    #[serde(default)]
    pub bytes: u64,
    /// For how many seconds the token opens something, 60 to 300.
    #[serde(default = "two_minutes")]
    pub seconds: u32,
    /// For how many seconds from now on it may be renewed, a day at most. Renewing adds nothing to the other limits.
    #[serde(default)]
    pub renewable_for: u32,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant").field("commands", &self.commands).finish_non_exhaustive()
    }
}

fn two_minutes() -> u32 {
    120
}

/// A grant that cannot be one. The words name the member and repeat no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidGrant(&'static str);

impl Grant {
    /// Allows these commands in these chats of a session for two minutes, and to send nothing as yet.
    ///
    /// ```
    /// use whatsgate_native::{PhoneNumber, SessionId};
    /// use whatsgate_relay::{Chats, Grant, RelayCommand};
    ///
    /// let session = SessionId::new("191b80a9238")?;
    /// let support = Chats::only([PhoneNumber::new("79991112233")?]);
    /// let grant = Grant::new(session, [RelayCommand::Send, RelayCommand::EventsGet], support)
    ///     .with_subject("visitor 17")
    ///     .with_sends(20)
    ///     .with_bytes(5 << 20)
    ///     .with_seconds(300)
    ///     .with_renewal(3600);
    /// assert!(grant.check().is_ok());
    /// # Ok::<(), whatsgate_native::InvalidValue>(())
    /// ```
    pub fn new(session: SessionId, commands: impl IntoIterator<Item = RelayCommand>, chats: Chats) -> Self {
        Self {
            subject: String::new(),
            session,
            commands: commands.into_iter().collect(),
            chats,
            sends: 0,
            bytes: 0,
            seconds: two_minutes(),
            renewable_for: 0,
        }
    }

    /// Names whom it is for.
    pub fn with_subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// Allows so many messages.
    pub fn with_sends(mut self, sends: u32) -> Self {
        self.sends = sends;
        self
    }

    /// Allows so many bytes of files.
    pub fn with_bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// Lets it last so many seconds.
    pub fn with_seconds(mut self, seconds: u32) -> Self {
        self.seconds = seconds;
        self
    }

    /// Lets it be renewed for so many seconds in all.
    pub fn with_renewal(mut self, seconds: u32) -> Self {
        self.renewable_for = seconds;
        self
    }

    /// Finds what the types do not rule out.
    ///
    /// ```
    /// # use whatsgate_native::SessionId;
    /// use whatsgate_relay::{Chats, Grant, RelayCommand};
    ///
    /// let grant = Grant::new(SessionId::new("191b80a9238")?, [RelayCommand::Send], Chats::All).with_seconds(86_400);
    /// assert_eq!(grant.check().unwrap_err().to_string(), "seconds: a token lasts 60 to 300 seconds");
    /// # Ok::<(), whatsgate_native::InvalidValue>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidGrant`]
    pub fn check(&self) -> Result<(), InvalidGrant> {
        let wrong = if is_no_subject(&self.subject) {
            "subject: it has at most 128 characters, none of them a control character"
        } else if self.session.as_str().is_empty() || self.session.as_str().len() > 128 {
            "session: it must be the id of a session, of 1 to 128 characters"
        } else if self.commands.is_empty() {
            "commands: there is none"
        } else if matches!(&self.chats, Chats::Only(chats) if chats.is_empty()) {
            "chats: there is none; if all are meant, write \"all\""
        } else if matches!(&self.chats, Chats::Only(chats) if chats.len() > MOST_CHATS) {
            "chats: there are more than 50"
        } else if !SECONDS.contains(&self.seconds) {
            "seconds: a token lasts 60 to 300 seconds"
        } else if self.renewable_for > MOST_RENEWABLE {
            "renewable_for: a token is renewed for a day at most, which is 86400 seconds"
        } else {
            return Ok(());
        };
        Err(InvalidGrant(wrong))
    }
}

pub(crate) fn is_no_subject(subject: &str) -> bool {
    subject.chars().count() > LONGEST_SUBJECT || subject.chars().any(char::is_control)
}

/// The chats of a grant.
///
/// ```
/// use whatsgate_native::PhoneNumber;
/// use whatsgate_relay::Chats;
///
/// let support = Chats::only([PhoneNumber::new("+7 999 111-22-33")?]);
/// assert_eq!(serde_json::to_string(&support)?, r#"["79991112233@c.us"]"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Chats {
    /// All chats of the session, and its events of no chat. In JSON `["all"]`, or `"all"`.
    All,
    /// Chats by their ids, such as `79991112233@c.us`. In JSON a list of ids, or of numbers with their country codes.
    Only(BTreeSet<String>),
}

impl std::fmt::Debug for Chats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("All"),
            // They are people's numbers.
            Self::Only(chats) => write!(f, "Only({} chats)", chats.len()),
        }
    }
}

impl Chats {
    /// The chats with these recipients.
    pub fn only<R: Into<Recipient>>(recipients: impl IntoIterator<Item = R>) -> Self {
        Self::Only(recipients.into_iter().map(|recipient| id_of(&recipient.into())).collect())
    }

    /// Whether a chat is among them.
    pub(crate) fn hold(&self, chat: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(chats) => chats.contains(chat),
        }
    }

    pub(crate) fn are_all(&self) -> bool {
        *self == Self::All
    }
}

/// The id of a recipient's chat.
pub(crate) fn id_of(recipient: &Recipient) -> String {
    match recipient {
        Recipient::Id(id) => id.as_str().to_owned(),
        Recipient::Phone(number) => format!("{number}@c.us"),
        Recipient::Group(number) => format!("{number}@g.us"),
    }
}

impl Serialize for Chats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // A list in either case, which is easier to read for clients that are made of a schema.
            Self::All => [ALL].serialize(serializer),
            Self::Only(chats) => chats.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Chats {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "it must be \"all\", or a list of ids or numbers as texts")]
        enum Read {
            Word(String),
            List(Vec<String>),
        }
        match Read::deserialize(deserializer)? {
            Read::Word(word) if word == ALL => Ok(Self::All),
            Read::List(chats) if chats == [ALL] => Ok(Self::All),
            Read::Word(_) => Err(D::Error::custom("the only word that can stand here is \"all\"")),
            Read::List(chats) => {
                let ids =
                    chats.iter().map(|chat| chat.parse::<Recipient>().map(|recipient| id_of(&recipient)));
                let ids: Result<_, _> = ids.collect();
                ids.map(Self::Only).map_err(D::Error::custom)
            }
        }
    }
}

/// Declares the commands that a token may allow.
macro_rules! relay_commands {
    ($($(#[doc = $doc:literal])+ $name:ident = $request:ty),+ $(,)?) => {
        /// A command that a token may allow: those of one session that leave it as it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum RelayCommand {
            $($(#[doc = $doc])+ $name),+
        }

        impl RelayCommand {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The gateway's name of it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => <$request>::NAME),+
                }
            }
        }
    };
}

relay_commands! {
    /// Sends a message.
    Send = SendRequest,
    /// Marks a chat as read.
    Seen = SeenRequest,
    /// Shows the typing sign.
    Typing = TypingRequest,
    /// Asks whether a number is on WhatsApp.
    Check = CheckRequest,
    /// Lists chats.
    GetChats = GetChatsRequest,
    /// Fetches a file by its key; only with all chats, as the key names none.
    GetMedia = GetMediaRequest,
    /// Fetches the file of a message.
    GetMessageMedia = GetMessageMediaRequest,
    /// Lists events, and streams them.
    EventsGet = EventsGetRequest,
}

impl RelayCommand {
    /// The command of this name.
    ///
    /// ```
    /// use whatsgate_relay::RelayCommand;
    ///
    /// assert_eq!(RelayCommand::from_name("send"), Some(RelayCommand::Send));
    /// assert_eq!(RelayCommand::from_name("session-delete"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.name() == name)
    }
}

impl Serialize for RelayCommand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for RelayCommand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|command| command.name()).collect();
            D::Error::custom(format!("it must be one of {}", known.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Grant, String> {
        let grant: Grant = serde_json::from_str(json).map_err(|error| error.to_string())?;
        grant.check().map_err(|error| error.to_string())?;
        Ok(grant)
    }

    #[test]
    fn chats_and_commands_must_be_said() {
        for all in [r#""all""#, r#"["all"]"#] {
            let grant = read(&format!(r#"{{"session":"a","commands":["send"],"chats":{all}}}"#)).unwrap();
            assert_eq!(grant.chats, Chats::All);
            assert_eq!(serde_json::to_string(&grant.chats).unwrap(), r#"["all"]"#);
        }
        for wrong in [
            r#"{"session":"a","commands":["send"]}"#,
            r#"{"session":"a","commands":["send"],"chats":[]}"#,
            r#"{"session":"a","commands":["send"],"chats":"every"}"#,
            r#"{"session":"a","commands":["send"],"chats":["12"]}"#,
            r#"{"session":"a","commands":["send"],"chats":["all","79991112233"]}"#,
            r#"{"session":"a","commands":[],"chats":"all"}"#,
            r#"{"session":"","commands":["send"],"chats":"all"}"#,
            r#"{"commands":["send"],"chats":"all"}"#,
            r#"{"session":"a","commands":["send"],"chats":"all","seconds":59}"#,
            r#"{"session":"a","commands":["send"],"chats":"all","seconds":301}"#,
            r#"{"session":"a","commands":["send"],"chats":"all","renewable_for":86401}"#,
            r#"{"session":"a","commands":["send"],"chats":"all","subject":"a\nb"}"#,
            r#"{"session":"a","commands":["send"],"chats":"all","sendz":1}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_changes_the_account_cannot_be_allowed() {
        for command in ["sessions-get", "session-create", "session-delete", "set-hook", "set-name"] {
            let grant = format!(r#"{{"session":"a","commands":["{command}"],"chats":"all"}}"#);
            assert!(read(&grant).is_err(), "{command}");
        }
    }

    #[test]
    fn numbers_and_ids_are_the_same_chats() {
        let grant =
            r#"{"session":"a","commands":["send"],"chats":["+7 999 111-22-33","4239048293082@g.us"]}"#;
        let chats = read(grant).unwrap().chats;
        assert!(chats.hold("79991112233@c.us") && chats.hold("4239048293082@g.us"));
        assert!(!chats.hold("79991112233") && !chats.hold("") && !chats.are_all());
        let written = serde_json::to_string(&chats).unwrap();
        assert_eq!(written, r#"["4239048293082@g.us","79991112233@c.us"]"#);
    }
}
