//! A cursor over events, which the service itself does not have.

mod for_journal;
mod position;

use std::collections::BinaryHeap;

use whatsgate_model::{Event, EventsGetRequest, Page, Unreadable, WireDate};

use self::for_journal::ForJournal;
pub use self::position::CursorPosition;
use self::position::{Known, WESTERNMOST, identity, is_ready, unix_seconds};
use crate::pages::{STALE_PAGES, next_page};
use crate::rules::Rule;
use crate::seen::Seen;

/// Where an [`EventCursor`] begins.
///
/// Whichever it is, nothing from before the filter's own date is asked for.
///
/// ```
/// use whatsgate_core::Start;
/// use whatsgate_model::WireDate;
///
/// let start = match std::fs::read_to_string("position.json") {
///     Ok(stored) => Start::Position(serde_json::from_str(&stored)?),
///     Err(_) => Start::Date(WireDate::new("2026-11-28 00:00:00")?),
/// };
/// # drop(start);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Start {
    /// With the oldest event that the filter lets through.
    #[default]
    Beginning,
    /// With what comes new: what the service lists in the first round that is kept is taken for known. Of what happened
    /// before, but is listed only later, the last 48 hours are read.
    Now,
    /// With this date, by the service's clock.
    Date(WireDate),
    /// With what comes after this position.
    Position(CursorPosition),
}

/// Asks for events again and again so that each comes once, in as many processes as it takes.
///
/// Reading goes in rounds. [`request`](Self::request) says what to ask for and [`accept`](Self::accept) takes the page
/// that came; the last page of a round brings what is new as a [`Round`]. The cursor moves when it is told to
/// [`keep`](Self::keep) the round and not before: a round that is dropped is offered again. A failed request need
/// not be reported: `request` asks for the same page again, and for the first one if that goes on.
///
/// The service filters by a date of one second's resolution and says neither whether that second is included, nor in
/// which order events come, nor in which time zone the date is (wire reference, section 2.6); and its pages shift while
/// they are read. So the cursor
///
/// - asks from the median date of the highest 100 numbers, less [`OVERLAP_SECONDS`](Self::OVERLAP_SECONDS): up to half of
///   them may have a wrong date or none without moving it past others. While it knows fewer dates than that it asks from
///   the start. The median counts as no later than the service's own clock, in the zone that its events are seen to have;
/// - goes back [`BACK_SECONDS`](Self::BACK_SECONDS) in the first round, once a day, after a `ready` event and when
///   [told to](Self::read_back), because the events of a phone that was offline come with old dates; and once more if that
///   took several pages, from one of which to the next something may have slipped;
/// - reads every page, reads a round again when the list becomes shorter meanwhile, and reads what came in several pages
///   once more in the next round;
/// - tells events apart by number, and one that has the number but not the session, action and message of another is an
///   [`Offer::Conflict`].
///
/// Nothing that was kept comes twice. What can be lost: events that the service removes before it lists them, or lists
/// with a date beyond the reach above, and a number that comes when a thousand gaps in higher numbers are known already.
///
/// It holds no clock and sends nothing. A store that tells events apart by itself takes in each page as it arrives, before
/// it is accepted, and uses a cursor [for a journal](Self::for_journal), whose rounds hold nothing but their positions.
///
/// ```
/// use whatsgate_core::{EventCursor, Offer, Response, Start, parse};
/// use whatsgate_model::EventsGetRequest;
///
/// let mut cursor = EventCursor::new(EventsGetRequest::new(), Start::Beginning);
/// let request = cursor.request(1_662_575_400);
/// // … which is sent, and answered with a page:
/// assert_eq!(request.page, Some(1));
/// let body = r#"{"result":"OK","page":1,"pages":1,"data":[
///     {"id":18,"date":"2022-09-07 18:29:37","event_action":"ready","event_data":{}}]}"#;
/// let page = parse::<EventsGetRequest>(Response::new(200, body)).map_err(|bad| bad.kind().as_str().to_owned())?.reply;
///
/// let round = cursor.accept(page, None).ok_or("there are more pages")?;
/// assert!(matches!(round.offers(), [Offer::New(event)] if event.id.0 == 18));
/// let stored = serde_json::to_string(round.position())?;
/// cursor.keep(round);
///
/// // After a restart:
/// let again = EventCursor::new(EventsGetRequest::new(), Start::Position(serde_json::from_str(&stored)?));
/// # drop(again);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EventCursor {
    filter: EventsGetRequest,
    position: CursorPosition,
    /// What is new is in a journal already, and not held for a round.
    for_journal: bool,
    /// Everything listed is known already, until a round is kept.
    from_now: bool,
    /// The service's clock less the caller's, when they were seen to differ.
    skew: Option<i64>,
    reading: Option<Reading>,
    /// When the last round that was kept began, and the last one of them that went back.
    last: Option<i64>,
    last_back: Option<i64>,
    /// The last round went back and had several pages, so that the next one goes back too.
    goes_back_again: bool,
    offered: u64,
    kept: u64,
}

