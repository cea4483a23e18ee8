//! What must hold, by what the gateway really sent.

use std::collections::BTreeMap;

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::{Absent, Entry, Key, Proof, State};
use whatsgate_core::durable::receipts::ReceiptKey;

use super::gateway::{Bodies, By, Names, Sent, Tells};
use super::plan::SESSIONS;
use super::sender::order_of;
use super::world::{Try, World};
use crate::chance::Trouble;
use crate::checks::Check;
use crate::stage::{MINUTE, SECOND};

/// By how much the clocks of the service and of the store may differ.
const CLOCKS: Millis = 5 * MINUTE;

impl World {
    /// A message was sent once more: only an earlier attempt that the owner's policy gave up may be another one.
    pub(crate) fn look_at_doubles(&mut self, order: usize, number: u32) {
        let Some((_, before)) = self.acts[&order].split_last() else { return };
        if before.is_empty() || self.dealings[order].is_decided {
            return;
        }
        let numbers = before.iter().filter_map(|place| match self.gateway.sent[*place].by {
            By::Attempt { number, .. } => Some(number),
            By::Person => None,
        });
        let is_allowed = |earlier: u32| {
            let given_up = self.tries.get(&(order, earlier.min(number))).is_some_and(|of| of.is_given_up);
            self.plan.policy == Absent::Resend && earlier != number && given_up
        };
        let doubled: Vec<_> = numbers.filter(|earlier| !is_allowed(*earlier)).collect();
        if let Some(earlier) = doubled.first() {
            let what = format!("order {order} was sent twice, by attempts {earlier} and {number}");
            self.fail(Check::SentOnce, what);
        }
    }

    /// What was taken must have been its chat's turn.
    pub(crate) fn look_at_order(&mut self, taken: &[Entry], others: &[Entry]) {
        let now = self.store_now();
        for entry in taken {
            let order = order_of(entry);
            let of = &self.orders[order].kind;
            for other in others.iter().filter(|other| other.id != entry.id) {
                let number = order_of(other);
                let kind = &self.orders[number].kind;
                if (kind.session, kind.chat) != (of.session, of.chat) {
                    continue;
                }
                let ended = other.course.attempt.as_ref().and_then(|attempt| attempt.ended);
                let is_before = other.id < entry.id
                    && other.draft.class <= entry.draft.class
                    && other.draft.not_before <= now
                    && other.draft.expires.is_none_or(|expires| expires > now);
                let found = match other.course.state {
                    State::Sending => Some((Check::OneAtATime, "is being sent")),
                    State::Unknown if ended.is_some_and(|ended| ended > now - self.patience()) => {
                        Some((Check::LaterOnesWait, "is unknown and looked for"))
                    }
                    State::Queued if is_before => Some((Check::OneAtATime, "waits and was put before")),
                    _ => None,
                };
                if let Some((check, what)) = found {
                    self.fail(
                        check,
                        format!("order {order} is sent while order {number} of its chat {what}"),
                    );
                    return;
                }
            }
        }
    }

    /// Whether what shows an entry's attempt has been taken for another message that looks the same.
    pub(crate) fn is_taken(&mut self, entry: &Entry) -> bool {
        let (order, number) = (order_of(entry), entry.course.attempts());
        let acts: Vec<_> = self.acts.get(&order).into_iter().flatten().copied().collect();
        acts.into_iter().any(|sent| {
            self.gateway.sent[sent].by == By::Attempt { order, number }
                && self.shown_by(sent).is_some_and(|other| {
                    other != order && self.orders[other].kind == self.gateway.sent[sent].kind
                })
        })
    }

    /// The order that a message is taken for.
    fn shown_by(&mut self, sent: usize) -> Option<usize> {
        let of = &self.gateway.sent[sent];
        let key = ReceiptKey { session: SESSIONS[of.kind.session].to_owned(), message: of.short.clone() };
        let id = self.look(|tables| tables.sighting(&key))?.proves?;
        self.look(|tables| tables.outbox_entry_of(id)).map(|entry| order_of(&entry))
    }

    /// An event was stored that shows a message. If that is still being sent, it shows nothing else.
    pub(crate) fn look_at_what_is_sent(&mut self, sent: usize) {
        let By::Attempt { order, number } = self.gateway.sent[sent].by else { return };
        let Some(other) = self.shown_by(sent).filter(|other| *other != order) else { return };
        let key = Key::new(order.to_string());
        let own = self.look(|tables| tables.outbox_entry(&key));
        let is_being_sent =
            own.is_some_and(|own| own.course.state == State::Sending && own.course.attempts() == number);
        // By another clock it is not known to be.
        let is_known = self.tries.get(&(order, number)).is_some_and(|of| of.clock_error == 0);
        if is_being_sent && is_known && self.orders[other].kind == self.orders[order].kind {
            let what =
                format!("order {order} is being sent, and its event is taken for that of order {other}");
            self.fail(Check::EvidenceWaits, what);
        }
    }

    /// All that must hold in the end.
    pub(crate) fn look_at_all(&mut self) {
        let mut all = Vec::new();
        for order in 0..self.orders.len() {
            let key = Key::new(order.to_string());
            match self.look(|tables| tables.outbox_entry(&key)) {
                Some(entry) => all.push(entry),
                None => self.fail(Check::NothingIsForgotten, format!("order {order} is not there")),
            }
        }
        let counted = self.look(|tables| tables.count_outbox(&whatsgate_store::OutboxFilter::default()));
        if counted.iter().map(|(_, count)| count).sum::<u64>() != all.len() as u64 {
            self.fail(Check::KeysAreKept, "there are more entries than keys");
        }
        for entry in &all {
            let (state, order) = (entry.course.state, order_of(entry));
            let is_open = state == State::Unknown && !entry.course.reason.is_empty();
            if !state.is_settled() && !is_open {
                let what = format!("order {order} is {} in the end", state.name());
                self.fail(Check::NothingIsForgotten, what);
            }
        }
        self.look_at_proofs(&all);
        self.look_at_absences();
        self.count(&all);
    }

