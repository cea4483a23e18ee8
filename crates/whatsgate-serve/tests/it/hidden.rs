//! Neither an answer nor the log repeats what a caller sent that is not taken.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::json;
use whatsgate_canary::{KEY, Log, PHONE, TEXT, assert_hidden};
use whatsgate_relay::{Chats, Grant, Relay, RelayCommand, RelayTokens};
use whatsgate_serve::{Service, tokens};

use crate::support::Stage;

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

// On one thread, whose log it is.
#[tokio::test]
async fn a_call_that_is_not_taken_is_repeated_nowhere() {
    let log = Log::default();
    let _of_this_thread = log.of_this_thread();
    let stage = Stage::start().await;
    let (key, phone, text) = (escaped(KEY), escaped(PHONE), escaped(TEXT));
    let session = stage.session.as_str();
    let messages = format!("/v1/sessions/{session}/messages");
    let secrets = json!({ "body": TEXT, KEY: PHONE });
    let calls = [
        (Method::GET, format!("/v1/{key}"), None),
        (Method::GET, format!("/v1/messages?{key}={phone}"), None),
        (Method::GET, format!("/v1/messages?state={text}"), None),
        (Method::GET, format!("/v1/messages/{text}"), None),
        (Method::DELETE, format!("/v1/messages/{key}"), None),
        (Method::GET, format!("/v1/sessions/{text}/qr"), None),
        (Method::GET, format!("/v1/sessions/{session}/check/{text}"), None),
        (Method::POST, format!("/v1/sessions/{session}/chats/{text}/seen"), None),
        (Method::GET, format!("/v1/sessions/{session}/media/{text}"), None),
        (Method::GET, format!("/v1/events?consumer=orders&lease={text}&limit={phone}"), None),
        (Method::DELETE, format!("/v1/events/dead/{phone}?consumer={text}"), None),
        (
            Method::POST,
            "/v1/events/ack".to_owned(),
            Some(json!({ "consumer": TEXT, "lease": KEY, "position": 1 })),
        ),
        (
            Method::POST,
            "/v1/events/ack".to_owned(),
            Some(json!({ "consumer": TEXT, "lease": KEY, "position": PHONE })),
        ),
        (
            Method::POST,
            "/v1/relay-tokens".to_owned(),
            Some(json!({ "session": session, "commands": [TEXT], "chats": [PHONE] })),
        ),
        (
            Method::POST,
            "/v1/relay-tokens".to_owned(),
            Some(json!({ "session": session, "commands": ["send"], "chats": [TEXT], "subject": KEY })),
        ),
        (Method::POST, messages.clone(), Some(json!({ "recipient": PHONE, "message": secrets }))),
        (Method::POST, messages.clone(), Some(json!({ "recipient": TEXT, "message": { "body": TEXT } }))),
        (
            Method::POST,
            messages.clone(),
            Some(json!({ "recipient": { "number": PHONE, "type": KEY, TEXT: 1 } })),
        ),
        (Method::POST, messages.clone(), Some(json!({ "recipient": PHONE, "class": TEXT }))),
        (Method::POST, messages.clone(), Some(json!({ "recipient": PHONE, "not_before": TEXT }))),
        (Method::POST, messages.clone(), Some(json!({ "recipient": PHONE, "message": { "quote": TEXT } }))),
        (
            Method::POST,
            messages.clone(),
            Some(json!({ "recipient": PHONE, "file": { "path": format!("/{KEY}/{PHONE}") } })),
        ),
        (Method::POST, messages.clone(), Some(json!(TEXT))),
        (Method::POST, "/v1/sessions".to_owned(), Some(json!({ "name": [TEXT] }))),
    ];
    for (method, path, body) in calls {
        let call = stage.served.call(method, &path).header("idempotency-key", "key");
        let call = match body {
            Some(body) => call.json(&body),
            None => call,
        };
        refused(call, &path).await;
    }
    refused(
        stage.served.call(Method::POST, &messages).header("idempotency-key", KEY.repeat(99)),
        "a long key",
    )
    .await;
    let torn = format!("{{\"recipient\": \"{PHONE}\", \"message\": {{ \"body\": \"{TEXT}");
    refused(
        stage.served.call(Method::POST, &messages).header("idempotency-key", "key").body(torn),
        "a torn body",
    )
    .await;
    for token in [KEY.to_owned(), format!("wgs_{KEY}"), format!("wgr_{KEY}")] {
        refused(stage.served.bare(Method::GET, "/v1/messages").bearer_auth(&token), "a wrong token").await;
        let typing = json!({ "WhatsappID": TEXT, "recipient": { "number": PHONE } });
        let page =
            stage.served.bare(Method::POST, "/relay/v1/typing").header("x-api-key", token).json(&typing);
        refused(page, "a page's wrong token").await;
    }
    let shown = log.text();
    assert!(shown.contains("whatsgate_serve"), "the log was captured:\n{shown}");
    // The client of this test logs what it sends; what goes through ours must be clean.
    for line in shown.lines().filter(|line| line.contains("whatsgate")) {
        assert_hidden(line);
    }
}

async fn refused(call: reqwest::RequestBuilder, what: &str) {
    let answer = call.send().await.unwrap();
    let status = answer.status();
    let body = answer.text().await.unwrap();
    assert!(status.is_client_error(), "{what}: {status} {body}");
    assert_hidden(&body);
}

/// What the store keeps of a token may be damaged: then it opens nothing, and is shown nowhere.
#[tokio::test]
async fn a_token_that_cannot_be_read_opens_nothing() {
    let stage = Stage::start().await;
    let relay = Relay::builder(stage.gateway.clone(), stage.store.clone()).build();
    let grant = Grant::new(stage.session.clone(), [RelayCommand::Typing], Chats::All).with_subject(TEXT);
    let minted = relay.mint("shop", grant).await.unwrap();
    let (other, id) = (tokens::add(&stage.store, "other").await.unwrap(), minted.id.clone());
    let damaged = stage.store.run(move |tables| {
        tables.set_setting(
            "token.other",
            Some(&format!("{{\"hash\": \"{KEY}\", \"created\": \"{PHONE}\"}}")),
        )?;
        let mut row = tables.relay_tokens("shop", 0, "", 9)?.remove(0);
        assert_eq!(row.id, id);
        row.state = format!("{{\"grant\": \"{TEXT}\"}}");
        tables.put_relay_token(&row)
    });
    damaged.await.unwrap();
    let service = Service::builder(stage.gateway.clone(), stage.store.clone())
        .relay(Relay::builder(stage.gateway.clone(), stage.store.clone()));
    let served = crate::support::Served::start_with(service, other.clone()).await;
    refused(served.call(Method::GET, "/v1/messages"), "a damaged token").await;
    let typing = json!({ "WhatsappID": stage.session, "recipient": { "number": PHONE } });
    let page = served.bare(Method::POST, "/relay/v1/typing").header("x-api-key", &minted.token).json(&typing);
    refused(page, "a page's damaged token").await;
    assert_hidden(&format!("{:?} {:?}", tokens::list(&stage.store).await, relay.tokens("shop", "", 9).await));
    assert_eq!(relay.revoke("shop", RelayTokens::All).await.unwrap(), 1);
}
