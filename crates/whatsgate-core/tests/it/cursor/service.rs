//! A service that lists events, with every habit that the documentation leaves open (wire reference, section 2.6), and a
//! reader that keeps what it is offered.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use whatsgate_core::{CursorPosition, EventCursor, Offer, Start};
use whatsgate_model::{Event, EventsGetRequest, Page, Reply, WireDate};

/// When simulations begin: 2022-09-07 18:29:37 in UTC.
pub(super) const BEGIN: i64 = 1_662_575_377;
pub(super) const HOUR: i64 = 60 * 60;
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const YEAR: i64 = 365 * DAY;

#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    OldestFirst,
    NewestFirst,
    Shuffled,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Counts {
    Elements,
    Pages,
    Nothing,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    pub(super) date_is_inclusive: bool,
    pub(super) order: Order,
    pub(super) counts: Counts,
    /// Seconds east of UTC.
    pub(super) zone: i64,
    pub(super) tells_its_time: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            date_is_inclusive: true,
            order: Order::OldestFirst,
            counts: Counts::Elements,
            zone: 0,
            tells_its_time: true,
        }
    }
}

/// What is wrong with an event's date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dated {
    Rightly,
    YearsAhead,
    YearsBack,
    Not,
}

#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) number: i64,
    pub(super) dated: Dated,
    /// As the service writes it, as if that were in UTC.
    pub(super) date: Option<i64>,
    pub(super) since: i64,
    action: &'static str,
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) habits: Habits,
    /// In UTC.
    pub(super) now: i64,
    pub(super) listed: Vec<Listed>,
    /// Numbers that were passed over and may still come.
    gaps: BTreeSet<i64>,
    last: i64,
}

impl Service {
    pub(super) fn new(habits: Habits) -> Self {
        Self { habits, now: BEGIN, listed: Vec::new(), gaps: BTreeSet::new(), last: 0 }
    }

    /// An event is listed now that happened so many seconds ago.
    pub(super) fn list(&mut self, late: i64, dated: Dated) -> i64 {
        self.last += 1;
        self.list_as(self.last, late, dated, "news");
        self.last
    }

    /// A hundred events within one second.
    pub(super) fn list_burst(&mut self, dated: Dated) {
        for _ in 0..100 {
            self.list(0, dated);
        }
    }

    pub(super) fn list_ready(&mut self) {
        self.last += 1;
        self.list_as(self.last, 0, Dated::Rightly, "ready");
    }

    /// The next event gets a higher number, and this one may come later.
    pub(super) fn pass_over_a_number(&mut self) {
        self.last += 1;
        self.gaps.insert(self.last);
    }

    /// An event is listed now under a number that was passed over, if there is one.
    pub(super) fn list_late_number(&mut self, late: i64) {
        if let Some(number) = self.gaps.pop_first() {
            self.list_as(number, late, Dated::Rightly, "news");
        }
    }

    fn list_as(&mut self, number: i64, late: i64, dated: Dated, action: &'static str) {
        let date = self.now + self.habits.zone - late;
        let date = match dated {
            Dated::Rightly => Some(date),
            Dated::YearsAhead => Some(date + 10 * YEAR),
            Dated::YearsBack => Some(date - 10 * YEAR),
            Dated::Not => None,
        };
        self.listed.push(Listed { number, dated, date, since: self.now, action });
    }

    /// Retention removes the events that were listed first.
    pub(super) fn forget(&mut self, count: usize) {
        self.listed.drain(..count.min(self.listed.len()));
    }

    pub(super) fn lets_through(&self, date: Option<i64>, from: Option<i64>) -> bool {
        match (date, from) {
            (Some(date), Some(from)) if self.habits.date_is_inclusive => date >= from,
            (Some(date), Some(from)) => date > from,
            _ => true,
        }
    }

