//! The cursor's rules, one test each.

use serde_json::{Value, json};
use whatsgate_core::{EventCursor, Offer, Round, Start};
use whatsgate_model::{Event, EventsGetRequest, Page, Reply, WireDate};

use super::service::{BEGIN, DAY, Dated, HOUR, Habits, Order, Reader, Service, YEAR};

const NOTHING: [i64; 0] = [];

fn page(json: &Value) -> Page<Event> {
    Page::from_json(&json.to_string()).unwrap()
}

fn wire(seconds: i64) -> WireDate {
    WireDate::from_unix_seconds_as_utc(seconds)
}

fn asked_from(cursor: &mut EventCursor, now: i64) -> Option<i64> {
    cursor.request(now).date.and_then(|date| date.unix_seconds_if_utc())
}

/// The numbers of the events, and the places of what could not be read.
fn shown(round: &Round) -> Vec<Result<i64, usize>> {
    round
        .offers()
        .iter()
        .map(|offer| match offer {
            Offer::New(event) => Ok(event.id.0),
            Offer::Unreadable(element) => Err(element.index),
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Asks and takes these pages, the last of which ends the round.
fn round(cursor: &mut EventCursor, pages: &[Value]) -> Round {
    let (last, others) = pages.split_last().unwrap();
    for reply in others {
        cursor.request(BEGIN);
        assert!(cursor.accept(page(reply), None).is_none(), "the round ended early");
    }
    cursor.request(BEGIN);
    cursor.accept(page(last), None).expect("the round ends")
}

/// A reader that has read a service with 100 events, one a second, and does not go back again before a day is over.
fn settled(habits: Habits) -> (Service, Reader) {
    let mut service = Service::new(habits);
    for _ in 0..100 {
        service.now += 1;
        service.list(0, Dated::Rightly);
    }
    let mut reader = Reader::everything();
    reader.read(&service);
    (service, reader)
}

mod position {
    use super::*;

    #[test]
    fn it_is_the_median_date_less_the_overlap() {
        let (service, mut reader) = settled(Habits::default());
        assert_eq!(
            asked_from(&mut reader.cursor, service.now),
            Some(BEGIN + 50 - EventCursor::OVERLAP_SECONDS)
        );
    }

    #[test]
    fn with_few_dates_it_stays_at_the_start() {
        let mut service = Service::new(Habits::default());
        let mut reader = Reader::new(EventsGetRequest::new(), Start::Date(wire(BEGIN - DAY)));
        for number in 1..=50 {
            service.list(0, Dated::YearsAhead);
            assert_eq!(reader.read(&service), [number]);
            assert_eq!(asked_from(&mut reader.cursor, service.now), Some(BEGIN - DAY));
        }
    }

    /// The median.
    #[test]
    fn a_wrong_date_does_not_move_it_past_others() {
        for wrong in [Dated::YearsAhead, Dated::YearsBack, Dated::Not] {
            let (mut service, mut reader) = settled(Habits { tells_its_time: false, ..Habits::default() });
            for _ in 0..49 {
                service.now += 1;
                service.list(0, wrong);
                reader.read(&service);
            }
            service.now += 1;
            let right = service.list(0, Dated::Rightly);
            assert_eq!(reader.read(&service), [right], "{wrong:?}");
        }
    }

    /// The overlap.
    #[test]
    fn an_event_listed_a_little_late_comes_in_an_ordinary_round() {
        for date_is_inclusive in [true, false] {
            let (mut service, mut reader) = settled(Habits { date_is_inclusive, ..Habits::default() });
            // A burst within one second, so that the median is now.
            service.list_burst(Dated::Rightly);
            reader.read(&service);
            let late = service.list(EventCursor::OVERLAP_SECONDS - 1, Dated::Rightly);
            assert_eq!(reader.read(&service), [late]);
        }
    }

    /// Dates are compared with the service's clock in the zone that was learnt.
    #[test]
    fn it_is_never_ahead_of_the_services_clock() {
        let zone = 5 * HOUR + 1800;
        let (mut service, mut reader) = settled(Habits { zone, ..Habits::default() });
        for _ in 0..3 {
            service.now += 1;
            service.list(1, Dated::Rightly);
            reader.read(&service);
        }
        service.list_burst(Dated::YearsAhead);
        // In two pages, so that the position lags a round behind.
        reader.read(&service);
        reader.read(&service);
        let clock = service.now + zone;
        assert_eq!(asked_from(&mut reader.cursor, service.now), Some(clock - EventCursor::OVERLAP_SECONDS));
        let right = service.list(1, Dated::Rightly);
        assert_eq!(reader.read(&service), [right]);
    }

    #[test]
    fn before_the_zone_is_learnt_it_may_be_any() {
        let (mut service, mut reader) = settled(Habits::default());
        service.now += HOUR;
        service.list_burst(Dated::YearsAhead);
        reader.read(&service);
        reader.read(&service);
        let latest = service.now + 14 * HOUR;
        assert_eq!(asked_from(&mut reader.cursor, service.now), Some(latest - EventCursor::OVERLAP_SECONDS));
    }

    #[test]
    fn it_is_never_before_the_filters_date() {
        let mut cursor =
            EventCursor::new(EventsGetRequest::new().with_date(wire(BEGIN)), Start::Date(wire(BEGIN - DAY)));
        assert_eq!(asked_from(&mut cursor, BEGIN), Some(BEGIN));
    }

    /// What is read in several pages may shift, so the next round reads the same dates again.
    #[test]
    fn after_several_pages_it_lags_a_round_behind() {
        let mut service = Service::new(Habits::default());
        service.list_burst(Dated::Rightly);
        let mut reader = Reader::new(EventsGetRequest::new().with_page_size(50), Start::Beginning);
        reader.read(&service);
        assert_eq!(asked_from(&mut reader.cursor, service.now), None);
        reader.read(&service);
        assert_eq!(asked_from(&mut reader.cursor, service.now), Some(BEGIN - EventCursor::OVERLAP_SECONDS));
    }
}

mod going_back {
    use super::*;

    /// What an ordinary round does not reach.
    fn old(service: &mut Service) -> i64 {
        service.list(EventCursor::BACK_SECONDS - HOUR, Dated::Rightly)
    }

    #[test]
    fn it_does_so_at_the_start() {
        let (mut service, mut reader) = settled(Habits::default());
        let old = old(&mut service);
        assert_eq!(reader.read(&service), NOTHING);
        reader.restart();
        assert_eq!(reader.read(&service), [old]);
    }

    #[test]
    fn it_does_so_once_a_day() {
        let (mut service, mut reader) = settled(Habits::default());
        service.now += DAY - 60;
        let old = old(&mut service);
        assert_eq!(reader.read(&service), NOTHING);
        service.now += 60;
        assert_eq!(reader.read(&service), [old]);
        let another = service.list(HOUR, Dated::Rightly);
        service.now += HOUR;
        service.list(0, Dated::Rightly);
        assert!(!reader.read(&service).is_empty());
        assert!(reader.kept.contains(&another));
    }

    #[test]
    fn it_does_so_when_told() {
        let (mut service, mut reader) = settled(Habits::default());
        let old = old(&mut service);
        assert_eq!(reader.read(&service), NOTHING);
        reader.cursor.read_back();
        assert_eq!(reader.read(&service), [old]);
    }

    #[test]
    fn it_does_so_after_a_session_became_ready() {
        let (mut service, mut reader) = settled(Habits::default());
        service.list_ready();
        reader.read(&service);
        let old = old(&mut service);
        assert_eq!(reader.read(&service), [old]);
    }

    /// What slipped from one page to the next while it was read.
    #[test]
    fn it_does_so_twice_if_there_were_several_pages() {
        let mut service = Service::new(Habits::default());
        service.list_burst(Dated::Rightly);
        let mut reader = Reader::new(EventsGetRequest::new().with_page_size(50), Start::Beginning);
        reader.read(&service);
        reader.read(&service);
        reader.cursor.read_back();
        reader.read(&service);
        let slipped = old(&mut service);
        assert!(reader.read(&service).contains(&slipped), "the next round goes back as well");
        let later = old(&mut service);
        assert!(!reader.read(&service).contains(&later), "and the one after it does not");
    }

    /// Only a round that was kept counts.
    #[test]
    fn it_does_so_again_if_the_round_was_not_kept() {
        let (mut service, mut reader) = settled(Habits::default());
        let old = old(&mut service);
        reader.cursor.read_back();
        assert_eq!(reader.ask(&service, false).or_else(|| reader.ask(&service, false)), Some(vec![old]));
        assert_eq!(reader.read(&service), [old]);
        assert_eq!(reader.read(&service), NOTHING);
    }
}

mod pages {
    use super::*;

    fn events(elements: u32, numbers: &[i64]) -> Value {
        let data: Vec<_> = numbers.iter().map(|number| json!({ "id": number })).collect();
        json!({ "result": "OK", "pages": elements.div_ceil(2), "elements": elements, "data": data })
    }

    fn cursor() -> EventCursor {
        EventCursor::new(EventsGetRequest::new().with_page_size(2), Start::Beginning)
    }

    /// Retention eats 1 and 2 after the first page, so that 3 and 4 move there.
    #[test]
    fn a_list_that_becomes_shorter_is_read_again() {
        let read = round(
            &mut cursor(),
            &[events(6, &[1, 2]), events(4, &[5, 6]), events(4, &[3, 4]), events(4, &[5, 6])],
        );
        assert_eq!(shown(&read), [1, 2, 3, 4, 5, 6].map(Ok));
    }

    #[test]
    fn a_list_that_goes_on_becoming_shorter_is_read_again_three_times_at_most() {
        let mut cursor = cursor();
        let mut elements = 100;
        let mut requests = 0;
        let ended = (0..200).find_map(|_| {
            let request = cursor.request(BEGIN);
            requests += 1;
            elements -= 1;
            let number = i64::from(request.page.unwrap());
            cursor.accept(page(&events(elements.max(2), &[number, number + 100])), None)
        });
        assert!(ended.is_some());
        assert!(requests < 60, "{requests} requests");
    }

    /// Pushes may have brought some pages already; reading on must not stop there.
    #[test]
    fn a_page_of_known_events_does_not_end_the_round() {
        let mut cursor = cursor();
        let uncounted = |numbers: &[i64]| {
            let data: Vec<_> = numbers.iter().map(|number| json!({ "id": number })).collect();
            json!({ "result": "OK", "data": data })
        };
        let known: Vec<Value> = (0..20).map(|page| uncounted(&[2 * page, 2 * page + 1])).collect();
        let mut pages = known.clone();
        pages.push(uncounted(&[]));
        let first = round(&mut cursor, &pages);
        cursor.keep(first);
        pages.insert(20, uncounted(&[100]));
        assert_eq!(shown(&round(&mut cursor, &pages)), [Ok(100)]);
    }

    #[test]
    fn a_service_that_ignores_pages_ends_the_round() {
        for count in [json!(null), json!(1_000_000)] {
            let mut cursor = EventCursor::new(EventsGetRequest::new(), Start::Beginning);
            let listed = json!({ "result": "OK", "pages": count, "data": [{ "id": 7 }, { "no": "id" }] });
            let ended = (0..20).find_map(|_| {
                cursor.request(BEGIN);
                cursor.accept(page(&listed), None)
            });
            assert_eq!(shown(&ended.unwrap()), [Err(1), Ok(7)]);
        }
    }

    #[test]
    fn a_page_that_fails_is_asked_for_again_and_then_the_first() {
        let mut cursor = cursor();
        cursor.request(BEGIN);
        assert!(cursor.accept(page(&events(6, &[1, 2])), None).is_none());
        let pages: Vec<_> = (0..3).map(|_| cursor.request(BEGIN).page.unwrap()).collect();
        assert_eq!(pages, [2, 2, 1]);
        // What was read of the round is not lost, though the list is another now.
        assert!(cursor.accept(page(&events(3, &[6, 7])), None).is_none());
        cursor.request(BEGIN);
        let read = cursor.accept(page(&events(3, &[8])), None).unwrap();
        assert_eq!(shown(&read), [1, 2, 6, 7, 8].map(Ok));
    }

    /// Pages that are read again bring nothing new, however many they are.
    #[test]
    fn a_long_list_that_is_read_again_is_read_to_its_end() {
        let mut cursor = cursor();
        let pages: Vec<Value> = (0..40).map(|page| events(80, &[2 * page, 2 * page + 1])).collect();
        for listed in &pages[..30] {
            cursor.request(BEGIN);
            assert!(cursor.accept(page(listed), None).is_none());
        }
        while cursor.request(BEGIN).page != Some(1) {}
        let read = pages.iter().find_map(|listed| {
            let read = cursor.accept(page(listed), None);
            cursor.request(BEGIN);
            read
        });
        assert_eq!(read.unwrap().offers().len(), 80);
    }

    #[test]
    fn after_a_long_pause_the_pages_read_say_nothing_of_the_next() {
        let mut cursor = cursor();
        cursor.request(BEGIN);
        assert!(cursor.accept(page(&events(6, &[1, 2])), None).is_none());
        assert_eq!(cursor.request(BEGIN + 600).page, Some(2));
        assert!(cursor.accept(page(&events(6, &[3, 4])), None).is_none());
        assert_eq!(cursor.request(BEGIN + 1201).page, Some(1));
    }

    #[test]
    fn a_page_that_was_not_asked_for_changes_nothing() {
        let mut cursor = cursor();
        assert!(cursor.accept(page(&events(1, &[1])), None).is_none());
        assert_eq!(shown(&round(&mut cursor, &[events(1, &[1])])), [Ok(1)]);
    }
}

mod keeping {
    use super::*;

    fn listed(data: &Value) -> Value {
        json!({ "result": "OK", "pages": 1, "data": data })
    }

    fn cursor() -> EventCursor {
        EventCursor::new(EventsGetRequest::new(), Start::Beginning)
    }

    #[test]
    fn a_round_that_is_not_kept_is_offered_again() {
        let mut cursor = cursor();
        let data = listed(&json!([{ "id": 7 }, { "no": "id" }]));
        assert_eq!(shown(&round(&mut cursor, std::slice::from_ref(&data))), [Err(1), Ok(7)]);
        let again = round(&mut cursor, std::slice::from_ref(&data));
        assert_eq!(shown(&again), [Err(1), Ok(7)]);
        cursor.keep(again);
        assert_eq!(shown(&round(&mut cursor, &[data])), []);
    }

    #[test]
    fn an_older_round_does_not_move_it_back() {
        let mut cursor = cursor();
        let older = round(&mut cursor, &[listed(&json!([{ "id": 7 }]))]);
        let newer = round(&mut cursor, &[listed(&json!([{ "id": 7 }, { "id": 8 }]))]);
        cursor.keep(newer);
        cursor.keep(older);
        assert_eq!(shown(&round(&mut cursor, &[listed(&json!([{ "id": 8 }]))])), []);
    }

    #[test]
    fn an_unreadable_element_comes_once_though_pages_shift_and_processes_end() {
        let filter = EventsGetRequest::new().with_page_size(2);
        let mut cursor = EventCursor::new(filter.clone(), Start::Beginning);
        let broken = json!({ "no": "id" });
        let of = |pages: u32, data: &Value| json!({ "result": "OK", "pages": pages, "data": data });
        // A new event moves the element from the first page to the second while the round is under way.
        let read =
            round(&mut cursor, &[of(2, &json!([{ "id": 7 }, broken])), of(2, &json!([broken, { "id": 6 }]))]);
        assert_eq!(shown(&read), [Err(1), Ok(6), Ok(7)]);
        let mut cursor = EventCursor::new(filter, Start::Position(read.position().clone()));
        let read = round(&mut cursor, &[of(1, &json!([{ "id": 8 }, broken]))]);
        assert_eq!(shown(&read), [Ok(8)]);
        cursor.keep(read);
        // It is not forgotten in the rounds that do not list it.
        let read = round(&mut cursor, &[of(1, &json!([]))]);
        cursor.keep(read);
        assert_eq!(shown(&round(&mut cursor, &[of(1, &json!([broken]))])), []);
    }

    #[test]
    fn two_unreadable_elements_alike_on_one_page_are_two() {
        let data = listed(&json!([{ "no": "id" }, { "no": "id" }]));
        assert_eq!(shown(&round(&mut cursor(), &[data])), [Err(0), Err(1)]);
    }

    fn kinds(round: &Round) -> Vec<String> {
        let kind = |offer: &Offer| match offer {
            Offer::New(event) => format!("new {} {}", event.id, event.action.as_str()),
            Offer::Conflict(event) => format!("conflict {} {}", event.id, event.action.as_str()),
            other => panic!("{other:?}"),
        };
        round.offers().iter().map(kind).collect()
    }

    #[test]
    fn another_event_with_the_same_number_is_a_conflict_and_comes_once() {
        let first = json!({ "id": 7, "event_action": "a", "user_id": 1, "event_date": wire(BEGIN) });
        let same = json!({ "id": 7, "event_action": "a", "status_code": 2 });
        let other = json!({ "id": 7, "event_action": "b" });
        let mut cursor = cursor();
        let read = round(&mut cursor, &[listed(&json!([first, same]))]);
        assert_eq!(kinds(&read), ["new 7 a"]);
        cursor.keep(read);
        let read = round(&mut cursor, &[listed(&json!([same, other]))]);
        assert_eq!(kinds(&read), ["conflict 7 b"]);
        // Also in another process.
        let start = Start::Position(read.position().clone());
        let mut cursor = EventCursor::new(EventsGetRequest::new(), start);
        let read = round(&mut cursor, &[listed(&json!([first, other, { "id": 7, "whatsapp_id": "c" }]))]);
        assert_eq!(kinds(&read), ["conflict 7 "]);
    }

    #[test]
    fn another_message_or_session_under_the_same_number_is_a_conflict() {
        let event = |session: &str, message: &str| {
            let data = json!({ "message": { "id": message } });
            json!({ "id": 7, "whatsapp_id": session, "event_action": "message", "event_data": data })
        };
        let message = "false_79999999999@c.us_3EB0436AE1E682FF3A37";
        let another = "false_79999999999@c.us_3EB0436AE1E682FF3A38";
        let mut cursor = cursor();
        let data = json!([event("a", message), event("a", another), event("b", message)]);
        let read = round(&mut cursor, &[listed(&data)]);
        assert_eq!(kinds(&read), ["new 7 message", "conflict 7 message", "conflict 7 message"]);
    }

    /// Where events are put into a store that tells them apart by itself, page by page, the cursor only says what to ask
    /// for, and a crash in the middle of a round costs a few questions.
    #[test]
    fn a_store_of_its_own_may_take_the_pages_as_they_come() {
        let mut service = Service::new(Habits { order: Order::NewestFirst, ..Habits::default() });
        let filter = EventsGetRequest::new().with_page_size(7);
        let mut cursor = EventCursor::new(filter.clone(), Start::Beginning);
        let mut store = std::collections::BTreeSet::new();
        let mut position = None;
        for turn in 0..300 {
            service.now += 1;
            service.list(turn % 50, Dated::Rightly);
            let request = cursor.request(service.now);
            let page = service.answer(&request);
            store.extend(page.data.iter().map(|event| event.id.0));
            if let Some(round) = cursor.accept(page, service.clock()) {
                position = Some(round.position().clone());
                cursor.keep(round);
            }
            if turn % 41 == 40 {
                let start = position.clone().map_or(Start::Beginning, Start::Position);
                cursor = EventCursor::new(filter.clone(), start);
            }
        }
        for _ in 0..200 {
            let page = service.answer(&cursor.request(service.now));
            store.extend(page.data.iter().map(|event| event.id.0));
            cursor.accept(page, service.clock()).into_iter().for_each(|round| cursor.keep(round));
        }
        assert_eq!(store.into_iter().collect::<Vec<_>>(), (1..=300).collect::<Vec<_>>());
    }
}

mod beginning {
    use super::*;

    #[test]
    fn from_the_beginning_it_asks_without_a_date_and_for_large_pages() {
        let mut cursor =
            EventCursor::new(EventsGetRequest::new().with_action("message".into()), Start::Beginning);
        let request = cursor.request(BEGIN);
        assert_eq!((request.page, request.page_cnt, request.date), (Some(1), Some(100), None));
        assert_eq!(request.action, Some("message".into()));
    }

    #[test]
    fn from_a_date_it_asks_from_that_date() {
        let mut cursor = EventCursor::new(EventsGetRequest::new(), Start::Date(wire(BEGIN)));
        assert_eq!(cursor.request(BEGIN + YEAR).date, Some(wire(BEGIN)));
    }

    /// In any zone, what was listed within two days before is read and known.
    #[test]
    fn from_now_nothing_comes_that_was_listed_before() {
        for zone in [-12 * HOUR, 0, 14 * HOUR] {
            let mut service = Service::new(Habits { zone, ..Habits::default() });
            service.list(0, Dated::Rightly);
            service.list(0, Dated::YearsAhead);
            let mut reader = Reader::new(EventsGetRequest::new(), Start::Now);
            assert_eq!(reader.read(&service), NOTHING);
            service.now += 1;
            let new = service.list(0, Dated::Rightly);
            let of_a_phone_that_was_offline = service.list(EventCursor::BACK_SECONDS, Dated::Rightly);
            assert_eq!(reader.read(&service), [new, of_a_phone_that_was_offline]);
            reader.restart();
            assert_eq!(reader.read(&service), NOTHING);
        }
    }

    #[test]
    fn from_now_means_the_services_clock() {
        let mut service = Service::new(Habits::default());
        let mut reader = Reader::new(EventsGetRequest::new(), Start::Now);
        reader.skew = YEAR;
        assert_eq!(reader.read(&service), NOTHING);
        let new = service.list(0, Dated::Rightly);
        assert_eq!(reader.read(&service), [new]);
    }
}
