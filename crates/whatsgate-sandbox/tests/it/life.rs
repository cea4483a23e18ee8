//! What makes matching hard in life: late effects, events that tell something else, people at the account's own phone.

use std::time::Duration;

use axum::http::HeaderValue;
use serde_json::{Value, json};
use whatsgate_sandbox::model::{Base64Data, Media, MessageId, MimeType, SessionId};
use whatsgate_sandbox::{
    Fault, FaultRule, Incoming, PhoneError, PlannedReply, RequestBody, Rewriting, Sandbox, Scan, Settings,
};

use crate::http::call;
use crate::support::{Bench, PNG, chat};

const VASILY: &str = "79991112233@c.us";

fn bench(rules: impl IntoIterator<Item = FaultRule>) -> (Bench, SessionId) {
    let faults = rules.into_iter().collect();
    let mut bench = Bench::with(Settings { faults, scan: Scan::OnDemand, ..Settings::default() });
    let session = bench.ready();
    (bench, session)
}

fn text(session: &SessionId, body: &str) -> Value {
    json!({ "WhatsappID": session, "recipient": { "id": VASILY }, "message": { "body": body } })
}

fn bodies(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event_data"]["message"]["body"].as_str().unwrap_or("none")).collect()
}

#[test]
fn a_late_command_acts_at_its_time_and_keeps_its_answer() {
    let (mut bench, session) = bench([FaultRule::new(Fault::Late { ms: 5000, jitter_ms: 0 }).on("send")]);
    let key = bench.gateway.settings().api_keys[0].clone();
    let body = RequestBody::read(text(&session, "Hello").to_string().as_bytes());
    let plan = bench.gateway.plan_faults("send", &body, bench.now);
    assert_eq!((plan.late, plan.acts), (Some(Duration::from_secs(5)), true));
    let number = bench.gateway.answer_late("send", Some(&key), &body, plan.late.unwrap(), bench.now).unwrap();
    assert_eq!(bench.gateway.next_due(), Some(bench.now + 5000));
    bench.pass(Duration::from_millis(4999));
    assert!(bench.events("create").is_empty());
    assert_eq!(bench.gateway.take_late_answer(number, bench.now), None);
    bench.pass(Duration::from_millis(1));
    assert_eq!(bodies(&bench.events("create")), ["Hello"]);
    let answer = bench.gateway.take_late_answer(number, bench.now).unwrap();
    assert_eq!((answer.status, &answer.body["result"]["body"]), (200, &json!("Hello")));
    assert_eq!(bench.gateway.take_late_answer(number, bench.now), None, "an answer is taken once");
    let refused = bench.gateway.answer_late("send", None, &body, Duration::ZERO, bench.now).unwrap_err();
    assert_eq!(refused.status, 401);
}

async fn sent_count(sandbox: &Sandbox) -> u64 {
    let response = call(sandbox, "events-get", r#"{"action":"create"}"#.to_owned()).await.unwrap();
    serde_json::from_slice::<Value>(response.body()).unwrap()["elements"].as_u64().unwrap()
}

#[tokio::test]
async fn a_command_is_carried_out_after_its_client_has_gone() {
    let sandbox = Sandbox::start(Settings::default()).await.unwrap();
    let session = sandbox.ready_session("Shop");
    let send = || call(&sandbox, "send", text(&session, "Hello").to_string());
    let late = FaultRule::new(Fault::Late { ms: 60_000, jitter_ms: 0 }).on("send").times(1);

    // The client hears nothing and goes; with mere latency the request would die with it.
    sandbox.set_faults(0, &[late.clone(), FaultRule::new(Fault::CloseAfter).on("send").times(1)]);
    assert!(send().await.is_err());
    assert_eq!(sent_count(&sandbox).await, 0);
    sandbox.move_clock(Duration::from_secs(60));
    assert_eq!(sent_count(&sandbox).await, 1);

    // The client waits for a while and gives up.
    sandbox.set_faults(0, &[late]);
    let waited = tokio::time::timeout(Duration::from_millis(100), send()).await;
    assert!(waited.is_err(), "it was answered early");
    sandbox.move_clock(Duration::from_secs(60));
    assert_eq!(sent_count(&sandbox).await, 2);

    // The client waits long enough.
    sandbox.set_faults(0, &[FaultRule::new(Fault::Late { ms: 30, jitter_ms: 10 }).on("send")]);
    let reply = send().await.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(reply.body()).unwrap()["result"]["body"], "Hello");
    assert_eq!(sent_count(&sandbox).await, 3);
}

