//! The sender of a process: takes what is due, lets its request leave once that is stored, and stores what came of it.

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::outbox::{Absent, Draft, Ended, Entry, State};
use whatsgate_core::durable::rules::Rule;
use whatsgate_store::outbox::{self, Taken, Taking};
use whatsgate_store::{Backend, OutboxFilter, StoreError, Tables, pacing};

use super::gateway::{By, Sent};
use super::plan::SESSIONS;
use super::reply::Answer;
use super::world::{Action, Step, Try, World};
use crate::chance::Trouble;
use crate::checks::Check;
use crate::stage::{MINUTE, SECOND};

/// How often a gateway is asked about a session that was disconnected.
const ASK: Millis = 30 * SECOND;

/// Which order an entry is of.
pub(crate) fn order_of(entry: &Entry) -> usize {
    entry.key.key.parse().expect("keys are the numbers of orders")
}

impl World {
    pub(crate) fn take_after(&mut self, number: usize, after: Millis) {
        let (now, at) = (self.now, self.now + after);
        let process = &mut self.processes[number];
        if process.next_take.is_none_or(|next| next > at || next < now) {
            process.next_take = Some(at);
            self.then(number, after, Step::Take);
        }
    }

    /// Tells the processes that there may be something to do.
    pub(crate) fn notify(&mut self) {
        for process in 0..self.processes.len() {
            if self.processes[process].is_alive {
                self.take_after(process, 20);
            }
        }
    }

    pub(crate) fn take(&mut self, number: usize) {
        if self.processes[number].next_take.is_none_or(|next| next > self.now) {
            return;
        }
        self.processes[number].next_take = None;
        if self.chances.hits(Trouble::ClockSteps, 10) {
            self.clock_error = self.chances.draw(Trouble::ClockSteps, -7200..7200) * SECOND;
            let error = self.clock_error / SECOND;
            self.say(|| format!("the store's clock is {error} s ahead"));
        }
        let mut pause = if self.plan.is_night { 20 * MINUTE } else { 30 * SECOND };
        let queued = self.look(|tables| tables.outbox_sessions());
        for (session, name) in SESSIONS.iter().enumerate() {
            if !queued.iter().any(|queued| queued == name) {
                continue;
            }
            let most = self.plan.most.saturating_sub(self.processes[number].sending);
            if most == 0 {
                break;
            }
            if !self.look(|tables| pacing::is_connected(tables, name)) {
                if self.now >= self.processes[number].asks {
                    self.processes[number].asks = self.now + ASK;
                    if self.gateway.is_connected[session] {
                        let _ = self.transact(|tables| pacing::connect(tables, name, None, true));
                    }
                }
                pause = pause.min(ASK);
                continue;
            }
            let (outcome, is_stored) = if Rule::AttemptStoredFirst.holds() {
                self.take_of(number, name, most)
            } else {
                self.take_unstored(number, name, most)
            };
            match outcome {
                Ok(taken) => {
                    let now = self.store_now();
                    let next = taken.next.map_or(pause, |next| (next - now).clamp(50, pause));
                    pause = if taken.entries.is_empty() { next } else { 250.min(pause) };
                    for entry in taken.entries {
                        self.processes[number].sending += 1;
                        let (id, order, attempt) = (entry.id, order_of(&entry), entry.course.attempts());
                        let after = self.rng.i64(1..40);
                        self.then(number, after, Step::Send { id, order, number: attempt });
                    }
                    if !is_stored {
                        self.then(number, 60, Step::TakeTooLate);
                    }
                }
                Err(_) => pause = SECOND,
            }
        }
        self.take_after(number, pause);
    }

