//! Both readings of what the sources leave open.

use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_sandbox::{ADMIN_OPENAPI, BothMembers, Settings};

use crate::support::Bench;

#[test]
fn every_open_question_is_decided_by_the_admin_api() {
    let mut bench = Bench::with(Settings { admin: true, ..Settings::default() });
    for (name, value) in [
        ("ack_interval_ms", json!(5)),
        ("create_events", json!(false)),
        ("date_filter", json!("exclusive")),
        ("event_order", json!("newest_first")),
        ("kept_events", json!(7)),
        ("language", json!("russian")),
        ("reading", json!("on_demand")),
        ("recipient_both", json!("id")),
        ("sending_delay_ms", json!(6)),
        ("sessions_limit", json!(3)),
        ("text_limit", json!(100)),
        ("utc_offset", json!(-10800)),
        ("webhook_interval_ms", json!(8)),
        ("webhook_repeats", json!(0)),
        ("webhook_timeout_ms", json!(9)),
    ] {
        let before = bench.admin("settings", &json!({}));
        assert_ne!(before[name], value, "{name}");
        let mut settings = serde_json::Map::new();
        settings.insert(name.to_owned(), value.clone());
        bench.admin("set-settings", &json!({ "settings": settings }));
        let mut expected = before;
        expected[name] = value;
        assert_eq!(bench.admin("settings", &json!({})), expected);
    }
    let all = bench.admin("settings", &json!({}));
    assert_eq!(all, json!(bench.gateway.settings().open_questions()));
    let untouched = json!(Settings::default().open_questions());
    for (name, value) in all.as_object().unwrap() {
        assert_ne!(*value, untouched[name], "{name} was not tried");
    }
    let document: Value = serde_json::from_str(ADMIN_OPENAPI).unwrap();
    let described = document["components"]["schemas"]["Settings"]["properties"].as_object().unwrap();
    assert!(described.keys().eq(all.as_object().unwrap().keys()), "{described:?}");
}

#[test]
fn what_cannot_be_decided_changes_nothing() {
    let mut bench = Bench::with(Settings { admin: true, ..Settings::default() });
    let before = bench.gateway.settings().clone();
    for (settings, why) in [
        (json!([]), "settings: must be an object"),
        (json!({ "create_events": false, "colour": "red" }), "settings.colour: there is no such member here"),
        (json!({ "create_events": "no" }), "settings.create_events: must be a boolean"),
        (json!({ "utc_offset": 64801 }), "settings.utc_offset: must be a whole number from -64800 to 64800"),
        (json!({ "reading": "aloud" }), "settings.reading: unknown variant `aloud`"),
        (json!({ "create_events": false, "reading": null }), "settings.reading: must not be null"),
        (json!({ "colour": null }), "settings.colour: there is no such member here"),
        (
            json!({ "webhook_timeout_ms": 0 }),
            "settings.webhook_timeout_ms: must be a whole number from 1 to 86400000",
        ),
        (json!({ "kept_events": 0 }), "settings.kept_events: must be a whole number from 1 to "),
        (json!({ "text_limit": 0 }), "settings.text_limit: must be a whole number from 1 to "),
    ] {
        let found = bench.admin_refused("set-settings", &json!({ "settings": settings }));
        assert!(found.starts_with(why), "{found}");
    }
    assert_eq!(*bench.gateway.settings(), before);
}

#[test]
fn a_recipient_with_both_members_is_taken_or_refused() {
    for (recipient_both, refused) in [(BothMembers::Id, false), (BothMembers::Refused, true)] {
        let mut bench = Bench::with(Settings { recipient_both, ..Settings::default() });
        let session = bench.ready();
        let recipient = json!({ "id": "79991112233@c.us", "number": "79999999999" });
        let message = json!({ "body": "Hello" });
        for command in ["send", "seen", "typing"] {
            let body = json!({ "WhatsappID": session, "recipient": recipient, "message": message });
            if refused {
                let why = "recipient.number: a recipient has an id or a number, not both";
                assert_eq!(bench.refused(command, &body), why);
            } else {
                bench.ok(command, &body);
            }
        }
    }
}

#[test]
fn a_decision_counts_from_then_on() {
    let mut bench = Bench::with(Settings { admin: true, ..Settings::default() });
    let session = bench.ready();
    let settings = json!({ "reading": "on_demand", "create_events": false, "ack_interval_ms": 1000 });
    bench.admin("set-settings", &json!({ "settings": settings }));
    let recipient = json!({ "number": "79991112233" });
    let message = json!({ "body": "Hello" });
    bench.ok("send", &json!({ "WhatsappID": session, "recipient": recipient, "message": message }));
    bench.pass(Duration::from_secs(1));
    assert_eq!((bench.events("create").len(), bench.events("ack").len()), (0, 1));
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.events("ack").len(), 2, "nobody reads");
}