#[test]
fn events_come_late_or_never() {
    let (mut bench, session) = bench([
        FaultRule::new(Fault::Postpone { ms: 90_000 }).on("create").times(1),
        FaultRule::new(Fault::Omit).on("ack"),
    ]);
    for body in ["one", "two"] {
        bench.ok("send", &text(&session, body));
    }
    assert_eq!(bodies(&bench.events("create")), ["two"]);
    bench.pass(Duration::from_secs(90));
    let created = bench.events("create");
    assert_eq!(bodies(&created), ["two", "one"]);
    assert_eq!(created[1]["event_date"], "2022-09-07 18:31:07", "the date is that of the telling");
    assert!(created[1]["id"].as_i64() > created[0]["id"].as_i64());
    assert!(bench.events("ack").is_empty());
}

#[test]
fn numbers_can_be_seen_out_of_order() {
    let (mut bench, session) = bench([FaultRule::new(Fault::Unlisted { ms: 3000 }).on("message").times(1)]);
    for body in ["one", "two"] {
        bench.gateway.receive(&session, Incoming::text(chat(VASILY), body), bench.now).unwrap();
    }
    assert_eq!(bodies(&bench.events("message")), ["two"]);
    bench.pass(Duration::from_secs(3));
    assert_eq!(bodies(&bench.events("message")), ["one", "two"]);
}

/// The message of the event `create` for a file or a text, rewritten, beside the reply's.
fn rewritten(rewriting: Rewriting, message: &Value) -> (Value, Value) {
    let (mut bench, session) = bench([FaultRule::new(Fault::Rewrite { rewriting }).on("create")]);
    let mut body = text(&session, "");
    body["message"] = message.clone();
    let sent = bench.ok("send", &body)["result"].clone();
    (bench.events("create")[0]["event_data"]["message"].clone(), sent)
}

#[test]
fn events_tell_texts_in_other_words_than_were_sent() {
    let said = json!({ "body": " one\ntwo\r\n " });
    for (rewriting, expected) in [
        (Rewriting::Trimmed, json!("one\ntwo")),
        (Rewriting::CrLf, json!(" one\r\ntwo\r\n ")),
        (Rewriting::Lf, json!(" one\ntwo\n ")),
        (Rewriting::WithoutCaption, said["body"].clone()),
        (Rewriting::WithoutBody, Value::Null),
    ] {
        let (told, sent) = rewritten(rewriting, &said);
        assert_eq!(told["body"], expected, "{rewriting:?}");
        assert_eq!(sent["body"], said["body"], "the reply knows no rewriting");
    }
    let media = json!({ "mimetype": "image/png", "data": PNG, "filename": "p.png" });
    let (told, _) = rewritten(Rewriting::WithoutCaption, &json!({ "body": "Look", "media": media }));
    assert_eq!((&told["body"], &told["hasMedia"]), (&json!(""), &json!(true)));
}

#[test]
fn events_tell_people_by_other_ids() {
    for (rewriting, suffix) in [(Rewriting::Lid, "@lid"), (Rewriting::Renumbered, "@c.us")] {
        let (told, sent) = rewritten(rewriting, &json!({ "body": "Hello" }));
        let other = told["to"].as_str().unwrap();
        assert!(other != VASILY && other.ends_with(suffix), "{other}");
        assert_eq!(told["from"], sent["from"], "the account keeps its own id");
        assert_eq!(told["id"], json!(sent["id"].as_str().unwrap().replace(VASILY, other)));
        assert_eq!(told["to"], rewritten(rewriting, &json!({ "body": "Again" })).0["to"]);
    }
}

