//! Every command, for people and for scripts.

use std::time::Duration;

use crate::support::{Gateway, Transcript, directory, quiet};

#[test]
fn messages() {
    let gateway = Gateway::start(quiet());
    let mut transcript = Transcript::new(&gateway);
    transcript.run_both(&["send", "79991112233", "Hello"]);
    transcript.run_both(&["send", "79991112233", "Later", "--async"]);
    transcript.run(&["send", "79991112233@c.us", "By id"]);
    transcript.run(&["send", "--group", "4239048293082", "Hello, all"]);
    transcript.run_both(&["seen", "79991112233"]);
    transcript.run_both(&["typing", "79991112233"]);
    transcript.run_both(&["check", "+7 999 111-22-33"]);
    transcript.run_both(&["check", "79990000000"]);
    transcript.assert("messages");
}

#[test]
fn a_number_as_its_country_writes_it() {
    let gateway = Gateway::start(quiet());
    let mut transcript = Transcript::new(&gateway);
    transcript.run_both(&["send", "--country", "ru", "8 (999) 111-22-33", "Hello"]);
    transcript.run(&["check", "--country", "RU", "9991112233"]);
    transcript.run(&["seen", "--country", "ru", "89991112233"]);
    transcript.run(&["typing", "--country", "ru", "79991112233"]);
    transcript.run(&["sessions", "create", "Shop", "--pair", "8 999 000-11-22", "--country", "ru"]);
    transcript.assert("countries");
}

#[test]
fn a_quote_names_the_message_it_answers() {
    let gateway = Gateway::start(quiet());
    gateway.receive("Is it in stock?");
    let event = gateway.run(&["events", "--action", "message", "--json"]).json();
    let question = event["event_data"]["message"]["id"].as_str().unwrap();
    gateway.run(&["send", "79991112233", "Yes", "--quote", question]).done();
    let unknown = "false_79991112233@c.us_3EB0436AE1E682FF3A37";
    let failed = gateway.run(&["send", "79991112233", "Yes", "--quote", unknown, "--json"]);
    assert_eq!(failed.error(3)["gateway"], "message.quote: there is no such message");
}

#[test]
fn lists() {
    let gateway = Gateway::start(quiet());
    // Else the order of the chats would depend on whether a second passed.
    gateway.sandbox.move_clock(Duration::from_secs(10));
    gateway.receive("one\ntwo \u{1b}[31mred");
    let mut transcript = Transcript::new(&gateway);
    transcript.run(&["send", "79991112233", "Hello"]);
    transcript.run_both(&["chats"]);
    transcript.run_both(&["events"]);
    transcript.run(&["events", "--action", "MESSAGE"]);
    transcript.run(&["events", "--since", "2999-01-01 00:00:00"]);
    transcript.run(&["events", "--since", "2999-01-01"]);
    transcript.run(&["events", "--since", "1h", "--action", "message"]);
    transcript.run(&["events", "--all-sessions", "--action", "ready"]);
    transcript.assert("lists");
}

#[test]
fn files() {
    let gateway = Gateway::start(quiet());
    let directory = directory();
    std::fs::write(directory.path().join("прайс.csv"), "чай;120\n").unwrap();
    let sent = gateway
        .command()
        .current_dir(&directory)
        .args(["send", "79991112233", "--file", "прайс.csv", "The prices", "--json"])
        .output()
        .unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&sent.stdout).unwrap();
    let message = sent["message"]["id"].as_str().unwrap();
    let key = sent["message"]["mediaKey"].as_str().unwrap();
    let mut transcript = Transcript::new(&gateway);
    let mut run = |arguments: &[&str]| {
        transcript.record(gateway.command().current_dir(&directory).args(arguments));
    };
    run(&["send", "79991112233", "--file", "прайс.csv"]);
    std::fs::remove_file(directory.path().join("прайс.csv")).unwrap();
    run(&["media", message]);
    run(&["media", message, "-o", "by-id.csv"]);
    run(&["media", key, "-o", "by-key.csv", "--json"]);
    run(&["media", message, "-o", "-"]);
    transcript.assert("files");
}

#[test]
fn sessions() {
    let gateway = Gateway::start(quiet());
    let mut transcript = Transcript::new(&gateway);
    transcript.run_both(&["sessions", "rename", "Магазин"]);
    transcript.run_both(&["hook", "set", "http://127.0.0.1:9/hook/a-long-secret"]);
    transcript.run_both(&["sessions", "list"]);
    transcript.run_both(&["hook", "clear"]);
    transcript.run_both(&["sessions", "wait"]);
    transcript.run(&["sessions", "delete"]);
    transcript.run(&["sessions", "delete"]);
    transcript.run_both(&["sessions", "create", "Shop"]);
    transcript.assert("sessions");
    assert_eq!(gateway.run(&["sessions", "list", "--json"]).json()["sessions"].as_array().unwrap().len(), 2);
}

#[test]
fn a_session_is_linked_while_the_program_waits() {
    let gateway = Gateway::start(quiet());
    let mut transcript = Transcript::new(&gateway);
    transcript.run(&["sessions", "create", "Shop", "--wait"]);
    transcript.run(&["sessions", "create", "Shop", "--pair", "79990001122", "--wait"]);
    transcript.run(&["sessions", "create", "Shop", "--wait", "--json"]);
    transcript.run(&["sessions", "create", "Shop", "--pair", "79990001122", "--wait", "--json"]);
    transcript.assert("linking");
}

#[test]
fn a_deleted_session_is_told_to_scripts() {
    let gateway = Gateway::start(quiet());
    let deleted = gateway.run(&["sessions", "delete", "--json"]).json();
    assert_eq!(deleted["session"]["unique_id"], gateway.session.as_str());
    assert!(gateway.sandbox.session_state(&gateway.session).is_none());
}
