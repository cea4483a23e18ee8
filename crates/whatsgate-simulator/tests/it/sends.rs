//! The rules of the outbox, each with the shortest course of things that goes wrong without it.

use whatsgate_model::SessionId;
use whatsgate_simulator::Rule;
use whatsgate_store::durable::Millis;
use whatsgate_store::durable::outbox::evidence::{COMPARED, Content, PATIENCE, Sighting};
use whatsgate_store::durable::outbox::{Absent, Class, Draft, Ended, Entry, Key, State};
use whatsgate_store::durable::receipts::ReceiptKey;
use whatsgate_store::outbox::{self, Reading, Taking};
use whatsgate_store::{Backend, End, Memory, StoreError, Tables, poll};

const SESSION: &str = "6345454545454";
const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;

/// A store, and a gateway that counts what leaves.
struct Course {
    store: Memory,
    now: Millis,
    number: i64,
    left: Vec<String>,
}

impl Course {
    fn new() -> Self {
        let mut course = Self { store: Memory::new(), now: 1_000 * HOUR, number: 100, left: Vec::new() };
        course.pass(0);
        course.tables().set_end(End { head: 0, highest: Some(100) }).unwrap();
        course
    }

    fn tables(&mut self) -> &mut dyn Tables {
        self.store.tables()
    }

    fn pass(&mut self, time: Millis) {
        self.now += time;
        self.store.set_clock(self.now);
    }

    fn put(&mut self, key: &str, chat: &str, text: &str) -> Result<Entry, StoreError> {
        let draft = Draft {
            session: SESSION.to_owned(),
            recipient: chat.to_owned(),
            message: text.to_owned(),
            file: None,
            class: Class::Normal,
            not_before: 0,
            expires: None,
        };
        let reading = Reading {
            chat: chat.to_owned(),
            fingerprint: format!("{chat} {text}"),
            content: Content::new(text, None),
        };
        outbox::put(self.tables(), &Key::new(key), &draft, reading)
    }

    /// Takes what is due; the requests leave, and the gateway sends them.
    fn send(&mut self) -> Vec<Entry> {
        let taking = Taking {
            worker: "one",
            session: SESSION,
            most: 10,
            look: PATIENCE,
            limits: None,
            lease: &|_| MINUTE,
        };
        self.store.begin().unwrap();
        let taken = outbox::take(self.tables(), &taking).unwrap().entries;
        self.store.commit().unwrap();
        self.left.extend(taken.iter().map(|entry| entry.draft.message.clone()));
        taken
    }

    fn end(&mut self, entry: &Entry, ended: &Ended) {
        outbox::end(self.tables(), entry.id, entry.course.attempts(), ended).unwrap();
    }

    fn sent(&mut self, entry: &Entry, short: &str) {
        let chat = entry.draft.recipient.clone();
        let ended = Ended::Sent { message: format!("true_{chat}_{short}"), chats: vec![chat] };
        self.end(entry, &ended);
    }

    fn unknown(&mut self, entry: &Entry) {
        self.end(entry, &Ended::Unknown("no reply in time".to_owned()));
    }

    /// An event shows a message that was sent so long ago.
    fn show(&mut self, number: i64, chat: &str, short: &str, text: &str, ago: Millis) {
        let sighting = Sighting {
            key: ReceiptKey::new(&SessionId::new(SESSION).unwrap(), short),
            message: format!("true_{chat}_{short}"),
            chat: chat.to_owned(),
            number,
            file: false,
            text: Content::new(text, None).texts[0],
            sent: Some((self.now - ago) / 1000),
            received: 0,
        };
        let now = self.now;
        outbox::sight(self.tables(), sighting, now).unwrap();
    }

    fn next(&mut self) -> i64 {
        self.number += 1;
        self.number
    }

    fn judge(&mut self, policy: Absent) {
        outbox::judge(self.tables(), policy, PATIENCE).unwrap();
    }

    /// A complete round of the poll begins now.
    fn round(&mut self) {
        let now = self.now;
        poll::lease(self.tables(), "one", 1000).unwrap();
        let position = whatsgate_core::CursorPosition::default();
        poll::keep(self.tables(), "one", &position, now, false).unwrap();
    }

    /// So many messages are sent, answered and seen.
    fn learn(&mut self, count: u32) {
        for message in 0..count {
            let (key, chat) = (format!("learn-{}-{message}", self.now), format!("{message}9@c.us"));
            self.put(&key, &chat, "Hi").unwrap();
            let entry = self.send().remove(0);
            let number = self.next();
            self.show(number, &chat, &key, "Hi", 0);
            self.sent(&entry, &key);
        }
        self.judge(Absent::Hold);
    }

