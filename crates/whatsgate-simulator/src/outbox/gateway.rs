//! The model of the gateway for sends: what it really sent, what it answers, and what its events tell of it.

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_model::Event;

use super::plan::{CHATS, GROUP, Kind, SESSIONS};
use super::reply::Answer;
use crate::chance::{Chances, Trouble};
use crate::stage::{BEGIN, HOUR, MINUTE, SECOND};

/// Of which messages events tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tells {
    Always,
    /// Of none that came through the API.
    Never,
    /// Of none that were sent later than this.
    Until(Millis),
}

/// How events and replies name the chats of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Number,
    Hidden,
    ByChance,
    /// Some chats so, some so.
    ByChat,
}

/// What becomes of texts on their way into events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bodies {
    Same,
    Trimmed,
    OtherLines,
    /// They cannot be known again.
    Cut,
}

/// The answers to the open questions, for one schedule.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Habits {
    pub(crate) tells: Tells,
    pub(crate) names: Names,
    pub(crate) names_in_ids_only: bool,
    pub(crate) bodies: Bodies,
    pub(crate) names_files: bool,
    pub(crate) acks_have_time: bool,
    pub(crate) has_time: bool,
    /// The longest time from a message to its event.
    pub(crate) slow: Millis,
    /// By how many seconds its clock is ahead.
    pub(crate) clock: i64,
}

impl Habits {
    pub(crate) fn draw(rng: &mut Rng, warm: Millis, length: Millis) -> Self {
        let stops = BEGIN + rng.i64(warm..length);
        Self {
            tells: [
                Tells::Always,
                Tells::Always,
                Tells::Always,
                Tells::Always,
                Tells::Never,
                Tells::Until(stops),
            ][rng.usize(..6)],
            names: [
                Names::Number,
                Names::Number,
                Names::Number,
                Names::Hidden,
                Names::ByChance,
                Names::ByChat,
            ][rng.usize(..6)],
            names_in_ids_only: rng.u8(..4) == 0,
            bodies: [
                Bodies::Same,
                Bodies::Trimmed,
                Bodies::OtherLines,
                Bodies::Same,
                Bodies::Trimmed,
                Bodies::Cut,
            ][if rng.u8(..10) == 0 { 5 } else { rng.usize(..5) }],
            names_files: rng.bool(),
            acks_have_time: rng.bool(),
            has_time: rng.u8(..8) > 0,
            slow: [2, 5, 30][rng.usize(..3)] * SECOND,
            clock: [0, rng.i64(-120..120)][rng.usize(..2)],
        }
    }
}

/// Who sent a message in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// An attempt for what somebody put.
    Attempt { order: usize, number: u32 },
    /// A person on the phone.
    Person,
}

/// A message that really was sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) kind: Kind,
    pub(crate) file: Option<&'static str>,
    pub(crate) short: String,
    pub(crate) by: By,
    pub(crate) at: Millis,
    /// The same by the store's clock.
    pub(crate) at_by_store: Millis,
    /// When an event that shows it was listed, and that by the store's clock.
    pub(crate) listed: Option<(Millis, Millis)>,
    /// At which step the client first stored an event that shows it.
    pub(crate) stored: Option<u64>,
}

/// An event.
pub(crate) struct Happened {
    pub(crate) event: Event,
    pub(crate) shows: Option<usize>,
    pub(crate) is_listed: bool,
    pub(crate) is_polled: bool,
    pub(crate) is_acknowledged: bool,
}

/// What the gateway does with a request.
pub(crate) struct Deed {
    /// After how long it sends the message, if it does.
    pub(crate) acts: Option<Millis>,
    /// After how long it answers, and what.
    pub(crate) answers: (Millis, Answer),
}

pub(crate) struct Gateway {
    pub(crate) habits: Habits,
    pub(crate) sent: Vec<Sent>,
    pub(crate) happened: Vec<Happened>,
    pub(crate) last_number: i64,
    pub(crate) is_connected: [bool; 2],
}

const REFUSAL: &str = r#"{"name":"Exception","message":"The number is not on WhatsApp","code":0}"#;
const NOT_READY: &str = r#"{"name":"Exception","message":"The session is not ready","code":0}"#;
const EVALUATION: &str = r#"{"name":"Exception","message":"Evaluation failed: TypeError: Cannot read properties of undefined (reading 'serialize')","code":0}"#;

fn status(status: u16, body: &str) -> Answer {
    Answer::Status(status, body.to_owned())
}

impl Gateway {
    pub(crate) fn new(habits: Habits) -> Self {
        Self { habits, sent: Vec::new(), happened: Vec::new(), last_number: 0, is_connected: [true; 2] }
    }

