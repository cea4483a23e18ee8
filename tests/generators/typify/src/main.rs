//! A program on the types that typify makes of the schemas of openapi.json, with ureq, against the sandbox.

use std::env;

use serde::Serialize;
use serde_json::{Value, json};
use wire::{
    CheckReply, CheckRequest, ErrorBody, Event, EventData, EventPage, EventsGetRequest, OutgoingMessage, Recipient,
    SendReply, SendRequest, SendResult,
};

#[allow(clippy::all, dead_code)]
mod wire {
    // The document's `components.schemas` as `$defs`.
    typify::import_types!(schema = "schemas.json");
}

fn post(command: &str, request: &impl Serialize) -> (u16, String) {
    let variable = |name| env::var(name).unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let call = agent.post(format!("{}/{command}", variable("WHATSGATE_BASE_URL")));
    let mut reply = call.header("X-Api-Key", variable("WHATSGATE_API_KEY")).send_json(request).unwrap();
    (reply.status().as_u16(), reply.body_mut().read_to_string().unwrap())
}

fn send(session: &str, queue: bool) -> (u16, String) {
    let recipient = Recipient { number: Some("79991112233".parse().unwrap()), id: None, type_: None };
    let message = OutgoingMessage { body: Some("Hello from typify".to_owned()), media: None, quote: None, type_: None };
    post("send", &SendRequest { whatsapp_id: session.parse().unwrap(), async_: queue, message, recipient })
}

/// The data of an event, if they are an object.
fn data_of(event: &Event) -> Option<EventData> {
    serde_json::from_value(event.event_data.clone()?).ok()
}

fn main() {
    let session = env::var("WHATSGATE_SESSION").unwrap();
    let result = |reply: (u16, String)| serde_json::from_str::<SendReply>(&reply.1).unwrap().result;
    let SendResult::Message(message) = result(send(&session, false)) else {
        panic!("a sent message is an object");
    };
    assert!(message.id.starts_with("true_"));
    let SendResult::Queued(word) = result(send(&session, true)) else {
        panic!("a queued message is a word");
    };
    assert_eq!(word.as_str(), "OK");

    let odd = EventsGetRequest { whatsapp_id: Some("odd-events".to_owned()), ..EventsGetRequest::default() };
    let events = serde_json::from_str::<EventPage>(&post("events-get", &odd).1).unwrap().data;
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6], "odd data lose no event");
    let messages: Vec<_> = events.iter().filter_map(|event| data_of(event)?.message).collect();
    assert_eq!(messages.len(), 1, "only one event carries a message");
    assert_eq!(messages[0].body.as_deref(), Some("212"), "the message is read");

    let (status, body) = send("short-error", false);
    assert_eq!(status, 500, "an error of one member is an error");
    let body: ErrorBody = serde_json::from_str(&body).unwrap();
    assert_eq!(body.message.as_deref(), Some("Something went wrong."), "its message is read");
    assert_eq!(send("bad-gateway", false).0, 502, "a proxy's page is an error");

    for asked in [session.as_str(), "text-flag"] {
        let request = CheckRequest { whatsapp_id: asked.parse().unwrap(), number: "79991112233".parse().unwrap() };
        let registered: Value = serde_json::from_str::<CheckReply>(&post("check", &request).1).unwrap().data;
        assert!([json!(true), json!(1), json!("1"), json!("true")].contains(&registered), "a number is registered");
    }
    println!("checked: 9");
}
