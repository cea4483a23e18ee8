//! Bodies of webhook requests, good and bad.

use std::fmt::Write as _;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;
use whatsgate_core::webhook;
use whatsgate_tests::{EventFixture, events};

use crate::support::{fixed, snapshot};

/// Read from the disk once, not for every case.
static EVENTS: LazyLock<Vec<EventFixture>> = LazyLock::new(events);

#[test]
fn every_event_is_acknowledged_as_the_gateway_wants() {
    for fixture in events() {
        let event = webhook::parse(fixture.body.get().as_bytes()).unwrap();
        let reply: Value = serde_json::from_str(&webhook::acknowledgement(&event)).unwrap();
        assert_eq!(reply, fixture.reply, "{}", fixture.name);
    }
}

#[test]
fn a_byte_order_mark_and_white_space_do_no_harm() {
    let event = webhook::parse("\u{feff}\r\n {\"id\":18} \n".as_bytes()).unwrap();
    assert_eq!(webhook::acknowledgement(&event), r#"{"result":"OK","id":18}"#);
}

/// A body with what must not be shown in the places of `PHONE` and `TEXT`; bytes that are not text stay as they are.
fn planted(template: &[u8]) -> Vec<u8> {
    match std::str::from_utf8(template) {
        Ok(text) => {
            text.replace("PHONE", whatsgate_canary::PHONE).replace("TEXT", whatsgate_canary::TEXT).into()
        }
        Err(_) => template.to_owned(),
    }
}

/// What is wrong is said, and what the body holds is not.
#[test]
fn bad_bodies_are_told_apart() {
    let bodies: [&[u8]; 15] = [
        b"",
        b" \r\n",
        "\u{feff}".as_bytes(),
        b"[object Object]",
        b"\xff\xfe{}",
        b"id=18&event_action=message",
        b"<html>PHONE</html>",
        br#"{"id":18,"event_action":"message","event_da"#,
        br#"{"id":18}{"id":19}"#,
        b"null",
        b"[]",
        b"[18, 1, \"PHONE\"]",
        br#""PHONE""#,
        br#"{"event_action":"message","body":"PHONE"}"#,
        br#"{"id":"PHONE TEXT"}"#,
    ];
    let mut table = String::new();
    for template in bodies {
        let error = webhook::parse(&planted(template)).unwrap_err();
        whatsgate_canary::assert_hidden(&format!("{error} {error:?}"));
        writeln!(table, "{}\n    {error}", template.escape_ascii()).unwrap();
    }
    snapshot("webhook", "bad_bodies", &table);
}

proptest! {
    #![proptest_config(fixed(512))]

    #[test]
    fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = webhook::parse(&body);
    }

    /// A fixture with some of its bytes changed or cut off: most of them are nearly JSON.
    #[test]
    fn no_damaged_event_panics(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        length in any::<prop::sample::Index>(),
    ) {
        let mut body = which.get(&EVENTS).body.get().as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body.truncate(length.index(body.len()) + 1);
        if let Ok(event) = webhook::parse(&body) {
            let reply: Value = serde_json::from_str(&webhook::acknowledgement(&event)).unwrap();
            prop_assert_eq!(&reply["id"], &Value::from(event.id.0));
        }
    }
}
