//! The event cursor against a simulated service: whatever the service does about dates, order and pages, every event
//! comes exactly once.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use whatsgate_core::EventCursor;
use whatsgate_model::{Event, EventsGetRequest, Page, Reply, Unreadable, WireDate};

use crate::support::fixed;

const START: i64 = 1_662_575_377;

/// What the documentation leaves open (wire reference, section 2.6).
#[derive(Clone, Copy, Debug)]
struct Habits {
    date_is_inclusive: bool,
    newest_first: bool,
    counts_pages: bool,
}

#[derive(Default)]
struct Service {
    now: i64,
    listed: Vec<(i64, i64)>,
}

impl Service {
    /// Time passes, and an event is listed now that happened a little earlier.
    fn happen(&mut self, after: i64, listed_late_by: i64) {
        self.now += after;
        let id = i64::try_from(self.listed.len()).unwrap() + 1;
        self.listed.push((id, self.now - listed_late_by));
    }

    fn answer(&self, habits: Habits, request: &EventsGetRequest) -> Page<Event> {
        let from = request.date.as_ref().map(|date| date.unix_seconds_if_utc().unwrap() - START);
        let mut matching: Vec<_> = self
            .listed
            .iter()
            .filter(|(_, date)| {
                from.is_none_or(|from| if habits.date_is_inclusive { *date >= from } else { *date > from })
            })
            .collect();
        if habits.newest_first {
            matching.reverse();
        }
        let size = request.page_cnt.unwrap() as usize;
        let page = request.page.unwrap() as usize;
        let pages = matching.len().div_ceil(size);
        let data: Vec<_> = matching
            .iter()
            .skip((page - 1) * size)
            .take(size)
            .map(|(id, date)| json!({ "id": id, "event_action": "news", "event_date": wire(*date) }))
            .collect();
        let mut reply = json!({ "result": "OK", "page": page, "data": data });
        if habits.counts_pages {
            reply["pages"] = json!(pages);
        }
        Page::from_json(&reply.to_string()).unwrap()
    }
}

fn wire(date: i64) -> WireDate {
    WireDate::from_unix_seconds_as_utc(START + date)
}

/// What happens between two requests.
#[derive(Clone, Debug)]
enum Between {
    /// These events, each so many seconds after the one before it and listed so late.
    Events(Vec<(i64, i64)>),
    /// The next request fails.
    Failure,
}

fn between() -> impl Strategy<Value = Between> {
    let event = (prop_oneof![3 => Just(0_i64), 3 => 1_i64..5, 1 => 30_i64..200], 0_i64..30);
    prop_oneof![
        6 => proptest::collection::vec(event, 0..6).prop_map(Between::Events),
        1 => Just(Between::Failure),
    ]
}

fn habits() -> impl Strategy<Value = Habits> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(date_is_inclusive, newest_first, counts_pages)| Habits {
            date_is_inclusive,
            newest_first,
            counts_pages,
        },
    )
}

/// Asks once, and collects what comes.
fn ask(cursor: &mut EventCursor, service: &Service, habits: Habits, seen: &mut Vec<i64>) -> bool {
    let page = service.answer(habits, &cursor.request());
    let Some(events) = cursor.accept(page) else { return false };
    let round: Vec<i64> = events.into_iter().map(|event| event.unwrap().id.0).collect();
    assert!(round.is_sorted(), "a round comes in the order of the numbers: {round:?}");
    seen.extend(round);
    true
}

proptest! {
    #![proptest_config(fixed(600))]

    #[test]
    fn every_event_comes_exactly_once(
        habits in habits(),
        page_size in 1_u32..5,
        before in proptest::collection::vec((0_i64..90, 0_i64..30), 0..12),
        script in proptest::collection::vec(between(), 0..40),
        from in prop::option::of(0_i64..400),
    ) {
        let mut service = Service::default();
        for (after, late) in before {
            service.happen(after, late);
        }
        let mut filter = EventsGetRequest::new().with_page_size(page_size);
        filter.date = from.map(wire);
        let mut cursor = EventCursor::new(filter);
        let mut seen = Vec::new();
        for step in script {
            match step {
                Between::Events(events) => {
                    for (after, late) in events {
                        service.happen(after, late);
                    }
                    ask(&mut cursor, &service, habits, &mut seen);
                }
                Between::Failure => cursor.start_over(),
            }
        }
        // Once nothing happens any more, the round that is under way and one more bring everything.
        for _ in 0..2 {
            while !ask(&mut cursor, &service, habits, &mut seen) {}
        }
        let asked_for = |date: i64| match from {
            Some(from) if habits.date_is_inclusive => date >= from,
            Some(from) => date > from,
            None => true,
        };
        let expected: BTreeSet<i64> =
            service.listed.iter().filter(|(_, date)| asked_for(*date)).map(|(id, _)| *id).collect();
        let once: BTreeSet<i64> = seen.iter().copied().collect();
        prop_assert_eq!(seen.len(), once.len(), "an event came twice: {:?}", seen);
        prop_assert_eq!(once, expected);
    }
}

