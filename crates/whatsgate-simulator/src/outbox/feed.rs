//! Events on their way: what happens at the gateway, what it posts, and what the poll lists.

use whatsgate_core::CursorPosition;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::Trust;
use whatsgate_store::StoreError;
use whatsgate_store::journal::{self, Arrival};
use whatsgate_store::poll;

use super::gateway::{By, Gateway, Happened, Sent};
use super::world::{Action, Step, World};
use crate::chance::Trouble;
use crate::stage::{MINUTE, SECOND};

/// How often the gateway posts an event, and how long it waits for an acknowledgement.
const MOST_POSTS: u32 = 4;
const POST_AGAIN: i64 = 20 * SECOND;
/// How long a process polls alone.
const LEASE: Millis = MINUTE;

impl World {
    /// A message really is sent.
    pub(crate) fn add_sent(&mut self, sent: Sent) -> usize {
        let place = self.gateway.sent.len();
        let is_told = self.gateway.tells_of(&sent);
        self.gateway.sent.push(sent);
        let slow = self.gateway.habits.slow;
        let mut at = self.now + self.rng.i64(20..slow);
        if is_told {
            self.at(at, Action::Tell { sent: place, action: "create", ack: 0 });
            if self.rng.bool() {
                let later = at + self.rng.i64(0..2000);
                self.at(later, Action::Tell { sent: place, action: "sent", ack: 1 });
            }
        }
        for ack in [2, 3] {
            at += self.rng.i64(500..20 * MINUTE);
            if self.rng.u8(..6) == 0 {
                self.at(at, Action::Tell { sent: place, action: "ack", ack });
            }
        }
        place
    }

    /// A person types on the phone; or what they typed long ago is reported now, or read now.
    pub(crate) fn type_in(&mut self, number: usize) {
        let typed = self.plan.typed[number].clone();
        let at = self.now - typed.age;
        let sent = Sent {
            file: typed.kind.has_file.then_some("note.pdf"),
            short: format!("3AP{number:08X}"),
            by: By::Person,
            at,
            at_by_store: self.store_now() - typed.age,
            listed: None,
            stored: None,
            kind: typed.kind,
        };
        let text = sent.kind.text.clone();
        if typed.is_read {
            self.say(|| format!("a message of long ago is read: {text:?}"));
            let place = self.gateway.sent.len();
            self.gateway.sent.push(sent);
            self.tell(place, "ack", 3);
        } else {
            self.say(|| format!("a person typed {} s ago: {text:?}", typed.age / SECOND));
            self.add_sent(sent);
        }
    }

