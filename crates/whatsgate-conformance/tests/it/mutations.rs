//! Whether the cases have teeth: what the gateway answers is changed behind the judge's back, and a case must notice.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use whatsgate_conformance::{KnownFailing, Runner, Verdict};

use crate::{example, trials};

/// Another value, where there can be one.
type Change = fn(&Value) -> Option<Value>;

/// What is done to the value at a place.
const CHANGES: [(&str, Change); 4] = [
    ("other-value", |value| {
        Some(match value {
            Value::Bool(flag) => json!(!flag),
            Value::Number(number) => json!(number.as_i64()? + 1),
            // In the middle, since white space and padding at the ends of some texts mean nothing.
            Value::String(text) => {
                let (first, rest) = text.split_at_checked(text.chars().next()?.len_utf8())?;
                if rest.is_empty() {
                    return None;
                }
                format!("{first}7{rest}").into()
            }
            _ => return None,
        })
    }),
    ("null", |value| (!is_nothing(value)).then_some(Value::Null)),
    ("an-element-lost", |value| {
        let (_, rest) = value.as_array()?.split_first()?;
        Some(rest.into())
    }),
    ("an-element-twice", |value| {
        let list = value.as_array()?;
        Some(list.first().into_iter().chain(list).cloned().collect())
    }),
];

fn is_nothing(value: &Value) -> bool {
    [json!(null), json!(false), json!(0), json!(""), json!([])].contains(value)
}

/// Every place in a value, and the value there.
fn places(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    found.push((at.to_owned(), value.clone()));
    match value {
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(place, it)| places(&format!("{at}/{place}"), it, found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, it)| places(&format!("{at}/{name}"), it, found));
        }
        _ => {}
    }
}

/// A place without the numbers of elements, which tells what kind of place it is.
fn folded(place: &str) -> String {
    let part = |part: &str| if part.parse::<usize>().is_ok() { "*".to_owned() } else { part.to_owned() };
    place.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Mutations that mislead nobody: without the flag the client tells a group by its id.
const MENDED: [&str; 1] = ["get-chats /data/*/isGroup null"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_seeded_mutation_is_caught() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/wire.json");
    let file: Value = serde_json::from_slice(&fs::read(path).expect("it is there")).expect("it is JSON");
    let plain = trials(&["wire/*/as-is"]);
    let mut seeded = Vec::new();
    let mut bodies = BTreeMap::new();
    // The kinds of mutation, each with the trials that could notice it.
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in file["cases"].as_array().expect("it has cases") {
        let name = format!("wire/{}/as-is", case["name"].as_str().unwrap_or_default());
        let Some(shows) = case["shows"].as_str() else { continue };
        let body = &case["replies"][0]["body"];
        let trial = plain.iter().find(|trial| trial.name() == name).expect("the case is a trial");
        let mut found = Vec::new();
        places(shows, body.pointer(shows).expect("the place is there"), &mut found);
        let loose: Vec<_> =
            case["loose"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (place, value) in found {
            // A word such as OK is not shown; what it must not say, the group `errors` knows.
            let is_word = place == "/result" && case["command"] != "send";
            if is_word || loose.contains(&place.as_str()) {
                continue;
            }
            for (change, act) in CHANGES {
                let Some(changed) = act(&value) else { continue };
                let mut whole = body.clone();
                *whole.pointer_mut(&place).expect("the place is there") = changed;
                let seed = format!("{name}{place}/{change}");
                bodies.insert(seed.clone(), whole.to_string().into_bytes());
                seeded.push(trial.clone().renamed(&seed));
                let kind = format!("{} {} {change}", trial.command(), folded(&place));
                kinds.entry(kind).or_default().push(seed);
            }
        }
    }
    assert!(kinds.len() > 150, "{} kinds of mutations", kinds.len());
    let bodies = Arc::new(bodies);
    let tampered = Runner::new(example("rust"))
        .tampered(move |name, _, body| bodies.get(name).cloned().unwrap_or_else(|| body.to_vec()));
    let report = tampered.run(seeded, &KnownFailing::default()).await.expect("there is an adapter");
    let caught: Vec<_> = report
        .trials
        .iter()
        .filter(|trial| matches!(trial.verdict, Verdict::Failed { .. }))
        .map(|trial| trial.name.as_str())
        .collect();
    let is_caught = |seeds: &[String]| seeds.iter().any(|seed| caught.contains(&seed.as_str()));
    let missed: Vec<_> = kinds.iter().filter(|(_, seeds)| !is_caught(seeds)).map(|(kind, _)| kind).collect();
    assert_eq!(missed, MENDED, "nothing notices these");
}

/// What the sandbox itself answers, which is not the same twice, is watched as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_answers_of_the_sandbox_are_caught() {
    let tampered = Runner::new(example("rust")).tampered(|_, command, body| {
        let mut body: Value = serde_json::from_slice(body).unwrap_or_default();
        match command {
            "send" if body["result"].is_string() => body["result"] = json!("ERROR"),
            "send" => body["result"]["body"] = json!("another text"),
            // The last event of every page.
            "events-get" => drop(body["data"].as_array_mut().and_then(Vec::pop)),
            _ => body["data"]["name"] = json!("another name"),
        }
        body.to_string().into_bytes()
    });
    let seeded = trials(&["sends/*/as-is", "events/gateway.*/as-is", "events/poll.*/as-is"]);
    // An error stays one whatever else it says, and sends of files expect no text.
    let is_watched = |name: &str| !["sends/to-nobody", "sends/voice"].iter().any(|not| name.starts_with(not));
    let seeded: Vec<_> = seeded.into_iter().filter(|trial| is_watched(trial.name())).collect();
    let report = tampered.run(seeded, &KnownFailing::default()).await.expect("there is an adapter");
    let missed: Vec<_> = report.trials.iter().filter(|trial| trial.verdict == Verdict::Passed).collect();
    assert!(missed.is_empty(), "nothing notices {missed:#?}");
}
