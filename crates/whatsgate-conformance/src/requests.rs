//! Whether requests are those that the service wants.

use serde_json::{Map, Value};
use whatsgate_sandbox::SeenRequest;

use crate::quoted::quoted;
use crate::trial::Trial;

/// Members that a client sets itself where it asks for page after page.
const PAGING: [&str; 4] = ["page", "page_cnt", "date", "action"];

/// What is wrong with the requests of a trial.
pub(crate) fn findings(trial: &Trial, requests: &[SeenRequest], key: &str, session: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let allowed = trial.requests();
    if !allowed.contains(&requests.len()) {
        let repeats = if requests.len() > *allowed.end() && *allowed.end() == 1 {
            ": it may take effect as often as that"
        } else {
            ""
        };
        let count = if allowed.start() == allowed.end() {
            allowed.start().to_string()
        } else {
            format!("{} to {}", allowed.start(), allowed.end())
        };
        findings.push(format!("{} requests came, not {count}{repeats}", requests.len()));
    }
    for request in requests {
        for finding in wrong_with(trial, request, key, session) {
            // Repetitions are wrong in the same way.
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings
}

fn wrong_with(trial: &Trial, request: &SeenRequest, key: &str, session: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let walks = matches!(trial.command.as_str(), "events" | "poll");
    let command = if walks { "events-get" } else { &trial.command };
    let path = format!("/api/v1/{command}");
    if request.method != "POST" {
        wrong.push(format!("the method is {}, not POST", request.method));
    }
    if request.path != path {
        wrong.push(format!("the path is {}, not {}", quoted(&request.path), quoted(&path)));
    }
    match request.header("x-api-key") {
        None => wrong.push("the header X-Api-Key is missing".to_owned()),
        Some(is) if is != key => wrong.push("the header X-Api-Key has another value than the key".to_owned()),
        Some(_) => {}
    }
    match request.header("content-type") {
        Some(kind) if kind.to_ascii_lowercase().starts_with("application/json") => {}
        Some(kind) => {
            wrong.push(format!("the header Content-Type is {}, not \"application/json\"", quoted(kind)));
        }
        None => wrong.push("the header Content-Type is missing".to_owned()),
    }
    let Ok(body) = serde_json::from_slice::<Map<String, Value>>(&request.body) else {
        wrong.push("the body is no object of JSON".to_owned());
        return wrong;
    };
    let mut wanted = trial.arguments.clone();
    let for_account = matches!(command, "session-create" | "sessions-get");
    if walks {
        wanted.clear();
    }
    if !for_account {
        wanted.insert("WhatsappID".to_owned(), session.into());
    }
    let allows = |place: &str, value: &Value| {
        let pages = command == "events-get" && walks && PAGING.contains(&place.trim_start_matches('/'));
        value.is_null() || pages || trial.defaults.get(place).is_some_and(|default| default == value)
    };
    compare("", &wanted, &body, &allows, &mut wrong);
    wrong
}

fn compare(
    at: &str,
    wanted: &Map<String, Value>,
    is: &Map<String, Value>,
    allows: &impl Fn(&str, &Value) -> bool,
    wrong: &mut Vec<String>,
) {
    for (name, value) in wanted {
        let place = format!("{at}/{name}");
        match is.get(name) {
            // The service takes it for that anyway.
            None if value.is_null() || value == "" || allows(&place, value) => {}
            None => {
                let alike = is.keys().find(|is| is.eq_ignore_ascii_case(name));
                let instead = alike.map(|is| format!(", but there is {}", quoted(is))).unwrap_or_default();
                wrong.push(format!("the member {place} is missing{instead}"));
            }
            Some(Value::Object(is)) if value.is_object() => {
                compare(&place, value.as_object().unwrap_or(is), is, allows, wrong);
            }
            Some(is) if is == value || is_number_as_text(is, value) || is_number_as_text(value, is) => {}
            Some(is) => wrong.push(format!("the member {place} is {}, not {}", short(is), short(value))),
        }
    }
    for (name, value) in is {
        let place = format!("{at}/{name}");
        if !wanted.contains_key(name) && !allows(&place, value) {
            wrong.push(format!("there is a member {place} that was not asked for"));
        }
    }
}

/// The service's documentation shows numbers as text where programs in use send numbers.
fn is_number_as_text(text: &Value, number: &Value) -> bool {
    number.is_number() && text.as_str() == Some(&number.to_string())
}

/// A value, not longer than a line.
pub(crate) fn short(value: &Value) -> String {
    short_to(60, value)
}

/// The same, of so many letters at most.
pub(crate) fn short_to(most: usize, value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= most { text } else { text.chars().take(most).chain(['…']).collect() }
}
