//! What a request's schema forbids, the sandbox refuses with the documented envelope, naming the member.

use serde_json::{Value, json};
use whatsgate_sandbox::{Gateway, Settings};

use crate::fixtures::{Schemas, bodies};

/// The documented requests, spoilt in every place: each required member left out, and each member replaced by values of
/// every JSON type. Those that contradict the schema must be refused.
#[test]
fn the_sandbox_names_the_member_that_is_wrong() {
    let schemas = Schemas::load();
    let mut refused = 0;
    for body in bodies().into_iter().filter(|body| body.part == "request") {
        let mut request = body.value;
        if request["date"] == "YYYY-MM-DD HH:MM:SS" {
            request["date"] = json!("2022-09-07 18:29:37");
        }
        for (place, request) in spoilt(&request) {
            let mistakes = schemas.mistakes(&body.schema, &request);
            if mistakes.is_empty() {
                continue;
            }
            let name = format!("{}: {} with a wrong {place}", body.fixture, body.command);
            let answer = answer(&body.command, &request);
            let why = mistakes.join("\n");
            assert_eq!(answer.0, 500, "{name} is not refused: {request}\n{why}");
            assert!(schemas.mistakes("objects/ErrorBody.json", &answer.1).is_empty(), "{name}: {}", answer.1);
            let message = answer.1["message"].as_str().unwrap();
            let member = place.rsplit('.').next().unwrap();
            assert!(message.contains(member), "{name}: the error does not name it: {message}");
            refused += 1;
        }
    }
    println!("checked: {refused} invalid requests refused");
    assert!(refused > 200, "only {refused} invalid requests were made");
}

fn answer(command: &str, request: &Value) -> (u16, Value) {
    let settings = Settings::default();
    let key = settings.api_keys[0].clone();
    let mut gateway = Gateway::new(settings);
    let session = gateway.ready_session("Tests", 0);
    let mut request = request.clone();
    let is_id = |id: &str| !id.is_empty() && !id.contains(char::is_whitespace);
    if request["WhatsappID"].as_str().is_some_and(is_id) {
        request["WhatsappID"] = json!(session);
    }
    let answer = gateway.answer(command, Some(&key), request.to_string().as_bytes(), 1000);
    (answer.status, answer.body)
}

/// The request with one member left out or replaced, and the path of that member.
fn spoilt(request: &Value) -> Vec<(String, Value)> {
    let Value::Object(members) = request else { return Vec::new() };
    let mut all = Vec::new();
    for (name, value) in members {
        let with = |other: Option<Value>| {
            let mut members = members.clone();
            match other {
                Some(other) => members.insert(name.clone(), other),
                None => members.remove(name),
            };
            Value::Object(members)
        };
        all.push((name.clone(), with(None)));
        let texts = [json!(" "), json!("SGVs\r\nbG8=")];
        let others = [json!(null), json!(true), json!(-1), json!(1.5), json!([]), json!({}), json!(101)];
        for other in texts.into_iter().chain(others) {
            all.push((name.clone(), with(Some(other))));
        }
        for (inner, spoilt) in spoilt(value) {
            all.push((format!("{name}.{inner}"), with(Some(spoilt))));
        }
    }
    all
}
