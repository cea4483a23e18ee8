//! Where a cursor stands, as a value that can be stored.

use serde::{Deserialize, Serialize};
use whatsgate_model::{Event, EventData, EventId, RawJson, WireDate};

use crate::rules::Rule;

/// How many of the highest event numbers are remembered with their dates.
const RECENT: usize = 100;
/// How many ranges of numbers are remembered. Beyond that the gap between the two lowest counts as kept.
const MOST_RANGES: usize = 1000;
/// How many elements that could not be read are remembered; beyond that the one that was listed longest ago is forgotten.
const MOST_UNREADABLE: usize = 200;
/// How many comparisons of an event's date with the service's clock are remembered, and how many show the zone.
const MOST_LEADS: usize = 9;
const LEADS_FOR_A_ZONE: usize = 3;

const QUARTER_HOUR: i64 = 900;
/// The zones of the world, in quarter hours east of UTC: from -12:00 to +14:00.
const ZONES: std::ops::RangeInclusive<i64> = -48..=56;
/// The clock of the easternmost zone less UTC, in seconds.
pub(super) const EASTERNMOST: i64 = 56 * QUARTER_HOUR;
/// The same of the westernmost zone.
pub(super) const WESTERNMOST: i64 = -48 * QUARTER_HOUR;

/// Where an [`EventCursor`](crate::EventCursor) stands: a plain value to store with serde and to go on from with
/// [`Start::Position`](crate::Start::Position), in this process or in another.
///
/// Bounded: at most 60 kB as JSON, and usually less than 5 kB. It holds numbers, dates and checksums of events, and
/// nothing of what they say. Go on from it with the filter it was made with.
///
/// ```
/// use whatsgate_core::CursorPosition;
///
/// let position = CursorPosition::default();
/// let stored = serde_json::to_string(&position)?;
/// assert_eq!(serde_json::from_str::<CursorPosition>(&stored)?, position);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct CursorPosition {
    /// What is asked for never begins before this. All dates here are Unix times of the service's texts as if they were
    /// in UTC: their differences are right in any zone.
    pub(super) since: Option<i64>,
    /// Up to where everything was read for certain, but for what is listed late.
    pub(super) settled: Option<i64>,
    /// The same if the latest round missed nothing.
    latest: Option<i64>,
    kept: Ranges,
    /// The highest numbers, in their order.
    recent: Vec<Recent>,
    unreadable: Vec<u32>,
    /// How far events' dates were ahead of the service's clock in UTC when they came, in quarter hours.
    leads: Vec<i8>,
}

/// What the cursor makes of an event that is listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    No,
    Yes,
    /// The number is known, the content is not.
    Otherwise,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(i64, Option<i64>, u32)", into = "(i64, Option<i64>, u32)")]
struct Recent {
    number: EventId,
    date: Option<i64>,
    identity: u32,
}

impl CursorPosition {
    /// The position before the first event, from this date on.
    pub(super) fn since(date: Option<i64>) -> Self {
        Self { since: date, ..Self::default() }
    }

