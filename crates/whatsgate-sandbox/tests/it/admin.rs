//! The admin API, and being the other side in general.

use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_sandbox::model::SessionId;
use whatsgate_sandbox::{
    ADMIN_OPENAPI, Answer, LinkingCode, Reading, RequestBody, Scan, SessionState, Settings,
};

use crate::support::{Bench, PNG};

const VASILY: &str = "79991112233@c.us";

impl Bench {
    fn ask_admin(&mut self, command: &str, body: &Value) -> Answer {
        let key = self.gateway.settings().api_keys[0].clone();
        let body = RequestBody::read(body.to_string().as_bytes());
        self.gateway.answer_admin(command, Some(&key), &body, self.now)
    }

    pub(crate) fn admin(&mut self, command: &str, body: &Value) -> Value {
        let answer = self.ask_admin(command, body);
        assert_eq!(answer.status, 200, "{command} {body}: {}", answer.body);
        answer.body["data"].clone()
    }

    pub(crate) fn admin_refused(&mut self, command: &str, body: &Value) -> String {
        let answer = self.ask_admin(command, body);
        assert_eq!(answer.status, 500, "{command} {body}: {}", answer.body);
        answer.body["message"].as_str().unwrap().to_owned()
    }

    fn send(&mut self, session: &SessionId, text: &str) -> Value {
        let message = json!({ "body": text });
        let body = json!({ "WhatsappID": session, "recipient": { "id": VASILY }, "message": message });
        self.ok("send", &body)["result"].clone()
    }

    fn acks(&mut self) -> Vec<i64> {
        let events = self.events("ack");
        events.iter().map(|event| event["event_data"]["message"]["ack"].as_i64().unwrap()).collect()
    }
}

fn settings() -> Settings {
    Settings { admin: true, scan: Scan::OnDemand, ..Settings::default() }
}

#[test]
fn it_is_off_unless_asked_for() {
    let mut bench = Bench::new();
    assert_eq!(bench.ask_admin("sessions", &json!({})).status, 404);
    let mut bench = Bench::with(settings());
    assert_eq!(bench.ask_admin("sessions", &json!({})).status, 200);
    let stranger = bench.gateway.answer_admin("sessions", None, &RequestBody::read(b"{}"), bench.now);
    assert_eq!(stranger.status, 401);
    assert_eq!(bench.ask_admin("send", &json!({})).status, 404);
}

#[test]
fn the_description_names_required_members() {
    let document: Value = serde_json::from_str(ADMIN_OPENAPI).unwrap();
    let mut bench = Bench::with(settings());
    for (path, item) in document["paths"].as_object().unwrap() {
        let command = path.trim_start_matches('/');
        let schema = &item["post"]["requestBody"]["content"]["application/json"]["schema"];
        let first = schema["required"].get(0).and_then(Value::as_str);
        if let Some(first) = first {
            assert_eq!(
                bench.admin_refused(command, &json!({})),
                format!("{first}: is required"),
                "{command}"
            );
        }
    }
}