#[test]
fn messages_of_an_offline_phone_come_with_old_dates() {
    let rewriting = Rewriting::MessageDate;
    let (mut bench, session) = bench([FaultRule::new(Fault::Rewrite { rewriting }).on("message")]);
    let incoming = Incoming { age_ms: 3_600_000, ..Incoming::text(chat(VASILY), "an hour ago") };
    bench.gateway.receive(&session, incoming, bench.now).unwrap();
    let event = bench.events("message")[0].clone();
    assert_eq!(event["event_date"], "2022-09-07 17:29:37");
    assert_eq!(event["event_data"]["message"]["timestamp"], 1_662_571_777);
    assert_eq!(event["id"], 2, "the number is that of the telling");
}

#[test]
fn people_type_on_the_phone() {
    let (mut bench, session) = bench([FaultRule::new(Fault::Typed { ms: 2000 }).times(1)]);
    let sent = bench.ok("send", &text(&session, "Hello"))["result"].clone();
    bench.pass(Duration::from_secs(2));
    let created = bench.events("create");
    assert_eq!(bodies(&created), ["Hello", "Hello"]);
    let typed = &created[1]["event_data"]["message"];
    assert_ne!(typed["id"], sent["id"]);
    assert_eq!((&typed["to"], &typed["from"]), (&sent["to"], &sent["from"]));

    let mut bench = Bench::with(Settings { create_events: false, ..Settings::default() });
    let session = bench.ready();
    bench.ok("send", &text(&session, "by a program"));
    bench.gateway.type_on_phone(&session, &chat(VASILY), "by hand", bench.now).unwrap();
    assert_eq!(bodies(&bench.events("create")), ["by hand"]);
    bench.pass(Duration::from_secs(5));
    assert_eq!(bench.events("ack").len(), 6);
    let stranger = bench.gateway.type_on_phone(&session, &chat("77@g.us"), "?", bench.now);
    assert_eq!(stranger, Err(PhoneError::UnknownChat));
}

#[test]
fn a_message_can_fail_to_leave() {
    let (mut bench, session) = bench([FaultRule::new(Fault::Undeliverable).chat(VASILY)]);
    assert_eq!(bench.ok("send", &text(&session, "Hello"))["result"]["ack"], 0);
    bench.pass(Duration::from_secs(60));
    let acks = bench.events("ack");
    let acks: Vec<&Value> = acks.iter().map(|event| &event["event_data"]["message"]["ack"]).collect();
    assert_eq!(acks, [-1]);
}

#[test]
fn retention_eats_pages_while_they_are_read() {
    let (mut bench, session) = bench([FaultRule::new(Fault::ForgetEvents { count: 10 }).times(1)]);
    for number in 0..30 {
        let incoming = Incoming::text(chat(VASILY), number.to_string());
        bench.gateway.receive(&session, incoming, bench.now).unwrap();
    }
    let mut page = |page: u32| {
        let reply = bench.ok("events-get", &json!({ "action": "message", "page": page }));
        (reply["elements"].clone(), bodies(reply["data"].as_array().unwrap()).join(" "))
    };
    assert_eq!(page(1), (json!(30), "0 1 2 3 4 5 6 7 8 9".to_owned()));
    // One of the ten was the event `ready`.
    assert_eq!(
        page(2),
        (json!(21), "19 20 21 22 23 24 25 26 27 28".to_owned()),
        "9 to 18 are seen by nobody"
    );
}

#[test]
fn a_list_can_give_each_event_twice() {
    let (mut bench, session) = bench([FaultRule::new(Fault::RepeatEvents).times(1)]);
    for body in ["one", "two"] {
        bench.gateway.receive(&session, Incoming::text(chat(VASILY), body), bench.now).unwrap();
    }
    let mut list = || {
        let reply = bench.ok("events-get", &json!({ "action": "message" }));
        (reply["elements"].clone(), bodies(reply["data"].as_array().unwrap()).join(" "))
    };
    assert_eq!(list(), (json!(2), "one one two two".to_owned()), "which makes it no longer list");
    assert_eq!(list(), (json!(2), "one two".to_owned()));
}