fn page(json: &serde_json::Value) -> Page<Event> {
    Page::from_json(&json.to_string()).unwrap()
}

fn numbers(events: Vec<Result<Event, Unreadable>>) -> Vec<Result<i64, usize>> {
    events.into_iter().map(|event| event.map(|event| event.id.0).map_err(|error| error.index)).collect()
}

#[test]
fn a_cursor_asks_from_the_latest_date_less_its_overlap() {
    let mut cursor = EventCursor::new(EventsGetRequest::new().with_action("message".into()));
    let first = cursor.request();
    assert_eq!((first.page, first.page_cnt, first.date), (Some(1), Some(100), None));
    cursor.accept(page(&json!({ "result": "OK", "pages": 1, "data": [
        { "id": 7, "event_action": "message", "event_date": "2022-09-07 18:29:37" },
        { "id": 8, "event_action": "message", "event_date": "no date" },
    ]})));
    let next = cursor.request();
    assert_eq!(next.date, Some(WireDate::new("2022-09-07 18:28:37").unwrap()));
    assert_eq!(next.action, Some("message".into()));
}

#[test]
fn a_cursor_never_asks_from_before_the_date_it_was_given() {
    let from = WireDate::new("2022-09-07 18:29:30").unwrap();
    let mut cursor = EventCursor::new(EventsGetRequest::new().with_date(from.clone()));
    cursor.accept(page(&json!({ "result": "OK", "pages": 1, "data": [
        { "id": 7, "event_date": "2022-09-07 18:29:37" },
    ]})));
    assert_eq!(cursor.request().date, Some(from));
}

#[test]
fn events_without_a_date_come_once() {
    let mut cursor = EventCursor::new(EventsGetRequest::new());
    let listed =
        json!({ "result": "OK", "pages": 1, "data": [{ "id": 7 }, { "id": "8", "event_date": null }] });
    assert_eq!(numbers(cursor.accept(page(&listed)).unwrap()), [Ok(7), Ok(8)]);
    assert_eq!(numbers(cursor.accept(page(&listed)).unwrap()), []);
    assert_eq!(cursor.request().date, None);
}

#[test]
fn an_unreadable_element_comes_once_though_pages_shift() {
    let mut cursor = EventCursor::new(EventsGetRequest::new().with_page_size(2));
    let broken = json!({ "no": "id" });
    let listed = |pages: u32, data: &[&serde_json::Value]| {
        page(&json!({ "result": "OK", "pages": pages, "data": data }))
    };
    // A new event moves the element from the first page to the second while the round is under way.
    assert!(cursor.accept(listed(2, &[&json!({ "id": 7 }), &broken])).is_none());
    let round = cursor.accept(listed(2, &[&broken, &json!({ "id": 6 })])).unwrap();
    assert_eq!(numbers(round), [Err(1), Ok(6), Ok(7)]);
    let round = cursor.accept(listed(1, &[&json!({ "id": 8 }), &broken])).unwrap();
    assert_eq!(numbers(round), [Ok(8)]);
}

#[test]
fn a_service_that_ignores_pages_and_counts_none_ends_the_round() {
    let mut cursor = EventCursor::new(EventsGetRequest::new());
    let listed = json!({ "result": "OK", "data": [{ "id": 7 }, { "no": "id" }] });
    let round = (0..20).find_map(|_| cursor.accept(page(&listed))).unwrap();
    assert_eq!(numbers(round), [Err(1), Ok(7)]);
}

/// Without a count, a page of nothing but unreadable elements is a page like any other.
#[test]
fn a_page_of_unreadable_elements_does_not_end_the_round() {
    let mut cursor = EventCursor::new(EventsGetRequest::new());
    let mut listed = |data: serde_json::Value| cursor.accept(page(&json!({ "result": "OK", "data": data })));
    assert!(listed(json!([{ "no": "id" }])).is_none());
    assert!(listed(json!([{ "id": 7 }])).is_none());
    assert_eq!(numbers(listed(json!([])).unwrap()), [Err(0), Ok(7)]);
}