#[test]
fn members_that_are_not_described_are_refused_by_name() {
    let document: Value = serde_json::from_str(ADMIN_OPENAPI).unwrap();
    let mut bench = Bench::with(settings());
    let refusal = |path: &str| format!("{path}strange: there is no such member here");
    for (path, item) in document["paths"].as_object().unwrap() {
        let command = path.trim_start_matches('/');
        let schema = &item["post"]["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(schema["additionalProperties"], false, "{command}");
        let mut body = json!({ "strange": 1 });
        assert_eq!(bench.admin_refused(command, &body), refusal(""), "{command}");
        for described in schema["properties"].as_object().unwrap().keys() {
            body[described] = json!(null);
        }
        assert_eq!(bench.admin_refused(command, &body), refusal(""), "{command}");
    }
    let session = bench.ready();
    let media = json!({ "mimetype": "image/png", "data": PNG });
    for (message, place) in [
        (json!({ "body": "Hi", "strange": 1 }), "message."),
        (json!({ "media": { "strange": 1, "data": PNG } }), "message.media."),
    ] {
        let body = json!({ "WhatsappID": session, "chat": VASILY, "message": message });
        assert_eq!(bench.admin_refused("write", &body), refusal(place));
    }
    bench.admin("write", &json!({ "WhatsappID": session, "chat": VASILY, "message": { "media": media } }));
}

#[test]
fn a_person_links_writes_and_reads() {
    let mut bench = Bench::with(Settings { reading: Reading::OnDemand, ..settings() });
    let created = bench.ok("session-create", &json!({ "name": "Shop" }))["data"]["unique_id"].clone();
    bench.pass(Duration::from_secs(1));
    let listed = bench.admin("sessions", &json!({}))[0].clone();
    assert!(listed["qr"].as_str().unwrap().starts_with("2@"), "{listed}");
    let this = json!({ "WhatsappID": created });
    bench.admin("link", &this);
    let session = SessionId::new(created.as_str().unwrap()).unwrap();
    assert_eq!(bench.gateway.session_state(&session), Some(SessionState::Ready));
    assert!(bench.admin_refused("link", &this).contains("linked already"));

    let sent = bench.send(&session, "Hello");
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.acks(), [1, 2]);
    let of_vasily = |bench: &mut Bench| {
        let chats = bench.admin("chats", &this);
        chats.as_array().unwrap().iter().find(|chat| chat["id"] == VASILY).unwrap().clone()
    };
    assert_eq!(of_vasily(&mut bench)["unread"], 1);
    let chat = json!({ "WhatsappID": session, "chat": VASILY });
    bench.admin("read", &chat);
    assert_eq!(bench.acks(), [1, 2, 3]);
    assert_eq!(of_vasily(&mut bench)["unread"], 0);

    let media = json!({ "mimetype": "image/png", "data": PNG, "filename": "p.png" });
    let message = json!({ "body": "Look", "media": media, "quote": sent["id"], "isForwarded": true });
    let written = bench.admin("write", &json!({ "WhatsappID": session, "chat": VASILY, "message": message }));
    let event = bench.events("message")[0]["event_data"]["message"].clone();
    assert_eq!(
        (&event["id"], &event["type"], &event["isForwarded"]),
        (&written, &json!("image"), &json!(true))
    );
    let messages = bench.admin("messages", &chat);
    let quotes: Vec<&Value> = messages.as_array().unwrap().iter().map(|message| &message["quote"]).collect();
    assert_eq!(quotes, [&Value::Null, &sent["id"]]);
    let last = bench.admin("messages", &json!({ "WhatsappID": session, "chat": VASILY, "count": 1 }));
    assert_eq!((last.as_array().unwrap().len(), &last[0]["id"]), (1, &written));
}

#[test]
fn a_phone_that_is_off_gets_its_messages_when_it_is_on() {
    let mut bench = Bench::with(settings());
    let session = bench.ready();
    let switch = |on: bool| json!({ "WhatsappID": session, "chat": VASILY, "on": on });
    bench.admin("switch", &switch(false));
    bench.send(&session, "Hello");
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.acks(), [1]);
    let chat = json!({ "WhatsappID": session, "chat": VASILY });
    assert!(bench.admin_refused("read", &chat).contains("switched off"));
    bench.admin("switch", &switch(true));
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.acks(), [1, 2, 3]);
}

#[test]
fn a_voice_message_is_also_played() {
    let mut bench = Bench::with(settings());
    let session = bench.ready();
    let media = json!({ "mimetype": "audio/ogg; codecs=opus", "data": PNG, "filename": "a.ogg" });
    let message = json!({ "type": "voice", "media": media });
    bench.ok("send", &json!({ "WhatsappID": session, "recipient": { "id": VASILY }, "message": message }));
    bench.pass(Duration::from_secs(60));
    assert_eq!(bench.acks(), [1, 2, 3, 4]);
}

#[test]
fn logging_out_removes_the_session_and_tells_why() {
    let mut bench = Bench::with(settings());
    let session = bench.ready();
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" }));
    bench.admin("disconnect", &json!({ "WhatsappID": session }));
    assert_eq!(bench.events("disconnect")[0]["event_data"], json!({ "reason": "LOGOUT" }));
    assert_eq!(bench.ok("sessions-get", &json!({}))["elements"], 0);
    assert_eq!(bench.gateway.take_deliveries(bench.now).len(), 1, "the webhook still goes out");
}