#[test]
fn a_forged_event_can_take_the_next_true_number() {
    let (mut bench, session) = bench([FaultRule::new(Fault::Forge { ahead: 1 }).on("message").times(1)]);
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" }));
    for body in ["one", "two"] {
        bench.gateway.receive(&session, Incoming::text(chat(VASILY), body), bench.now).unwrap();
    }
    let mut posted = Vec::new();
    while let Some(delivery) = bench.gateway.take_deliveries(bench.now).pop() {
        let event: Value = serde_json::from_str(&delivery.body).unwrap();
        let id = event["id"].as_i64().unwrap();
        posted.push((id, event["event_data"]["message"]["body"].as_str().unwrap().to_owned()));
        let reply = json!({ "result": "OK", "id": id }).to_string();
        bench.gateway.delivered(delivery.number, Ok(reply.as_bytes()), bench.now);
    }
    assert_eq!(posted, [(2, "one".to_owned()), (3, "Forged".to_owned()), (3, "two".to_owned())]);
}

#[test]
fn rules_choose_sessions_and_chats() {
    let (mut bench, session) = bench([]);
    let other = bench.gateway.ready_session("Other", bench.now);
    let rules = [
        FaultRule::new(Fault::CloseAfter).session(session.as_str()).chat(VASILY),
        FaultRule::new(Fault::Omit).session(other.as_str()).on("create"),
    ];
    bench.gateway.set_faults(0, &rules);
    assert_eq!(bench.gateway.plan_faults_unread("send", bench.now), None, "the body has to be read first");
    let mut closes = |session: &SessionId, recipient: Value| {
        let body = json!({ "WhatsappID": session, "recipient": recipient });
        let body = RequestBody::read(body.to_string().as_bytes());
        bench.gateway.plan_faults("send", &body, bench.now).reply == PlannedReply::Closed
    };
    assert!(closes(&session, json!({ "id": VASILY })));
    assert!(closes(&session, json!({ "number": "79991112233" })));
    assert!(!closes(&session, json!({ "id": "79999999999@c.us" })));
    assert!(!closes(&other, json!({ "id": VASILY })));
    bench.ok("send", &text(&session, "told"));
    bench.ok("send", &text(&other, "not told"));
    assert_eq!(bodies(&bench.events("create")), ["told"]);
}

#[test]
fn a_rate_limit_counts_and_comes_back_evenly() {
    let (mut bench, _) = bench([FaultRule::new(Fault::RateLimit { requests: 3, ms: 60_000 }).on("check")]);
    let ask = |bench: &mut Bench| {
        let plan = bench.gateway.plan_faults_unread("check", bench.now).unwrap();
        let header = |name: &str| {
            let found = plan.headers.iter().find(|(known, _)| known == &format!("X-Rate-Limit-{name}"));
            found.unwrap().1.parse::<u32>().unwrap()
        };
        (plan.acts, header("Limit"), header("Remaining"), header("Reset"))
    };
    assert_eq!(ask(&mut bench), (true, 3, 2, 20));
    assert_eq!(ask(&mut bench), (true, 3, 1, 40));
    assert_eq!(ask(&mut bench), (true, 3, 0, 60));
    assert_eq!(ask(&mut bench), (false, 3, 0, 20));
    bench.pass(Duration::from_millis(19_999));
    assert_eq!(ask(&mut bench), (false, 3, 0, 1));
    bench.pass(Duration::from_millis(1));
    assert_eq!(ask(&mut bench), (true, 3, 0, 60));
    let other = bench.gateway.plan_faults_unread("send", bench.now).unwrap();
    assert!(other.acts && other.headers.is_empty());
}

