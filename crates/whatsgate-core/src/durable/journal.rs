//! What becomes of an event that comes in: whether it is known, and where it goes.

use std::collections::HashMap;
use std::fmt;

use whatsgate_model::{Event, EventData, Message, RawJson, SessionId, WireDate};

use super::Millis;
use super::rules::Rule;

/// Where an event stands in the journal. The first one has position 1.
pub type Position = u64;

/// What makes two events the same: number, session, action and message. Whatever else they say may differ between the
/// event as it was posted and as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// The number of the service; none for what could not be read.
    pub number: Option<i64>,
    /// The session, empty if the event names none.
    pub session: String,
    /// The action.
    pub action: String,
    /// The long id of the message, empty for events without one. Of what could not be read, a checksum.
    pub message: String,
}

/// How much is known of where an event came from. The gateway signs nothing, so that what is posted may be forged.
///
/// ```
/// use whatsgate_core::durable::journal::Trust;
///
/// assert_eq!(Trust::from_name("posted"), Some(Trust::Posted));
/// assert_eq!(Trust::from_code(Trust::Posted.code()), Some(Trust::Posted));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Trust {
    /// The service lists it.
    Listed,
    /// It was posted, and nobody asked the service.
    Posted,
    /// It was posted, and the service is about to be asked.
    Pending,
    /// It was posted, and the service, when asked, did not list it, or listed another event with its number.
    Unlisted,
}

impl Trust {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Listed, Self::Posted, Self::Pending, Self::Unlisted];

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Posted => "posted",
            Self::Pending => "pending",
            Self::Unlisted => "unlisted",
        }
    }

    /// The number by which stores keep it: its place among [`ALL`](Self::ALL).
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The trust with this number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|trust| trust.code() == code)
    }

    /// The trust of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trust| trust.name() == name)
    }
}

/// An event on its way into the journal.
///
/// ```
/// use whatsgate_core::durable::journal::{Incoming, Trust};
///
/// let event = serde_json::from_str(r#"{"id":18,"event_action":"ready","event_data":{}}"#)?;
/// let incoming = Incoming::new(&event, Trust::Posted, Some("6345454545454"));
/// assert_eq!((incoming.identity.number, incoming.identity.session.as_str()), (Some(18), "6345454545454"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// What it is.
    pub identity: Identity,
    /// How far it is trusted.
    pub trust: Trust,
    /// It was listed before the journal began: it is not added, and only confirms what was posted.
    pub is_history: bool,
    /// The chat it belongs to; empty for events of no chat.
    pub chat: String,
    /// Its date in Unix seconds as if it were in UTC.
    pub date: Option<i64>,
    /// The whole of it.
    pub raw: RawJson,
}

impl Incoming {
    /// An event that came. A session that the event does not name is the one in whose path it was posted.
    pub fn new(event: &Event, trust: Trust, session_of_the_path: Option<&str>) -> Self {
        let session = event.session.as_ref().map(SessionId::as_str).or(session_of_the_path);
        let message = event.data.message();
        Self {
            identity: Identity {
                number: Some(event.id.0),
                session: session.unwrap_or_default().to_owned(),
                action: event.action.as_str().to_owned(),
                message: message.map_or_else(String::new, |message| message.id.as_str().to_owned()),
            },
            trust,
            is_history: false,
            chat: chat_of(&event.data).unwrap_or_default(),
            date: event.date.as_ref().and_then(WireDate::unix_seconds_if_utc),
            raw: event.raw().clone(),
        }
    }

    /// An element of the list that could not be read. It is known by its text.
    pub fn unreadable(raw: RawJson) -> Self {
        let checksum = checksum(raw.as_str());
        let identity = Identity {
            number: None,
            session: String::new(),
            action: String::new(),
            message: format!("unreadable:{checksum:016x}"),
        };
        Self { identity, trust: Trust::Listed, is_history: false, chat: String::new(), date: None, raw }
    }
}

/// The chat of an event: the other party or the group, whoever of the two sent the message.
fn chat_of(data: &EventData) -> Option<String> {
    let of_message = |message: &Message| {
        let named = if message.id.is_outgoing() { &message.to } else { &message.from };
        named.clone().or_else(|| message.id.chat()).map(|chat| chat.as_str().to_owned())
    };
    data.message().and_then(of_message)
}

/// An event in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub position: Position,
    /// What it is.
    pub identity: Identity,
    /// How far it is trusted.
    pub trust: Trust,
    /// The chat it belongs to, or empty.
    pub chat: String,
    /// Its date in Unix seconds as if it were in UTC.
    pub date: Option<i64>,
    /// When it came, by the store's clock.
    pub received: Millis,
    /// It has the number of another event.
    pub conflict: bool,
    /// It came after events with higher numbers.
    pub late: bool,
    /// The whole of it, if it is there.
    pub content: Content,
}

