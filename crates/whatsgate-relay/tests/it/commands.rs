//! What a token allows is done, and nothing else.

use serde_json::{Value, json};
use whatsgate_native::OutgoingMessage;
use whatsgate_relay::{Chats, Grant, RelayCommand};
use whatsgate_sandbox::Incoming;
use whatsgate_store::Store;

use crate::support::{Answer, CHAT, Gateway, OTHER, Served, event, grant, happen, text, wide};

#[tokio::test]
async fn commands_that_are_not_granted_are_refused() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let only = Grant::new(gateway.session.clone(), [RelayCommand::Typing], Chats::All);
    let token = served.mint(only).await.token;
    for command in RelayCommand::ALL {
        let body = json!({
            "WhatsappID": gateway.session, "recipient": { "id": CHAT }, "message": { "type": "text", "body": "x" },
            "number": "79991112233", "mediaKey": "a", "MessageID": format!("false_{CHAT}_3EB0"),
        });
        let answer = served.call(&token, command.name(), body).await;
        if *command == RelayCommand::Typing {
            assert_eq!(answer.status, 200, "{answer:?}");
        } else {
            assert_eq!(answer.refused(), (403, "command"), "{}", command.name());
        }
    }
    // No token allows these.
    let token = served.mint(wide(&gateway.session)).await.token;
    for command in ["sessions-get", "session-create", "session-delete", "set-hook", "set-name"] {
        let body = json!({ "WhatsappID": gateway.session, "name": "x", "callback": "https://evil.example" });
        let answer = served.call(&token, command, body).await;
        assert_eq!(answer.refused(), (403, "command"), "{command}");
    }
    assert_eq!(served.call(&token, "no-such", json!({})).await.status, 404);
    assert_eq!(gateway.sent(), 0);
}

#[tokio::test]
async fn another_session_is_refused() {
    let gateway = Gateway::start().await;
    let other = gateway.sandbox.ready_session("Other");
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let token = served.mint(wide(&gateway.session)).await.token;
    for command in RelayCommand::ALL {
        let body = json!({
            "WhatsappID": other, "recipient": { "id": CHAT }, "message": { "type": "text", "body": "x" },
            "number": "79991112233", "mediaKey": "a", "MessageID": format!("false_{CHAT}_3EB0"),
        });
        let answer = served.call(&token, command.name(), body).await;
        assert_eq!(answer.refused(), (403, "session"), "{}", command.name());
    }
    assert!(gateway.sandbox.sent(&other).is_empty());
}

#[tokio::test]
async fn another_chat_is_refused() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let token = served.mint(grant(&gateway.session).with_bytes(100)).await.token;
    let recipients = [
        json!({ "id": OTHER }),
        json!({ "number": "79991112244" }),
        json!({ "number": "79991112233", "type": "group" }),
        json!({ "id": "79991112233@g.us" }),
        json!({ "id": "79991112233@lid" }),
        json!({ "id": OTHER, "number": "79991112233" }),
    ];
    for recipient in recipients {
        for command in ["send", "seen", "typing"] {
            let body = json!({
                "WhatsappID": gateway.session, "recipient": recipient, "message": { "type": "text", "body": "x" },
            });
            let answer = served.call(&token, command, body).await;
            assert_eq!(answer.refused(), (403, "chat"), "{command} {recipient}");
        }
    }
    // Whoever answers a message shows it.
    let mut quoting = text(&gateway.session, CHAT);
    quoting["message"]["quote"] = json!(format!("false_{OTHER}_3EB0436AE1E682FF3A37"));
    assert_eq!(served.call(&token, "send", quoting.clone()).await.refused(), (403, "chat"));
    quoting["message"]["quote"] = json!("3EB0436AE1E682FF3A37");
    assert_eq!(served.call(&token, "send", quoting).await.refused(), (403, "chat"));
    assert_eq!(gateway.sent(), 0);
    // The same chat by its number.
    let mut by_number = text(&gateway.session, CHAT);
    by_number["recipient"] = json!({ "number": "79991112233" });
    assert_eq!(served.call(&token, "send", by_number).await.status, 200);
}

