//! The model of the gateway: what happened, what it posts and what it lists, with every habit that its documentation leaves
//! open.

use fastrand::Rng;
use whatsgate_core::durable::Millis;
use whatsgate_core::durable::journal::{Identity, Incoming, Trust};
use whatsgate_model::{Event, EventsGetRequest, List, Page, RawJson, Unreadable, WireDate};

/// The order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
    ByNumber,
    Shuffled,
}

/// What a page says of the size of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    Elements,
    Pages,
    Nothing,
}

/// What the service forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retention {
    Nothing,
    /// What was listed for so long.
    Age(Millis),
    /// All but so many of the latest.
    Count(usize),
    /// Some of the oldest, now and then.
    Nibbles,
}

/// The answers to the open questions, for one schedule.
#[derive(Clone, Debug)]
pub(crate) struct Habits {
    pub(crate) date_is_inclusive: bool,
    pub(crate) order: Order,
    pub(crate) counts: Counts,
    /// Seconds east of UTC.
    pub(crate) zone: i64,
    pub(crate) tells_its_time: bool,
    pub(crate) lists_ready: bool,
    pub(crate) retention: Retention,
}

impl Habits {
    pub(crate) fn draw(rng: &mut Rng, forgets: bool) -> Self {
        let retention = if forgets {
            match rng.u8(..5) {
                2..4 => Retention::Nibbles,
                0 => Retention::Age(rng.i64(2..40) * 60_000),
                1 => Retention::Count(rng.usize(15..80)),
                _ => Retention::Age(rng.i64(24..72) * 3_600_000),
            }
        } else {
            Retention::Nothing
        };
        Self {
            date_is_inclusive: rng.bool(),
            order: [Order::OldestFirst, Order::NewestFirst, Order::ByNumber, Order::Shuffled][rng.usize(..4)],
            counts: [Counts::Elements, Counts::Pages, Counts::Nothing][rng.usize(..3)],
            zone: [0, 3 * 3600, rng.i64(-48..=56) * 900][rng.usize(..3)],
            tells_its_time: rng.u8(..4) > 0,
            lists_ready: rng.bool(),
            retention,
        }
    }
}

/// What happened, as it is listed.
#[derive(Clone)]
pub(crate) enum Element {
    Event(Box<Event>),
    Unreadable(Unreadable),
}

/// Something that happened.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Happened {
    pub(crate) identity: Identity,
    /// By the service's clock, as if that were in UTC.
    pub(crate) date: Option<i64>,
    /// Since when it is listed.
    pub(crate) listed_from: Option<Millis>,
    pub(crate) is_forgotten: bool,
    /// The event as it is posted.
    pub(crate) posted: Option<Event>,
    pub(crate) element: Element,
    pub(crate) is_acknowledged: bool,
    /// A page with it reached the client, whose process and store worked.
    pub(crate) is_taken: bool,
    /// It was seen to stand in the journal, where it stays.
    pub(crate) is_stored: bool,
    /// How many whole rounds began since it is listed.
    pub(crate) rounds: u32,
}

impl Happened {
    pub(crate) fn is_listed(&self, now: Millis) -> bool {
        !self.is_forgotten && self.listed_from.is_some_and(|from| from <= now)
    }

    pub(crate) fn listed_raw(&self) -> &RawJson {
        match &self.element {
            Element::Event(event) => event.raw(),
            Element::Unreadable(element) => &element.raw,
        }
    }
}

/// What an event says.
pub(crate) struct News<'a> {
    pub(crate) session: &'a str,
    pub(crate) action: &'a str,
    /// The members of `event_data`.
    pub(crate) data: String,
    /// By how much the date differs from the time at which it happens; none for no date.
    pub(crate) date_off: Option<i64>,
    pub(crate) listed_after: Millis,
    pub(crate) is_posted: bool,
    pub(crate) is_unreadable: bool,
}

pub(crate) struct Gateway {
    pub(crate) habits: Habits,
    pub(crate) happened: Vec<Happened>,
    /// In the order of the list.
    order: Vec<usize>,
    pub(crate) last_number: i64,
    /// How often something was forgotten.
    pub(crate) forgettings: u32,
    empty: Page<Event>,
}

