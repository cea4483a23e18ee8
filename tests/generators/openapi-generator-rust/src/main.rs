//! A program on the client that openapi-generator (rust) makes of openapi.json, against the sandbox.

use std::env;

use serde_json::json;
use whatsgate_client::apis::configuration::{ApiKey, Configuration};
use whatsgate_client::apis::whatsgate_api::{self as api, SendError};
use whatsgate_client::apis::{Error, ResponseContent};
use whatsgate_client::models::{
    CheckRequest, ErrorBody, Event, EventData, EventsGetRequest, OutgoingMessage, Recipient, SendRequest, SendResult,
};

fn hello(session: &str, queue: bool) -> SendRequest {
    let recipient = Recipient { number: Some("79991112233".to_owned()), ..Recipient::default() };
    let message = OutgoingMessage { body: Some("Hello from Rust".to_owned()), ..OutgoingMessage::default() };
    SendRequest { r#async: Some(queue), ..SendRequest::new(session.to_owned(), message, recipient) }
}

/// The data of an event, if they are an object.
fn data_of(event: &Event) -> Option<EventData> {
    serde_json::from_value(event.event_data.clone()??).ok()
}

async fn failure(client: &Configuration, session: &str) -> ResponseContent<SendError> {
    match api::send(client, hello(session, false)).await {
        Err(Error::ResponseError(response)) => response,
        other => panic!("{other:?}"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let variable = |name| env::var(name).unwrap();
    let session = variable("WHATSGATE_SESSION");
    let client = Configuration {
        base_path: variable("WHATSGATE_BASE_URL"),
        api_key: Some(ApiKey { prefix: None, key: variable("WHATSGATE_API_KEY") }),
        ..Configuration::default()
    };

    let SendResult::Message(message) = *api::send(&client, hello(&session, false)).await.unwrap().result else {
        panic!("a sent message is an object");
    };
    assert!(message.id.starts_with("true_"));
    let SendResult::Queued(word) = *api::send(&client, hello(&session, true)).await.unwrap().result else {
        panic!("a queued message is a word");
    };
    assert_eq!(word, "OK");

    let odd = EventsGetRequest { whatsapp_id: Some("odd-events".to_owned()), ..EventsGetRequest::default() };
    let events = api::events_get(&client, odd).await.unwrap().data;
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6], "odd data lose no event");
    let messages: Vec<_> = events.iter().filter_map(|event| data_of(event)?.message?).collect();
    assert_eq!(messages.len(), 1, "only one event carries a message");
    assert_eq!(messages[0].body, Some(Some("212".to_owned())), "the message is read");

    let short = failure(&client, "short-error").await;
    assert_eq!(short.status.as_u16(), 500, "an error of one member is an error");
    let body: ErrorBody = serde_json::from_str(&short.content).unwrap();
    assert_eq!(body.message, Some(Some("Something went wrong.".to_owned())), "its message is read");
    assert_eq!(failure(&client, "bad-gateway").await.status.as_u16(), 502, "a proxy's page is an error");

    for asked in [session.as_str(), "text-flag"] {
        let request = CheckRequest::new(asked.to_owned(), "79991112233".to_owned());
        let registered = api::check(&client, request).await.unwrap().data;
        let yes = [json!(true), json!(1), json!("1"), json!("true")];
        assert!(registered.is_some_and(|data| yes.contains(&data)), "a number is registered");
    }
    println!("checked: 9");
}
