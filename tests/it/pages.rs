//! Lists that come in pages, and events followed as they come.

use std::time::Duration;

use futures_util::{Stream, StreamExt};
use serde_json::{Value, json};
use whatsgate_canary as canary;
use whatsgate_core::{Client, ErrorKind, Offer, Response, RetryPolicy, Start, TransportFailure};
use whatsgate_model::{Event, EventsGetRequest, SessionId, SessionInfo, SessionsGetRequest};
use whatsgate_tests::{ScriptedTransport, Step, run};

use crate::support::{scripted, session_id, shown};

const INTERVAL: Duration = Duration::from_secs(5);

fn event(id: i64) -> Value {
    json!({ "id": id, "event_action": "message", "event_date": format!("2022-09-07 18:{id:02}:00") })
}

fn session(id: &str) -> Value {
    json!({ "unique_id": id, "name": "Shop" })
}

fn page(pages: Option<u32>, data: &[Value]) -> Step {
    let mut body = json!({ "result": "OK", "data": data });
    if let Some(pages) = pages {
        body["pages"] = json!(pages);
    }
    Step::reply(200, body.to_string())
}

fn events(pages: Option<u32>, ids: &[i64]) -> Step {
    page(pages, &ids.iter().copied().map(event).collect::<Vec<_>>())
}

/// The numbers of the events, and the kinds of the errors in their places.
fn all<E: whatsgate_core::TransportError>(
    stream: impl Stream<Item = Result<Event, whatsgate_core::Error<E>>>,
) -> Vec<Result<i64, ErrorKind>> {
    run(stream.map(|event| event.map(|event| event.id.0).map_err(|error| error.kind())).collect())
}

fn asked(client: &Client<ScriptedTransport>, member: &str) -> Vec<Value> {
    client.transport().sent().iter().map(|sent| sent.body()[member].clone()).collect()
}

#[test]
fn every_page_is_read_to_the_last() {
    let client = scripted([events(Some(3), &[1, 2]), events(Some(3), &[3, 4]), events(Some(3), &[5])]);
    let read = all(client.events(EventsGetRequest::new().with_page_size(2)));
    assert_eq!(read, [Ok(1), Ok(2), Ok(3), Ok(4), Ok(5)]);
    assert_eq!(asked(&client, "page"), [1, 2, 3]);
    assert_eq!(asked(&client, "page_cnt"), [2, 2, 2]);
}

#[test]
fn pages_are_as_large_as_the_service_allows() {
    let client = scripted([events(Some(1), &[1])]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(1)]);
    assert_eq!(asked(&client, "page_cnt"), [100]);
}

#[test]
fn reading_starts_at_the_page_asked_for() {
    let client = scripted([events(Some(3), &[3]), events(Some(3), &[5])]);
    assert_eq!(all(client.events(EventsGetRequest::new().with_page(2))), [Ok(3), Ok(5)]);
    assert_eq!(asked(&client, "page"), [2, 3]);
}

#[test]
fn events_that_shift_to_the_next_page_come_once() {
    let client = scripted([events(Some(2), &[5, 4]), events(Some(3), &[4, 3]), events(Some(3), &[2])]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(5), Ok(4), Ok(3), Ok(2)]);
}

/// The number of pages may grow or shrink between two of them.
#[test]
fn the_latest_number_of_pages_counts() {
    let client = scripted([events(Some(1), &[1]), events(Some(1), &[2])]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(1)]);
    let client = scripted([events(Some(9), &[1]), events(Some(2), &[2])]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(1), Ok(2)]);
}

#[test]
fn an_empty_page_ends_the_list_whatever_the_count_says() {
    let client = scripted([events(Some(9), &[1]), events(Some(9), &[])]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(1)]);
    let client = scripted([events(Some(0), &[])]);
    assert_eq!(all(client.events(EventsGetRequest::new())), []);
}

#[test]
fn without_a_count_pages_are_read_until_one_is_empty() {
    let client = scripted([events(None, &[1, 2]), events(None, &[3]), events(None, &[])]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(1), Ok(2), Ok(3)]);
}

/// A burst of new events moves a whole page that was read already to the place of the next.
#[test]
fn without_a_count_a_page_of_repetitions_does_not_end_the_list() {
    let client =
        scripted([events(None, &[4, 3]), events(None, &[4, 3]), events(None, &[2, 1]), events(None, &[])]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(4), Ok(3), Ok(2), Ok(1)]);
}