    fn take_of(&mut self, number: usize, session: &str, most: usize) -> (Result<Taken, StoreError>, bool) {
        let worker = self.worker(number);
        let (timeout, limits) = (self.plan.timeout + self.plan.margin, self.plan.limits.clone());
        let look = self.plan.patience;
        let mut seen = None;
        let (outcome, is_stored) = self.transact(|tables| {
            let limits = limits.as_ref();
            let taking = Taking { worker: &worker, session, most, look, limits, lease: &|_: &Draft| timeout };
            let taken = outbox::take(tables, &taking)?;
            if !taken.entries.is_empty() {
                seen = Some((taken.entries.clone(), waiting(tables)?));
            }
            Ok(taken)
        });
        if let Some((taken, others)) = seen.filter(|_| is_stored) {
            self.look_at_order(&taken, &others);
            for entry in &taken {
                let (order, attempt) = (order_of(entry), entry.course.attempts());
                let begun =
                    Try { taken: (self.now, self.steps), clock_error: self.clock_error, ..Try::default() };
                self.tries.insert((order, attempt), begun);
                let what = self.orders[order].kind.clone();
                self.say(|| {
                    format!("attempt {attempt} for order {order} is recorded by process {number}: {what:?}")
                });
            }
        }
        (outcome, is_stored || !Rule::AttemptStoredFirst.holds())
    }

    /// Without its rule: the requests leave, and only then their attempts are stored.
    fn take_unstored(
        &mut self,
        number: usize,
        session: &str,
        most: usize,
    ) -> (Result<Taken, StoreError>, bool) {
        let worker = self.worker(number);
        let (timeout, limits) = (self.plan.timeout + self.plan.margin, self.plan.limits.clone());
        let look = self.plan.patience;
        let now = self.store_now();
        self.memory.set_clock(now);
        self.memory.begin().expect("memory has no errors");
        let limits = limits.as_ref();
        let taking = Taking { worker: &worker, session, most, look, limits, lease: &|_: &Draft| timeout };
        let taken = outbox::take(&mut self.memory, &taking);
        self.memory.rollback().expect("memory has no errors");
        let is_any = taken.as_ref().is_ok_and(|taken| !taken.entries.is_empty());
        (taken, !is_any)
    }

    pub(crate) fn take_too_late(&mut self, number: usize) {
        let most = self.plan.most;
        for session in SESSIONS {
            let _ = self.take_of(number, session, most);
        }
    }

