//! Every fixture's event, as a webhook gets it.

use serde_json::Value;
use whatsgate_core::webhook;
use whatsgate_model::Event;
use whatsgate_tests::events;

use crate::support::{debug, snapshot};

#[test]
fn every_event_matches_its_snapshot() {
    for fixture in events() {
        let event = webhook::parse(fixture.body.get().as_bytes()).unwrap();
        assert_eq!(event.action, fixture.action.as_str(), "{}", fixture.name);
        snapshot("events", &fixture.name, &debug(&event));
    }
}

#[test]
fn every_event_keeps_its_text_and_writes_it_back() {
    for fixture in events() {
        let text = fixture.body.get();
        let event = webhook::parse(text.as_bytes()).unwrap();
        assert_eq!(event.raw().as_str(), text, "{}", fixture.name);
        assert_eq!(serde_json::to_string(&event).unwrap(), text, "{}", fixture.name);
        let whole: Value = serde_json::from_str(text).unwrap();
        let data: Value = event.raw_data().unwrap().parse().unwrap();
        assert_eq!(data, whole["event_data"], "{}", fixture.name);
    }
}

/// What a gateway written with the same types sends is what a client reads.
#[test]
fn every_event_can_be_made_from_its_parts() {
    for fixture in events() {
        let event = webhook::parse(fixture.body.get().as_bytes()).unwrap();
        let (session, date) = (event.session.clone().unwrap(), event.date.clone().unwrap());
        let made = Event::new(event.id, session, date, &event.data).unwrap();
        assert_eq!((made.id, &made.action, &made.data), (event.id, &event.action, &event.data));
        // Nothing that the data says is lost on the way.
        let data = |event: &Event| event.raw_data().unwrap().parse::<Value>().unwrap();
        assert_eq!(data(&made), data(&event), "{}", fixture.name);
    }
}

/// Whatever an event carries, it is read, keeps its data and can be acknowledged.
#[test]
fn unknown_events_are_events() {
    for data in ["{}", "null", "[]", "\"text\"", "7", "{\"message\":null}", "{\"message\":{\"no\":\"id\"}}"] {
        for action in
            ["message", "sent", "ack", "media", "create", "ready", "error", "disconnect", "hologram"]
        {
            let body = format!(r#"{{"id":"7","event_action":"{action}","event_data":{data}}}"#);
            let event = webhook::parse(body.as_bytes()).unwrap();
            assert_eq!(webhook::acknowledgement(&event), r#"{"result":"OK","id":7}"#, "{body}");
            assert_eq!(event.action, action);
            assert_eq!(
                event.raw_data().map(|raw| raw.as_str().to_owned()),
                (data != "null").then(|| data.to_owned())
            );
        }
    }
}