/// What there is of an event's text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// All of it.
    Whole(RawJson),
    /// It is large, and was not read along.
    LeftOut,
    /// It was kept for as long as the journal keeps content.
    Expired,
    /// It is not what was stored.
    Damaged,
}

impl Entry {
    /// The key by which events are kept in order: the session with the chat.
    pub fn order_key(&self) -> String {
        order_key(&self.identity.session, &self.chat)
    }

    /// The lane, which decides the partition: a checksum of the [order key](Self::order_key).
    pub fn lane(&self) -> u32 {
        lane(&self.identity.session, &self.chat)
    }

    /// A text that names the event whenever and however often it is handed over, as a handler needs it to do its work
    /// once. Made of the number, and for a [conflict](Self::conflict) of the position too.
    pub fn key(&self) -> String {
        match self.identity.number {
            Some(number) if self.conflict => format!("{number}.{}", self.position),
            Some(number) => number.to_string(),
            None => format!("unreadable.{}", self.position),
        }
    }
}

fn order_key(session: &str, chat: &str) -> String {
    format!("{session}/{chat}")
}

/// The [lane](Entry::lane) of a session's chat.
pub fn lane(session: &str, chat: &str) -> u32 {
    let folded = checksum(&order_key(session, chat));
    u32::try_from((folded >> 32) ^ (folded & 0xffff_ffff)).unwrap_or_default()
}

/// What is known of an event in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Where it stands.
    pub position: Position,
    /// What it is.
    pub identity: Identity,
    /// How far it is trusted.
    pub trust: Trust,
}

/// What to write for a commit's events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Writes {
    /// What is new, with its positions, in their order.
    pub append: Vec<Entry>,
    /// What was posted and is now listed, with the listed text.
    pub confirm: Vec<(Position, RawJson)>,
    /// What was posted and now proves to be none of the service's.
    pub disprove: Vec<Position>,
}

/// Decides for the events that one commit brings.
///
/// `known` is what the journal has under their numbers, or without number under their checksums; `highest` the highest
/// number in the journal; `head` the last position that was given out. Call it within the commit, so that no other one
/// can come between.
pub fn decide(
    mut incoming: Vec<Incoming>,
    known: Vec<Known>,
    highest: Option<i64>,
    head: Position,
    now: Millis,
) -> Writes {
    let mut writes = Writes::default();
    let mut by_number: HashMap<Option<i64>, Vec<Known>> = HashMap::new();
    for known in known {
        by_number.entry(known.identity.number).or_default().push(known);
    }
    if Rule::OrderOfTheService.holds() {
        incoming.sort_by_key(|event| event.identity.number);
    }
    let mut head = head;
    let mut highest = highest;
    for event in incoming {
        let same_number = by_number.entry(event.identity.number).or_default();
        let numbered = event.identity.number.is_some();
        let known = same_number.iter_mut().find(|known| {
            known.identity == event.identity || (numbered && !Rule::SameNumberIsNotEnough.holds())
        });
        if let Some(known) = known {
            if event.trust == Trust::Listed && known.trust != Trust::Listed {
                if Rule::ListedVersionCounts.holds() {
                    // What this commit appends itself is not in the journal yet.
                    match writes.append.iter_mut().find(|entry| entry.position == known.position) {
                        Some(entry) => {
                            (entry.trust, entry.content) = (Trust::Listed, Content::Whole(event.raw));
                        }
                        None => writes.confirm.push((known.position, event.raw)),
                    }
                }
                known.trust = Trust::Listed;
            }
            continue;
        }
        if event.trust == Trust::Listed {
            for forged in same_number.iter_mut().filter(|known| known.trust == Trust::Pending) {
                forged.trust = Trust::Unlisted;
                match writes.append.iter_mut().find(|entry| entry.position == forged.position) {
                    Some(entry) => entry.trust = Trust::Unlisted,
                    None => writes.disprove.push(forged.position),
                }
            }
        }
        if event.is_history {
            continue;
        }
        head += 1;
        let entry = Entry {
            position: head,
            conflict: numbered && !same_number.is_empty(),
            late: event.identity.number.is_some_and(|number| highest.is_some_and(|highest| number < highest)),
            identity: event.identity,
            trust: event.trust,
            chat: event.chat,
            date: event.date,
            received: now,
            content: Content::Whole(event.raw),
        };
        highest = highest.max(entry.identity.number);
        same_number.push(Known {
            position: entry.position,
            identity: entry.identity.clone(),
            trust: entry.trust,
        });
        writes.append.push(entry);
    }
    writes
}

/// FNV-1a with 64 bits, because what is stored must be the same in every version and on every machine.
pub fn checksum(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
