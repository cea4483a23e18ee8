//! Every documented request gets a reply with the documented members.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use whatsgate_sandbox::model::{Base64Data, Media, MimeType};
use whatsgate_sandbox::{Group, Incoming, Scan, Settings};

use crate::support::{Bench, PNG, chat};

/// Names of members of each level, `data[]` standing for the elements of a list; only what is present counts.
fn shape(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}.{name}");
                into.insert(path.clone());
                shape(value, &path, into);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| shape(value, &format!("{path}[]"), into)),
        _ => {}
    }
}

fn members(value: &Value) -> BTreeSet<String> {
    let mut members = BTreeSet::new();
    shape(value, "", &mut members);
    members
}

/// A linked session that knows whatever the fixtures refer to; returns its id, and a message with a file.
fn bench() -> (Bench, String, Value) {
    let settings = Settings {
        scan: Scan::OnDemand,
        groups: ["AA11223344", "111111111111111111"]
            .map(|number| Group::new(number, "G", ["79991112233"]))
            .into(),
        ..Settings::default()
    };
    let mut bench = Bench::with(settings);
    let session = bench.ready();
    let picture = Media::new(MimeType::new("image/png").unwrap(), "p.png", Base64Data::from_base64(PNG));
    let incoming = Incoming::file(chat("79991112233@c.us"), picture);
    bench.gateway.receive(&session, incoming, bench.now).unwrap();
    let message = bench.events("media")[0]["event_data"]["message"].clone();
    (bench, session.to_string(), message)
}

#[test]
fn documented_requests_get_documented_members() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/documented");
    let mut replayed = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let fixture: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let Some(command) = fixture["command"].as_str() else { continue };
        if name.starts_with("quirk.") || name.starts_with("error.") {
            continue;
        }
        let (mut bench, session, message) = bench();
        let mut body = fixture["request"]["body"].clone();
        // The documentation's own placeholders stand for things that the service gave out before.
        let mut put = |name: &str, value: Value| {
            if body.get(name).is_some_and(|old| *old != json!("")) {
                body[name] = value;
            }
        };
        put("WhatsappID", json!(session));
        put("mediaKey", message["mediaKey"].clone());
        put("MessageID", message["id"].clone());
        put("date", json!("2022-01-01 00:00:00"));
        if body["message"]["quote"].is_string() {
            body["message"]["quote"] = message["id"].clone();
        }

        let reply = bench.ok(command, &body);

        let mut expected = members(&fixture["response"]["body"]);
        let mut found = members(&reply);
        // Newer fields that the older examples lack, and what only this reply's content decides.
        for newer in [".result._id", ".result.from_name", ".data.pushname", ".data.wid"] {
            if !expected.contains(newer) {
                found.remove(newer);
            }
        }
        if command == "events-get" {
            found.retain(|member| !member.starts_with(".data[]"));
        }
        if name == "get-media.openapi.json" {
            found.remove(".media.filename");
        }
        if name == "session-create.code.json" {
            expected.insert(".data.code".to_owned());
        }
        assert_eq!(found, expected, "{name}");
        replayed += 1;
    }
    assert!(replayed >= 30, "only {replayed} fixtures were found");
}

#[test]
fn a_wrong_key_gets_the_documented_401() {
    let text = include_str!("../../../../tests/fixtures/documented/error.401.unauthorized.json");
    let fixture: Value = serde_json::from_str(text).unwrap();
    let (mut bench, _, _) = bench();
    for key in [None, Some("wrong"), Some("")] {
        let answer = bench.gateway.answer("check", key, b"{}", bench.now);
        assert_eq!((answer.status, &answer.body), (401, &fixture["response"]["body"]));
    }
}