    /// Whether a round up to here had the event, or counted it as known.
    ///
    /// ```
    /// use whatsgate_core::CursorPosition;
    /// use whatsgate_model::Event;
    ///
    /// let event: Event = serde_json::from_str(r#"{"id":18,"event_action":"ready","event_data":{}}"#)?;
    /// assert!(!CursorPosition::default().has(&event));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn has(&self, event: &Event) -> bool {
        self.knows(event) == Known::Yes
    }

    pub(super) fn knows(&self, event: &Event) -> Known {
        if !self.kept.contains(event.id.0) {
            return Known::No;
        }
        let mut same_number = self.recent.iter().filter(|recent| recent.number == event.id).peekable();
        // Of a number that is no longer among the recent ones the content is forgotten.
        if same_number.peek().is_none() || same_number.any(|recent| recent.identity == identity(event)) {
            Known::Yes
        } else {
            Known::Otherwise
        }
    }

    /// Whether a round up to here had this element, which could not be read. Of many the oldest are forgotten.
    pub fn has_unreadable(&self, raw: &RawJson) -> bool {
        self.unreadable.contains(&checksum([raw.as_str()]))
    }

    pub(super) fn add(&mut self, event: &Event) {
        self.kept.insert(event.id.0);
        let date = unix_seconds(event);
        let entry = Recent { number: event.id, date, identity: identity(event) };
        let place = self.recent.partition_point(|recent| recent.number <= event.id);
        self.recent.insert(place, entry);
        if self.recent.len() > RECENT {
            self.recent.remove(0);
        }
    }

    /// Also when it was known: what is still listed is forgotten last.
    pub(super) fn add_unreadable(&mut self, raw: &RawJson) {
        let element = checksum([raw.as_str()]);
        self.unreadable.retain(|known| *known != element);
        self.unreadable.push(element);
        if self.unreadable.len() > MOST_UNREADABLE {
            self.unreadable.remove(0);
        }
    }

    /// An event that had just been listed had this date when the service's clock showed that time in UTC.
    pub(super) fn learn_zone(&mut self, date: i64, clock: i64) {
        let lead = date.saturating_sub(clock).saturating_add(QUARTER_HOUR / 2).div_euclid(QUARTER_HOUR);
        if let Some(lead) = i8::try_from(lead).ok().filter(|_| ZONES.contains(&lead)) {
            self.leads.push(lead);
            if self.leads.len() > MOST_LEADS {
                self.leads.remove(0);
            }
        }
    }

    /// Moves on after a round. `clock` is the service's in UTC; `whole` says that nothing can have shifted, because all
    /// came in one reply.
    pub(super) fn settle(&mut self, clock: Option<i64>, whole: bool) {
        let before = self.latest;
        // Nothing happened later than now, whatever the dates say.
        let clock = clock.filter(|_| Rule::ServiceClock.holds());
        let now = clock.map(|clock| clock.saturating_add(self.zone().unwrap_or(EASTERNMOST)));
        self.latest = self.median().map(|median| now.map_or(median, |now| median.min(now)));
        // What shifted past this round will be listed in the next, which reads the same dates again.
        self.settled = if whole { self.latest } else { before.min(self.latest) };
    }

    /// How far the service's dates are ahead of UTC, in seconds. A date that is late makes it less, so that more is read
    /// than necessary; so does one that is early the other way round, and then the median alone decides.
    fn zone(&self) -> Option<i64> {
        let lead = nth_smallest(&self.leads, self.leads.len() / 2);
        lead.filter(|_| self.leads.len() >= LEADS_FOR_A_ZONE).map(|lead| i64::from(lead) * QUARTER_HOUR)
    }

    /// Up to half of the dates may be wrong either way. A number without a date counts as older than any, and so does
    /// one that is not there yet.
    fn median(&self) -> Option<i64> {
        let mut dates: Vec<_> = self.recent.iter().map(|recent| recent.date).collect();
        if !Rule::MedianDate.holds() {
            return dates.into_iter().flatten().max();
        }
        dates.resize(RECENT, None);
        nth_smallest(&dates, (RECENT - 1) / 2).flatten()
    }
}

/// What would stand at `place` if the values were in order. Of a hundred values all are compared with all, which costs a
/// web page less than the code that would sort them.
fn nth_smallest<T: Copy + Ord>(values: &[T], place: usize) -> Option<T> {
    let before = |value: &T| values.iter().filter(|other| *other < value).count();
    let upto = |value: &T| values.iter().filter(|other| *other <= value).count();
    values.iter().find(|value| before(value) <= place && place < upto(value)).copied()
}

/// The date of an event as if it were in UTC.
pub(super) fn unix_seconds(event: &Event) -> Option<i64> {
    event.date.as_ref().and_then(WireDate::unix_seconds_if_utc)
}

