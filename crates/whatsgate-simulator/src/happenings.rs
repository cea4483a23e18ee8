//! What happens at the gateway, and what it posts of it.

use std::fmt::Write as _;

use crate::chance::Trouble;
use crate::gateway::{News, event};
use crate::plan::Kind;
use crate::stage::{BEGIN, HOUR, SECOND};
use crate::world::{Action, World};

const SESSIONS: [&str; 2] = ["6345454545454", "191b80a9238"];
const CHATS: [&str; 3] = ["79991112233@c.us", "79999999999@c.us", "4239048293082@g.us"];
/// The first chat's other name.
const HIDDEN: &str = "1234567@lid";

/// How often the gateway posts an event, and how long it waits for an acknowledgement.
const MOST_POSTS: u32 = 4;
const POST_AGAIN: i64 = 20 * SECOND;

const YEAR: i64 = 365 * 24 * 3600;

impl World {
    /// What happened before the client was there.
    pub(crate) fn make_history(&mut self) {
        let now = self.now;
        for number in 0..self.plan.history {
            let at = now - 40 * HOUR + i64::try_from(number).unwrap_or_default() * HOUR;
            let (session, chat) = self.place();
            let data = message(false, chat, chat, &format!("H{number}"), None);
            let news = News {
                session,
                action: "message",
                data,
                date_off: Some(0),
                listed_after: 0,
                is_posted: false,
                is_unreadable: false,
            };
            self.gateway.add(&news, at, 0);
        }
    }

    fn place(&mut self) -> (&'static str, &'static str) {
        (SESSIONS[self.rng.usize(..2)], CHATS[self.rng.usize(..3)])
    }

    pub(crate) fn happen(&mut self, place: usize) {
        let kind = self.plan.news[place].kind;
        let (session, chat) = self.place();
        let short = format!("3EB0{:08X}", self.gateway.happened.len() * 7919 + place);
        match kind {
            Kind::Message => {
                let data = message(false, chat, chat, &short, None);
                self.tell(session, "message", data, 0);
            }
            Kind::Ready => {
                self.tell(session, "ready", r#""pushname":"Vasya","number":"79991234567""#.to_owned(), 0);
            }
            Kind::Disconnect => self.tell(session, "disconnect", r#""reason":"LOGOUT""#.to_owned(), 0),
            Kind::Outgoing => {
                // The reports of one message may name its chat in two ways, and come in any order.
                let mut after = 0;
                for (action, ack) in
                    [("create", 0), ("sent", 1), ("ack", 2), ("ack", 3), ("ack", 1), ("ack", -1)]
                {
                    if action == "ack" && self.rng.u8(..3) == 0 {
                        continue;
                    }
                    let named = if chat == CHATS[0] && self.rng.bool() { HIDDEN } else { chat };
                    let data = message(true, named, chat, &short, Some(ack));
                    self.tell(session, action, data, after);
                    after += self.rng.i64(0..3) * SECOND;
                }
            }
        }
    }

    /// An event, as good or bad as the gateway makes it.
    fn tell(&mut self, session: &str, action: &str, data: String, after: i64) {
        let mut date_off = Some(after / SECOND);
        let mut listed_after = after;
        if self.chances.hits(Trouble::OldDates, 100) {
            date_off = Some(-self.chances.draw(Trouble::OldDates, 60..19 * 3600));
        }
        if self.chances.hits(Trouble::WrongDates, 60) {
            // A majority of dates that are ahead is only bearable where the service tells its time.
            date_off = Some(10 * YEAR).filter(|_| self.chances.draw(Trouble::WrongDates, 0..5) > 0);
        }
        let (from, until) = self.plan.future;
        let is_future = (from..until).contains(&(self.now - BEGIN)) && !self.chances.calm;
        if is_future && self.gateway.habits.tells_its_time {
            date_off = Some(10 * YEAR);
        }
        if self.chances.hits(Trouble::LateListing, 60) {
            listed_after += self.chances.draw(Trouble::LateListing, 1..50) * SECOND;
        }
        let is_unreadable = action == "message" && self.chances.hits(Trouble::UnreadableElements, 30);
        let is_posted = self.plan.has_webhook;
        let news = News { session, action, data, date_off, listed_after, is_posted, is_unreadable };
        let gap = self.rng.i64(0..6) / 5;
        let place = self.gateway.add(&news, self.now, gap);
        let number = self.gateway.last_number;
        self.say(|| {
            format!("event {number} happens: {action}, date {date_off:?}, listed after {listed_after} ms")
        });
        if is_posted && !is_unreadable {
            self.after(after, Action::Post { place, attempt: 1 });
        }
    }

    pub(crate) fn post(&mut self, place: usize, attempt: u32) {
        let happened = &self.gateway.happened[place];
        let Some(event) = happened.posted.clone().filter(|_| !happened.is_acknowledged) else { return };
        if attempt < MOST_POSTS {
            self.after(POST_AGAIN, Action::Post { place, attempt: attempt + 1 });
        }
        let id = event.id;
        if self.chances.hits(Trouble::LostPushes, 300) {
            self.say(|| format!("event {id}, posted for the {attempt}. time, gets lost"));
            return;
        }
        let copies = 1 + u32::from(self.chances.hits(Trouble::DoubledPushes, 200));
        for _ in 0..copies {
            let mut delay = self.rng.i64(5..100);
            if self.chances.hits(Trouble::DelayedPushes, 200) {
                delay += self.chances.draw(Trouble::DelayedPushes, 1..120_000);
            }
            let event = Box::new(event.clone());
            self.after(delay, Action::Arrive { event, place: Some(place) });
        }
    }

    /// Somebody posts what did not happen: under the next number, under one of the future, or under a known one; or what
    /// did happen once more, as it was or with another text.
    pub(crate) fn forge(&mut self) {
        let (session, chat) = self.place();
        let next = self.gateway.last_number + 1;
        let kind = self.rng.u8(..5);
        let happened: Vec<_> =
            self.gateway.happened.iter().filter_map(|happened| happened.posted.as_ref()).collect();
        let forged = |number: i64, short: &str| {
            let news = News {
                session,
                action: "message",
                data: message(false, chat, chat, short, None),
                date_off: None,
                listed_after: 0,
                is_posted: true,
                is_unreadable: false,
            };
            event(number, &news, Some(self.now / SECOND), "")
        };
        let event = match kind {
            0 => forged(next, "F0"),
            1 => forged(next + 1, "F1"),
            2 => forged(next + 1000, "F2"),
            _ if happened.is_empty() => forged(next, "F3"),
            3 => happened[self.stage.rng.usize(..happened.len())].clone(),
            _ => {
                let real = happened[self.stage.rng.usize(..happened.len())];
                let text = real.raw().as_str().replace("\"body\":\"", "\"body\":\"not ");
                serde_json::from_str(&text).expect("only the text is another one")
            }
        };
        let id = event.id;
        self.say(|| format!("somebody forges event {id}, kind {kind}"));
        self.arrive(event, None);
    }
}

/// The members of an event's data with a message.
fn message(is_outgoing: bool, named: &str, chat: &str, short: &str, ack: Option<i64>) -> String {
    let mut data = format!(r#""message":{{"id":"{is_outgoing}_{named}_{short}","body":"{short}""#);
    if let Some(ack) = ack {
        let _ = write!(data, r#","ack":{ack}"#);
    }
    let side = if is_outgoing { "to" } else { "from" };
    let _ = write!(data, r#","{side}":"{chat}"}}"#);
    data
}
