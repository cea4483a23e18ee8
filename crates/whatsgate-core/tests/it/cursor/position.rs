//! A stored position.

use serde_json::{Value, json};
use whatsgate_core::{CursorPosition, EventCursor, Offer, Start};
use whatsgate_model::{Event, EventsGetRequest, Page, Reply};

use super::service::BEGIN;

fn page(data: &[Value]) -> Page<Event> {
    Page::from_json(&json!({ "result": "OK", "pages": 1, "data": data }).to_string()).unwrap()
}

/// Goes on from a position and keeps this page.
fn after(position: CursorPosition, data: &[Value]) -> (Vec<Offer>, CursorPosition) {
    let mut cursor = EventCursor::new(EventsGetRequest::new(), Start::Position(position));
    cursor.request(BEGIN);
    let mut round = cursor.accept(page(data), None).unwrap();
    (round.take_offers(), round.position().clone())
}

fn events(numbers: impl Iterator<Item = i64>) -> Vec<Value> {
    numbers.map(|number| json!({ "id": number })).collect()
}

#[test]
fn it_is_plain_and_small() {
    let (_, position) = after(CursorPosition::default(), &events([3, 1, 2, 9].into_iter()));
    let stored = serde_json::to_value(&position).unwrap();
    assert_eq!(stored["version"], 1);
    assert_eq!(stored["kept"], json!([[1, 3], [9, 9]]));
    assert_eq!(stored["recent"].as_array().unwrap().len(), 4);
    assert_eq!(serde_json::from_value::<CursorPosition>(stored).unwrap(), position);
}

/// A checksum of an event must never change, or every recent event would be a conflict after an update.
#[test]
fn a_position_stored_by_the_first_version_is_understood() {
    let stored = r#"{"version":1,"kept":[[7,7]],"recent":[[7,1662575377,851372948]]}"#;
    let position = || serde_json::from_str::<CursorPosition>(stored).unwrap();
    let same = json!({ "id": 7, "whatsapp_id": "191b80a9238", "event_action": "news" });
    assert_eq!(after(position(), &[same]).0, []);
    let other = json!({ "id": 7, "whatsapp_id": "191b80a9238", "event_action": "other" });
    assert!(matches!(after(position(), &[other]).0[..], [Offer::Conflict(_)]));
}

#[test]
fn members_of_a_later_version_do_no_harm_but_its_number_does() {
    assert!(serde_json::from_value::<CursorPosition>(json!({ "version": 1, "later": [1] })).is_ok());
    let error = serde_json::from_value::<CursorPosition>(json!({ "version": 2 })).unwrap_err();
    assert_eq!(error.to_string(), "the position was stored by a newer version of this library");
}

#[test]
fn a_damaged_one_is_refused() {
    let damaged = [
        json!({ "version": 1, "kept": [[5, 9], [1, 3]] }),
        json!({ "version": 1, "kept": [[9, 5]] }),
        json!({ "version": 1, "recent": [[9, null, 1], [8, null, 1]] }),
        json!({ "version": 1, "leads": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }),
        json!({ "kept": [] }),
    ];
    for stored in damaged {
        assert!(serde_json::from_value::<CursorPosition>(stored.clone()).is_err(), "{stored}");
    }
}

/// Every other number, from the lowest there can be on, and unreadable elements without end.
#[test]
fn it_is_bounded() {
    let mut position = CursorPosition::default();
    for part in 0..3 {
        let from = i64::MIN + part * 4000;
        let mut data = events((from..from + 4000).step_by(2));
        data.extend((0..300).map(|place| json!({ "no": [part, place] })));
        let offers;
        (offers, position) = after(position, &data);
        assert_eq!(offers.len(), 2300);
    }
    let stored = serde_json::to_string(&position).unwrap();
    assert!(stored.len() < 60_000, "{} bytes", stored.len());
    assert_eq!(serde_json::from_str::<CursorPosition>(&stored).unwrap(), position);
    // What was kept stays known, and of the gaps the highest stay open.
    let highest = i64::MIN + 11_998;
    assert_eq!(after(position.clone(), &events([i64::MIN, highest].into_iter())).0, []);
    assert_eq!(after(position.clone(), &events([highest - 1].into_iter())).0.len(), 1);
    assert_eq!(after(position, &events([i64::MIN + 1].into_iter())).0, []);
}