impl Gateway {
    pub(crate) fn new(habits: Habits) -> Self {
        let empty = serde_json::from_str(r#"{"result":"OK","data":[]}"#).expect("this is a page");
        Self { habits, happened: Vec::new(), order: Vec::new(), last_number: 0, forgettings: 0, empty }
    }

    /// Something happens. Returns its place among what happened.
    pub(crate) fn add(&mut self, news: &News, now: Millis, gap: i64) -> usize {
        self.last_number += 1 + gap;
        let number = self.last_number;
        let local = |at: Millis| at.div_euclid(1000) + self.habits.zone;
        let date = news.date_off.map(|off| local(now) + off);
        let posted = (news.is_posted && !news.is_unreadable).then(|| event(number, news, date, ""));
        let listed = if news.is_unreadable {
            let text = format!(r#"[{{"number":{number},"event_action":"message"}}]"#);
            let list = List::<Event>::from_json(&text).expect("this is a list");
            Element::Unreadable(list.unreadable.into_iter().next().expect("the element has no id"))
        } else {
            Element::Event(Box::new(event(number, news, date, r#""user_id":7,"#)))
        };
        let identity = match &listed {
            Element::Event(event) => Incoming::new(event, Trust::Listed, None).identity,
            Element::Unreadable(element) => Incoming::unreadable(element.raw.clone()).identity,
        };
        let is_listed = news.action != "ready" || self.habits.lists_ready;
        let place = self.happened.len();
        self.happened.push(Happened {
            identity,
            date,
            listed_from: is_listed.then_some(now + news.listed_after),
            is_forgotten: false,
            posted,
            element: listed,
            is_acknowledged: false,
            is_taken: false,
            is_stored: false,
            rounds: 0,
        });
        if is_listed {
            let key = self.key(place, number);
            let at = self.order.partition_point(|other| {
                self.key(*other, self.happened[*other].identity.number.unwrap_or_default()) <= key
            });
            self.order.insert(at, place);
        }
        place
    }

    fn key(&self, place: usize, number: i64) -> i64 {
        let listed = self.happened[place].listed_from.unwrap_or_default();
        match self.habits.order {
            Order::OldestFirst => listed,
            Order::NewestFirst => -listed,
            Order::ByNumber => number,
            Order::Shuffled => (number * 7919) % 1009,
        }
    }

    /// Forgets what is to be forgotten by now.
    pub(crate) fn forget(&mut self, now: Millis) {
        let before = match self.habits.retention {
            Retention::Nothing | Retention::Nibbles => return,
            Retention::Age(age) => now - age,
            Retention::Count(count) => {
                let mut listed: Vec<_> = self
                    .happened
                    .iter()
                    .filter(|happened| happened.is_listed(now))
                    .filter_map(|happened| happened.listed_from)
                    .collect();
                listed.sort_unstable();
                match listed.len().checked_sub(count) {
                    Some(surplus) if surplus > 0 => listed[surplus - 1] + 1,
                    _ => return,
                }
            }
        };
        let mut is_any = false;
        for happened in &mut self.happened {
            if !happened.is_forgotten && happened.listed_from.is_some_and(|from| from < before) {
                happened.is_forgotten = true;
                is_any = true;
            }
        }
        self.forgettings += u32::from(is_any);
    }

    /// Forgets so many of the oldest.
    pub(crate) fn nibble(&mut self, count: usize, now: Millis) {
        let mut listed: Vec<_> =
            (0..self.happened.len()).filter(|place| self.happened[*place].is_listed(now)).collect();
        listed.sort_by_key(|place| self.happened[*place].listed_from);
        for place in listed.into_iter().take(count) {
            self.happened[place].is_forgotten = true;
        }
        self.forgettings += 1;
    }

    pub(crate) fn lets_through(&self, date: Option<i64>, from: Option<i64>) -> bool {
        match (date, from) {
            (Some(date), Some(from)) if self.habits.date_is_inclusive => date >= from,
            (Some(date), Some(from)) => date > from,
            _ => true,
        }
    }

    /// One page, and the places of what is on it.
    pub(crate) fn list(&mut self, request: &EventsGetRequest, now: Millis) -> (Page<Event>, Vec<usize>) {
        self.forget(now);
        let from = request.date.as_ref().and_then(WireDate::unix_seconds_if_utc);
        let matching: Vec<usize> = self
            .order
            .iter()
            .copied()
            .filter(|place| {
                let happened = &self.happened[*place];
                happened.is_listed(now) && self.lets_through(happened.date, from)
            })
            .collect();
        let size = request.page_cnt.unwrap_or(100).max(1) as usize;
        let number = request.page.unwrap_or(1).max(1);
        let places: Vec<usize> =
            matching.iter().copied().skip((number as usize - 1) * size).take(size).collect();
        let mut page = self.empty.clone();
        page.data.items.reserve(places.len());
        page.page = Some(number);
        let pages = u32::try_from(matching.len().div_ceil(size)).unwrap_or(u32::MAX);
        match self.habits.counts {
            Counts::Elements => {
                page.pages = Some(pages);
                page.elements = u32::try_from(matching.len()).ok();
            }
            Counts::Pages => page.pages = Some(pages),
            Counts::Nothing => {}
        }
        for (index, place) in places.iter().enumerate() {
            match &self.happened[*place].element {
                Element::Event(event) => page.data.items.push(Event::clone(event)),
                Element::Unreadable(element) => {
                    let mut element = element.clone();
                    element.index = index;
                    page.data.unreadable.push(element);
                }
            }
        }
        (page, places)
    }
}

/// An event as text and read again.
pub(crate) fn event(number: i64, news: &News, date: Option<i64>, more: &str) -> Event {
    let date = date.map_or_else(
        || "null".to_owned(),
        |date| format!("\"{}\"", WireDate::from_unix_seconds_as_utc(date).as_str()),
    );
    let text = format!(
        r#"{{"id":{number},"whatsapp_id":"{}",{more}"event_action":"{}","event_date":{date},"event_data":{{{}}}}}"#,
        news.session, news.action, news.data
    );
    serde_json::from_str(&text).expect("an event of the gateway can be read")
}
