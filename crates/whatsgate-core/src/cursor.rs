//! A cursor over events, which the service itself does not have.

use std::collections::{BTreeMap, HashMap};

use whatsgate_model::{Event, EventId, EventsGetRequest, Page, RawJson, Unreadable, WireDate};

use crate::pages::next_page;

/// Asks for events again and again so that each comes once.
///
/// The service filters by a date of one second's resolution and says neither whether that second is included, nor in
/// which order events come, nor in which time zone the date is (wire reference, section 2.6). So the cursor
///
/// - reads every page, and pages that shift meanwhile do no harm, because events are told apart by number;
/// - asks from the latest date that the service itself sent, less [`OVERLAP_SECONDS`](Self::OVERLAP_SECONDS), and never
///   from a clock of its own;
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
    seen: HashMap<EventId, Option<WireDate>>,
    seen_unreadable: Vec<RawJson>,
    latest: Option<WireDate>,
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
            seen: HashMap::new(),
            seen_unreadable: Vec::new(),
            latest: None,
        }
    }

    /// What to ask for next.
    pub fn request(&self) -> EventsGetRequest {
        let mut request = self.filter.clone();
        request.page = Some(self.page);
        if let Some(from) = self.from() {
            request.date = Some(from);
        }
        request
    }

    /// Takes a page. Returns the new events once the round has read its last page, and none before.
    ///
    /// Elements that cannot be read come first, each once as long as the service lists it.
    pub fn accept(&mut self, page: Page<Event>) -> Option<Vec<Result<Event, Unreadable>>> {
        let next = next_page(self.page, &page);
        let before = self.round.len();
        self.round.extend(page.data.items.into_iter().map(|event| (event.id, event)));
        self.round_unreadable.extend(page.data.unreadable);
        // Without a count, a service that ignores `page` would send the first one for ever.
        let stuck = page.pages.is_none() && self.round.len() == before;
        if let Some(next) = next.filter(|_| !stuck) {
            self.page = next;
            return None;
        }
        Some(self.finish())
    }

    /// Forgets the pages of an unfinished round, after an error; nothing that was returned is returned again.
    pub fn start_over(&mut self) {
        self.page = 1;
        self.round.clear();
        self.round_unreadable.clear();
    }

    fn finish(&mut self) -> Vec<Result<Event, Unreadable>> {
        let unreadable = std::mem::take(&mut self.round_unreadable);
        let events = std::mem::take(&mut self.round);
        self.page = 1;
        let listed: Vec<RawJson> = unreadable.iter().map(|element| element.raw.clone()).collect();
        let mut fresh: Vec<_> = unreadable
            .into_iter()
            .filter(|element| !self.seen_unreadable.contains(&element.raw))
            .map(Err)
            .collect();
        self.seen_unreadable = listed;
        for (id, event) in events {
            let date = event.date.clone().filter(|date| date.unix_seconds_if_utc().is_some());
            if date > self.latest {
                self.latest.clone_from(&date);
            }
            if self.seen.insert(id, date).is_none() {
                fresh.push(Ok(event));
            }
        }
        // The dates' form sorts as text. An event without a date may be listed for ever, so its number stays.
        if let Some(from) = self.from() {
            self.seen.retain(|_, date| date.as_ref().is_none_or(|date| *date >= from));
        }
        fresh
    }

    fn from(&self) -> Option<WireDate> {
        self.latest.as_ref().and_then(|latest| latest.shifted_by_seconds(-Self::OVERLAP_SECONDS))
    }
}