#[test]
fn a_service_that_ignores_pages_does_not_go_on_for_ever() {
    let unreadable = json!({ "no": "id" });
    for count in [None, Some(1_000_000)] {
        let client = scripted(vec![page(count, &[event(1), unreadable.clone()]); 40]);
        let read = all(client.events(EventsGetRequest::new()));
        assert_eq!(read, [Ok(1), Err(ErrorKind::UnexpectedReply)]);
        assert!(client.transport().sent().len() <= 20);
    }
}

#[test]
fn an_unreadable_element_is_an_error_in_its_place() {
    let private = json!({ "no_id": canary::TEXT, "whatsapp_id": canary::PHONE });
    let client =
        scripted([page(Some(2), &[event(1), private, event(2)]), page(Some(2), &[json!(7), event(3)])]);
    let read: Vec<_> = run(client.events(EventsGetRequest::new()).collect());
    let kinds: Vec<_> = read.iter().map(|event| event.as_ref().map(|event| event.id.0).ok()).collect();
    assert_eq!(kinds, [Some(1), None, Some(2), None, Some(3)]);
    let error = read[1].as_ref().unwrap_err();
    canary::assert_hidden(&shown(error));
    assert_eq!(
        error.to_string(),
        "events-get: element 1 of the list cannot be read: missing field `id` at line 1 column 60",
    );
    assert!(!error.is_retryable());
    assert!(error.advice().starts_with("The others of the list were read"), "{}", error.advice());
    let element = error.unreadable().unwrap();
    assert_eq!(element.index, 1);
    assert!(element.raw.as_str().contains(canary::TEXT), "the element stays reachable");
}

#[test]
fn an_unreadable_element_that_shifts_comes_once() {
    let broken = json!({ "no": "id" });
    let client = scripted([page(Some(2), &[event(3), broken.clone()]), page(Some(2), &[broken, event(2)])]);
    let read = all(client.events(EventsGetRequest::new()));
    assert_eq!(read, [Ok(3), Err(ErrorKind::UnexpectedReply), Ok(2)]);
}

#[test]
fn a_page_that_fails_for_good_ends_the_list_with_its_error() {
    let client = scripted([events(Some(3), &[1]), Step::reply(404, "")]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(1), Err(ErrorKind::Refused)]);
}

#[test]
fn a_page_that_fails_in_passing_is_asked_for_again() {
    let client = scripted([
        events(Some(2), &[1]),
        Step::failure(TransportFailure::Timeout),
        Step::reply(502, ""),
        events(Some(2), &[2]),
    ]);
    assert_eq!(all(client.events(EventsGetRequest::new())), [Ok(1), Ok(2)]);
    assert_eq!(asked(&client, "page"), [1, 2, 2, 2]);
}

#[test]
fn a_session_asks_for_its_own_events() {
    let client = scripted([events(Some(1), &[1]), events(Some(1), &[2])]);
    let own = client.session(session_id());
    assert_eq!(all(own.events(EventsGetRequest::new())), [Ok(1)]);
    assert_eq!(all(own.follow_events(EventsGetRequest::new(), INTERVAL).take(1)), [Ok(2)]);
    assert_eq!(asked(&client, "WhatsappID"), ["YOUR_WHATSAPP_ID", "YOUR_WHATSAPP_ID"]);
}

#[test]
fn a_filter_for_another_session_is_refused() {
    let client = scripted([]);
    let own = client.session(session_id());
    let filter = EventsGetRequest::new().with_session(SessionId::new("191b80a9238").unwrap());
    let refused = [Err(ErrorKind::InvalidRequest)];
    assert_eq!(all(own.events(filter.clone())), refused);
    assert_eq!(all(own.follow_events(filter, INTERVAL)), refused);
    assert!(client.transport().sent().is_empty());

    let client = scripted([events(Some(1), &[1])]);
    let filter = EventsGetRequest::new().with_session(session_id());
    assert_eq!(all(client.session(session_id()).events(filter)), [Ok(1)]);
}

#[test]
fn sessions_come_once_each() {
    let client = scripted([
        page(Some(2), &[session("a"), session("b")]),
        page(Some(2), &[session("b"), json!({ "name": "no id" }), session("c")]),
    ]);
    let read: Vec<_> = run(client.sessions(SessionsGetRequest::new()).collect());
    let name = |session: &SessionInfo| session.unique_id.to_string();
    let read: Vec<_> = read.iter().map(|session| session.as_ref().map(name).ok()).collect();
    assert_eq!(read, [Some("a".to_owned()), Some("b".to_owned()), None, Some("c".to_owned())]);
    assert_eq!(asked(&client, "page"), [1, 2]);
    assert_eq!(asked(&client, "page_cnt"), [Value::Null, Value::Null]);
}

