//! How far an entry has come, and every step that it can take.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::attempt::Attempt;
use super::evidence::Content;
use super::outcome::Ended;
use crate::durable::Millis;
use crate::rules::Rule;

/// Where an entry stands.
///
/// ```
/// use whatsgate_core::durable::outbox::State;
///
/// assert!(State::Unknown.is_open() && !State::Unknown.is_settled());
/// assert_eq!(State::from_name("not_sent"), Some(State::NotSent));
/// assert_eq!(State::from_code(State::NotSent.code()), Some(State::NotSent));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// It waits for its turn, and is not sent for certain.
    Queued,
    /// An attempt is recorded and may be under way.
    Sending,
    /// It was sent.
    Sent,
    /// The service took it and did not tell an id. It is never sent again; an event may bring the id.
    Accepted,
    /// The service refused it. It is never sent again by itself; an event may prove that it was sent after all.
    Failed,
    /// Nobody knows yet whether it was sent. It is not sent again.
    Unknown,
    /// It was not sent, as far as can be known: all that an event would have shown is there, and it is not among it.
    NotSent,
    /// Its time was over before it was sent.
    Expired,
    /// It was taken back before it was sent.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Accepted,
        Self::Failed,
        Self::Unknown,
        Self::NotSent,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The states in which an event may still prove that the message was sent.
    pub const OPEN: [Self; 4] = [Self::Accepted, Self::Failed, Self::Unknown, Self::NotSent];

    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The number by which stores keep it: its place among [`ALL`](Self::ALL).
    pub fn code(self) -> i16 {
        self as i16
    }

    /// The state with this number.
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The state of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether an event may still prove that the message was sent.
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }

    /// Whether nothing more will happen by itself, unless an event comes unexpectedly.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Queued | Self::Sending | Self::Unknown)
    }
}

/// What proves that a message was sent.
///
/// ```
/// use whatsgate_core::durable::outbox::Proof;
///
/// assert_eq!(Proof::Content.name(), "content");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Proof {
    /// The reply of the send brought the message's id.
    Id,
    /// An event showed a message with this content, new in this chat.
    Content,
    /// A person said so.
    Person,
}

impl Proof {
    /// The name in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Content => "content",
            Self::Person => "person",
        }
    }
}

/// What is done with a message of which it was found out that it was not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Absent {
    /// Nothing: it stays `unknown`, and its reason tells what was found out.
    #[default]
    Hold,
    /// It becomes `not_sent`, and somebody decides.
    Tell,
    /// It is sent again. If the gateway carries the first attempt out after all, later than any before it, it is sent twice.
    Resend,
}

/// How far an entry has come.
///
/// ```
/// use whatsgate_core::durable::outbox::{Absent, Course, Ended, State};
///
/// let mut course = Course::new(0);
/// let attempt = course.begin("worker-1", 1_000, 61_000, Some(1_713)).ok_or("it is not queued")?;
/// course.end(attempt, &Ended::Unknown("no reply came".to_owned()), 2_000);
/// assert_eq!((course.state, course.attempts()), (State::Unknown, 1));
///
/// // An event shows it after all:
/// assert!(course.found("true_79991112233@c.us_3EB0EBC34954F8976AA6", 3_000));
/// assert_eq!(course.state, State::Sent);
/// assert!(!course.absent(Absent::Resend, 4_000) && !course.cancel("too late", 4_000));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub changed: Millis,
    /// When it is its turn at the earliest, while it is queued.
    pub due: Millis,
    /// How often its request could not be made, in a row.
    #[serde(default)]
    pub tries: u32,
    /// The latest attempt.
    #[serde(default)]
    pub attempt: Option<Attempt>,
    /// The long id of the sent message.
    #[serde(default)]
    pub message: Option<String>,
    /// What proves that it was sent.
    #[serde(default)]
    pub proof: Option<Proof>,
    /// What else is known, in words.
    #[serde(default)]
    pub reason: String,
    /// How the service itself described its refusal. It may hold private data, as the message does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// A checksum of session, recipient and content, by which the same message is known again.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// What an event that shows the message looks like.
    #[serde(default)]
    pub content: Option<Content>,
    /// It was looked whether its event can be found by its content.
    #[serde(default)]
    pub compared: bool,
}

/// The pause after the first time that a request could not be made; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest of these pauses.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
/// The pause when nothing of the account would be sent.
const BARRED_PAUSE: Duration = Duration::from_secs(60);

impl Course {
    /// A message that waits for its turn.
    pub fn new(now: Millis) -> Self {
        Self {
            state: State::Queued,
            changed: now,
            due: 0,
            tries: 0,
            attempt: None,
            message: None,
            proof: None,
            reason: String::new(),
            words: None,
            fingerprint: None,
            content: None,
            compared: false,
        }
    }

