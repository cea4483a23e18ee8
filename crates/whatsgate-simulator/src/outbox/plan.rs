//! What a schedule of the outbox holds: chosen by the seed before it begins.

use std::time::Duration;

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::evidence::Content;
use whatsgate_core::durable::outbox::{Absent, Class, Draft};
use whatsgate_core::durable::pacing::Limits;
use whatsgate_store::outbox::Reading;

use crate::chance::{Chances, Trouble};
use crate::stage::{BEGIN, HOUR, MINUTE, SECOND};

pub(crate) const SESSIONS: [&str; 2] = ["6345454545454", "191b80a9238"];
/// The last one is a group.
pub(crate) const CHATS: [&str; 4] =
    ["79991112233@c.us", "79999999999@c.us", "79991234567@c.us", "4239048293082@g.us"];
pub(crate) const GROUP: usize = 3;
/// What most messages say.
const TEXTS: [&str; 3] = ["Hello", "Your order is here.\r\n\r\nThank you \n", "Good day\nto you"];
const FILES: [&str; 2] = ["note.pdf", "photo.png"];

/// What messages have in common that events cannot tell from one another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    pub(crate) session: usize,
    pub(crate) chat: usize,
    pub(crate) text: String,
    pub(crate) has_file: bool,
}

/// A message that somebody puts.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) at: Millis,
    pub(crate) kind: Kind,
    pub(crate) file: Option<&'static str>,
    pub(crate) draft: Draft,
    /// When it is put again, and whether with other content.
    pub(crate) repeats: Vec<(Millis, bool)>,
}

impl Order {
    fn new(at: Millis, kind: Kind, file: Option<&'static str>) -> Self {
        let chat = CHATS[kind.chat];
        let recipient = if kind.text.len().is_multiple_of(2) { chat } else { chat.trim_end_matches("@c.us") };
        let draft = Draft {
            session: SESSIONS[kind.session].to_owned(),
            recipient: recipient.to_owned(),
            message: format!("{} {}", file.unwrap_or_default(), kind.text),
            file: file.map(str::to_owned),
            class: Class::Normal,
            not_before: 0,
            expires: None,
        };
        Self { at, kind, file, draft, repeats: Vec::new() }
    }

    /// What is read of a draft when it is put.
    pub(crate) fn reading(&self, is_other: bool) -> Reading {
        let other = if is_other { " or not" } else { "" };
        Reading {
            chat: CHATS[self.kind.chat].to_owned(),
            fingerprint: format!("{} {} {}{other}", self.draft.session, self.kind.chat, self.draft.message),
            content: Content::new(&format!("{}{other}", self.kind.text), self.file),
        }
    }
}

/// A message that a person types on the phone, or that was typed long ago.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) at: Millis,
    pub(crate) kind: Kind,
    /// How long before that it was typed in truth.
    pub(crate) age: Millis,
    /// It was reported then, and only its being read is reported now.
    pub(crate) is_read: bool,
}

#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Plan {
    pub(crate) processes: usize,
    pub(crate) policy: Absent,
    pub(crate) limits: Option<Limits>,
    pub(crate) polls: bool,
    pub(crate) has_webhook: bool,
    /// What is posted counts only once it is listed.
    pub(crate) verifies: bool,
    pub(crate) interval: Millis,
    pub(crate) judges: Millis,
    pub(crate) timeout: Millis,
    pub(crate) margin: Millis,
    pub(crate) most: usize,
    /// For how long what is unknown is looked for.
    pub(crate) patience: Duration,
    /// Before that nothing goes wrong.
    pub(crate) warm: Millis,
    /// From then on nothing goes wrong any more.
    pub(crate) length: Millis,
    pub(crate) orders: Vec<Order>,
    pub(crate) typed: Vec<Typed>,
    /// When somebody posts that an order was sent.
    pub(crate) forgeries: Vec<(Millis, usize)>,
    pub(crate) disconnects: Vec<(Millis, Millis, usize)>,
    pub(crate) absences: Vec<(Millis, Millis)>,
    /// How many messages are put when nothing goes wrong any more.
    pub(crate) closing: i64,
    /// When people look at what became of messages.
    pub(crate) looks: Vec<Millis>,
    pub(crate) is_night: bool,
}