#[tokio::test]
async fn chats_are_listed_as_far_as_they_are_allowed() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    for chat in [CHAT, OTHER] {
        gateway.sandbox.receive(&gateway.session, Incoming::text(chat.parse().unwrap(), "Hello")).unwrap();
    }
    let ids = async |token: &str| {
        let answer = served.call(token, "get-chats", json!({ "WhatsappID": gateway.session })).await;
        assert_eq!((answer.status, &answer.body["result"]), (200, &json!("OK")), "{answer:?}");
        let chats = answer.body["data"].as_array().unwrap().clone();
        chats.iter().map(|chat| chat["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let narrow = served.mint(grant(&gateway.session)).await.token;
    assert_eq!(ids(&narrow).await, [CHAT]);
    let all = ids(&served.mint(wide(&gateway.session)).await.token).await;
    assert!(all.contains(&CHAT.to_owned()) && all.contains(&OTHER.to_owned()));
}

#[tokio::test]
async fn files_are_fetched_from_allowed_chats_only() {
    let gateway = Gateway::start().await;
    let store = Store::memory();
    let served = Served::start(&gateway.client, &store).await;
    let file = |name: &str| {
        let data = whatsgate_native::model::Base64Data::encode(name);
        let kind = whatsgate_native::OutgoingType::Document;
        let mimetype = whatsgate_native::MimeType::new("text/plain").unwrap();
        let file = whatsgate_native::model::FileDescription::new(kind, mimetype, name).with_data(data);
        OutgoingMessage::file(file)
    };
    let session = gateway.client.session(gateway.session.clone());
    let mut ids = Vec::new();
    for chat in [CHAT, OTHER] {
        let sent =
            session.send(chat.parse::<whatsgate_native::Recipient>().unwrap(), file(chat)).await.unwrap();
        ids.push(sent.message().unwrap().id.as_str().to_owned());
    }
    let media = |id: &str| json!({ "WhatsappID": gateway.session, "MessageID": id });
    let token = served.mint(grant(&gateway.session)).await.token;
    let own = served.call(&token, "get-messagemedia", media(&ids[0])).await;
    assert_eq!((own.status, &own.body["media"]["filename"]), (200, &json!(CHAT)), "{own:?}");
    assert_eq!(served.call(&token, "get-messagemedia", media(&ids[1])).await.refused(), (403, "chat"));
    assert_eq!(served.call(&token, "get-messagemedia", media("3EB0")).await.refused(), (403, "chat"));
    let by_key = json!({ "WhatsappID": gateway.session, "mediaKey": "a2V5" });
    assert_eq!(served.call(&token, "get-media", by_key).await.refused(), (403, "chat"));
    let wide = served.mint(wide(&gateway.session)).await.token;
    assert_eq!(served.call(&wide, "get-messagemedia", media(&ids[1])).await.status, 200);
}

#[tokio::test]
async fn a_file_of_a_message_that_the_journal_has_in_an_allowed_chat_is_fetched() {
    let gateway = Gateway::start().await;
    let store = Store::memory();
    let served = Served::start(&gateway.client, &store).await;
    let token = served.mint(grant(&gateway.session)).await.token;
    // Under the account's own number, as the gateway may write it.
    let named = |number: i64, from: &str| {
        let event = event(number, gateway.session.as_str(), Some(from));
        let raw = event.raw().as_str().replace(&format!("false_{from}"), "false_79990000000@c.us");
        whatsgate_native::model::from_json::<whatsgate_native::Event>(&raw).unwrap()
    };
    happen(&store, [named(1, CHAT), named(2, OTHER)]).await;
    let media = |number: i64| json!({ "WhatsappID": gateway.session, "MessageID": format!("false_79990000000@c.us_3EB0{number:016X}") });
    // The gateway does not know it; but it was asked.
    assert_ne!(served.call(&token, "get-messagemedia", media(1)).await.status, 403);
    assert_eq!(served.call(&token, "get-messagemedia", media(2)).await.refused(), (403, "chat"));
}

#[tokio::test]
async fn nothing_of_a_page_reaches_the_gateway_unread() {
    let gateway = Gateway::start().await;
    let served = Served::start(&gateway.client, &Store::memory()).await;
    let token = served.mint(grant(&gateway.session)).await.token;
    let post = |body: &str| {
        let request = served.bare(reqwest::Method::POST, "send").header("X-Api-Key", &token);
        Answer::of(request.body(body.to_owned()))
    };
    let whole = text(&gateway.session, CHAT);
    let change = |change: fn(&mut Value)| {
        let mut body = whole.clone();
        change(&mut body);
        body.to_string()
    };
    let wrong = [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        whole.to_string() + "x",
        change(|body| body["WhatsappID"] = json!([17])),
        change(|body| body["recipient"] = json!("79991112233")),
        change(|body| body["recipient"] = json!({})),
        change(|body| body["message"] = json!("Hello")),
        change(|body| body["message"]["body"] = json!("")),
        change(|body| body["message"]["type"] = json!("image")),
        change(|body| {
            body["message"]["media"] =
                json!({ "data": "SGVsbG8=", "mimetype": "text/plain", "filename": "a" });
        }),
    ];
    for body in &wrong {
        assert_eq!(post(body).await.status, 400, "{body}");
    }
    assert_eq!(gateway.sent(), 0);
    // What the types do not have is left out.
    let more = change(|body| {
        body["api_key"] = json!("x");
        body["message"]["evil"] = json!(true);
        body["recipient"]["number"] = json!("79991112244");
    });
    assert_eq!(post(&more).await.status, 200);
    let sent = gateway.sandbox.sent(&gateway.session);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to.as_ref().unwrap().as_str(), CHAT);
}
