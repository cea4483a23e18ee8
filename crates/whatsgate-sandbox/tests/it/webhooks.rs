//! Webhooks, with the time and the receiver in the test's hand.

use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_sandbox::model::SessionId;
use whatsgate_sandbox::{Delivery, DeliveryOutcome, Incoming};

use crate::support::{Bench, START, chat};

const HOOK: &str = "http://127.0.0.1:9/hook";

fn hooked() -> (Bench, SessionId) {
    let mut bench = Bench::new();
    let session = bench.ready();
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": HOOK }));
    (bench, session)
}

fn receive(bench: &mut Bench, session: &SessionId, text: &str) {
    bench.gateway.receive(session, Incoming::text(chat("79991112233@c.us"), text), bench.now).unwrap();
}

fn event(delivery: &Delivery) -> Value {
    serde_json::from_str(&delivery.body).unwrap()
}

fn acknowledgement(delivery: &Delivery) -> String {
    json!({ "result": "OK", "id": event(delivery)["id"] }).to_string()
}

#[test]
fn a_webhook_has_the_documented_members() {
    let text = include_str!("../../../../tests/fixtures/documented/event.message.json");
    let documented: Value = serde_json::from_str(text).unwrap();
    let (mut bench, session) = hooked();
    receive(&mut bench, &session, "212");
    let due = bench.gateway.take_deliveries(bench.now);
    assert_eq!((due.len(), due[0].url.as_str()), (1, HOOK));
    let event = event(&due[0]);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&event), names(&documented["body"]));
    assert_eq!((&event["status_code"], &event["event_date"]), (&json!(null), &json!("2022-09-07 18:29:37")));
    let message = &event["event_data"]["message"];
    assert_eq!(
        (&message["body"], &message["type"], &message["ack"]),
        (&json!("212"), &json!("chat"), &json!(1))
    );
    assert_eq!((&message["from"], &message["to"]), (&json!("79991112233@c.us"), &json!("79991234567@c.us")));
}

#[test]
fn a_webhook_is_repeated_three_times_every_twenty_seconds() {
    let (mut bench, session) = hooked();
    receive(&mut bench, &session, "Hello");
    let mut tries = Vec::new();
    for _ in 0..10 {
        let Some(due) = bench.gateway.next_due() else { break };
        bench.now = due;
        for delivery in bench.gateway.take_deliveries(due) {
            tries.push((due - START, event(&delivery)["id"].clone()));
            bench.gateway.delivered(delivery.number, Err("refused".to_owned()), due);
        }
    }
    let id = tries[0].1.clone();
    assert_eq!(tries, [0, 20_000, 40_000, 60_000].map(|at| (at, id.clone())));
    let attempts: Vec<u32> = bench.gateway.delivery_records().map(|record| record.attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4]);
}

#[test]
fn only_the_right_json_acknowledges() {
    for (reply, acknowledged) in [
        (r#"{"result":"OK","id":ID}"#, true),
        (r#"{"result":"OK","id":ID,"more":1}"#, true),
        (r#"{"result":"OK","id":0}"#, false),
        (r#"{"result":"OK"}"#, false),
        (r#"{"result":"ok","id":ID}"#, false),
        (r#"{"result":"OK","id":"ID"}"#, false),
        ("OK", false),
        ("", false),
    ] {
        let (mut bench, session) = hooked();
        receive(&mut bench, &session, "Hello");
        let delivery = bench.gateway.take_deliveries(bench.now).remove(0);
        let reply = reply.replace("ID", &event(&delivery)["id"].to_string());
        bench.gateway.delivered(delivery.number, Ok(reply.as_bytes()), bench.now);
        assert_eq!(bench.gateway.next_due().is_none(), acknowledged, "{reply}");
        let outcome = &bench.gateway.delivery_records().next().unwrap().outcome;
        let expected = if acknowledged { DeliveryOutcome::Acknowledged } else { DeliveryOutcome::WrongReply };
        assert_eq!(*outcome, expected, "{reply}");
    }
}

#[test]
fn a_late_acknowledgement_ends_the_repeats() {
    let (mut bench, session) = hooked();
    receive(&mut bench, &session, "Hello");
    let first = bench.gateway.take_deliveries(bench.now).remove(0);
    bench.gateway.delivered(first.number, Ok(b"<html>"), bench.now);
    bench.pass(Duration::from_secs(20));
    let second = bench.gateway.take_deliveries(bench.now).remove(0);
    assert_eq!(second, first);
    bench.gateway.delivered(second.number, Ok(acknowledgement(&second).as_bytes()), bench.now);
    assert_eq!(bench.gateway.next_due(), None);
}

#[test]
fn events_of_a_session_are_posted_one_at_a_time_in_order() {
    let (mut bench, session) = hooked();
    for text in ["one", "two", "three"] {
        receive(&mut bench, &session, text);
    }
    for text in ["one", "two", "three"] {
        let due = bench.gateway.take_deliveries(bench.now);
        assert_eq!(due.len(), 1);
        assert_eq!(event(&due[0])["event_data"]["message"]["body"], text);
        assert_eq!(bench.gateway.take_deliveries(bench.now), []);
        assert_eq!(bench.gateway.next_due(), None, "the next one waits for the outcome of this one");
        bench.gateway.delivered(due[0].number, Ok(acknowledgement(&due[0]).as_bytes()), bench.now);
    }
    assert_eq!(bench.gateway.take_deliveries(bench.now), []);
}

#[test]
fn no_hook_no_webhook() {
    let (mut bench, session) = hooked();
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "" }));
    receive(&mut bench, &session, "Hello");
    assert_eq!(bench.gateway.take_deliveries(bench.now), []);
    assert_eq!(bench.events("message").len(), 1);
}