    pub(super) fn answer(&self, request: &EventsGetRequest) -> Page<Event> {
        let from = request.date.as_ref().map(|date| date.unix_seconds_if_utc().unwrap());
        let mut matching: Vec<_> =
            self.listed.iter().filter(|listed| self.lets_through(listed.date, from)).collect();
        match self.habits.order {
            Order::OldestFirst => {}
            Order::NewestFirst => matching.reverse(),
            Order::Shuffled => matching.sort_by_key(|listed| listed.number * 7919 % 1009),
        }
        let size = request.page_cnt.unwrap() as usize;
        let page = request.page.unwrap() as usize;
        let data: Vec<Value> = matching
            .iter()
            .skip((page - 1) * size)
            .take(size)
            .map(|listed| {
                let date = listed.date.map(WireDate::from_unix_seconds_as_utc);
                json!({ "id": listed.number, "event_action": listed.action, "event_date": date })
            })
            .collect();
        let mut reply = json!({ "result": "OK", "page": page, "data": data });
        if !matches!(self.habits.counts, Counts::Nothing) {
            reply["pages"] = json!(matching.len().div_ceil(size));
        }
        if matches!(self.habits.counts, Counts::Elements) {
            reply["elements"] = json!(matching.len());
        }
        Page::from_json(&reply.to_string()).unwrap()
    }

    pub(super) fn clock(&self) -> Option<i64> {
        self.habits.tells_its_time.then_some(self.now)
    }
}

/// A program that stores what it is offered together with the position, or neither.
#[derive(Debug)]
pub(super) struct Reader {
    filter: EventsGetRequest,
    start: Start,
    pub(super) cursor: EventCursor,
    stored: Option<String>,
    /// The numbers it stored.
    pub(super) kept: Vec<i64>,
    /// When it stored for the first time: the beginning of the round, and its end.
    pub(super) first_kept: Option<(i64, i64)>,
    pub(super) is_mid_round: bool,
    /// How far its clock is wrong.
    pub(super) skew: i64,
    begun: i64,
}

impl Reader {
    pub(super) fn new(filter: EventsGetRequest, start: Start) -> Self {
        let cursor = EventCursor::new(filter.clone(), start.clone());
        Self {
            filter,
            start,
            cursor,
            stored: None,
            kept: Vec::new(),
            first_kept: None,
            is_mid_round: false,
            skew: 0,
            begun: 0,
        }
    }

    pub(super) fn everything() -> Self {
        Self::new(EventsGetRequest::new(), Start::Beginning)
    }

    /// The process ends, and another one goes on with what was stored.
    pub(super) fn restart(&mut self) {
        let start = match &self.stored {
            Some(stored) => Start::Position(serde_json::from_str::<CursorPosition>(stored).unwrap()),
            None => self.start.clone(),
        };
        self.cursor = EventCursor::new(self.filter.clone(), start);
        self.is_mid_round = false;
    }

    pub(super) fn request(&mut self, service: &Service) -> EventsGetRequest {
        if !self.is_mid_round {
            self.begun = service.now;
        }
        self.is_mid_round = true;
        self.cursor.request(service.now + self.skew)
    }

    /// Asks once; returns the new numbers if that was the end of a round.
    pub(super) fn ask(&mut self, service: &Service, keep: bool) -> Option<Vec<i64>> {
        let request = self.request(service);
        let mut round = self.cursor.accept(service.answer(&request), service.clock())?;
        self.is_mid_round = false;
        let numbers: Vec<i64> = round
            .take_offers()
            .into_iter()
            .map(|offer| match offer {
                Offer::New(event) => event.id.0,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(numbers.is_sorted(), "a round comes in the order of the numbers: {numbers:?}");
        if keep {
            self.stored = Some(serde_json::to_string(round.position()).unwrap());
            self.kept.extend(&numbers);
            self.first_kept.get_or_insert((self.begun, service.now));
            self.cursor.keep(round);
        }
        Some(numbers)
    }

    /// Reads to the end of the round and keeps it.
    pub(super) fn read(&mut self, service: &Service) -> Vec<i64> {
        (0..10_000).find_map(|_| self.ask(service, true)).expect("a round ends")
    }
}