    fn state(&mut self, key: &str) -> State {
        self.tables().outbox_entry(&Key::new(key)).unwrap().unwrap().course.state
    }

    fn left(&self, text: &str) -> usize {
        self.left.iter().filter(|left| *left == text).count()
    }
}

/// Holds with the rule, and not without it.
fn needs(rule: Rule, holds: impl Fn() -> bool) {
    assert!(holds(), "it does not hold with the rule");
    assert!(!rule.without(holds), "nothing misses {}", rule.name());
}

#[test]
fn attempt_stored_first() {
    // The machine dies between the request and the commit.
    needs(Rule::AttemptStoredFirst, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "Hello").unwrap();
        if Rule::AttemptStoredFirst.holds() {
            course.send();
        } else {
            course.left.push("Hello".to_owned());
        }
        outbox::lose(course.tables(), true).unwrap();
        course.pass(HOUR);
        course.send();
        course.left("Hello") == 1
    });
}

#[test]
fn lost_attempt_is_unknown() {
    needs(Rule::LostAttemptIsUnknown, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "Hello").unwrap();
        course.send();
        outbox::lose(course.tables(), true).unwrap();
        course.pass(HOUR);
        course.send();
        course.left("Hello") == 1
    });
}

#[test]
fn unknown_is_not_repeated() {
    needs(Rule::UnknownIsNotRepeated, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "Hello").unwrap();
        let entry = course.send().remove(0);
        course.unknown(&entry);
        course.pass(HOUR);
        course.send();
        course.left("Hello") == 1
    });
}

#[test]
fn key_counts_once() {
    needs(Rule::KeyCountsOnce, || {
        let mut course = Course::new();
        for _ in 0..2 {
            course.put("one", "1@c.us", "Hello").unwrap();
            for entry in course.send() {
                course.sent(&entry, "A");
            }
        }
        course.left("Hello") == 1
    });
}

#[test]
fn chat_waits_for_the_unknown() {
    needs(Rule::ChatWaitsForTheUnknown, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "First").unwrap();
        course.put("two", "1@c.us", "Second").unwrap();
        let entry = course.send().remove(0);
        course.unknown(&entry);
        course.pass(MINUTE);
        course.send().is_empty()
    });
}

#[test]
fn chat_in_order() {
    needs(Rule::ChatInOrder, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "First").unwrap();
        course.put("two", "1@c.us", "Second").unwrap();
        course.send().len() == 1
    });
}

#[test]
fn evidence_is_new() {
    // Yesterday's reminder, listed late, is not today's.
    needs(Rule::EvidenceIsNew, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "Pay").unwrap();
        let entry = course.send().remove(0);
        course.unknown(&entry);
        course.show(50, "1@c.us", "OLD", "Pay", 0);
        course.state("one") == State::Unknown
    });
}

#[test]
fn evidence_fits_the_clock() {
    // What was typed on a phone without a connection comes with a new number and its old time.
    needs(Rule::EvidenceFitsTheClock, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "Pay").unwrap();
        let entry = course.send().remove(0);
        course.unknown(&entry);
        let number = course.next();
        course.show(number, "1@c.us", "OLD", "Pay", HOUR);
        course.state("one") == State::Unknown
    });
}

#[test]
fn evidence_counts_once() {
    needs(Rule::EvidenceCountsOnce, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "Pay").unwrap();
        let one = course.send().remove(0);
        course.end(&one, &Ended::Accepted);
        let number = course.next();
        course.show(number, "1@c.us", "A", "Pay", 0);
        course.tables().set_end(End { head: 0, highest: Some(100) }).unwrap();
        course.put("two", "1@c.us", "Pay").unwrap();
        let two = course.send().remove(0);
        course.end(&two, &Ended::Accepted);
        course.state("one") == State::Sent && course.state("two") == State::Accepted
    });
}

#[test]
fn evidence_of_the_chat() {
    // The message of the chat that had another name, as far as anybody knew.
    needs(Rule::EvidenceOfTheChat, || {
        let sighting = Sighting {
            key: ReceiptKey { session: SESSION.to_owned(), message: "A".to_owned() },
            message: "true_2@c.us_A".to_owned(),
            chat: "2@c.us".to_owned(),
            number: 101,
            file: false,
            text: Content::new("Pay", None).texts[0],
            sent: None,
            received: 0,
        };
        let mut course = Course::new();
        course.put("one", "1@c.us", "Pay").unwrap();
        let attempt = course.send().remove(0).course.attempt.unwrap();
        let chats = ["1@c.us".to_owned()];
        let proves = whatsgate_store::durable::outbox::evidence::proves;
        !proves(&attempt, &Content::new("Pay", None), &chats, &sighting, true)
    });
}

