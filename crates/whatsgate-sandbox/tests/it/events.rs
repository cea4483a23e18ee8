//! `events-get`.

use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_sandbox::model::SessionId;
use whatsgate_sandbox::{DateFilter, EventOrder, Fault, FaultRule, Incoming, Rewriting, Scan, Settings};

use crate::support::{Bench, chat};

/// A session that received `count` messages, one a second from the start on.
fn bench(settings: Settings, count: u64) -> (Bench, SessionId) {
    let mut bench = Bench::with(Settings { scan: Scan::OnDemand, ..settings });
    let session = bench.ready();
    for number in 0..count {
        let incoming = Incoming::text(chat("79991112233@c.us"), number.to_string());
        bench.gateway.receive(&session, incoming, bench.now).unwrap();
        bench.pass(Duration::from_secs(1));
    }
    (bench, session)
}

fn bodies(reply: &Value) -> Vec<&str> {
    let data = reply["data"].as_array().unwrap();
    data.iter().filter_map(|event| event["event_data"]["message"]["body"].as_str()).collect()
}

#[test]
fn an_event_has_the_listed_members() {
    let (mut bench, session) = bench(Settings::default(), 1);
    let reply = bench.ok("events-get", &json!({ "action": "message" }));
    let event = &reply["data"][0];
    let members: Vec<&String> = event.as_object().unwrap().keys().collect();
    assert_eq!(members, ["event_action", "event_data", "event_date", "id", "user_id", "whatsapp_id"]);
    assert_eq!((&event["user_id"], &event["whatsapp_id"]), (&json!(1), &json!(session)));
}

#[test]
fn ids_rise_and_pages_follow_each_other() {
    let (mut bench, _) = bench(Settings::default(), 24);
    let mut ids = Vec::new();
    for page in 1..=3 {
        let reply = bench.ok("events-get", &json!({ "page": page.to_string(), "page_cnt": "" }));
        assert_eq!(
            (&reply["pages"], &reply["elements"], &reply["page"]),
            (&json!(3), &json!(25), &json!(page))
        );
        ids.extend(reply["data"].as_array().unwrap().iter().map(|event| event["id"].as_i64().unwrap()));
    }
    assert_eq!(ids, (1..=25).collect::<Vec<_>>());
}

#[test]
fn a_page_has_at_most_a_hundred_elements() {
    let (mut bench, _) = bench(Settings::default(), 120);
    let reply = bench.ok("events-get", &json!({ "page_cnt": 100, "date": null, "action": null }));
    assert_eq!((reply["data"].as_array().unwrap().len(), &reply["pages"]), (100, &json!(2)));
    assert!(bench.refused("events-get", &json!({ "page_cnt": 101 })).starts_with("page_cnt: "));
}

#[test]
fn events_are_filtered() {
    let (mut bench, session) = bench(Settings::default(), 4);
    let since = json!({ "action": "message", "date": "2022-09-07 18:29:39" });
    assert_eq!(bodies(&bench.ok("events-get", &since)), ["2", "3"]);
    let count = |bench: &mut Bench, body: Value| bench.ok("events-get", &body)["elements"].clone();
    assert_eq!(count(&mut bench, json!({ "WhatsappID": session })), 5);
    assert_eq!(count(&mut bench, json!({ "WhatsappID": "another" })), 0);
    assert_eq!(count(&mut bench, json!({ "action": "disconnect" })), 0);
    for date in ["YYYY-MM-DD HH:MM:SS", "yesterday", "2022-09-07"] {
        assert!(bench.refused("events-get", &json!({ "date": date })).starts_with("date: "));
    }
}

#[test]
fn both_readings_of_date_order_and_zone_can_be_had() {
    let exclusive = Settings { date_filter: DateFilter::Exclusive, ..Settings::default() };
    let since = json!({ "action": "message", "date": "2022-09-07 18:29:39" });
    assert_eq!(bodies(&bench(exclusive, 4).0.ok("events-get", &since)), ["3"]);
    let newest = Settings { event_order: EventOrder::NewestFirst, ..Settings::default() };
    let all = json!({ "action": "message" });
    assert_eq!(bodies(&bench(newest, 3).0.ok("events-get", &all)), ["2", "1", "0"]);
    let moscow = Settings { utc_offset: 3 * 3600, ..Settings::default() };
    assert_eq!(bench(moscow, 1).0.ok("events-get", &all)["data"][0]["event_date"], "2022-09-07 21:29:37");
}

#[test]
fn only_the_last_events_are_kept() {
    let (mut bench, _) = bench(Settings { kept_events: 3, ..Settings::default() }, 6);
    assert_eq!(bodies(&bench.ok("events-get", &json!({}))), ["3", "4", "5"]);
}

#[test]
fn events_with_older_dates_than_those_before_are_found() {
    let rule = FaultRule::new(Fault::Rewrite { rewriting: Rewriting::MessageDate });
    let (mut bench, session) = bench(Settings { faults: vec![rule], ..Settings::default() }, 2);
    for (age_ms, text) in [(3_600_000, "old"), (0, "new")] {
        let incoming = Incoming { age_ms, ..Incoming::text(chat("79991112233@c.us"), text) };
        bench.gateway.receive(&session, incoming, bench.now).unwrap();
    }
    let since = |bench: &mut Bench, date: &str| {
        let reply = bench.ok("events-get", &json!({ "action": "message", "date": date }));
        bodies(&reply).join(" ")
    };
    assert_eq!(since(&mut bench, "2022-09-07 18:29:38"), "1 new");
    assert_eq!(since(&mut bench, "2022-09-07 17:00:00"), "0 1 old new");
}

#[test]
fn create_events_can_be_left_out() {
    for (create_events, expected) in [(true, 1), (false, 0)] {
        let (mut bench, session) = bench(Settings { create_events, ..Settings::default() }, 0);
        let message = json!({ "body": "Hello" });
        let recipient = json!({ "number": "79991112233" });
        bench.ok("send", &json!({ "WhatsappID": session, "recipient": recipient, "message": message }));
        assert_eq!(bench.events("create").len(), expected);
    }
}

#[test]
fn long_texts_leave_less_room_for_events() {
    let settings = Settings {
        kept_text_bytes: 100_000,
        create_events: false,
        scan: Scan::OnDemand,
        ..Settings::default()
    };
    let mut bench = Bench::with(settings);
    let session = bench.ready();
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" }));
    let mut ids = Vec::new();
    for number in 0..5 {
        let text = number.to_string().repeat(30_000);
        let incoming = Incoming::text(chat("79991112233@c.us"), text);
        ids.push(bench.gateway.receive(&session, incoming, bench.now).unwrap());
    }
    assert_eq!(bench.events("message").len(), 3);
    let mut posted = 0;
    while let Some(delivery) = bench.gateway.take_deliveries(bench.now).pop() {
        posted += 1;
        let event: Value = serde_json::from_str(&delivery.body).unwrap();
        let reply = json!({ "result": "OK", "id": event["id"] }).to_string();
        bench.gateway.delivered(delivery.number, Ok(reply.as_bytes()), bench.now);
    }
    assert_eq!(posted, 3);
    let media = |id| json!({ "WhatsappID": session, "MessageID": id });
    assert_eq!(bench.refused("get-messagemedia", &media(&ids[1])), "MessageID: there is no such message");
    assert_eq!(bench.refused("get-messagemedia", &media(&ids[2])), "MessageID: the message has no media");
}