impl Plan {
    pub(crate) fn draw(rng: &mut Rng, chances: &Chances, most_orders: Option<usize>) -> Self {
        let sessions = 1 + rng.usize(..4) / 3;
        // What is sent most: texts to people, texts to groups, or files.
        let main = [0, 0, 0, 0, 1, 2][rng.usize(..6)];
        let mut orders = Vec::new();
        let mut warm = 0;
        if rng.u8(..4) > 0 {
            for number in 0..rng.usize(22..28) {
                warm += 12 * SECOND;
                let (chat, file) = place(main, number);
                let text = text(rng, number);
                let kind = Kind { session: 0, chat, text, has_file: file.is_some() };
                orders.push(Order::new(warm, kind, file));
            }
            warm += MINUTE;
        }
        let length = warm + rng.i64(10..40) * MINUTE;
        for _ in 0..rng.usize(6..24) {
            let at = rng.i64(warm..length);
            orders.push(draw_order(rng, at, sessions, main));
            // Several at once for the same chat.
            if rng.u8(..5) == 0 {
                let mut next = orders[orders.len() - 1].clone();
                next.at += rng.i64(0..2000);
                orders.push(next);
            }
        }
        orders.sort_by_key(|order| order.at);
        orders.truncate(most_orders.unwrap_or(usize::MAX));
        let mut typed = Vec::new();
        let around = |rng: &mut Rng, orders: &[Order], before: Millis| {
            let order = orders.get(rng.usize(..orders.len().max(1)))?;
            let at = (order.at + rng.i64(-before..10 * MINUTE)).max(warm);
            Some((at, order.kind.clone()))
        };
        for (trouble, most) in
            [(Trouble::TypedTwins, 6), (Trouble::OldSyncs, 6), (Trouble::OldAcknowledgements, 6)]
        {
            for _ in 0..if chances.has(trouble) { rng.usize(1..most) } else { 0 } {
                let Some((at, kind)) = around(rng, &orders, 4 * MINUTE) else { continue };
                let age = if trouble == Trouble::TypedTwins { 0 } else { rng.i64(20..1200) * MINUTE };
                typed.push(Typed { at, kind, age, is_read: trouble == Trouble::OldAcknowledgements });
            }
        }
        let (polls, has_webhook) =
            [(true, true), (true, true), (true, true), (true, false), (true, false), (false, true)]
                [rng.usize(..6)];
        // Who believes whatever is posted is deceived, and knows it.
        let verifies = polls && has_webhook && rng.u8(..3) == 0;
        let mut forgeries = Vec::new();
        for _ in 0..if verifies && chances.has(Trouble::Forgeries) { rng.usize(1..12) } else { 0 } {
            let order = rng.usize(..orders.len().max(1));
            let Some(of) = orders.get(order) else { continue };
            forgeries.push(((of.at + rng.i64(0..4 * MINUTE)).max(warm), order));
        }
        let span = |rng: &mut Rng, minutes: i64| {
            let from = rng.i64(warm..length);
            (from, from + rng.i64(MINUTE..minutes * MINUTE))
        };
        let mut disconnects = Vec::new();
        for _ in 0..if chances.has(Trouble::Disconnects) { rng.usize(1..3) } else { 0 } {
            let (from, until) = span(rng, 15);
            disconnects.push((from, until, rng.usize(..sessions)));
        }
        let absences = (0..if chances.has(Trouble::Absences) { rng.usize(1..3) } else { 0 })
            .map(|_| span(rng, 40))
            .collect();
        let looks = (0..if chances.has(Trouble::Decisions) { rng.usize(2..14) } else { 0 })
            .map(|_| rng.i64(warm..length + 30 * MINUTE))
            .collect();
        let limits = (rng.u8(..3) == 0).then(|| {
            Limits::default()
                .with_rate(Duration::from_secs(rng.u64(1..6)), 2)
                .with_ramp(Duration::from_secs(60), 2)
                .with_error_pauses(Duration::from_secs(rng.u64(1..20)), Duration::from_secs(120))
        });
        Self {
            processes: rng.usize(1..3),
            policy: [Absent::Tell, Absent::Tell, Absent::Hold, Absent::Resend, Absent::Resend]
                [rng.usize(..5)],
            limits,
            polls,
            has_webhook,
            verifies,
            interval: rng.i64(15..120) * SECOND,
            judges: rng.i64(20..90) * SECOND,
            timeout: rng.i64(15..60) * SECOND,
            margin: rng.i64(5..30) * SECOND,
            most: rng.usize(1..6),
            patience: Duration::from_secs([300, 300, 120, 600][rng.usize(..4)]),
            warm,
            length,
            orders,
            typed,
            forgeries,
            disconnects,
            absences,
            closing: [2, 4, 24][rng.usize(..3)],
            looks,
            is_night: false,
        }
    }

    /// A message that is put when nothing goes wrong any more, and answered.
    pub(crate) fn closing(&self, number: usize, session: usize, at: Millis) -> Order {
        let main = self
            .orders
            .first()
            .map_or(0, |order| if order.kind.has_file { 2 } else { usize::from(order.kind.chat == GROUP) });
        let (chat, file) = place(main, number);
        let kind = Kind { session, chat, text: format!("The end {number}"), has_file: file.is_some() };
        Order::new(at, kind, file)
    }
}

fn place(main: usize, number: usize) -> (usize, Option<&'static str>) {
    match main {
        0 => (number % GROUP, None),
        1 => (GROUP, None),
        _ => (number % GROUP, Some(FILES[number % 2])),
    }
}

fn text(rng: &mut Rng, number: usize) -> String {
    if rng.u8(..10) < 6 { TEXTS[rng.usize(..3)].to_owned() } else { format!("Order {number}") }
}

fn draw_order(rng: &mut Rng, at: Millis, sessions: usize, main: usize) -> Order {
    let main = if rng.u8(..10) < 7 { main } else { rng.usize(..3) };
    let (chat, file) = place(main, rng.usize(..6));
    let session = if rng.u8(..5) == 0 { sessions - 1 } else { 0 };
    let number = rng.usize(..1000);
    let text = if file.is_some() && rng.bool() { String::new() } else { text(rng, number) };
    let mut order = Order::new(at, Kind { session, chat, text, has_file: file.is_some() }, file);
    order.draft.class = [Class::Urgent, Class::Normal, Class::Normal, Class::Bulk][rng.usize(..4)];
    if rng.u8(..8) == 0 {
        order.draft.not_before = BEGIN + at + rng.i64(1..10) * MINUTE;
    }
    if rng.u8(..8) == 0 {
        order.draft.expires = Some(BEGIN + at + rng.i64(1..120) * MINUTE);
    }
    if rng.u8(..3) == 0 {
        for _ in 0..rng.usize(1..3) {
            order.repeats.push((at + rng.i64(1..30 * MINUTE), rng.u8(..4) == 0));
        }
    }
    order
}

/// How long it takes from the last trouble to the end of a schedule: what is carried out late is over by then.
pub(crate) const EVENING: Millis = 6 * HOUR;
