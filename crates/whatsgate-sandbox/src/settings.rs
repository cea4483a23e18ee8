//! What a sandbox does, and what can be changed about it.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::faults::FaultRule;

/// The settings of a sandbox. Start from [`Settings::default`] and change what matters. `Debug` counts the keys and shows
/// none.
///
/// ```
/// use whatsgate_sandbox::{Scan, Settings};
///
/// let settings = Settings { scan: Scan::OnDemand, seed: 7, ..Settings::default() };
/// assert_eq!(settings.api_keys.len(), 1);
/// assert!(!format!("{settings:?}").contains(&settings.api_keys[0]));
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Where to listen. `127.0.0.1:0` by default: a free port of this computer only.
    pub address: SocketAddr,
    /// Scheme and host that QR links start with, such as `https://gateway.test`; by default the address listened at.
    pub public_url: Option<String>,
    /// The keys, one per account; `user_id` is the place in this list, from 1. Accounts do not see each other's sessions.
    #[serde(skip)]
    pub api_keys: Vec<String>,
    /// What all random values come from: two sandboxes with the same seed and the same requests answer alike.
    pub seed: u64,
    /// The number of the first event. Who keeps events over several sandboxes wants other numbers from each, as the service
    /// gives each number once: of an event that is there already, the store takes nothing. 1 by default.
    #[serde(default = "first_event")]
    pub first_event: u32,
    /// The language of `status_name`.
    pub language: Language,
    /// How many sessions an account may have at once.
    pub sessions_limit: usize,
    /// How long a new session stays PENDING before it shows a code.
    pub authorization_delay: Duration,
    /// What links a session that shows a code.
    pub scan: Scan,
    /// How long a QR code is shown before a new one takes its place; for ever if zero.
    pub code_interval: Duration,
    /// After how many such times a session that nobody linked is given up; never if none.
    pub code_limit: Option<u32>,
    /// How long an asynchronous send takes.
    pub sending_delay: Duration,
    /// The time between two delivery states of an outgoing message, 0 to 1 to 2 to 3, and to 4 for voice.
    pub ack_interval: Duration,
    /// Whether the other side reads what it gets.
    pub reading: Reading,
    /// Answers to every text that a session sends, if wanted.
    pub echo: Option<Echo>,
    /// Phone numbers with this ending are not on WhatsApp; an empty text means that all numbers are.
    pub unregistered_suffix: String,
    /// The contacts that a linked account has chats with.
    pub contacts: Vec<Contact>,
    /// The groups that a linked account is a member of.
    pub groups: Vec<Group>,
    /// Whether messages sent by requests give `create` events; the sources leave it open. Those typed on the phone do.
    pub create_events: bool,
    /// Whether the lower bound of `events-get` includes its own second; the sources leave it open.
    pub date_filter: DateFilter,
    /// In which order `events-get` lists; the sources leave it open.
    pub event_order: EventOrder,
    /// What becomes of a recipient with `id` and `number`; the sources leave it open. Refused by default, as the schemas say.
    pub recipient_both: BothMembers,
    /// The zone of dates, in seconds east of UTC.
    pub utc_offset: i32,
    /// How often a webhook without a valid acknowledgement is repeated.
    pub webhook_repeats: u32,
    /// The time between two tries of a webhook.
    pub webhook_interval: Duration,
    /// How long to wait for the reply to a webhook.
    pub webhook_timeout: Duration,
    /// A PEM file with the root certificates that `https` webhooks are trusted by; without it none is.
    pub webhook_root: Option<PathBuf>,
    /// Whether the admin API is served, under `/admin/v1`.
    pub admin: bool,
    /// What goes wrong.
    pub faults: Vec<FaultRule>,
    /// The file that the state is read from at the start, if it exists, and kept in. Beside it stands a log,
    /// `<its name>.<number>.log`, that every change is on disk in before it is answered; the two go together.
    pub state: Option<PathBuf>,
    /// The folder that every request and every webhook is written to as a fixture, one file each; keys are not written.
    pub record: Option<PathBuf>,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// The longest text of a message, in characters.
    pub text_limit: usize,
    /// How many events are kept for `events-get`; the oldest go first. An event with its message takes about 700 bytes of
    /// memory, so that a million takes 0.7 GB, and wants a higher `kept_text_bytes` as well.
    pub kept_events: usize,
    /// How many messages a session keeps; the oldest go first.
    pub kept_messages: usize,
    /// How many bytes the kept events, a session's waiting webhooks and a session's messages each take at most, media not
    /// counted; the oldest go first.
    pub kept_text_bytes: usize,
    /// How many chats a session keeps; the least recently used go first.
    pub kept_chats: usize,
    /// How many bytes of media all sessions keep together, counted as base64 text; the oldest go first.
    pub kept_media_bytes: usize,
}