    /// An event of a message.
    pub(crate) fn tell(&mut self, sent: usize, action: &'static str, ack: i64) {
        let of = self.gateway.sent[sent].clone();
        let message = self.gateway.message(&of, Some(ack), &mut self.stage.rng);
        let shows = (action != "ack").then_some(sent);
        self.add_event(of.kind.session, action, &format!(r#""message":{message}"#), shows);
    }

    pub(crate) fn add_event(
        &mut self,
        session: usize,
        action: &str,
        data: &str,
        shows: Option<usize>,
    ) -> usize {
        let gap = self.rng.i64(0..6) / 5;
        let event = self.gateway.tell(session, action, data, gap);
        let number = event.id;
        self.say(|| format!("event {number} happens: {action} {data}"));
        let place = self.gateway.happened.len();
        self.gateway.happened.push(Happened {
            event,
            shows,
            is_listed: false,
            is_polled: false,
            is_acknowledged: false,
        });
        if self.chances.hits(Trouble::LateListing, 100) {
            let after = self.chances.draw(Trouble::LateListing, 1..40) * SECOND;
            self.after(after, Action::List(place));
        } else {
            self.list(place);
        }
        if self.plan.has_webhook {
            self.after(0, Action::Post { place, attempt: 1 });
        }
        place
    }

    pub(crate) fn list(&mut self, place: usize) {
        let (now, by_store) = (self.now, self.store_now());
        let happened = &mut self.gateway.happened[place];
        happened.is_listed = true;
        if let Some(sent) = happened.shows {
            self.gateway.sent[sent].listed.get_or_insert((now, by_store));
        }
        self.listed.insert(place);
    }

    pub(crate) fn post(&mut self, place: usize, attempt: u32) {
        if self.gateway.happened[place].is_acknowledged {
            return;
        }
        if attempt < MOST_POSTS {
            self.after(POST_AGAIN, Action::Post { place, attempt: attempt + 1 });
        }
        if self.chances.hits(Trouble::LostPushes, 300) {
            return;
        }
        let copies = 1 + u32::from(self.chances.hits(Trouble::DoubledPushes, 200));
        for _ in 0..copies {
            let mut delay = self.rng.i64(5..100);
            if self.chances.hits(Trouble::DelayedPushes, 200) {
                delay += self.chances.draw(Trouble::DelayedPushes, 1..120_000);
            }
            self.after(delay, Action::Arrive(place));
        }
    }

    /// A posted event reaches whichever process there is.
    pub(crate) fn arrive(&mut self, place: usize) {
        let now = self.now;
        if self.processes.iter().all(|process| !process.is_alive || process.paused_until > now) {
            return;
        }
        let trust = if self.plan.verifies { Trust::Pending } else { Trust::Posted };
        if self.store(&[place], trust) {
            let id = self.gateway.happened[place].event.id;
            self.say(|| format!("event {id} was posted and is stored"));
            self.gateway.happened[place].is_acknowledged = true;
        }
    }

    /// Stores events. Says whether that is known to have taken effect.
    fn store(&mut self, places: &[usize], trust: Trust) -> bool {
        let arrivals: Vec<_> = places
            .iter()
            .map(|place| Arrival::new(&self.gateway.happened[*place].event, trust, None))
            .collect();
        let (outcome, is_stored) = self.transact(|tables| journal::append(tables, arrivals));
        if is_stored && trust != Trust::Pending {
            let step = self.steps;
            for place in places {
                if let Some(sent) = self.gateway.happened[*place].shows {
                    self.gateway.sent[sent].stored.get_or_insert(step);
                    self.look_at_what_is_sent(sent);
                }
            }
        }
        outcome.is_ok()
    }

    /// Somebody posts that an order was sent, and it was not, or not so.
    pub(crate) fn forge(&mut self, order: usize) {
        let what = &self.orders[order];
        let (kind, file) = (what.kind.clone(), what.file);
        let short = format!("F{order:08X}");
        let sent = Sent {
            short,
            by: By::Person,
            at: self.now,
            at_by_store: 0,
            listed: None,
            stored: None,
            kind,
            file,
        };
        let message = self.gateway.message(&sent, Some(0), &mut self.stage.rng);
        let number = self.gateway.last_number + [1, 2, 1000][self.rng.usize(..3)];
        let event = Gateway::event(number, sent.kind.session, "create", &format!(r#""message":{message}"#));
        self.say(|| format!("somebody forges event {number}: order {order} was sent"));
        let arrivals = vec![Arrival::new(&event, Trust::Pending, None)];
        let _ = self.transact(|tables| journal::append(tables, arrivals));
    }

    pub(crate) fn connect(&mut self, session: usize, is_connected: bool) {
        if self.gateway.is_connected[session] == is_connected {
            return;
        }
        self.gateway.is_connected[session] = is_connected;
        let (action, data) = if is_connected {
            ("ready", r#""number":"79991234567""#)
        } else {
            ("disconnect", r#""reason":"LOGOUT""#)
        };
        self.add_event(session, action, data, None);
    }

    /// Asks for events, if this process is the one that polls.
    pub(crate) fn ask(&mut self, number: usize) {
        let pause = if self.plan.is_night { 20 * MINUTE } else { self.plan.interval };
        let worker = self.worker(number);
        let (is_ours, _) = self.transact(|tables| poll::lease(tables, &worker, LEASE));
        if !is_ours.unwrap_or(false) {
            self.then(number, pause, Step::Ask);
            return;
        }
        if self.chances.hits(Trouble::FailedRequests, 100) {
            self.then(number, 10 * SECOND, Step::Ask);
            return;
        }
        let mut delay = self.rng.i64(50..500);
        if self.chances.hits(Trouble::SlowRequests, 50) {
            delay += self.chances.draw(Trouble::SlowRequests, 1..120) * SECOND;
        }
        let began = self.store_now();
        let places: Vec<_> = self.listed.iter().copied().collect();
        self.then(number, delay, Step::Page { began, places });
    }

    pub(crate) fn take_page(&mut self, number: usize, began: Millis, places: Vec<usize>) {
        if !self.store(&places, Trust::Listed) {
            self.then(number, 5 * SECOND, Step::Page { began, places });
            return;
        }
        if !places.is_empty() {
            self.say(|| format!("process {number} stores {} events that are listed", places.len()));
        }
        for place in places {
            self.listed.remove(&place);
            self.gateway.happened[place].is_polled = true;
        }
        self.then(number, 5, Step::Keep { began });
    }

    pub(crate) fn keep(&mut self, number: usize, began: Millis) {
        let pause = if self.plan.is_night { 20 * MINUTE } else { self.plan.interval };
        let worker = self.worker(number);
        let position = CursorPosition::default();
        let (outcome, _) = self.transact(|tables| poll::keep(tables, &worker, &position, began, false));
        let again = matches!(outcome, Err(error) if error != StoreError::LeaseLost);
        if again {
            self.then(number, 5 * SECOND, Step::Keep { began });
        } else {
            self.then(number, pause, Step::Ask);
        }
    }

    pub(crate) fn worker(&self, number: usize) -> String {
        format!("{number}.{}", self.processes[number].incarnation)
    }
}
