//! `send`, `seen`, `typing`, `check`, `get-chats`, `get-media`, `get-messagemedia`.

use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_sandbox::model::{Base64Data, Media, MimeType, SessionId};
use whatsgate_sandbox::{Echo, Group, Incoming, PhoneError, Scan, Settings};

use crate::support::{Bench, PNG, chat};

fn bench() -> (Bench, SessionId) {
    let mut bench = Bench::new();
    let session = bench.ready();
    (bench, session)
}

fn text(session: &SessionId, body: &str) -> Value {
    json!({ "WhatsappID": session, "recipient": { "number": "79991112233" }, "message": { "body": body } })
}

fn with_file(session: &SessionId, kind: &str) -> Value {
    let media = json!({ "mimetype": "image/png", "data": PNG, "filename": "точка.png" });
    let message = json!({ "type": kind, "body": "Look", "media": media });
    json!({ "WhatsappID": session, "recipient": { "id": "79991112233@c.us" }, "message": message })
}

fn acks(bench: &mut Bench) -> Vec<Value> {
    bench.events("ack").iter().map(|event| event["event_data"]["message"]["ack"].clone()).collect()
}

#[test]
fn a_text_is_sent_and_read_step_by_step() {
    let (mut bench, session) = bench();
    let sent = bench.ok("send", &text(&session, "Hello"))["result"].clone();
    assert_eq!((&sent["type"], &sent["ack"], &sent["body"]), (&json!("chat"), &json!(0), &json!("Hello")));
    assert_eq!((&sent["from"], &sent["to"]), (&json!("79991234567@c.us"), &json!("79991112233@c.us")));
    assert_eq!((&sent["hasMedia"], &sent["mediaKey"]), (&json!(false), &json!("")));
    assert_eq!(sent["timestamp"], 1_662_575_377);
    let id = format!("true_79991112233@c.us_{}", sent["_id"].as_str().unwrap());
    assert_eq!(sent["id"], json!(id));
    assert_eq!(bench.events("create")[0]["event_data"]["message"], sent);
    assert!(bench.events("sent").is_empty());

    bench.pass(Duration::from_millis(200));
    assert_eq!(acks(&mut bench), [1]);
    bench.pass(Duration::from_secs(10));
    assert_eq!(acks(&mut bench), [1, 2, 3]);
}

#[test]
fn an_asynchronous_send_tells_by_an_event() {
    let (mut bench, session) = bench();
    let mut body = text(&session, "Hello");
    body["async"] = json!(true);
    assert_eq!(bench.ok("send", &body), json!({ "result": "OK" }));
    assert!(bench.events("sent").is_empty());
    bench.pass(Duration::from_millis(100));
    let sent = bench.events("sent");
    assert_eq!(sent[0]["event_data"]["message"]["body"], "Hello");
    assert_eq!(sent[0]["event_data"]["message"]["ack"], 0);

    body["recipient"] = json!({ "number": "79990000000" });
    assert_eq!(bench.ok("send", &body), json!({ "result": "OK" }));
    bench.pass(Duration::from_millis(100));
    let error = &bench.events("error")[0]["event_data"]["error"];
    assert!(error.as_str().unwrap().contains("not registered"), "{error}");
}

#[test]
fn a_file_comes_back_by_key_and_by_message() {
    let (mut bench, session) = bench();
    for (kind, reported) in
        [("image", "image"), ("voice", "ptt"), ("doc", "document"), ("sticker", "sticker")]
    {
        let sent = bench.ok("send", &with_file(&session, kind))["result"].clone();
        assert_eq!((&sent["type"], &sent["hasMedia"]), (&json!(reported), &json!(true)));
        let by_key = json!({ "WhatsappID": session, "mediaKey": sent["mediaKey"] });
        let by_id = json!({ "WhatsappID": session, "MessageID": sent["id"] });
        let expected = json!({ "mimetype": "image/png", "filename": "точка.png", "data": PNG });
        assert_eq!(bench.ok("get-media", &by_key)["media"], expected);
        assert_eq!(bench.ok("get-messagemedia", &by_id)["media"], expected);
    }
    let plain = bench.ok("send", &text(&session, "Hello"))["result"]["id"].clone();
    for (command, body, message) in [
        ("get-media", json!({ "mediaKey": "bm9uZQ==" }), "mediaKey: there is no such file"),
        ("get-media", json!({}), "mediaKey: is required"),
        ("get-messagemedia", json!({ "MessageID": "true_7@c.us_A" }), "MessageID: there is no such message"),
        ("get-messagemedia", json!({ "MessageID": plain }), "MessageID: the message has no media"),
    ] {
        let mut body = body;
        body["WhatsappID"] = json!(session);
        assert_eq!(bench.refused(command, &body), message);
    }
}

