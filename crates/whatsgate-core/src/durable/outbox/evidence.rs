//! What proves that a message was sent, and when its absence proves that it was not.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use whatsgate_model::{Event, EventData, Message, OutgoingContent, OutgoingMessage};

use super::attempt::Attempt;
use crate::durable::Millis;
use crate::durable::journal::checksum;
use crate::durable::receipts::ReceiptKey;
use crate::rules::Rule;

/// What an event that shows a message looks like.
///
/// ```
/// use whatsgate_core::durable::outbox::evidence::Content;
/// use whatsgate_model::OutgoingMessage;
///
/// let content = Content::of(&OutgoingMessage::text("Your order is ready"));
/// assert_eq!(content, Content::new("Your order is ready", None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Whether it has a file.
    pub file: bool,
    /// Checksums of the texts that it may show.
    pub texts: Vec<u64>,
}

impl Content {
    /// What the event of a text, or of a file with this name and caption, looks like.
    ///
    /// The event of a file without a caption shows no text, or its name: the sources do not tell which.
    pub fn new(text: &str, filename: Option<&str>) -> Self {
        let caption = normalized(text);
        let texts = match filename {
            Some(filename) if caption.is_empty() => vec![checksum(""), checksum(&normalized(filename))],
            _ => vec![checksum(&caption)],
        };
        Self { file: filename.is_some(), texts }
    }

    /// What the event of a message looks like.
    pub fn of(message: &OutgoingMessage) -> Self {
        match &message.content {
            OutgoingContent::Text(text) => Self::new(text, None),
            OutgoingContent::File(file) => {
                Self::new(file.caption.as_deref().unwrap_or_default(), Some(&file.filename))
            }
        }
    }
}

/// The text without what may differ on its way: white space at its ends and the kind of its line ends.
fn normalized(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

/// A message that an event showed to be sent by a session, by whatever program or person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The session and the short id.
    pub key: ReceiptKey,
    /// The long id.
    pub message: String,
    /// The chat, as the event names it.
    pub chat: String,
    /// The number of the event.
    pub number: i64,
    /// Whether the message has a file.
    pub file: bool,
    /// The checksum of its text.
    pub text: u64,
    /// When it was sent, in Unix seconds of the service's clock.
    pub sent: Option<i64>,
    /// When it was stored, by the store's clock.
    pub received: Millis,
}

impl Sighting {
    /// The message that an event shows: of the events `create` and `sent` alone, since an acknowledgement may be of an equal
    /// message of yesterday.
    pub fn of(event: &Event) -> Option<Self> {
        let message = match &event.data {
            EventData::Create(message) | EventData::Sent(message) => message,
            EventData::Ack(message) if !Rule::AcknowledgementsProveNothing.holds() => message,
            _ => return None,
        };
        let session = event.session.as_ref()?;
        if !message.id.is_outgoing() {
            return None;
        }
        Some(Self {
            key: ReceiptKey::new(session, message.id.as_str()),
            message: message.id.as_str().to_owned(),
            chat: chats_of(message).into_iter().next()?,
            number: event.id.0,
            file: message.has_media,
            text: checksum(&normalized(&message.body)),
            sent: message.timestamp,
            received: 0,
        })
    }
}

/// The names by which a sent message calls its chat: its recipient first, then the chat of its id.
pub fn chats_of(message: &Message) -> Vec<String> {
    let to = message.to.as_ref().map(|chat| chat.as_str().to_owned());
    let of_id = message.id.chat().map(|chat| chat.as_str().to_owned());
    let mut chats: Vec<_> = to.into_iter().chain(of_id).collect();
    chats.dedup();
    chats
}

/// How far the service's clock and the store's may differ before evidence is not taken for one.
const CLOCKS: Duration = Duration::from_secs(5 * 60);

