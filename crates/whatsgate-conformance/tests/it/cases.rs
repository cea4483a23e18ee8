//! The files with cases.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use whatsgate_conformance::{CaseFile, KnownFailing, Runner, Trial};

use crate::trials;

/// Requests that no new client should make; their replies are those of others.
const NOT_CASES: [&str; 4] =
    ["send.null_fields.sync", "events-get.empty_request", "error.401.unauthorized", "error.500.unauthorized"];

fn cases(file: &str) -> BTreeMap<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(file);
    let text = fs::read_to_string(path).expect("the file is there");
    let file: Value = serde_json::from_str(&text).expect("it is JSON");
    let cases = file["cases"].as_array().cloned().unwrap_or_default();
    cases.into_iter().map(|case| (case["name"].as_str().unwrap_or_default().to_owned(), case)).collect()
}

/// Every fixture is a case, with its request and its reply as they stand.
#[test]
fn the_fixtures_are_cases() {
    let (wire, events) = (cases("wire.json"), cases("events.json"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    let mut found = 0;
    for folder in ["documented", "reconstructed"] {
        for file in fs::read_dir(root.join(folder)).expect("the fixtures are there") {
            let path = file.expect("the folder can be listed").path();
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let fixture: Value =
                serde_json::from_slice(&fs::read(&path).expect("it can be read")).expect("it is JSON");
            if NOT_CASES.contains(&name.as_str()) || name == "error.500.evaluation_failed" {
                continue;
            }
            found += 1;
            if fixture["event"].is_string() {
                let case = &events[&format!("webhook.{name}")];
                assert_eq!(case["replies"][0]["body"], fixture["body"], "{name}");
                continue;
            }
            let case = wire.get(&name).unwrap_or_else(|| panic!("{name} is no case"));
            let mut arguments = fixture["request"]["body"].as_object().cloned().unwrap_or_default();
            arguments.remove("WhatsappID");
            // Programs in use send numbers, and leave out what is empty.
            arguments.retain(|_, value| value != "");
            for name in ["page", "page_cnt"] {
                if let Some(number) = arguments.get_mut(name) {
                    let whole = number.as_str().and_then(|text| text.parse::<u32>().ok());
                    *number = whole.map_or_else(|| number.clone(), Value::from);
                }
            }
            // It stands for a date, which clients may look at.
            if let Some(date) = arguments.get_mut("date").filter(|date| *date == "YYYY-MM-DD HH:MM:SS") {
                *date = "2022-09-07 18:29:37".into();
            }
            assert_eq!(case["arguments"], Value::from(arguments), "{name}");
            assert_eq!(case["command"], fixture["command"], "{name}");
            assert_eq!(case["replies"][0]["body"], fixture["response"]["body"], "{name}");
            assert_eq!(case["replies"][0]["status"], fixture["response"]["status"], "{name}");
        }
    }
    assert!(found > 40, "{found} fixtures");
}

#[test]
fn there_are_many_trials_and_no_two_of_one_name() {
    let trials = trials(&[]);
    let mut names: Vec<_> = trials.iter().map(Trial::name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    assert!(all >= 1000, "{all}");
    for group in ["wire/", "errors/", "sends/", "events/", "files/"] {
        assert!(names.iter().filter(|name| name.starts_with(group)).count() > 100, "{group}");
    }
}

/// A mistake is named with its line.
#[test]
fn mistakes_in_files_have_lines() {
    let error = |text: &str| CaseFile::read("mine.json", text).expect_err("it has a mistake").to_string();
    let case = |members: &str| {
        format!("{{\n\"group\": \"wire\",\n\"cases\": [\n{{\"name\": \"a\",\n{members}}}\n]}}")
    };
    assert!(CaseFile::read("mine.json", "\u{feff}{\"group\": \"wire\", \"cases\": []}").is_ok());
    assert!(error("").starts_with("mine.json, line 1: EOF"));
    assert!(error("{\n\n\"group\": wire}").starts_with("mine.json, line 3: expected value"));
    assert!(
        error("{\"cases\": [],\n\"group\": \"wires\"}")
            .starts_with("mine.json, line 2: there is no group wires")
    );
    assert_eq!(
        error(&case("\"comand\": \"send\"")).split(',').nth(1),
        Some(" line 5: unknown field `comand`")
    );
    let told = error(&case("\"command\": \"send\", \"with\": [\"moods\"]"));
    assert_eq!(told, "mine.json, line 4: a: there are no permutations moods");
    let told = error(&case("\"command\": \"send\", \"replies\": [{\"body\": {}}], \"shows\": \"/result\""));
    assert_eq!(told, "mine.json, line 4: a: its reply has no place /result");
    let told = error(&case("\"command\": \"send\", \"replies\": [{\"body\": {}, \"text\": \"\"}]"));
    assert_eq!(told, "mine.json, line 4: a: a reply has either body or text");
    let told = error(&case("\"command\": \"send\",\n\"faults\": [{\"kind\": \"volcano\"}]"));
    assert_eq!(told, "mine.json, line 6: kind: there is no such fault");
    let told = error(&case("\"command\": \"send\", \"gateway\": {\"settings\": {\"reading\": 7}}"));
    assert!(told.starts_with("mine.json, line 4: a: gateway.settings.reading"), "{told}");
    let twice = "{\"group\": \"wire\", \"cases\": [{\"name\": \"a\", \"command\": \"seen\"},\n{\"name\": \"a\", \"command\": \"seen\"}]}";
    assert!(error(twice).contains("there are two cases a"));
}

/// The example of the README is one, and good clients pass it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_is_a_file_of_cases() {
    let readme = include_str!("../../README.md");
    let example =
        readme.split("```json\n").find(|text| text.starts_with("{\n  \"group\"")).expect("it is there");
    let example = example.split("```").next().expect("it ends");
    let trials = Trial::all(&[CaseFile::read("example", example).expect("it has no mistake")]);
    let names: Vec<_> = trials.iter().map(|trial| trial.name().to_owned()).collect();
    assert_eq!(names, ["wire/mine.check/as-is", "wire/mine.check/bom", "wire/mine.check/busy"]);
    let report =
        Runner::new(crate::example("rust")).run(trials, &KnownFailing::default()).await.expect("it runs");
    assert!(report.is_good(), "{}", report.table());
}