/// What is new since the last round that was kept.
///
/// Store its [`position`](Self::position) together with the results of its [`offers`](Self::offers), then tell the cursor
/// to [`keep`](EventCursor::keep) it. A round without offers may have another position than the one before.
///
/// A round is all that is new, in memory: the first one from the beginning of a long history may be large. Begin with
/// [`Start::Date`] where that matters.
///
/// ```
/// # use whatsgate_core::{EventPoll, Offer, Round, Transport};
/// # async fn example<T: Transport>(mut poll: EventPoll<T>, round: Round) -> Result<(), Box<dyn std::error::Error>> {
/// for offer in round.offers() {
///     match offer {
///         Offer::New(event) => println!("event {}", event.id),
///         Offer::Conflict(event) => println!("another event {}: one of the two may be forged", event.id),
///         Offer::Unreadable(element) => println!("no event: {}", element.raw.as_str()),
///         _ => {}
///     }
/// }
/// poll.keep(round);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a round that is not kept is offered again"]
pub struct Round {
    offers: Vec<Offer>,
    position: CursorPosition,
    number: u64,
    begun: i64,
    back: bool,
    /// It came in one reply, so that nothing can have slipped from page to page.
    whole: bool,
    ready: bool,
}

impl Round {
    /// What is new: the elements that could not be read, and then the events in the order of their numbers.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// Takes the offers out of the round.
    ///
    /// ```
    /// # use whatsgate_core::{EventPoll, Transport};
    /// # async fn example<T: Transport>(mut poll: EventPoll<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut round = poll.next_round().await?;
    /// for offer in round.take_offers() {
    ///     println!("{offer:?}");
    /// }
    /// poll.keep(round);
    /// # Ok(())
    /// # }
    /// ```
    pub fn take_offers(&mut self) -> Vec<Offer> {
        std::mem::take(&mut self.offers)
    }

    /// Where the cursor stands once the round is kept.
    pub fn position(&self) -> &CursorPosition {
        &self.position
    }
}

/// An element of a [`Round`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offer {
    /// An event.
    New(Event),
    /// An event that has the number of another one, but not its session, its action or its message.
    Conflict(Event),
    /// An element that could not be read.
    Unreadable(Unreadable),
}

/// A round under way.
#[derive(Clone, Debug)]
struct Reading {
    begun: i64,
    back: bool,
    since: Option<i64>,
    from: Option<i64>,
    page: u32,
    asked: i64,
    /// How often the page was asked for.
    asks: u32,
    /// How many elements or pages there were by the last reply.
    count: Option<u32>,
    read_again: u32,
    replies: u32,
    /// The furthest page that was read.
    furthest: u32,
    stale_pages: u32,
    clock: Option<i64>,
    listed: Seen,
    /// The latest page had something that was not known.
    page_was_new: bool,
    /// What is held in the place of what is new, where a journal has that already.
    journal: Option<ForJournal>,
    /// What is new, as it came.
    fresh: Vec<Event>,
    /// The dates of what is new with the service's clock at their coming.
    dates: Vec<(i64, i64)>,
    unreadable: Vec<Unreadable>,
}

const DAY: i64 = 24 * 60 * 60;
/// How often a page may fail before the round begins anew: perhaps it is gone.
const MOST_ASKS: u32 = 2;
/// How often a round is read again because the list became shorter.
const MOST_READ_AGAIN: u32 = 3;
/// After so many seconds, the pages that were read say nothing of where the next one begins.
const STALE_SECONDS: i64 = 10 * 60;
/// What comes new within so many seconds after a round has happened just now.
const JUST_NOW_SECONDS: i64 = 5 * 60;
/// How many dates with their clocks are kept of a round that holds nothing else; the position keeps fewer.
const MOST_DATES: usize = 9;
/// A clock that differs by more than this from the service's is wrong.
const SKEW_SECONDS: i64 = 60 * 60;

