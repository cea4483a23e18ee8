//! `session-create`, `session-delete`, `sessions-get`, `set-name`, `set-hook`, and the life of a session.

use std::time::Duration;

use serde_json::{Value, json};
use whatsgate_sandbox::model::SessionId;
use whatsgate_sandbox::{Language, LinkingCode, PhoneError, Scan, SessionState, Settings};

use crate::support::Bench;

fn create(bench: &mut Bench, body: &Value) -> (SessionId, Value) {
    let data = bench.ok("session-create", body)["data"].clone();
    (SessionId::new(data["unique_id"].as_str().unwrap()).unwrap(), data)
}

#[test]
fn a_session_becomes_ready_by_itself() {
    let mut bench = Bench::with(Settings {
        authorization_delay: Duration::from_secs(1),
        scan: Scan::After(Duration::from_secs(5)),
        ..Settings::default()
    });
    let (session, data) = create(&mut bench, &json!({ "name": "Shop" }));
    assert_eq!(
        (&data["status"], &data["callback"], &data["wid"]),
        (&json!("PENDING"), &json!(null), &json!(null))
    );
    assert_eq!(session.as_str().len(), 13);
    assert!(session.as_str().bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
    assert_eq!(bench.gateway.code(&session), Some(LinkingCode::NotYet));

    bench.pass(Duration::from_millis(999));
    assert_eq!(bench.gateway.session_state(&session), Some(SessionState::Pending));
    bench.pass(Duration::from_millis(1));
    let listed = &bench.ok("sessions-get", &json!({}))["data"][0];
    assert_eq!((&listed["status"], &listed["status_name"]), (&json!("AUTH"), &json!("Authorization")));
    assert_eq!((&listed["qr_link"], &listed["callback"]), (&data["qr_link"], &json!("")));
    assert!(listed.get("qr").is_none() && listed["pushname"].is_null());
    assert!(matches!(bench.gateway.code(&session), Some(LinkingCode::Qr(_))));
    assert!(bench.events("ready").is_empty());

    bench.pass(Duration::from_secs(5));
    let listed = &bench.ok("sessions-get", &json!({}))["data"][0];
    assert_eq!((&listed["status"], &listed["qr_link"]), (&json!("READY"), &json!("")));
    assert_eq!((&listed["pushname"], &listed["wid"]), (&json!("Vasya"), &json!("79991234567@c.us")));
    let ready = &bench.events("ready")[0];
    assert_eq!(ready["event_data"], json!({ "pushname": "Vasya", "number": "79991234567" }));
    assert_eq!(ready["event_date"], "2022-09-07 18:29:43");
}

#[test]
fn a_session_waits_for_the_scan_when_told_so() {
    let mut bench = Bench::new();
    let (session, _) = create(&mut bench, &json!({ "name": "Shop" }));
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.gateway.session_state(&session), Some(SessionState::Authorizing));
    assert_eq!(bench.gateway.scan(&session, bench.now), Ok(()));
    assert_eq!(bench.gateway.session_state(&session), Some(SessionState::Ready));
    assert_eq!(bench.gateway.scan(&session, bench.now), Err(PhoneError::NothingToScan));
    let unknown = SessionId::new("0000000000000").unwrap();
    assert_eq!(bench.gateway.scan(&unknown, bench.now), Err(PhoneError::UnknownSession));
}

#[test]
fn a_pairing_code_links_the_given_number() {
    let mut bench = Bench::new();
    let body = json!({ "name": "Shop", "auth_type": "CODE", "number": "79999999999" });
    let (session, data) = create(&mut bench, &body);
    let code = data["code"].as_str().unwrap();
    let (letters, digits) = code.split_once('-').unwrap();
    assert!(letters.len() == 4 && letters.bytes().all(|b| b.is_ascii_uppercase()), "{code}");
    assert!(digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()), "{code}");
    bench.gateway.scan(&session, bench.now).unwrap();
    assert_eq!(bench.ok("sessions-get", &json!({}))["data"][0]["wid"], "79999999999@c.us");
}