fn first_event() -> u32 {
    1
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = serde_json::to_value(self).map_err(|_| fmt::Error)?;
        shown["api_keys"] = self.api_keys.len().into();
        write!(f, "Settings {shown}")
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            public_url: None,
            api_keys: vec!["sandbox-key-00000000000000000001".to_owned()],
            seed: 0,
            first_event: first_event(),
            language: Language::English,
            sessions_limit: 10,
            authorization_delay: Duration::from_millis(300),
            scan: Scan::After(Duration::from_secs(2)),
            code_interval: Duration::from_secs(20),
            code_limit: Some(30),
            sending_delay: Duration::from_millis(100),
            ack_interval: Duration::from_millis(200),
            reading: Reading::Automatic,
            echo: None,
            unregistered_suffix: "0000".to_owned(),
            contacts: vec![
                Contact::new("79991112233", "Vasily"),
                Contact::new("79999999999", "+7 999 999-99-99"),
            ],
            groups: vec![Group::new("4239048293082", "Test group", ["79999999999", "79991112233"])],
            create_events: true,
            date_filter: DateFilter::Inclusive,
            event_order: EventOrder::OldestFirst,
            recipient_both: BothMembers::Refused,
            utc_offset: 0,
            webhook_repeats: 3,
            webhook_interval: Duration::from_secs(20),
            webhook_timeout: Duration::from_secs(10),
            webhook_root: None,
            admin: false,
            faults: Vec::new(),
            state: None,
            record: None,
            body_limit: 256 << 20,
            text_limit: 65_536,
            kept_events: 100_000,
            kept_messages: 10_000,
            kept_text_bytes: 64 << 20,
            kept_chats: 10_000,
            kept_media_bytes: 256 << 20,
        }
    }
}

/// What links a session that shows a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scan {
    /// The session links itself this long after it shows its code.
    After(Duration),
    /// Only a call, such as [`Sandbox::scan`](crate::Sandbox::scan).
    OnDemand,
}

/// Whether the other side reads what it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// It reads everything.
    Automatic,
    /// Only a call, such as [`Gateway::read`](crate::Gateway::read), takes messages beyond state 2.
    OnDemand,
}

/// The other side answers every text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// What stands before the repeated text.
    pub prefix: String,
    /// How long the answer takes.
    pub delay: Duration,
}

impl Default for Echo {
    fn default() -> Self {
        Self { prefix: "Echo: ".to_owned(), delay: Duration::from_millis(500) }
    }
}

/// The language of the names of session states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// As on whatsgate.org.
    English,
    /// As on whatsgate.ru.
    Russian,
}

/// Whether events of the very second that `date` names are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateFilter {
    /// They are.
    Inclusive,
    /// Only later ones are.
    Exclusive,
}

/// The order of `events-get`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventOrder {
    /// Rising ids.
    OldestFirst,
    /// Falling ids.
    NewestFirst,
}

/// What becomes of a recipient that has both `id` and `number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BothMembers {
    /// The id counts.
    Id,
    /// It is refused.
    Refused,
}

/// A person in the address book of linked accounts.
///
/// ```
/// use whatsgate_sandbox::{Contact, Group, Settings};
///
/// let settings = Settings {
///     contacts: vec![Contact::new("79991112233", "Anna")],
///     groups: vec![Group::new("4239048293082", "News", ["79991112233"])],
///     ..Settings::default()
/// };
/// # drop(settings);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The phone number, digits only.
    pub number: String,
    /// The name.
    pub name: String,
}

impl Contact {
    /// A contact with this number and name.
    pub fn new(number: impl Into<String>, name: impl Into<String>) -> Self {
        Self { number: number.into(), name: name.into() }
    }
}

/// A group that linked accounts are members of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The group's number, the part of its id before `@g.us`.
    pub number: String,
    /// The name.
    pub name: String,
    /// The phone numbers of the members beside the linked account; the first is the owner and an administrator.
    pub participants: Vec<String>,
    /// Whether the linked account may not write there.
    pub read_only: bool,
}

impl Group {
    /// A group that the linked account may write to.
    pub fn new<P: Into<String>>(
        number: impl Into<String>,
        name: impl Into<String>,
        participants: impl IntoIterator<Item = P>,
    ) -> Self {
        Self {
            number: number.into(),
            name: name.into(),
            participants: participants.into_iter().map(Into::into).collect(),
            read_only: false,
        }
    }
}