    /// The number of the latest attempt, 0 if there was none.
    pub fn attempts(&self) -> u32 {
        self.attempt.as_ref().map_or(0, |attempt| attempt.number)
    }

    fn to(&mut self, state: State, now: Millis, reason: impl Into<String>) {
        self.state = state;
        self.changed = now;
        self.reason = reason.into();
        self.words = None;
    }

    /// Records an attempt; only once that is on disk may the request leave. Says which attempt it is, or nothing if it is not
    /// the entry's turn.
    pub fn begin(&mut self, worker: &str, now: Millis, expires: Millis, highest: Option<i64>) -> Option<u32> {
        if self.state != State::Queued {
            return None;
        }
        let number = self.attempts().saturating_add(1);
        let worker = worker.to_owned();
        self.attempt = Some(Attempt { number, started: now, ended: None, highest, worker, expires });
        self.to(State::Sending, now, "");
        Some(number)
    }

    /// An attempt ended. What a reply says counts whenever it comes: also after the attempt was given up as lost.
    pub fn end(&mut self, number: u32, ended: &Ended, now: Millis) {
        let is_latest = self.attempts() == number;
        if let (true, Some(attempt)) = (is_latest, &mut self.attempt) {
            attempt.ended.get_or_insert(now);
        }
        if let Ended::Sent { message, .. } = ended {
            self.message = Some(message.clone());
            self.proof = Some(Proof::Id);
            self.compared = false;
            self.to(State::Sent, now, "");
            return;
        }
        // What an earlier attempt came to says nothing of the latest one.
        if !is_latest || !matches!(self.state, State::Sending | State::Unknown) {
            return;
        }
        match ended {
            Ended::Sent { .. } => {}
            Ended::Accepted => self.to(State::Accepted, now, "the service took it and did not tell its id"),
            Ended::Declined(words) => {
                self.to(State::Failed, now, "the service refused it");
                self.words = Some(words.clone());
            }
            Ended::Refused(why) => self.to(State::Failed, now, why),
            Ended::Unknown(why) if Rule::UnknownIsNotRepeated.holds() => self.to(State::Unknown, now, why),
            Ended::NotSent(why) | Ended::Barred(why) | Ended::Unknown(why) => {
                self.tries = self.tries.saturating_add(1);
                let doubled = 1_u32.checked_shl(self.tries.saturating_sub(1)).unwrap_or(u32::MAX);
                let pause = FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE);
                let pause = if matches!(ended, Ended::Barred(_)) { BARRED_PAUSE } else { pause };
                self.due = after(now, pause);
                self.to(State::Queued, now, why);
            }
        }
    }

    /// Whoever was sending is gone: the process ended, or lost its lease.
    pub fn lose(&mut self, now: Millis) {
        if self.state != State::Sending {
            return;
        }
        if let Some(attempt) = &mut self.attempt {
            attempt.ended = Some(now);
        }
        let why = "the program ended while it was being sent";
        if Rule::LostAttemptIsUnknown.holds() {
            self.to(State::Unknown, now, why);
        } else {
            self.to(State::Queued, now, why);
        }
    }

    /// An event showed the message. Whether that is news.
    pub fn found(&mut self, message: &str, now: Millis) -> bool {
        if !self.state.is_open() {
            return false;
        }
        self.message = Some(message.to_owned());
        self.proof = Some(Proof::Content);
        self.to(State::Sent, now, "");
        true
    }

    /// The event that was taken for this message's proves to be another's. Whether that changes anything.
    pub fn refute(&mut self, now: Millis) -> bool {
        if self.state != State::Sent || self.proof != Some(Proof::Content) {
            return false;
        }
        (self.message, self.proof) = (None, None);
        self.to(State::Unknown, now, "the event that was taken for its own is another message's");
        true
    }

    /// It was found out that no event shows the message, where one would have. Whether that changes anything.
    pub fn absent(&mut self, policy: Absent, now: Millis) -> bool {
        if self.state != State::Unknown {
            return false;
        }
        let why = "its event is missing, where those of messages like it were found, and of one that was sent later";
        match policy {
            Absent::Hold if Rule::OnlyPolicyResends.holds() => {
                if self.reason == why {
                    return false;
                }
                why.clone_into(&mut self.reason);
            }
            Absent::Tell => self.to(State::NotSent, now, why),
            Absent::Hold | Absent::Resend => {
                self.due = now;
                self.to(State::Queued, now, why);
            }
        }
        true
    }

    /// Its time is over. Whether that is so.
    pub fn expire(&mut self, expires: Option<Millis>, now: Millis) -> bool {
        let is_over = self.state == State::Queued && expires.is_some_and(|expires| expires <= now);
        if is_over {
            self.to(State::Expired, now, "its time was over before it could be sent");
        }
        is_over
    }

    /// Its time [is over before it may be sent](super::check_times). Whether it was still to be sent.
    pub fn never_due(&mut self, why: &str, now: Millis) -> bool {
        let waits = self.state == State::Queued;
        if waits {
            self.to(State::Expired, now, why);
        }
        waits
    }

    /// The request cannot be made, and nothing was sent. Whether that was still to be done.
    pub fn fail(&mut self, why: &str, now: Millis) -> bool {
        let waits = self.state == State::Queued;
        if waits {
            self.to(State::Failed, now, why);
        }
        waits
    }

    /// Whether it failed by what the service said, which may have sent it all the same: it calls accidents so too.
    pub fn is_declined(&self) -> bool {
        self.state == State::Failed && self.words.is_some()
    }

    /// Somebody takes it back, which only helps as long as it is queued. Whether it was.
    pub fn cancel(&mut self, why: &str, now: Millis) -> bool {
        let waits = self.state == State::Queued;
        if waits {
            self.to(State::Cancelled, now, why);
        }
        waits
    }

    /// Somebody wants it sent again. Whether it certainly was not sent, as far as the service says: of what is unknown
    /// somebody must [say so](Self::decide) first.
    pub fn retry(&mut self, now: Millis) -> bool {
        let may = matches!(self.state, State::Failed | State::NotSent | State::Expired | State::Cancelled);
        if may {
            (self.due, self.tries) = (now, 0);
            self.to(State::Queued, now, "somebody wants it sent again");
        }
        may
    }

    /// A person looked, and says whether it was sent, perhaps with its id. Whether that was in question.
    pub fn decide(&mut self, sent: bool, message: Option<&str>, now: Millis) -> bool {
        if !self.state.is_open() {
            return false;
        }
        if sent {
            self.message = message.map(str::to_owned);
            self.proof = Some(Proof::Person);
            self.to(State::Sent, now, "");
        } else {
            self.to(State::NotSent, now, "a person found that it was not sent");
        }
        true
    }
}