#[test]
fn creating_checks_its_members() {
    let mut bench = Bench::with(Settings { sessions_limit: 1, ..Settings::default() });
    for (body, member) in [
        (json!({}), "name"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": 7 }), "name"),
        (json!({ "name": "n".repeat(5000) }), "name"),
        (json!({ "name": "Shop", "callback": ["x"] }), "callback"),
        (json!({ "name": "Shop", "callback": "no url" }), "callback"),
        (json!({ "name": "Shop", "auth_type": "FACE" }), "auth_type"),
        (json!({ "name": "Shop", "auth_type": "CODE" }), "number"),
        (json!({ "name": "Shop", "auth_type": "CODE", "number": "+7999" }), "number"),
    ] {
        let message = bench.refused("session-create", &body);
        assert!(message.starts_with(member), "{body}: {message}");
    }
    let (session, _) = create(&mut bench, &json!({ "name": "Shop" }));
    assert!(bench.refused("session-create", &json!({ "name": "Two" })).contains("limit"));
    bench.ok("session-delete", &json!({ "WhatsappID": session }));
    create(&mut bench, &json!({ "name": "Two" }));
}

#[test]
fn a_deleted_session_is_gone_and_its_events_stay() {
    let mut bench = Bench::new();
    let session = bench.ready();
    let deleted = bench.ok("session-delete", &json!({ "WhatsappID": session }))["data"].clone();
    assert_eq!((&deleted["status"], &deleted["status_name"]), (&json!("DESTROYING"), &json!("Deleting")));
    assert_eq!((&deleted["callback"], &deleted["wid"]), (&json!(null), &json!("79991234567@c.us")));
    assert!(deleted.get("qr").is_none() && deleted.get("qr_link").is_none());
    assert_eq!(bench.ok("sessions-get", &json!({}))["elements"], 0);
    assert_eq!(bench.events("ready").len(), 1);
    for command in ["session-delete", "get-chats", "set-hook"] {
        let message = bench.refused(command, &json!({ "WhatsappID": session }));
        assert_eq!(message, "WhatsappID: there is no such session");
    }
}

#[test]
fn sessions_are_filtered_and_paged() {
    let mut bench =
        Bench::with(Settings { sessions_limit: 200, scan: Scan::OnDemand, ..Settings::default() });
    for number in 0..12 {
        create(&mut bench, &json!({ "name": format!("Session {number}") }));
    }
    let session = bench.ready();
    let page = |bench: &mut Bench, body: &Value| {
        let reply = bench.ok("sessions-get", body);
        let count = reply["data"].as_array().unwrap().len();
        (reply["elements"].as_u64(), reply["pages"].as_u64(), reply["page"].as_u64(), count)
    };
    let empty = json!({ "WhatsappID": "", "name": null, "status": "", "page_cnt": "", "page": "" });
    assert_eq!(page(&mut bench, &empty), (Some(13), Some(2), Some(1), 10));
    assert_eq!(page(&mut bench, &json!({ "page": "2" })), (Some(13), Some(2), Some(2), 3));
    assert_eq!(page(&mut bench, &json!({ "page": 3, "page_cnt": 5 })), (Some(13), Some(3), Some(3), 3));
    assert_eq!(page(&mut bench, &json!({ "page_cnt": 1000, "page": 9 })), (Some(13), Some(1), Some(9), 0));
    assert_eq!(page(&mut bench, &json!({ "status": "READY" })).0, Some(1));
    assert_eq!(page(&mut bench, &json!({ "name": "Session 3" })).0, Some(1));
    assert_eq!(page(&mut bench, &json!({ "WhatsappID": session })).0, Some(1));
    assert_eq!(page(&mut bench, &json!({ "WhatsappID": "nobody" })), (Some(0), Some(0), Some(1), 0));
    for (body, member) in [(json!({ "page": 0 }), "page"), (json!({ "page_cnt": "ten" }), "page_cnt")] {
        assert!(bench.refused("sessions-get", &body).starts_with(member));
    }
}

#[test]
fn names_and_hooks_are_changed() {
    let mut bench = Bench::new();
    let (session, _) = create(&mut bench, &json!({ "name": "Shop", "callback": "http://a.test/" }));
    bench.ok("set-name", &json!({ "WhatsappID": session, "name": "Store" }));
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://b.test/" }));
    let listed = bench.ok("sessions-get", &json!({}))["data"][0].clone();
    assert_eq!((&listed["name"], &listed["callback"]), (&json!("Store"), &json!("http://b.test/")));
    for off in [json!(""), json!(null)] {
        bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://b.test/" }));
        bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": off }));
        assert_eq!(bench.ok("sessions-get", &json!({}))["data"][0]["callback"], "");
    }
    assert!(bench.refused("set-name", &json!({ "WhatsappID": session })).starts_with("name"));
    assert!(bench.refused("set-hook", &json!({ "callback": "" })).starts_with("WhatsappID"));
}

#[test]
fn accounts_do_not_see_each_other() {
    let keys = vec!["first-key".to_owned(), "second-key".to_owned()];
    let mut bench = Bench::with(Settings { api_keys: keys, ..Settings::default() });
    let session = bench.ready();
    let other = |bench: &mut Bench, command: &str, body: Value| {
        bench.gateway.answer(command, Some("second-key"), body.to_string().as_bytes(), bench.now)
    };
    assert_eq!(other(&mut bench, "sessions-get", json!({})).body["elements"], 0);
    assert_eq!(other(&mut bench, "events-get", json!({})).body["elements"], 0);
    assert_eq!(other(&mut bench, "session-delete", json!({ "WhatsappID": session })).status, 500);
    assert_eq!(other(&mut bench, "session-create", json!({ "name": "Mine" })).status, 200);
    assert_eq!(bench.ok("sessions-get", &json!({}))["elements"], 1);
}

#[test]
fn equal_seeds_answer_alike() {
    let answers = |seed| {
        let mut bench = Bench::with(Settings { seed, ..Settings::default() });
        let (session, data) = create(&mut bench, &json!({ "name": "Shop" }));
        bench.gateway.scan(&session, bench.now).unwrap();
        let body = json!({ "WhatsappID": session, "recipient": { "number": "79991112233" }, "message": { "body": "Hi" } });
        (data, bench.ok("send", &body))
    };
    assert_eq!(answers(1), answers(1));
    assert_ne!(answers(1), answers(2));
}

#[test]
fn state_names_are_translated() {
    let mut bench = Bench::with(Settings { language: Language::Russian, ..Settings::default() });
    let (session, data) = create(&mut bench, &json!({ "name": "Магазин" }));
    assert_eq!(data["status_name"], "Инициализация");
    let deleted = bench.ok("session-delete", &json!({ "WhatsappID": session }));
    assert_eq!(deleted["data"]["status_name"], "Удаление");
}