#[tokio::test]
async fn a_rate_limit_is_seen_by_clients() {
    let limit = FaultRule::new(Fault::RateLimit { requests: 1, ms: 60_000 });
    let header = Fault::Header { name: "Retry-After".into(), value: "Wed, 07 Sep 2022 18:30:00 GMT".into() };
    let faults = vec![limit, FaultRule { skip: 1, ..FaultRule::new(header) }];
    let sandbox = Sandbox::start(Settings { faults, ..Settings::default() }).await.unwrap();
    let allowed = call(&sandbox, "sessions-get", "{}".to_owned()).await.unwrap();
    assert_eq!(
        (allowed.status().as_u16(), &allowed.headers()["x-rate-limit-remaining"]),
        (200, &HeaderValue::from_static("0"))
    );
    let refused = call(&sandbox, "sessions-get", "{}".to_owned()).await.unwrap();
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["x-rate-limit-reset"]),
        (429, &HeaderValue::from_static("60"))
    );
    assert_eq!(refused.headers()["retry-after"], "Wed, 07 Sep 2022 18:30:00 GMT");
    assert!(allowed.headers().get("retry-after").is_none());
}

#[test]
fn messages_are_reacted_to_changed_and_deleted() {
    let (mut bench, session) = bench([]);
    let sent = bench.ok("send", &text(&session, "Helo"))["result"]["id"].clone();
    let sent = MessageId::new(sent.as_str().unwrap()).unwrap();
    bench.gateway.react(&session, &sent, "👍", bench.now).unwrap();
    let reaction = bench.events("reaction")[0]["event_data"]["reaction"].clone();
    assert_eq!((&reaction["msgId"], &reaction["reaction"]), (&json!(sent), &json!("👍")));
    assert_eq!(reaction["senderId"], VASILY);

    bench.gateway.edit(&session, &sent, "Hello", bench.now).unwrap();
    let edit = bench.events("edit")[0]["event_data"].clone();
    assert_eq!((&edit["newBody"], &edit["prevBody"]), (&json!("Hello"), &json!("Helo")));
    assert_eq!(edit["message"]["body"], "Hello");

    let picture = Media::new(MimeType::new("image/png").unwrap(), "p.png", Base64Data::from_base64(PNG));
    let incoming = Incoming::file(chat(VASILY), picture);
    let received = bench.gateway.receive(&session, incoming, bench.now).unwrap();
    bench.gateway.revoke(&session, &received, bench.now).unwrap();
    let revoked = bench.events("revoke_everyone")[0]["event_data"].clone();
    assert_eq!((&revoked["message"]["type"], &revoked["message"]["body"]), (&json!("revoked"), &json!("")));
    assert_eq!(
        (&revoked["revoked_msg"]["id"], &revoked["revoked_msg"]["type"]),
        (&json!(received), &json!("image"))
    );
    let media = json!({ "WhatsappID": session, "MessageID": received });
    assert_eq!(bench.refused("get-messagemedia", &media), "MessageID: the message has no media");
    let unknown = MessageId::new("true_7@c.us_A").unwrap();
    assert_eq!(bench.gateway.react(&session, &unknown, "👍", bench.now), Err(PhoneError::UnknownMessage));
}

#[test]
fn people_do_all_that_over_the_admin_api() {
    let mut bench = Bench::with(Settings { admin: true, ..Settings::default() });
    let session = bench.ready();
    let typed = bench.admin("type", &json!({ "WhatsappID": session, "chat": VASILY, "body": "by hand" }));
    let message = json!({ "WhatsappID": session, "MessageID": typed });
    for (command, member, text) in [("react", "reaction", "👍"), ("edit", "body", "Changed")] {
        let mut body = message.clone();
        body[member] = json!(text);
        bench.admin(command, &body);
    }
    bench.admin("revoke", &message);
    let written = json!({ "body": "Hi", "age_ms": 60_000 });
    bench.admin("write", &json!({ "WhatsappID": session, "chat": VASILY, "message": written }));
    for action in ["create", "reaction", "edit", "revoke_everyone", "message"] {
        assert_eq!(bench.events(action).len(), 1, "{action}");
    }
    let received = bench.events("message")[0]["event_data"]["message"]["timestamp"].clone();
    assert_eq!(received, 1_662_575_317);
}