impl EventCursor {
    /// How far back each round reaches beyond the median date. Events that the service lists later than that after their
    /// date come with a round that goes further back.
    pub const OVERLAP_SECONDS: i64 = 60;

    /// How far back the first round of a cursor reaches, and one every day.
    pub const BACK_SECONDS: i64 = 2 * DAY;

    /// A cursor over the events that `filter` lets through. Asks for pages of 100 unless the filter says otherwise.
    ///
    /// ```
    /// use whatsgate_core::{EventCursor, Start};
    /// use whatsgate_model::EventsGetRequest;
    ///
    /// let cursor = EventCursor::new(EventsGetRequest::new().with_page_size(50), Start::Now);
    /// assert!(cursor.takes_for_known());
    /// ```
    pub fn new(filter: EventsGetRequest, start: Start) -> Self {
        Self::with(filter, start, false)
    }

    /// A cursor for somebody who stores each page before it is accepted, and tells events apart there: its rounds offer
    /// nothing, and it takes no more memory for a long list than for a short one.
    ///
    /// ```
    /// # #[cfg(feature = "durable")] {
    /// use whatsgate_core::{EventCursor, Start};
    /// use whatsgate_model::EventsGetRequest;
    ///
    /// let mut cursor = EventCursor::for_journal(EventsGetRequest::new(), Start::Beginning);
    /// // Store each page before it is accepted.
    /// assert_eq!(cursor.request(1_662_575_400).page, Some(1));
    /// # }
    /// ```
    #[cfg(feature = "durable")]
    pub fn for_journal(filter: EventsGetRequest, start: Start) -> Self {
        Self::with(filter, start, true)
    }

    fn with(mut filter: EventsGetRequest, start: Start, for_journal: bool) -> Self {
        filter.page_cnt.get_or_insert(100);
        let from_now = start == Start::Now;
        let position = match start {
            Start::Beginning | Start::Now => CursorPosition::default(),
            Start::Date(date) => {
                let since = date.unix_seconds_if_utc();
                if since.is_none() {
                    // No date at all: the service will say so.
                    filter.date = Some(date);
                }
                CursorPosition::since(since)
            }
            Start::Position(position) => position,
        };
        Self {
            filter,
            position,
            for_journal,
            from_now,
            skew: None,
            reading: None,
            last: None,
            last_back: None,
            goes_back_again: false,
            offered: 0,
            kept: 0,
        }
    }

    /// What to ask for next. `now` is the time by the caller's clock, in Unix seconds.
    ///
    /// ```
    /// use whatsgate_core::{EventCursor, Start};
    /// use whatsgate_model::EventsGetRequest;
    ///
    /// let mut cursor = EventCursor::new(EventsGetRequest::new(), Start::Beginning);
    /// let first = cursor.request(1_662_575_400);
    /// // It failed: nothing need be said, and the same page is asked for.
    /// assert_eq!(cursor.request(1_662_575_405).page, first.page);
    /// ```
    pub fn request(&mut self, now: i64) -> EventsGetRequest {
        let mut reading = self.reading.take().unwrap_or_else(|| self.begin(now));
        let is_stale = !(0..=STALE_SECONDS).contains(&now.saturating_sub(reading.asked));
        if is_stale || reading.asks >= MOST_ASKS {
            reading.first_page();
        }
        reading.asked = now;
        reading.asks += 1;
        let mut request = self.filter.clone();
        request.page = Some(reading.page);
        if let Some(from) = reading.from {
            request.date = Some(WireDate::from_unix_seconds_as_utc(from));
        }
        self.reading = Some(reading);
        request
    }