/// Whether a sighting proves that an attempt sent its message. `chats` are all names of the entry's chat, and `is_free` says
/// that the sighting proves no other attempt.
pub fn proves(
    attempt: &Attempt,
    content: &Content,
    chats: &[String],
    sighting: &Sighting,
    is_free: bool,
) -> bool {
    // Without knowing where the events stood, nothing is new.
    let is_new = attempt.highest.is_some_and(|highest| sighting.number > highest);
    let started = attempt.started.saturating_sub(millis(CLOCKS)) / 1000;
    let fits = sighting.sent.is_none_or(|sent| sent >= started);
    (is_free || !Rule::EvidenceCountsOnce.holds())
        && (is_new || !Rule::EvidenceIsNew.holds())
        && (fits || !Rule::EvidenceFitsTheClock.holds())
        && (chats.contains(&sighting.chat) || !Rule::EvidenceOfTheChat.holds())
        && sighting.file == content.file
        && content.texts.contains(&sighting.text)
}

/// Whether a sighting may be what an attempt sent, for all that is known: its time and its chat's name may deceive.
pub fn may_prove(attempt: &Attempt, content: &Content, sighting: &Sighting) -> bool {
    attempt.highest.is_none_or(|highest| sighting.number > highest)
        && sighting.file == content.file
        && content.texts.contains(&sighting.text)
}

/// Whether two names of chats may be those of one, as far as their forms tell. A group has one name.
///
/// ```
/// use whatsgate_core::durable::outbox::evidence::may_be_one_chat;
///
/// assert!(may_be_one_chat("79991112233@c.us", "24009238421@lid"));
/// assert!(!may_be_one_chat("79991112233@c.us", "79999999999@c.us"));
/// ```
pub fn may_be_one_chat(one: &str, other: &str) -> bool {
    let form = |name: &str| name.rsplit('@').next().unwrap_or_default().to_owned();
    let (one_form, other_form) = (form(one), form(other));
    one == other || (one_form != other_form && one_form != GROUP && other_form != GROUP)
}

/// How the names of groups end.
const GROUP: &str = "g.us";

/// How many messages in a row must have been found by their content before absence says anything.
pub const COMPARED: u32 = 20;
/// How long after an attempt its absence says something at the earliest, unless told otherwise.
pub const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// How well messages of one kind were found by their content, of those whose reply told their id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibration {
    /// How many in a row were.
    pub found: u32,
    /// How long the slowest of them took.
    pub slowest: Millis,
}

impl Calibration {
    /// One was found so long after its attempt.
    pub fn hit(&mut self, after: Millis) {
        self.found = self.found.saturating_add(1);
        self.slowest = self.slowest.max(after);
    }

    /// One was not found.
    pub fn miss(&mut self) {
        *self = Self::default();
    }

    /// How long after an attempt its absence says something, this long at least; none if it says nothing.
    pub fn patience(&self, least: Duration) -> Option<Millis> {
        let is_proven = self.found >= COMPARED || !Rule::AbsenceNeedsCalibration.holds();
        is_proven.then(|| millis(least).max(self.slowest.saturating_mul(3)))
    }
}

/// What else must be known before absence says anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// When the latest complete round of the poll began.
    pub round_began: Option<Millis>,
    /// When the latest message of the session was recorded that was answered with an id and then seen by its event.
    pub later_sent: Option<Millis>,
}

/// Whether it proves something that no event shows an attempt's message, once it was waited for this long at least.
pub fn is_absent(attempt: &Attempt, calibration: Calibration, seen: Seen, least: Duration) -> bool {
    let Some(ended) = attempt.ended else { return false };
    // Nothing would have been taken for its event.
    if attempt.highest.is_none() {
        return false;
    }
    let Some(patience) = calibration.patience(least) else { return false };
    // The clock may have been set back in between.
    let over = ended.max(attempt.started).saturating_add(patience);
    let listed = seen.round_began.is_some_and(|began| began >= over);
    // One that was sent before may have been the last of which the gateway told.
    let followed = seen.later_sent.is_some_and(|started| started >= over);
    (listed || !Rule::AbsenceNeedsTheList.holds()) && (followed || !Rule::AbsenceNeedsALaterMessage.holds())
}