#[test]
fn following_returns_each_event_once_and_in_order() {
    let client = scripted([
        events(Some(2), &[4, 3]),
        events(Some(2), &[2]),
        events(Some(1), &[4]),
        events(Some(1), &[6, 5, 4]),
    ]);
    let read = all(client.follow_events(EventsGetRequest::new(), INTERVAL).take(5));
    assert_eq!(read, [Ok(2), Ok(3), Ok(4), Ok(5), Ok(6)]);
    assert_eq!(asked(&client, "page"), [1, 2, 1, 1]);
    assert_eq!(client.platform().pauses(), [INTERVAL, INTERVAL]);
}

#[test]
fn following_goes_on_after_errors() {
    let client = scripted([
        events(Some(1), &[1]),
        Step::failure(TransportFailure::Timeout),
        events(Some(2), &[2, 1]),
        Step::reply(401, ""),
        events(Some(2), &[1]),
        page(Some(1), &[event(3), json!("no event")]),
        page(Some(1), &[event(3), json!("no event"), event(4)]),
    ])
    .with_retry(RetryPolicy::none());
    let read = all(client.follow_events(EventsGetRequest::new(), INTERVAL).take(7));
    let [timeout, unauthorized, unreadable] =
        [ErrorKind::Timeout, ErrorKind::Unauthorized, ErrorKind::UnexpectedReply].map(Err);
    assert_eq!(read, [Ok(1), timeout, unauthorized, Ok(2), unreadable, Ok(3), Ok(4)]);
    assert_eq!(asked(&client, "page"), [1, 1, 1, 2, 2, 1, 1]);
    assert!(client.platform().pauses().iter().all(|pause| *pause == INTERVAL));
    assert_eq!(client.platform().pauses().len(), 5);
}

#[test]
fn a_poll_goes_on_from_its_position_in_another_process() {
    let client = scripted([
        events(Some(1), &[1]),
        events(Some(1), &[1, 2]),
        Step::failure(TransportFailure::Timeout),
        events(Some(1), &[1, 2, 3]),
        events(Some(1), &[1, 2, 3, 4]),
    ])
    .with_retry(RetryPolicy::none());
    let session = client.session(session_id());
    let poll = |start| session.poll_events(EventsGetRequest::new(), start, INTERVAL).unwrap();
    let numbers = |offers: &[Offer]| -> Vec<i64> {
        offers
            .iter()
            .map(|offer| match offer {
                Offer::New(event) => event.id.0,
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let mut first = poll(Start::Now);
    let round = run(first.next_round()).unwrap();
    assert!(round.offers().is_empty(), "it was listed before");
    first.keep(round);
    let dropped = run(first.next_round()).unwrap();
    assert_eq!(numbers(dropped.offers()), [2]);
    assert_eq!(run(first.next_round()).unwrap_err().kind(), ErrorKind::Timeout);
    let round = run(first.next_round()).unwrap();
    assert_eq!(numbers(round.offers()), [2, 3]);
    let stored = serde_json::to_string(round.position()).unwrap();

    let mut second = poll(Start::Position(serde_json::from_str(&stored).unwrap()));
    assert_eq!(numbers(run(second.next_round()).unwrap().offers()), [4]);
    assert_eq!(client.platform().pauses(), [INTERVAL; 3]);
    assert_eq!(asked(&client, "WhatsappID"), ["YOUR_WHATSAPP_ID"; 5]);
    // The script begins at 18:29:37; from there 48 hours back, in whichever zone.
    assert_eq!(asked(&client, "date"), ["2022-09-05 06:29:37"; 5]);
}

/// A program with a clock that is a year late asks again with the service's.
#[test]
fn a_poll_from_now_believes_the_services_clock() {
    let dated = |ids: &[i64]| {
        let data: Vec<_> = ids.iter().copied().map(event).collect();
        let body = json!({ "result": "OK", "pages": 1, "data": data }).to_string();
        Step::response(Response::new(200, body).with_date(Some(1_662_575_377 + 365 * 24 * 60 * 60)))
    };
    let client = scripted([dated(&[1]), dated(&[])]);
    let mut poll = client.poll_events(EventsGetRequest::new(), Start::Now, INTERVAL);
    assert!(run(poll.next_round()).unwrap().offers().is_empty());
    assert_eq!(asked(&client, "date"), ["2022-09-05 06:29:37", "2023-09-05 06:29:37"]);
}