    /// Takes the page that was asked for. Returns the round once its last page was read, and none before.
    ///
    /// `clock` is the time by the service's clock, in Unix seconds: the reply's header `Date`, where there is one.
    ///
    /// ```
    /// use whatsgate_core::{EventCursor, Start};
    /// use whatsgate_model::EventsGetRequest;
    ///
    /// use whatsgate_core::{Response, parse};
    ///
    /// let mut cursor = EventCursor::new(EventsGetRequest::new(), Start::Beginning);
    /// for (page, is_last) in [(1, false), (2, true)] {
    ///     assert_eq!(cursor.request(1_662_575_400).page, Some(page));
    ///     let body = format!(r#"{{"result":"OK","page":{page},"pages":2,"data":[{{"id":{page},"event_action":"ready"}}]}}"#);
    ///     let reply = parse::<EventsGetRequest>(Response::new(200, body)).map_err(|bad| format!("{bad:?}"))?.reply;
    ///     assert_eq!(cursor.accept(reply, None).is_some(), is_last);
    /// }
    /// # Ok::<(), String>(())
    /// ```
    pub fn accept(&mut self, page: Page<Event>, clock: Option<i64>) -> Option<Round> {
        let mut reading = self.reading.take()?;
        let skew = clock.map(|clock| clock.saturating_sub(reading.asked));
        if self.from_now && self.skew.is_none() && skew.is_some_and(|skew| skew.abs() > SKEW_SECONDS) {
            // "Now" is the service's; the round begins anew with it.
            self.skew = skew;
            return None;
        }
        let mut counted = page.pages.is_some();
        let next = next_page(reading.page, &page);
        let is_shorter = reading.take(&self.position, self.is_just_now(&reading), page, clock);
        let next = next.filter(|_| reading.page_was_new || Rule::ReadsOnPastTheKnown.holds());
        if is_shorter && reading.read_again < MOST_READ_AGAIN && Rule::ReadAgainWhenShorter.holds() {
            reading.read_again += 1;
            reading.first_page();
        } else if let Some(next) = next.filter(|_| reading.stale_pages < STALE_PAGES) {
            reading.page = next;
        } else {
            // A count that promises more than comes is none.
            counted &= next.is_none();
            return Some(self.finish(reading, counted));
        }
        self.reading = Some(reading);
        None
    }

    /// Moves past what the round offered. A round from before the last one that was kept changes nothing.
    ///
    /// ```
    /// # use whatsgate_core::{EventPoll, Transport};
    /// # async fn example<T: Transport>(mut poll: EventPoll<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// let round = poll.next_round().await?;
    /// // What was done with it is stored, with `round.position()`, in one transaction. Then:
    /// poll.keep(round);
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep(&mut self, round: Round) {
        if round.number <= self.kept {
            return;
        }
        self.kept = round.number;
        self.position = round.position;
        self.from_now = false;
        self.last = Some(round.begun);
        if round.back {
            // What slipped from page to page is found by going back once more: later rounds do not reach as far.
            self.goes_back_again = !round.whole && !self.goes_back_again;
            if !self.goes_back_again {
                self.last_back = Some(round.begun);
            }
        }
        if round.ready {
            self.read_back();
        }
    }

    /// Whether what is listed counts as known, because the cursor begins with what comes new and no round was kept yet.
    pub fn takes_for_known(&self) -> bool {
        self.from_now
    }

    /// Makes the next round go [`BACK_SECONDS`](Self::BACK_SECONDS) back.
    ///
    /// ```
    /// # use whatsgate_core::{EventPoll, Transport};
    /// # async fn example<T: Transport>(mut poll: EventPoll<T>) -> Result<(), Box<dyn std::error::Error>> {
    /// // The phone was offline for a day: what it tells now has old dates.
    /// poll.read_back();
    /// # Ok(())
    /// # }
    /// ```
    pub fn read_back(&mut self) {
        self.last_back = None;
        self.goes_back_again = false;
    }