fn millis(time: Duration) -> Millis {
    Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        Attempt {
            number: 1,
            started: 1_000_000,
            ended: Some(1_010_000),
            highest: Some(7),
            worker: "one".to_owned(),
            expires: 1_060_000,
        }
    }

    fn sighting() -> Sighting {
        Sighting {
            key: ReceiptKey { session: "s".to_owned(), message: "A".to_owned() },
            message: "true_1@c.us_A".to_owned(),
            chat: "1@c.us".to_owned(),
            number: 8,
            file: false,
            text: checksum("Hello\nyou"),
            sent: Some(1_001),
            received: 0,
        }
    }

    #[test]
    fn evidence_is_new_and_of_the_same_chat_content_and_time_and_counts_once() {
        let content = Content::new(" Hello\r\nyou ", None);
        let chats = ["1@c.us".to_owned()];
        assert!(proves(&attempt(), &content, &chats, &sighting(), true));
        assert!(!proves(&attempt(), &content, &chats, &sighting(), false));
        assert!(!proves(&attempt(), &content, &[], &sighting(), true));
        assert!(!proves(&attempt(), &Content::new("Hello", None), &chats, &sighting(), true));
        assert!(!proves(&attempt(), &content, &chats, &Sighting { number: 7, ..sighting() }, true));
        assert!(!proves(&attempt(), &content, &chats, &Sighting { file: true, ..sighting() }, true));
        assert!(!proves(&attempt(), &content, &chats, &Sighting { sent: Some(600), ..sighting() }, true));
        let unseen = Attempt { highest: None, ..attempt() };
        assert!(!proves(&unseen, &content, &chats, &sighting(), true));
    }

    #[test]
    fn what_does_not_prove_may_still_be_the_message() {
        let content = Content::new("Hello\nyou", None);
        assert!(may_prove(&attempt(), &content, &Sighting { sent: Some(1), ..sighting() }));
        assert!(may_prove(&Attempt { highest: None, ..attempt() }, &content, &sighting()));
        assert!(!may_prove(&attempt(), &content, &Sighting { number: 7, ..sighting() }));
        assert!(!may_prove(&attempt(), &Content::new("Hello", None), &sighting()));
        assert!(may_be_one_chat("1@c.us", "1@c.us"));
        assert!(may_be_one_chat("1@c.us", "77@lid"));
        assert!(!may_be_one_chat("1@c.us", "2@c.us"));
        assert!(!may_be_one_chat("1@g.us", "77@lid"));
    }

    #[test]
    fn a_file_without_a_caption_shows_nothing_or_its_name() {
        let content = Content::new("", Some("note.txt"));
        assert_eq!(content.texts, [checksum(""), checksum("note.txt")]);
        assert_eq!(Content::new("For you", Some("note.txt")).texts, [checksum("For you")]);
    }

    #[test]
    fn absence_says_something_only_where_all_the_others_were_found() {
        let mut calibration = Calibration::default();
        let seen = Seen { round_began: Some(2_000_000), later_sent: Some(1_500_000) };
        for _ in 0..COMPARED {
            assert!(!is_absent(&attempt(), calibration, seen, PATIENCE));
            calibration.hit(2_000);
        }
        assert!(is_absent(&attempt(), calibration, seen, PATIENCE));
        assert!(!is_absent(&attempt(), calibration, Seen { round_began: Some(1_020_000), ..seen }, PATIENCE));
        assert!(!is_absent(&attempt(), calibration, Seen { later_sent: None, ..seen }, PATIENCE));
        // It may have been carried out after that one.
        assert!(!is_absent(&attempt(), calibration, Seen { later_sent: Some(1_020_000), ..seen }, PATIENCE));
        let set_back = Attempt { started: 1_300_000, ..attempt() };
        assert!(!is_absent(&set_back, calibration, seen, PATIENCE));
        assert!(!is_absent(&Attempt { highest: None, ..attempt() }, calibration, seen, PATIENCE));
        calibration.hit(1_000_000);
        assert!(!is_absent(&attempt(), calibration, seen, PATIENCE));
        calibration.miss();
        assert!(!is_absent(
            &attempt(),
            calibration,
            Seen { round_began: Some(Millis::MAX), ..seen },
            PATIENCE
        ));
    }
}