#[test]
fn a_code_is_renewed_and_given_up_in_the_end() {
    let mut bench = Bench::with(Settings { code_limit: Some(3), ..settings() });
    let created = bench.ok("session-create", &json!({ "name": "Shop" }))["data"]["unique_id"].clone();
    let session = SessionId::new(created.as_str().unwrap()).unwrap();
    bench.pass(Duration::from_millis(300));
    let mut codes = Vec::new();
    while let Some(LinkingCode::Qr(code)) = bench.gateway.code(&session) {
        codes.push(code);
        bench.pass(Duration::from_secs(20));
    }
    codes.dedup();
    assert_eq!(codes.len(), 3);
    assert_eq!(bench.gateway.session_state(&session), None);
    assert_eq!(bench.events("disconnect").len(), 1);
}

#[test]
fn typing_is_seen_for_fifteen_seconds() {
    let mut bench = Bench::with(settings());
    let session = bench.ready();
    bench.ok("typing", &json!({ "WhatsappID": session, "recipient": { "id": VASILY } }));
    let typing = |bench: &mut Bench| {
        let chats = bench.admin("chats", &json!({ "WhatsappID": session }));
        chats.as_array().unwrap().iter().filter(|chat| chat["typing"] == true).count()
    };
    bench.pass(Duration::from_millis(14_999));
    assert_eq!(typing(&mut bench), 1);
    bench.pass(Duration::from_millis(1));
    assert_eq!(typing(&mut bench), 0);
}

#[test]
fn groups_can_be_joined() {
    let mut bench = Bench::with(settings());
    let session = bench.ready();
    let body = json!({ "WhatsappID": session, "number": "77", "name": "News", "participants": ["79991112233"], "isReadOnly": true });
    bench.admin("join", &body);
    let chats = bench.ok("get-chats", &json!({ "WhatsappID": session }))["data"].clone();
    let group = chats.as_array().unwrap().iter().find(|chat| chat["id"] == "77@g.us").unwrap();
    assert_eq!((&group["isReadOnly"], &group["groupMetadata"]["size"]), (&json!(true), &json!(2)));
    let bad = json!({ "WhatsappID": session, "number": "7@7", "name": "News" });
    assert_eq!(bench.admin_refused("join", &bad), "number: must be letters, digits and dashes");
}

#[test]
fn the_clock_can_be_put_ahead() {
    let mut bench = Bench::with(Settings { scan: Scan::After(Duration::from_secs(5)), ..settings() });
    bench.ok("session-create", &json!({ "name": "Shop" }));
    let before = bench.admin("clock", &json!({})).as_u64().unwrap();
    assert_eq!(bench.admin("clock", &json!({ "advance": 10_000 })), before + 10_000);
    for advance in [json!(0), json!(-1), json!(31_622_400_001_u64), json!(u64::MAX), json!("soon")] {
        let why = bench.admin_refused("clock", &json!({ "advance": advance }));
        assert_eq!(why, "advance: must be a whole number from 1 to 31622400000", "{advance}");
    }
    assert_eq!(bench.admin("clock", &json!({})), before + 10_000);
    assert_eq!(bench.events("ready")[0]["event_date"], "2022-09-07 18:29:42");
    let session = bench.ready();
    bench.send(&session, "Hello");
    assert_eq!(
        bench.gateway.next_due(),
        Some(bench.now + 200),
        "due times are told in the time of the caller"
    );
}

#[test]
fn tries_of_webhooks_are_listed() {
    let mut bench = Bench::with(settings());
    let session = bench.ready();
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" }));
    bench.admin("write", &json!({ "WhatsappID": session, "chat": VASILY, "message": { "body": "Hi" } }));
    let delivery = bench.gateway.take_deliveries(bench.now).remove(0);
    bench.gateway.delivered(delivery.number, Err("refused".to_owned()), bench.now);
    let tries = bench.admin("webhooks", &json!({ "WhatsappID": session }));
    let id = bench.events("message")[0]["id"].clone();
    assert_eq!(tries, json!([{ "event": id, "attempt": 1, "outcome": "no reply", "reason": "refused" }]));
}