fn after(now: Millis, pause: Duration) -> Millis {
    now.saturating_add(Millis::try_from(pause.as_millis()).unwrap_or(Millis::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sending() -> Course {
        let mut course = Course::new(1);
        assert_eq!(course.begin("one", 10, 100, Some(7)), Some(1));
        course
    }

    fn sent() -> Ended {
        Ended::Sent { message: "true_1@c.us_A".to_owned(), chats: Vec::new() }
    }

    #[test]
    fn what_ended_without_anybody_knowing_how_is_not_sent_again() {
        for end in [
            |course: &mut Course| course.lose(20),
            |course: &mut Course| course.end(1, &Ended::Unknown("time-out".to_owned()), 20),
        ] {
            let mut course = sending();
            end(&mut course);
            assert_eq!(course.state, State::Unknown);
            assert_eq!(course.begin("two", 30, 100, None), None);
            assert!(!course.retry(30) && !course.cancel("no", 30));
        }
    }

    #[test]
    fn a_reply_that_comes_after_all_counts() {
        let mut course = sending();
        course.lose(20);
        course.end(1, &sent(), 30);
        assert_eq!((course.state, course.proof), (State::Sent, Some(Proof::Id)));
        assert!(!course.refute(40));
    }

    #[test]
    fn an_end_of_an_earlier_attempt_says_nothing_of_the_latest_but_that_it_was_sent() {
        let mut course = sending();
        course.end(1, &Ended::NotSent("no connection".to_owned()), 20);
        assert_eq!((course.state, course.due), (State::Queued, 1020));
        assert_eq!(course.begin("one", 2000, 3000, Some(7)), Some(2));
        course.end(1, &Ended::Refused("no".to_owned()), 2001);
        assert_eq!(course.state, State::Sending);
        course.end(1, &sent(), 2002);
        assert_eq!(course.state, State::Sent);
    }

    #[test]
    fn absence_is_for_the_policy_to_judge() {
        for (policy, state) in
            [(Absent::Hold, State::Unknown), (Absent::Tell, State::NotSent), (Absent::Resend, State::Queued)]
        {
            let mut course = sending();
            course.lose(20);
            assert!(course.absent(policy, 30));
            assert_eq!(course.state, state);
        }
    }

    #[test]
    fn what_failed_was_sent_after_all_if_an_event_shows_it() {
        let mut course = sending();
        course.end(1, &Ended::Refused("500".to_owned()), 20);
        assert_eq!(course.state, State::Failed);
        assert!(course.found("true_1@c.us_A", 30));
        assert_eq!((course.state, course.proof), (State::Sent, Some(Proof::Content)));
        assert!(course.refute(40));
        assert_eq!(course.state, State::Unknown);
    }

    #[test]
    fn names_and_numbers_name_the_states() {
        for state in State::ALL {
            assert_eq!(State::from_name(state.name()), Some(state));
            assert_eq!(State::from_code(state.code()), Some(state));
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{}\"", state.name()));
        }
    }
}