    fn begin(&self, now: i64) -> Reading {
        let back = self.last_back.is_none_or(|last| !(0..DAY).contains(&now.saturating_sub(last)))
            && Rule::ReadBack.holds();
        let since = if self.from_now {
            // In whichever zone.
            let service = now.saturating_add(self.skew.unwrap_or_default()).saturating_add(WESTERNMOST);
            Some(service.saturating_sub(Self::BACK_SECONDS))
        } else {
            self.position.since
        };
        let overlap = if Rule::Overlap.holds() { Self::OVERLAP_SECONDS } else { 0 };
        let reach = if back { Self::BACK_SECONDS } else { overlap };
        let from = self.position.settled.map(|settled| settled.saturating_sub(reach));
        let given = self.filter.date.as_ref().and_then(WireDate::unix_seconds_if_utc);
        Reading {
            begun: now,
            back,
            since,
            from: from.max(since).max(given),
            page: 1,
            asked: now,
            asks: 0,
            count: None,
            read_again: 0,
            replies: 0,
            furthest: 0,
            stale_pages: 0,
            clock: None,
            listed: Seen::default(),
            page_was_new: false,
            journal: ForJournal::begin(self.for_journal, &self.position),
            fresh: Vec::new(),
            dates: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    fn is_just_now(&self, reading: &Reading) -> bool {
        self.last.is_some_and(|last| (0..=JUST_NOW_SECONDS).contains(&reading.asked.saturating_sub(last)))
    }

    fn finish(&mut self, reading: Reading, counted: bool) -> Round {
        let in_journal = reading.journal.map(ForJournal::end);
        let (mut position, ready) = in_journal.unwrap_or_else(|| (self.position.clone(), false));
        position.since = reading.since;
        let mut offers = Vec::new();
        for element in reading.unreadable {
            let is_known = self.position.has_unreadable(&element.raw);
            position.add_unreadable(&element.raw);
            if !is_known {
                offers.push(Offer::Unreadable(element));
            }
        }
        // By number, and of one number as they came; with a heap, because a sorter would weigh more in a web page.
        let places = reading.fresh.iter().enumerate().map(|(place, event)| (event.id, place));
        let order: BinaryHeap<_> = places.collect();
        let mut fresh: Vec<_> = reading.fresh.into_iter().map(Some).collect();
        let mut before = None;
        for (number, place) in order.into_sorted_vec() {
            let event = fresh[place].take().expect("every event has one place in the order");
            let is_conflict = before == Some(number) || self.position.knows(&event) == Known::Otherwise;
            before = Some(number);
            position.add(&event);
            offers.push(if is_conflict { Offer::Conflict(event) } else { Offer::New(event) });
        }
        for (date, clock) in reading.dates {
            position.learn_zone(date, clock);
        }
        let whole = counted && reading.replies == 1;
        position.settle(reading.clock, whole);
        let ready = ready || offers.iter().any(|offer| matches!(offer, Offer::New(event) if is_ready(event)));
        if self.from_now {
            offers.clear();
        }
        self.offered += 1;
        Round {
            offers,
            position,
            number: self.offered,
            begun: reading.begun,
            back: reading.back,
            whole,
            ready,
        }
    }
}

impl Reading {
    /// Reads on from the first page; what was read stays.
    fn first_page(&mut self) {
        self.page = 1;
        self.asks = 0;
        self.count = None;
        self.stale_pages = 0;
    }

    fn count_listed(&self) -> usize {
        let in_journal = self.journal.as_ref().map_or(0, ForJournal::len);
        self.listed.len() + self.unreadable.len() + in_journal
    }

    /// Adds a page; says whether the list has become shorter.
    fn take(
        &mut self,
        position: &CursorPosition,
        is_just_now: bool,
        page: Page<Event>,
        clock: Option<i64>,
    ) -> bool {
        let before = self.count_listed();
        self.page_was_new = false;
        for event in page.data.items {
            // New to this round is not the same as new: what is known must not end it.
            let is_new = match &mut self.journal {
                Some(journal) => journal.lists(&event),
                None => self.listed.insert(event.id.0, identity(&event)),
            };
            if !is_new || position.knows(&event) == Known::Yes {
                continue;
            }
            self.page_was_new = true;
            if is_just_now && let (Some(date), Some(clock)) = (unix_seconds(&event), clock) {
                self.dates.push((date, clock));
                if self.journal.is_some() && self.dates.len() > MOST_DATES {
                    self.dates.remove(0);
                }
            }
            match &mut self.journal {
                Some(journal) => journal.add(&event),
                None => self.fresh.push(event),
            }
        }
        // An element on two pages was moved by a shift; two alike on one page are two.
        let earlier = self.unreadable.len();
        for element in page.data.unreadable {
            if let Some(journal) = &mut self.journal {
                journal.add_unreadable(&element.raw);
            } else if self.unreadable[..earlier].iter().all(|known| known.raw != element.raw) {
                self.unreadable.push(element);
            }
        }
        let is_stale = self.count_listed() == before;
        // Pages that are read again bring nothing new, however many they are, and what was missed comes after them.
        self.stale_pages = if is_stale { self.stale_pages + u32::from(self.page > self.furthest) } else { 0 };
        self.furthest = self.furthest.max(self.page);
        self.asks = 0;
        self.replies += 1;
        self.clock = clock.or(self.clock);
        let count = page.elements.or(page.pages);
        let is_shorter = self.count.zip(count).is_some_and(|(before, now)| now < before);
        self.count = count.or(self.count);
        is_shorter
    }
}