    /// What is taken for sent was sent.
    fn look_at_proofs(&mut self, all: &[Entry]) {
        let mut marked: BTreeMap<_, (usize, usize)> = BTreeMap::new();
        for sent in &self.gateway.sent {
            marked.entry(sent.kind.clone()).or_default().1 += 1;
        }
        let mut evidence = BTreeMap::new();
        let mut wrong = Vec::new();
        for entry in all {
            let order = order_of(entry);
            let (State::Sent, Some(proof), Some(message)) =
                (entry.course.state, entry.course.proof, &entry.course.message)
            else {
                continue;
            };
            let short = message.rsplit('_').next().unwrap_or_default();
            if let Some(other) = evidence.insert(short.to_owned(), order) {
                wrong.push((
                    Check::EvidenceCountsOnce,
                    format!("message {short} shows both order {other} and order {order}"),
                ));
            }
            let Some(sent) = self.gateway.sent.iter().find(|sent| sent.short == short) else {
                wrong.push((Check::SentWasSent, format!("order {order} was never sent as {short}")));
                continue;
            };
            let kind = &self.orders[order].kind;
            marked.entry(kind.clone()).or_default().0 += 1;
            let is_own = matches!(sent.by, By::Attempt { order: of, .. } if of == order);
            if is_own || proof == Proof::Person {
                continue;
            }
            if proof == Proof::Id || sent.kind != *kind {
                wrong.push((
                    Check::SentWasSent,
                    format!("order {order} is shown by {short}, which is another message"),
                ));
                continue;
            }
            let number = entry.course.attempts();
            if let Some(why) = self.tries.get(&(order, number)).and_then(|of| self.is_of_before(of, sent)) {
                wrong.push((
                    Check::EvidenceIsOfTheTime,
                    format!("order {order} is shown by {short}, which {why}"),
                ));
            }
        }
        for (kind, (marked, sent)) in marked {
            if marked > sent {
                let what = format!("{marked} of {kind:?} are taken for sent, and {sent} were");
                wrong.push((Check::SentWasSent, what));
            }
        }
        if let Some((check, what)) = wrong.into_iter().next() {
            self.fail(check, what);
        }
    }

    /// How long after an attempt its absence says something at the earliest, and for how long its chat waits.
    fn patience(&self) -> Millis {
        i64::try_from(self.plan.patience.as_millis()).unwrap_or(i64::MAX)
    }

    fn is_of_before(&self, of: &Try, sent: &Sent) -> Option<&'static str> {
        let (at, step) = of.taken;
        let clocks = CLOCKS + of.clock_error.abs() + (self.gateway.habits.clock.abs() + 1) * SECOND;
        if sent.stored.is_some_and(|stored| stored < step) {
            Some("was known before its attempt")
        } else if self.gateway.habits.has_time && sent.at < at - clocks {
            Some("was sent long before its attempt")
        } else {
            None
        }
    }

    /// What was concluded to be not sent was not, but for what the gateway carried out, or told of, later than the patience, and
    /// for what had been taken for another message that looks the same.
    fn look_at_absences(&mut self) {
        for sent in &self.gateway.sent {
            let By::Attempt { order, number } = sent.by else { continue };
            let Some(of) = self.tries.get(&(order, number)).filter(|of| of.is_given_up) else { continue };
            let (told, by_store) = sent.listed.unwrap_or((sent.at, sent.at_by_store));
            let is_late = of.ended.is_none_or(|(ended, ended_by_store)| {
                // The gateway told of nothing any more when it sent this, after its client had gone.
                let is_untold = sent.listed.is_none() && sent.at > ended;
                told - ended > self.patience() || by_store - ended_by_store > self.patience() || is_untold
            });
            if !is_late && !of.is_taken {
                let what = format!("attempt {number} for order {order} was taken for not sent, and it was");
                self.fail(Check::NotSentWasNot, what);
                return;
            }
        }
    }

    fn count(&mut self, all: &[Entry]) {
        let habits = &self.gateway.habits;
        let is_clear = self.plan.policy == Absent::Tell
            && self.plan.polls
            && habits.tells == Tells::Always
            && habits.names == Names::Number
            && habits.bodies != Bodies::Cut
            && !self.chances.has(Trouble::LateEffects);
        let unknown: Vec<_> =
            all.iter().filter(|entry| entry.course.state == State::Unknown).map(order_of).collect();
        self.sums.put = all.len() as u64;
        self.sums.sent = self.gateway.sent.iter().filter(|sent| sent.by != By::Person).count() as u64;
        self.sums.unknown = unknown.len() as u64;
        self.sums.doubled = self.acts.values().filter(|acts| acts.len() > 1).count() as u64;
        if is_clear {
            self.sums.clear_put = all.len() as u64;
            self.sums.clear_unknown = unknown.len() as u64;
            let sent = unknown.iter().filter(|order| self.acts.contains_key(order));
            self.sums.clear_unknown_sent = sent.count() as u64;
        }
    }
}
