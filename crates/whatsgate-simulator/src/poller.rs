//! The poll: asks, stores each page, and at the end of a round where it is.

use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Position, Trust};
use whatsgate_core::durable::rules::Rule;
use whatsgate_core::{CursorPosition, EventCursor, Round, Start};
use whatsgate_model::{Event, EventsGetRequest, WireDate};
use whatsgate_store::journal::{self, Arrival};

use crate::chance::Trouble;
use crate::checks::Check;
use crate::gateway::{Counts, Retention};
use crate::stage::{HOUR, MINUTE, SECOND};
use crate::world::{AGAIN, Listed, Step, World};

/// The setting in which the position is kept.
const SETTING: &str = "poll";
/// How far the date of an event may be from its listing so that two rounds must have it.
const PROMPT_SECONDS: i64 = 50;
/// The pause between two rounds of the night: the second one begins a day and an hour or two after the last trouble, so that
/// it goes back, and leaves five hours for what it finds.
const NIGHT: Millis = 10 * HOUR + 30 * MINUTE;

/// The poll of a process.
pub(crate) struct Poll {
    cursor: EventCursor,
    round: Option<Begun>,
    finished: Option<Round>,
    /// What was not stored yet, without the rule that it is at once.
    held: Vec<Arrival>,
    held_events: Vec<Event>,
    /// When the next step is due, so that there is one chain of them.
    next: Option<Millis>,
}

/// What is known of a round under way.
struct Begun {
    at: Millis,
    forgettings: u32,
    from: Option<i64>,
    pending: Vec<Position>,
}

impl World {
    pub(crate) fn begin_poll(&mut self, number: usize) {
        if !self.plan.polls || self.poller.is_some() {
            return;
        }
        let stored = self.look(|tables| tables.setting(SETTING));
        let start = stored.map_or(Start::Now, |text| {
            let position: CursorPosition =
                serde_json::from_str(&text).expect("a stored position can be read");
            Start::Position(position)
        });
        let filter = EventsGetRequest::new().with_page_size(self.plan.page_size);
        self.poller = Some(number);
        self.processes[number].poll = Some(Poll {
            cursor: EventCursor::for_journal(filter, start),
            round: None,
            finished: None,
            held: Vec::new(),
            held_events: Vec::new(),
            next: None,
        });
        self.say(|| format!("process {number} polls"));
        self.poll_after(number, 10);
    }

    fn poll_after(&mut self, number: usize, after: Millis) {
        let at = self.now + after;
        if let Some(poll) = &mut self.processes[number].poll {
            poll.next = Some(at);
            self.then(number, after, Step::Poll);
        }
    }

    /// Something waits for the poll.
    pub(crate) fn hurry_poll(&mut self, number: usize) {
        let now = self.now;
        let is_between = self.processes[number]
            .poll
            .as_ref()
            .is_some_and(|poll| poll.round.is_none() && poll.next.is_some_and(|next| next > now + SECOND));
        if is_between {
            self.poll_after(number, SECOND);
        }
    }

    pub(crate) fn ask(&mut self, number: usize) {
        let due = self.now;
        if self.processes[number].poll.as_ref().is_none_or(|poll| poll.next.is_none_or(|next| next > due)) {
            return;
        }
        if self.chances.hits(Trouble::ClockSteps, 30) {
            self.clock_error = self.chances.draw(Trouble::ClockSteps, -7200..7200) * SECOND;
            let error = self.clock_error / SECOND;
            self.say(|| format!("the client's clock is {error} s ahead"));
        }
        // Without verification nothing waits.
        let pending = if self.plan.verifies { self.look(|tables| tables.pending(100)) } else { Vec::new() };
        let (now, forgettings) = (self.now, self.gateway.forgettings);
        let client_now = (self.now + self.clock_error).div_euclid(SECOND);
        let Some(poll) = &mut self.processes[number].poll else { return };
        poll.next = None;
        let request = poll.cursor.request(client_now);
        let from = request.date.as_ref().and_then(WireDate::unix_seconds_if_utc);
        let round = poll.round.get_or_insert_with(|| Begun {
            at: now,
            forgettings,
            from,
            pending: pending.iter().map(|entry| entry.position).collect(),
        });
        round.from = from;
        let mut delay = self.rng.i64(50..500);
        if self.chances.hits(Trouble::SlowRequests, 50) {
            delay += self.chances.draw(Trouble::SlowRequests, 1..600) * SECOND;
        }
        if self.gateway.habits.retention == Retention::Nibbles && self.chances.hits(Trouble::Forgetting, 30) {
            let count = self.chances.draw(Trouble::Forgetting, 1..7);
            self.say(|| format!("the service forgets {count} events"));
            self.gateway.nibble(usize::try_from(count).unwrap_or_default(), self.now);
        }
        let (page, places) = self.gateway.list(&request, self.now);
        let clock = self.gateway.habits.tells_its_time.then_some(self.now.div_euclid(SECOND));
        let asked = request.page.unwrap_or(1);
        let of = page.pages;
        let came = places.len();
        self.say(|| {
            let from = request.date.as_ref().map_or("the start", WireDate::as_str);
            format!("process {number} asks for page {asked} from {from}: {came} elements, {of:?} pages")
        });
        let listed = Box::new(Listed { page, places, clock });
        let answer = (!self.chances.hits(Trouble::FailedRequests, 100)).then_some(listed);
        self.then(number, delay, Step::Page(answer));
    }