    /// The request of an attempt leaves.
    pub(crate) fn send(&mut self, number: usize, id: u64, order: usize, attempt: u32) {
        let session = self.orders[order].kind.session;
        let deed = self.gateway.receive(session, &mut self.stage.rng, &mut self.stage.chances);
        let short = format!("3EB0{:04X}{attempt:02X}{:04X}", order, self.gateway.sent.len());
        let (after, answer) = deed.answers;
        self.say(|| {
            let acts = deed.acts.map(|after| after / SECOND);
            format!("the request of attempt {attempt} for order {order} leaves; sent after {acts:?} s, answered by {answer:?}")
        });
        if let Some(acts) = deed.acts {
            self.after(acts, Action::Act { order, number: attempt, short: short.clone() });
        }
        let (after, answer) = match answer {
            Answer::Nothing => (self.plan.timeout, answer),
            Answer::Message => {
                let sent = self.sent(order, attempt, short);
                let message = self.gateway.message(&sent, None, &mut self.stage.rng);
                (after, Answer::Status(200, format!(r#"{{"result":{message}}}"#)))
            }
            answer => (after, answer),
        };
        let ended = self.asker.ended(answer);
        self.then(number, after, Step::End { id, order, number: attempt, ended });
    }

    fn sent(&self, order: usize, number: u32, short: String) -> Sent {
        let what = &self.orders[order];
        Sent {
            kind: what.kind.clone(),
            file: what.file,
            short,
            by: By::Attempt { order, number },
            at: self.now,
            at_by_store: self.store_now(),
            listed: None,
            stored: None,
        }
    }

    /// The gateway really sends a message.
    pub(crate) fn carry_out(&mut self, order: usize, number: u32, short: String) {
        self.say(|| format!("attempt {number} for order {order} is carried out: {short}"));
        let sent = self.sent(order, number, short);
        let place = self.add_sent(sent);
        self.acts.entry(order).or_default().push(place);
        self.look_at_doubles(order, number);
    }

    pub(crate) fn end(&mut self, number: usize, id: u64, order: usize, attempt: u32, ended: Ended) {
        let (outcome, is_stored) = self.transact(|tables| outbox::end(tables, id, attempt, &ended));
        if is_stored {
            self.ended(order, attempt);
            self.say(|| format!("attempt {attempt} for order {order} ended: {ended:?}"));
        }
        if outcome.is_err() {
            self.then(number, SECOND, Step::End { id, order, number: attempt, ended });
            return;
        }
        self.processes[number].sending = self.processes[number].sending.saturating_sub(1);
        self.notify();
    }

    fn ended(&mut self, order: usize, number: u32) {
        let times = (self.now, self.store_now());
        if let Some(of) = self.tries.get_mut(&(order, number)) {
            of.ended.get_or_insert(times);
        }
    }

    /// What is being sent by whoever is gone is lost. Says whether that is known to have been stored.
    pub(crate) fn lose(&mut self, all: bool) -> bool {
        let before = self.entries(State::Sending);
        let (outcome, is_stored) = self.transact(|tables| outbox::lose(tables, all));
        if is_stored {
            for entry in before {
                let after = self.look(|tables| tables.outbox_entry_of(entry.id));
                if after.is_some_and(|after| after.course.state != State::Sending) {
                    let (order, number) = (order_of(&entry), entry.course.attempts());
                    self.ended(order, number);
                    self.say(|| format!("attempt {number} for order {order} is lost"));
                }
            }
        }
        outcome.is_ok()
    }

    pub(crate) fn judge(&mut self, number: usize) {
        let pause = if self.plan.is_night { 20 * MINUTE } else { self.plan.judges };
        self.then(number, pause, Step::Judge);
        if !self.lose(false) {
            return;
        }
        let before = self.entries(State::Unknown);
        let (policy, patience) = (self.plan.policy, self.plan.patience);
        let (outcome, is_stored) = self.transact(|tables| outbox::judge(tables, policy, patience));
        if is_stored {
            for entry in before {
                let Some(after) = self.look(|tables| tables.outbox_entry_of(entry.id)) else { continue };
                if after.course.state != State::Unknown && after.course.state != State::Sent {
                    self.given_up(&after);
                }
            }
        }
        if outcome.is_ok_and(|changed| changed > 0) {
            self.notify();
        }
    }

    /// It was concluded that an attempt was not carried out.
    fn given_up(&mut self, entry: &Entry) {
        let (order, number) = (order_of(entry), entry.course.attempts());
        let state = entry.course.state;
        self.say(|| format!("attempt {number} for order {order} is given up, and is {}", state.name()));
        let is_taken = self.is_taken(entry);
        if let Some(of) = self.tries.get_mut(&(order, number)) {
            (of.is_given_up, of.is_taken) = (true, is_taken);
        }
        if state == State::Queued && self.plan.policy != Absent::Resend {
            let what = format!("order {order} is to be sent again, and nobody said that it may");
            self.fail(Check::OnlyOwnersResend, what);
        }
    }

    pub(crate) fn entries(&mut self, state: State) -> Vec<Entry> {
        self.look(|tables| of_states(tables, vec![state]))
    }
}

/// What is not settled.
fn waiting(tables: &mut dyn Tables) -> Result<Vec<Entry>, StoreError> {
    of_states(tables, vec![State::Queued, State::Sending, State::Unknown])
}

fn of_states(tables: &mut dyn Tables, states: Vec<State>) -> Result<Vec<Entry>, StoreError> {
    tables.outbox_entries(&OutboxFilter { states, ..OutboxFilter::default() }, usize::MAX)
}