#[test]
fn old_media_go_when_there_are_too_many_bytes() {
    let limit = PNG.len() * 2;
    let settings = Settings { kept_media_bytes: limit, scan: Scan::OnDemand, ..Settings::default() };
    let mut bench = Bench::with(settings);
    let session = bench.ready();
    let ids: Vec<Value> =
        (0..3).map(|_| bench.ok("send", &with_file(&session, "image"))["result"]["id"].clone()).collect();
    let get = |id: &Value| json!({ "WhatsappID": session, "MessageID": id });
    assert_eq!(bench.refused("get-messagemedia", &get(&ids[0])), "MessageID: the file is no longer kept");
    bench.ok("get-messagemedia", &get(&ids[1]));
    bench.ok("get-messagemedia", &get(&ids[2]));
}

#[test]
fn send_names_what_is_wrong() {
    let (mut bench, session) = bench();
    let change = |pointer: &str, value: Value| {
        let mut body = with_file(&session, "image");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    for (body, message) in [
        (change("/WhatsappID", json!(null)), "WhatsappID: is required"),
        (change("/WhatsappID", json!("nobody")), "WhatsappID: there is no such session"),
        (change("/WhatsappID", json!(17)), "WhatsappID: must be a string"),
        (change("/async", json!("yes")), "async: must be a boolean"),
        (change("/recipient", json!(null)), "recipient: is required"),
        (change("/recipient", json!("79991112233")), "recipient: must be an object"),
        (change("/recipient", json!({})), "recipient.number: a recipient needs an id or a number"),
        (
            change("/recipient", json!({ "number": "+79991112233" })),
            "recipient.number: must have digits only",
        ),
        (change("/recipient", json!({ "number": 79_991_112_233_u64 })), "recipient.number: must be a string"),
        (
            change("/recipient", json!({ "number": "1", "type": "x" })),
            "recipient.type: must be contact or group",
        ),
        (
            change("/recipient/id", json!("79991112233")),
            "recipient.id: it must look like 79999999999@c.us or 4239048293082@g.us",
        ),
        (
            change("/recipient/id", json!("79990000000@c.us")),
            "recipient: this number is not registered on WhatsApp",
        ),
        (change("/recipient/id", json!("77@g.us")), "recipient: the account is not a member of this group"),
        (change("/message", json!([])), "message: must be an object"),
        (
            change("/message/type", json!("hologram")),
            "message.type: must be text, image, sticker, doc or voice",
        ),
        (change("/message/body", json!(7)), "message.body: must be a string"),
        (change("/message/quote", json!("false_7@c.us_A")), "message.quote: there is no such message"),
        (change("/message/media", json!(null)), "message.media: is required for this type"),
        (
            change("/message/media/mimetype", json!("png")),
            "message.media.mimetype: it must have the form type/subtype, such as image/png",
        ),
        (change("/message/media/data", json!("")), "message.media.data: is required"),
        (
            change("/message/media/data", json!("data:image/png;base64,AA==")),
            "message.media.data: must be base64 without a data: prefix",
        ),
        (change("/message/media/filename", json!(null)), "message.media.filename: is required"),
        (text(&session, ""), "message.body: is required"),
        (text(&session, &"ы".repeat(65_537)), "message.body: is too long"),
    ] {
        assert_eq!(bench.refused("send", &body), message);
    }
    assert!(bench.events("create").is_empty());
}

#[test]
fn a_session_that_is_not_linked_does_nothing() {
    let mut bench = Bench::new();
    let session = bench.ok("session-create", &json!({ "name": "Shop" }))["data"]["unique_id"].clone();
    for command in ["send", "seen", "typing", "check", "get-chats", "get-media", "get-messagemedia"] {
        let message = bench.refused(command, &json!({ "WhatsappID": session }));
        assert_eq!(message, "WhatsappID: the session is not linked yet", "{command}");
    }
}

#[test]
fn known_messages_can_be_quoted() {
    let (mut bench, session) = bench();
    let asked =
        bench.gateway.receive(&session, Incoming::text(chat("79991112233@c.us"), "?"), bench.now).unwrap();
    let mut body = text(&session, "!");
    body["message"]["quote"] = json!(asked);
    let answer = bench.ok("send", &body)["result"]["id"].clone();
    body["message"]["quote"] = answer;
    bench.ok("send", &body);
}

#[test]
fn check_knows_who_is_registered() {
    let (mut bench, session) = bench();
    let ask = |number: Value| json!({ "WhatsappID": session, "number": number });
    assert_eq!(bench.ok("check", &ask(json!("79991112233"))), json!({ "result": "OK", "data": true }));
    assert_eq!(bench.ok("check", &ask(json!("79991110000"))), json!({ "result": "OK", "data": false }));
    assert_eq!(bench.refused("check", &ask(json!(null))), "number: is required");
    assert_eq!(bench.refused("check", &ask(json!("7-999"))), "number: must have digits only");
}

#[test]
fn incoming_messages_are_unread_until_seen() {
    let (mut bench, session) = bench();
    let contact = chat("79995556677@c.us");
    bench.pass(Duration::from_secs(5));
    for text in ["one", "two"] {
        bench.gateway.receive(&session, Incoming::text(contact.clone(), text), bench.now).unwrap();
    }
    let chats = json!({ "WhatsappID": session });
    let first = bench.ok("get-chats", &chats)["data"][0].clone();
    assert_eq!((&first["id"], &first["unreadCount"]), (&json!(contact), &json!(2)));
    assert_eq!((&first["name"], &first["isGroup"]), (&json!("+79995556677"), &json!(false)));
    assert_eq!(first["timestamp"], 1_662_575_382);
    let seen = json!({ "WhatsappID": session, "recipient": { "id": contact } });
    assert_eq!(bench.ok("seen", &seen), json!({ "result": "OK" }));
    assert_eq!(bench.ok("get-chats", &chats)["data"][0]["unreadCount"], 0);
    assert_eq!(bench.ok("typing", &seen), json!({ "result": "OK" }));
    for command in ["seen", "typing"] {
        assert_eq!(bench.refused(command, &chats), "recipient: is required");
    }
}

#[test]
fn an_incoming_file_gives_two_events() {
    let (mut bench, session) = bench();
    let voice =
        Media::new(MimeType::new("audio/ogg; codecs=opus").unwrap(), "a.ogg", Base64Data::encode("sound"));
    let incoming = Incoming::file(chat("79991112233@c.us"), voice);
    let id = bench.gateway.receive(&session, incoming, bench.now).unwrap();
    let message = bench.events("message")[0]["event_data"]["message"].clone();
    assert_eq!(bench.events("media")[0]["event_data"]["message"], message);
    assert_eq!((&message["id"], &message["type"]), (&json!(id), &json!("audio")));
    let media =
        bench.ok("get-messagemedia", &json!({ "WhatsappID": session, "MessageID": id }))["media"].clone();
    assert_eq!(media["mimetype"], "audio/ogg; codecs=opus");
    let broken = Media::new(MimeType::new("image/png").unwrap(), "a", Base64Data::from_base64("%"));
    let refused =
        bench.gateway.receive(&session, Incoming::file(chat("79991112233@c.us"), broken), bench.now);
    assert_eq!(refused, Err(PhoneError::InvalidMedia));
}

#[test]
fn groups_have_members_and_may_be_read_only() {
    let mut read_only = Group::new("120363023014360921", "News", ["79991112233"]);
    read_only.read_only = true;
    let groups = vec![Group::new("4239048293082", "Team", ["79999999999", "79991112233"]), read_only];
    let mut bench = Bench::with(Settings { groups, scan: Scan::OnDemand, ..Settings::default() });
    let session = bench.ready();
    let chats = bench.ok("get-chats", &json!({ "WhatsappID": session }))["data"].clone();
    let group = chats.as_array().unwrap().iter().find(|chat| chat["name"] == "Team").unwrap();
    let metadata = &group["groupMetadata"];
    assert_eq!((&metadata["owner"], &metadata["size"]), (&json!("79999999999@c.us"), &json!(3)));
    let admins: Vec<&Value> =
        metadata["participants"].as_array().unwrap().iter().map(|p| &p["isAdmin"]).collect();
    assert_eq!(admins, [true, false, false]);

    let mut body = text(&session, "Hello all");
    body["recipient"] = json!({ "type": "group", "number": "4239048293082" });
    let sent = bench.ok("send", &body)["result"].clone();
    assert!(sent["id"].as_str().unwrap().ends_with("_79991234567@c.us"), "{sent}");
    body["recipient"]["number"] = json!("120363023014360921");
    assert_eq!(bench.refused("send", &body), "recipient: this group is read only");

    let group = chat("4239048293082@g.us");
    bench.gateway.receive(&session, Incoming::text(group, "Welcome"), bench.now).unwrap();
    let message = bench.events("message")[0]["event_data"]["message"].clone();
    assert_eq!(
        (&message["from"], &message["author"]),
        (&json!("4239048293082@g.us"), &json!("79999999999@c.us"))
    );
    let stranger = bench.gateway.receive(&session, Incoming::text(chat("5@g.us"), "?"), bench.now);
    assert_eq!(stranger, Err(PhoneError::UnknownGroup));
}

#[test]
fn the_other_side_echoes_when_asked_to() {
    let echo = Echo { prefix: "Echo: ".to_owned(), delay: Duration::from_millis(500) };
    let mut bench = Bench::with(Settings { echo: Some(echo), scan: Scan::OnDemand, ..Settings::default() });
    let session = bench.ready();
    bench.ok("send", &text(&session, "Hello"));
    bench.ok("send", &with_file(&session, "image"));
    bench.pass(Duration::from_millis(499));
    assert!(bench.events("message").is_empty());
    bench.pass(Duration::from_millis(1));
    let bodies: Vec<Value> =
        bench.events("message").iter().map(|event| event["event_data"]["message"]["body"].clone()).collect();
    assert_eq!(bodies, ["Echo: Hello"]);
}
