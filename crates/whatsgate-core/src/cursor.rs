//! A cursor over events, which the service itself does not have.

use std::collections::{BTreeMap, HashMap};

use whatsgate_model::{Event, EventId, EventsGetRequest, Page, RawJson, Unreadable, WireDate};

use crate::pages::{STALE_PAGES, next_page};

/// Asks for events again and again so that each comes once.
///
/// The service filters by a date of one second's resolution and says neither whether that second is included, nor in
/// which order events come, nor in which time zone the date is (wire reference, section 2.6). So the cursor
///
/// - reads every page, and pages that shift meanwhile do no harm, because events are told apart by number;
/// - asks from the latest date that the service itself sent, less [`OVERLAP_SECONDS`](Self::OVERLAP_SECONDS), but never
///   from before the filter's date or from a clock of its own;
/// - remembers the numbers within that overlap, so that memory stays bounded;
/// - returns the events of a round in the order of their numbers.
///
/// It holds no clock and sends nothing: [`request`](Self::request) says what to ask for, and
/// [`accept`](Self::accept) takes the page that came.
#[derive(Clone, Debug)]
pub struct EventCursor {
    filter: EventsGetRequest,
    page: u32,
    round: BTreeMap<EventId, Event>,
    round_unreadable: Vec<Unreadable>,
    stale_pages: u32,
    /// The dates as Unix times, as if they were in UTC: their differences are right in any zone.
    seen: HashMap<EventId, Option<i64>>,
    seen_unreadable: Vec<RawJson>,
    latest: Option<i64>,
    latest_complete: Option<i64>,
}

impl EventCursor {
    /// How far back each round reaches beyond the latest event. Events that the service lists later than that after
    /// their date would be missed.
    pub const OVERLAP_SECONDS: i64 = 60;

    /// A cursor over the events that `filter` lets through, from its date on or from the beginning. Asks for pages of 100
    /// unless the filter says otherwise.
    pub fn new(mut filter: EventsGetRequest) -> Self {
        filter.page_cnt.get_or_insert(100);
        Self {
            filter,
            page: 1,
            round: BTreeMap::new(),
            round_unreadable: Vec::new(),
            stale_pages: 0,
            seen: HashMap::new(),
            seen_unreadable: Vec::new(),
            latest: None,
            latest_complete: None,
        }
    }

    /// What to ask for next.
    pub fn request(&self) -> EventsGetRequest {
        let mut request = self.filter.clone();
        request.page = Some(self.page);
        if let Some(from) = self.from() {
            request.date = Some(WireDate::from_unix_seconds_as_utc(from));
        }
        request
    }

    /// Takes a page. Returns the new events once the round has read its last page, and none before.
    ///
    /// Elements that cannot be read come first, each once as long as the service lists it.
    pub fn accept(&mut self, page: Page<Event>) -> Option<Vec<Result<Event, Unreadable>>> {
        let next = next_page(self.page, &page);
        let counted = page.pages.is_some();
        let fresh = self.take(page);
        self.stale_pages = if fresh { 0 } else { self.stale_pages + 1 };
        if let Some(next) = next.filter(|_| counted || self.stale_pages < STALE_PAGES) {
            self.page = next;
            return None;
        }
        Some(self.finish(counted))
    }

    /// Forgets the pages of an unfinished round, after an error; nothing that was returned is returned again.
    pub fn start_over(&mut self) {
        self.page = 1;
        self.stale_pages = 0;
        self.round.clear();
        self.round_unreadable.clear();
    }

    /// Adds a page to the round; says whether it had anything new.
    fn take(&mut self, page: Page<Event>) -> bool {
        let before = self.round.len() + self.round_unreadable.len();
        self.round.extend(page.data.items.into_iter().map(|event| (event.id, event)));
        // An element on two pages was moved by a shift; two alike on one page are two.
        let earlier = self.round_unreadable.len();
        for element in page.data.unreadable {
            if self.round_unreadable[..earlier].iter().all(|known| known.raw != element.raw) {
                self.round_unreadable.push(element);
            }
        }
        self.round.len() + self.round_unreadable.len() > before
    }

    fn finish(&mut self, counted: bool) -> Vec<Result<Event, Unreadable>> {
        let unreadable = std::mem::take(&mut self.round_unreadable);
        let events = std::mem::take(&mut self.round);
        self.page = 1;
        self.stale_pages = 0;
        let listed: Vec<RawJson> = unreadable.iter().map(|element| element.raw.clone()).collect();
        let mut fresh: Vec<_> = unreadable
            .into_iter()
            .filter(|element| !self.seen_unreadable.contains(&element.raw))
            .map(Err)
            .collect();
        self.seen_unreadable = listed;
        // Without a count, a page may have filled up between its reading and that of the next, so that the events of this
        // round must be listed once more.
        self.latest_complete = self.latest;
        for (id, event) in events {
            let date = event.date.as_ref().and_then(WireDate::unix_seconds_if_utc);
            self.latest = self.latest.max(date);
            if self.seen.insert(id, date).is_none() {
                fresh.push(Ok(event));
            }
        }
        if counted {
            self.latest_complete = self.latest;
        }
        // An event without a date may be listed for ever, so its number stays.
        if let Some(from) = self.from() {
            self.seen.retain(|_, date| date.is_none_or(|date| date >= from));
        }
        fresh
    }

    fn from(&self) -> Option<i64> {
        let from = self.latest_complete?.saturating_sub(Self::OVERLAP_SECONDS);
        let given = self.filter.date.as_ref().and_then(WireDate::unix_seconds_if_utc);
        Some(given.map_or(from, |given| from.max(given)))
    }
}