/// What tells an event from another with its number: its session, its action and its message.
pub(super) fn identity(event: &Event) -> u32 {
    let session = event.session.as_ref().map_or("", |session| session.as_str());
    let message = event.data.message().map_or("", |message| message.id.as_str());
    checksum([session, event.action.as_str(), message])
}

/// FNV-1a, because a stored checksum must be the same in every version and on every machine.
pub(super) fn checksum<'a>(texts: impl IntoIterator<Item = &'a str>) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for text in texts {
        text.bytes().for_each(&mut add);
        // Never part of a text in UTF-8.
        add(0xff);
    }
    // Its authors shorten it by folding the halves together.
    u32::try_from((hash >> 32) ^ (hash & 0xffff_ffff)).expect("the halves have 32 bits")
}

/// A set of numbers: ranges in order, with gaps between them.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Ranges(Vec<(i64, i64)>);

impl Ranges {
    /// Where the number is, or where it would be.
    fn place(&self, number: i64) -> usize {
        self.0.partition_point(|(_, last)| *last < number)
    }

    fn contains(&self, number: i64) -> bool {
        self.0.get(self.place(number)).is_some_and(|(first, _)| *first <= number)
    }

    fn insert(&mut self, number: i64) {
        let place = self.place(number);
        if self.contains(number) {
            return;
        }
        let after_the_one_below = place > 0 && self.0[place - 1].1.checked_add(1) == Some(number);
        let before_the_one_above =
            self.0.get(place).is_some_and(|(first, _)| first.checked_sub(1) == Some(number));
        match (after_the_one_below, before_the_one_above) {
            (true, true) => self.0[place - 1].1 = self.0.remove(place).1,
            (true, false) => self.0[place - 1].1 = number,
            (false, true) => self.0[place].0 = number,
            (false, false) => self.0.insert(place, (number, number)),
        }
        self.limit();
    }

    fn limit(&mut self) {
        if let Some(surplus) = self.0.len().checked_sub(MOST_RANGES) {
            let lowest = self.0[0].0;
            self.0.drain(..surplus);
            self.0[0].0 = lowest;
        }
    }

    fn is_in_order(&self) -> bool {
        self.0.iter().all(|(first, last)| first <= last)
            && self.0.windows(2).all(|pair| pair[0].1 < pair[1].0)
    }
}

/// A position as it is stored. A new member gets a default, so that older positions can be read; the version rises when
/// an older version of this library would go wrong without it.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    settled: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    latest: Option<i64>,
    #[serde(default)]
    kept: Ranges,
    #[serde(default)]
    recent: Vec<Recent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    leads: Vec<i8>,
}

const VERSION: u32 = 1;

impl From<CursorPosition> for Stored {
    fn from(position: CursorPosition) -> Self {
        let CursorPosition { since, settled, latest, kept, recent, unreadable, leads } = position;
        Self { version: VERSION, since, settled, latest, kept, recent, unreadable, leads }
    }
}

impl TryFrom<Stored> for CursorPosition {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { version, since, settled, latest, mut kept, recent, unreadable, leads } = stored;
        if version != VERSION {
            return Err("the position was stored by a newer version of this library");
        }
        let sizes =
            recent.len() <= RECENT && unreadable.len() <= MOST_UNREADABLE && leads.len() <= MOST_LEADS;
        if !sizes || !kept.is_in_order() || !recent.is_sorted_by_key(|recent| recent.number) {
            return Err("the position is damaged");
        }
        kept.limit();
        Ok(Self { since, settled, latest, kept, recent, unreadable, leads })
    }
}

impl From<(i64, Option<i64>, u32)> for Recent {
    fn from((number, date, identity): (i64, Option<i64>, u32)) -> Self {
        Self { number: EventId(number), date, identity }
    }
}

impl From<Recent> for (i64, Option<i64>, u32) {
    fn from(recent: Recent) -> Self {
        (recent.number.0, recent.date, recent.identity)
    }
}

/// Whether the event says that its session became ready.
pub(super) fn is_ready(event: &Event) -> bool {
    matches!(event.data, EventData::Ready(_))
}