#[test]
fn id_outweighs_content() {
    needs(Rule::IdOutweighsContent, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "Pay").unwrap();
        let one = course.send().remove(0);
        course.end(&one, &Ended::Accepted);
        course.put("two", "1@c.us", "Pay").unwrap();
        let two = course.send().remove(0);
        outbox::lose(course.tables(), true).unwrap();
        let number = course.next();
        course.show(number, "1@c.us", "A", "Pay", 0);
        course.sent(&two, "A");
        course.state("one") != State::Sent
    });
}

#[test]
fn sending_comes_first() {
    // What the service refused was not sent, and the next one was.
    needs(Rule::SendingComesFirst, || {
        let mut course = Course::new();
        course.put("one", "1@c.us", "Pay").unwrap();
        let one = course.send().remove(0);
        course.end(&one, &Ended::Refused("no".to_owned()));
        course.put("two", "1@c.us", "Pay").unwrap();
        let two = course.send().remove(0);
        let number = course.next();
        course.show(number, "1@c.us", "A", "Pay", 0);
        course.unknown(&two);
        course.state("one") == State::Failed && course.state("two") == State::Sent
    });
}

#[test]
fn acknowledgements_prove_nothing() {
    // A message of before the journal is read now.
    needs(Rule::AcknowledgementsProveNothing, || {
        let json = r#"{"id":101,"whatsapp_id":"6345454545454","event_action":"ack","event_date":"2022-09-07 18:29:37",
            "event_data":{"message":{"id":"true_79991112233@c.us_OLD","ack":3,"body":"Pay","to":"79991112233@c.us"}}}"#;
        let event: whatsgate_model::Event = serde_json::from_str(json).unwrap();
        Sighting::of(&event).is_none()
    });
}

/// What is known when a message is lost, in minutes after that; and what is to be done where absence says that it was not sent.
#[derive(Clone, Copy)]
struct Lost {
    learnt: u32,
    listed: Option<i64>,
    later: Option<i64>,
    alike: bool,
    policy: Absent,
}

/// All of it holds.
const LOST: Lost =
    Lost { learnt: COMPARED, listed: Some(30), later: Some(10), alike: false, policy: Absent::Resend };

impl Lost {
    /// How often was the message sent?
    fn sent(self) -> usize {
        let mut course = Course::new();
        course.learn(self.learnt);
        course.pass(MINUTE);
        course.put("lost", "1@c.us", "Hello").unwrap();
        let entry = course.send().remove(0);
        course.unknown(&entry);
        for minute in 1..60 {
            course.pass(MINUTE);
            if minute == 1 && self.alike {
                let number = course.next();
                course.show(number, "77@lid", "A", "Hello", 0);
            }
            if self.later == Some(minute) {
                course.learn(1);
            }
            if self.listed == Some(minute) {
                course.round();
            }
        }
        course.judge(self.policy);
        course.send();
        course.left("Hello")
    }
}

#[test]
fn absence_says_something_when_all_of_it_holds() {
    assert_eq!(LOST.sent(), 2);
    assert_eq!(Lost { policy: Absent::Tell, ..LOST }.sent(), 1);
}

#[test]
fn absence_needs_calibration() {
    needs(Rule::AbsenceNeedsCalibration, || Lost { learnt: COMPARED - 2, ..LOST }.sent() == 1);
}

#[test]
fn absence_needs_the_list() {
    needs(Rule::AbsenceNeedsTheList, || Lost { listed: None, ..LOST }.sent() == 1);
    needs(Rule::AbsenceNeedsTheList, || Lost { listed: Some(1), ..LOST }.sent() == 1);
}

#[test]
fn absence_needs_a_later_message() {
    needs(Rule::AbsenceNeedsALaterMessage, || Lost { later: None, ..LOST }.sent() == 1);
    // One that was sent while it may still have been carried out.
    needs(Rule::AbsenceNeedsALaterMessage, || Lost { later: Some(1), ..LOST }.sent() == 1);
}

#[test]
fn absence_needs_nothing_alike() {
    // A chat of a name that nobody knows: perhaps this is the one.
    needs(Rule::AbsenceNeedsNothingAlike, || Lost { alike: true, ..LOST }.sent() == 1);
}

#[test]
fn only_policy_resends() {
    needs(Rule::OnlyPolicyResends, || Lost { policy: Absent::Hold, ..LOST }.sent() == 1);
}