    /// What it does with a request of a session.
    pub(crate) fn receive(&self, session: usize, rng: &mut Rng, chances: &mut Chances) -> Deed {
        let quick = rng.i64(50..2500);
        let soon = quick + rng.i64(10..800);
        if !self.is_connected[session] {
            let answers = if rng.bool() { status(500, NOT_READY) } else { status(502, "Bad Gateway") };
            return Deed { acts: None, answers: (quick, answers) };
        }
        // How a reply gets lost.
        let silence = |chances: &mut Chances, trouble| match chances.draw(trouble, 0..4) {
            0 => (soon, status(502, "<html>Bad Gateway</html>")),
            1 => (soon, Answer::Broken),
            2 => (soon, status(504, REFUSAL)),
            _ => (soon, Answer::Nothing),
        };
        if chances.hits(Trouble::LateEffects, 60) {
            let after = match chances.draw(Trouble::LateEffects, 0..3) {
                0 => chances.draw(Trouble::LateEffects, 30..360) * SECOND,
                1 => chances.draw(Trouble::LateEffects, 6..60) * MINUTE,
                _ => chances.draw(Trouble::LateEffects, MINUTE..4 * HOUR),
            };
            let answers = if chances.draw(Trouble::LateEffects, 0..6) == 0 {
                (soon, status(500, REFUSAL))
            } else {
                silence(chances, Trouble::LateEffects)
            };
            return Deed { acts: Some(after), answers };
        }
        if chances.hits(Trouble::LostReplies, 120) {
            return Deed { acts: Some(quick), answers: silence(chances, Trouble::LostReplies) };
        }
        if chances.hits(Trouble::LostRequests, 120) {
            let answers = match chances.draw(Trouble::LostRequests, 0..8) {
                0 | 1 => (quick, Answer::NoConnection),
                2 => (quick, status(401, r#"{"name":"Unauthorized","message":"No key","status":401}"#)),
                3 => (quick, status(429, "")),
                _ => silence(chances, Trouble::LostRequests),
            };
            return Deed { acts: None, answers };
        }
        if chances.hits(Trouble::Refusals, 80) {
            return Deed { acts: None, answers: (soon, status(500, REFUSAL)) };
        }
        if chances.hits(Trouble::FalseErrors, 80) {
            let is_plain = chances.draw(Trouble::FalseErrors, 0..3) == 0;
            let body = if is_plain { REFUSAL } else { EVALUATION };
            return Deed { acts: Some(quick), answers: (soon, status(500, body)) };
        }
        if chances.hits(Trouble::QueuedSends, 80) {
            let acts = (chances.draw(Trouble::QueuedSends, 0..8) > 0)
                .then(|| chances.draw(Trouble::QueuedSends, 0..60) * SECOND);
            return Deed { acts, answers: (quick, status(200, r#"{"result":"OK"}"#)) };
        }
        Deed { acts: Some(quick), answers: (soon, Answer::Message) }
    }

    /// How a chat is called this time.
    pub(crate) fn name(&self, chat: usize, rng: &mut Rng) -> String {
        let is_hidden = chat != GROUP
            && match self.habits.names {
                Names::Number => false,
                Names::Hidden => true,
                Names::ByChance => rng.bool(),
                Names::ByChat => chat != 0,
            };
        if is_hidden { format!("{}@lid", 1_234_567 + chat) } else { CHATS[chat].to_owned() }
    }

    /// The message as replies and events hold it.
    pub(crate) fn message(&self, sent: &Sent, ack: Option<i64>, rng: &mut Rng) -> String {
        let name = self.name(sent.kind.chat, rng);
        let to = if self.habits.names_in_ids_only { CHATS[sent.kind.chat] } else { &name };
        let text = match (self.habits.bodies, sent.file) {
            (_, Some(file)) if sent.kind.text.is_empty() => {
                if self.habits.names_files {
                    file.to_owned()
                } else {
                    String::new()
                }
            }
            (Bodies::Same, _) => sent.kind.text.clone(),
            (Bodies::Trimmed, _) => sent.kind.text.trim().to_owned(),
            (Bodies::OtherLines, _) => {
                if sent.kind.text.contains('\r') {
                    sent.kind.text.replace("\r\n", "\n")
                } else {
                    sent.kind.text.replace('\n', "\r\n")
                }
            }
            (Bodies::Cut, _) => sent.kind.text.chars().take(3).collect(),
        };
        let text = serde_json::Value::String(text);
        let has_time = self.habits.has_time && (ack.is_none_or(|ack| ack < 2) || self.habits.acks_have_time);
        let time = sent.at.div_euclid(SECOND) + self.habits.clock;
        let time = if has_time { format!(r#","timestamp":{time}"#) } else { String::new() };
        let ack = ack.unwrap_or_default();
        let (short, has_file) = (&sent.short, sent.file.is_some());
        format!(
            r#"{{"id":"true_{name}_{short}","ack":{ack},"hasMedia":{has_file},"body":{text},"to":"{to}"{time}}}"#
        )
    }

    /// An event, with the next number.
    pub(crate) fn tell(&mut self, session: usize, action: &str, data: &str, gap: i64) -> Event {
        self.last_number += 1 + gap;
        Self::event(self.last_number, session, action, data)
    }

    pub(crate) fn event(number: i64, session: usize, action: &str, data: &str) -> Event {
        let session = SESSIONS[session];
        let text = format!(
            r#"{{"id":{number},"whatsapp_id":"{session}","event_action":"{action}","event_data":{{{data}}}}}"#
        );
        serde_json::from_str(&text).expect("an event of the gateway can be read")
    }

    /// Whether an event tells of a message.
    pub(crate) fn tells_of(&self, sent: &Sent) -> bool {
        match self.habits.tells {
            _ if sent.by == By::Person => true,
            Tells::Always => true,
            Tells::Never => false,
            Tells::Until(stops) => sent.at < stops,
        }
    }
}