    pub(crate) fn take_page(&mut self, number: usize, answer: Option<Box<Listed>>) {
        let Some(listed) = answer else {
            self.say(|| "the request failed".to_owned());
            let pause = self.rng.i64(1..30) * SECOND;
            self.poll_after(number, pause);
            return;
        };
        let Listed { page, places, clock } = *listed;
        let readable = page.data.items.iter().map(|event| Arrival::new(event, Trust::Listed, None));
        let unreadable = page.data.unreadable.iter().map(|element| Arrival::unreadable(element.raw.clone()));
        let arrivals: Vec<_> = readable.chain(unreadable).collect();
        if Rule::PagesStoredAsTheyCome.holds() {
            if !self.append(arrivals, page.data.items.iter()) {
                self.poll_after(number, AGAIN);
                return;
            }
        } else if let Some(poll) = &mut self.processes[number].poll {
            poll.held.extend(arrivals);
            poll.held_events.extend(page.data.items.iter().cloned());
        }
        for place in places {
            self.gateway.happened[place].is_taken = true;
        }
        let Some(poll) = &mut self.processes[number].poll else { return };
        poll.finished = poll.cursor.accept(page, clock);
        if poll.finished.is_some() {
            self.then(number, 5, Step::Keep);
        } else {
            self.poll_after(number, 10);
        }
    }

    pub(crate) fn keep(&mut self, number: usize) {
        let Some(poll) = &mut self.processes[number].poll else { return };
        let Some(round) = poll.finished.take() else { return };
        let Some(begun) = poll.round.take() else { return };
        let (held, events) = (std::mem::take(&mut poll.held), std::mem::take(&mut poll.held_events));
        let position = serde_json::to_string(round.position()).expect("a position can be written");
        if !self.append(held, events.iter()) {
            self.poll_after(number, AGAIN);
            return;
        }
        let pending = begun.pending.clone();
        let (outcome, is_stored) = self.transact(|tables| {
            journal::not_listed(tables, &pending)?;
            tables.set_setting(SETTING, Some(&position))
        });
        if is_stored {
            self.rounds = (self.rounds.1, begun.at);
            self.look_at_round(&begun);
            if !self.has_begun {
                self.has_begun = true;
                self.first_from = begun.from;
                for process in 0..self.processes.len() {
                    self.begin_work(process);
                }
            }
        }
        if outcome.is_ok()
            && let Some(poll) = &mut self.processes[number].poll
        {
            poll.cursor.keep(round);
        }
        let interval = if self.plan.is_night { NIGHT } else { self.plan.interval };
        self.poll_after(number, interval);
    }

    /// What a whole round must have found.
    fn look_at_round(&mut self, begun: &Begun) {
        self.gateway.forget(self.now);
        let forgettings = self.gateway.forgettings - begun.forgettings;
        let gateway = &self.gateway;
        let is_steady = forgettings == 0 || (forgettings <= 3 && gateway.habits.counts == Counts::Elements);
        let grew = gateway
            .happened
            .iter()
            .any(|happened| happened.listed_from.is_some_and(|from| from > begun.at && from <= self.now));
        let is_prompt = !self.chances.has(Trouble::WrongDates);
        let zone = gateway.habits.zone;
        let mut missing = None;
        for place in 0..self.gateway.happened.len() {
            let happened = &self.gateway.happened[place];
            if !happened.is_listed(self.now) || !happened.is_listed(begun.at) {
                continue;
            }
            let is_there = happened.is_stored || self.mirror.by_identity.contains_key(&happened.identity);
            let passes = self.gateway.lets_through(happened.date, begun.from);
            let listed_from = happened.listed_from.unwrap_or_default().div_euclid(SECOND) + zone;
            let is_right = happened.date.is_some_and(|date| (listed_from - date).abs() <= PROMPT_SECONDS);
            if !is_there && passes && is_steady && !grew {
                missing = Some((Check::RoundsAreWhole, place));
                break;
            }
            let is_promised = self.gateway.lets_through(happened.date, self.first_from);
            if !is_there && happened.rounds >= 2 && is_right && is_prompt && is_promised && self.has_begun {
                missing = Some((Check::PollIsPrompt, place));
                break;
            }
            let happened = &mut self.gateway.happened[place];
            happened.is_stored = is_there;
            happened.rounds += 1;
        }
        if let Some((check, place)) = missing {
            let number = self.gateway.happened[place].identity.number;
            self.fail(check, format!("a round of the poll did not find event {number:?}"));
        }
    }
}
