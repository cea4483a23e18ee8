//! Programs that run until they are interrupted.

use std::process::Stdio;
use std::time::{Duration, Instant};

use whatsgate_canary::KEY;
use whatsgate_sandbox::DeliveryOutcome;

use crate::support::{Gateway, Ran, Running, directory, names, quiet, run, wait_until, whatsgate};

#[test]
fn events_are_followed_until_interrupted() {
    let gateway = Gateway::start(quiet());
    let mut events =
        Running::start(gateway.command().args(["events", "--follow", "--interval", "1", "--json"]));
    events.line(r#""event_action":"ready""#);
    gateway.receive("Are you there?");
    let line = events.line("Are you there?");
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["event_action"], "message");
    assert_eq!(events.signal("INT").code(), Some(0));
}

#[test]
fn a_webhook_is_received_and_acknowledged() {
    let gateway = Gateway::start(quiet());
    let mut listen =
        Running::start(whatsgate().args(["listen", "--bind", "127.0.0.1:0", "--path", "/hook/secret"]));
    let line = listen.line("receiving events at ");
    let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap().trim_end_matches(';');
    gateway.run(&["hook", "set", url]).done();
    gateway.receive("Are you there?");
    assert!(listen.line("message").contains("from 79991112233: Are you there?"));
    let start = Instant::now();
    let record = loop {
        if let Some(record) = gateway.sandbox.delivery_records().pop() {
            break record;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "no delivery came to its end");
        std::thread::yield_now();
    };
    assert_eq!(record.outcome, DeliveryOutcome::Acknowledged);
    assert_eq!(listen.signal("INT").code(), Some(0));
}

/// Starts a sandbox in a process of its own and returns commands for it.
fn sandbox(arguments: &[&str]) -> (Running, impl Fn(&[&str]) -> Ran + use<>, String) {
    let mut running =
        Running::start(whatsgate().args(["sandbox", "--bind", "127.0.0.1:0", "--json"]).args(arguments));
    let printed: serde_json::Value = serde_json::from_str(&running.line("base_url")).unwrap();
    let text = move |name: &str| printed[name].as_str().unwrap().to_owned();
    let session = text("session");
    let command = move |arguments: &[&str]| {
        run(whatsgate()
            .env("WHATSGATE_BASE_URL", text("base_url"))
            .env("WHATSGATE_API_KEY", text("api_key"))
            .env("WHATSGATE_SESSION", text("session"))
            .args(arguments))
    };
    (running, command, session)
}

#[test]
fn a_sandbox_serves_other_processes() {
    let (sandbox, command, session) = sandbox(&["--echo"]);
    assert!(command(&["send", "79991112233", "Hello"]).done().starts_with("sent"));
    assert!(command(&["chats"]).done().contains("Vasily"));
    let sessions = command(&["sessions", "list", "--json"]).json();
    assert_eq!(sessions["sessions"][0]["unique_id"], session.as_str());
    assert_eq!(sandbox.signal("TERM").code(), Some(0));
}

#[test]
fn a_sandbox_tells_people_what_to_set() {
    let mut running =
        Running::start(whatsgate().args(["sandbox", "--bind", "127.0.0.1:0", "--key", KEY, "--admin"]));
    let mut command = whatsgate();
    for name in ["WHATSGATE_BASE_URL", "WHATSGATE_API_KEY", "WHATSGATE_SESSION"] {
        let line = running.line(&format!("export {name}="));
        command.env(name, line.trim().split_once('=').unwrap().1);
    }
    running.line("/admin/v1/write");
    run(command.arg("chats")).done();
    assert_eq!(running.signal("INT").code(), Some(0));
}

#[test]
fn a_sandbox_goes_on_from_its_state_and_records() {
    let directory = directory();
    let state = directory.path().join("state.json");
    let record = directory.path().join("record");
    let arguments = ["--state", state.to_str().unwrap(), "--record", record.to_str().unwrap()];
    let (first, command, session) = sandbox(&arguments);
    command(&["send", "79991112233", "Hello"]).done();
    assert_eq!(first.signal("INT").code(), Some(0));
    assert!(names(&record).iter().any(|name| name.contains("send")), "{:?}", names(&record));
    let (second, command, same) = sandbox(&arguments);
    assert_eq!(session, same);
    assert!(command(&["events", "--action", "create"]).done().contains("Hello"));
    assert_eq!(second.signal("INT").code(), Some(0));
}

#[test]
fn a_killed_sandbox_has_lost_nothing_it_acknowledged() {
    let directory = directory();
    let state = directory.path().join("state.json");
    let arguments = ["--state", state.to_str().unwrap()];
    let created = |command: &dyn Fn(&[&str]) -> Ran| {
        let events = command(&["events", "--action", "create", "--json"]).done();
        let events = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        events.map(|event| event["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let (first, command, _) = sandbox(&arguments);
    for text in ["one", "two", "three"] {
        command(&["send", "79991112233", text]).done();
    }
    let before = created(&command);
    assert_eq!(before.len(), 3);
    assert_eq!(first.signal("KILL").code(), None);
    let (second, command, _) = sandbox(&arguments);
    assert_eq!(created(&command), before);
    command(&["send", "79991112233", "four"]).done();
    let after = created(&command);
    assert!(after.len() == 4 && after[3] > before[2], "{before:?} {after:?}");
    assert_eq!(second.signal("INT").code(), Some(0));
}

#[test]
fn a_sandbox_decides_open_questions() {
    let (sandbox, command, _) =
        sandbox(&["--set", "create_events=false", "--set", "event_order=newest_first"]);
    command(&["send", "79991112233", "Hello"]).done();
    let events = command(&["events", "--json"]).done();
    assert!(!events.contains("\"create\""), "{events}");
    assert_eq!(sandbox.signal("INT").code(), Some(0));
}

#[test]
fn a_sandbox_has_the_faults_of_a_file() {
    let directory = directory();
    let faults = directory.path().join("faults.json");
    std::fs::write(&faults, r#"[{"on":"send","times":1,"kind":"close_after"}]"#).unwrap();
    let (sandbox, command, _) = sandbox(&["--faults", faults.to_str().unwrap()]);
    assert_eq!(command(&["send", "79991112233", "Hello"]).code, Some(3));
    assert_eq!(command(&["send", "79991112233", "Hello"]).code, Some(0));
    assert_eq!(sandbox.signal("INT").code(), Some(0));
}

#[test]
fn a_fault_that_can_never_happen_is_refused_with_its_place() {
    let directory = directory();
    let faults = directory.path().join("faults.json");
    std::fs::write(&faults, r#"[{"kind":"close_after"},{"on":"sned","kind":"close_after"}]"#).unwrap();
    let mut command = whatsgate();
    let refused = run(command.args(["sandbox", "--bind", "127.0.0.1:0", "--faults"]).arg(&faults));
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("rules[1].on: there is no such command"), "{}", refused.err);
}

#[test]
fn a_sandbox_logs_requests_and_webhooks_without_what_is_private() {
    let directory = directory();
    let faults = directory.path().join("faults.json");
    std::fs::write(&faults, r#"[{"on":"check","times":1,"kind":"close_after"}]"#).unwrap();
    let mut command = whatsgate();
    command.args(["sandbox", "--bind", "127.0.0.1:0", "--key", KEY, "-v", "--faults"]).arg(&faults);
    let mut sandbox = Running::start(command.stderr(Stdio::piped()));
    let environment = ["WHATSGATE_BASE_URL", "WHATSGATE_API_KEY", "WHATSGATE_SESSION"].map(|name| {
        let line = sandbox.line(&format!("export {name}="));
        (name, line.trim().split_once('=').unwrap().1.to_owned())
    });
    let run = |arguments: &[&str]| run(whatsgate().envs(environment.clone()).args(arguments)).done();
    let mut listen = Running::start(whatsgate().args(["listen", "--bind", "127.0.0.1:0"]));
    let line = listen.line("receiving events at ");
    let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap().trim_end_matches(';');
    run(&["hook", "set", url]);
    run(&["send", "79991112233", "a private text"]);
    run(&["check", "79991112233"]);
    listen.line("a private text");
    // The next one is posted once this one is acknowledged.
    listen.line(" ack ");
    let log = sandbox.end("INT").err;
    for said in [
        "answered command=\"send\" status=200 milliseconds=",
        "hung up without an answer command=\"check\"",
        "webhook posted event=",
        "outcome=Acknowledged",
    ] {
        assert!(log.contains(said), "no {said:?} in {log}");
    }
    assert!(!log.contains("private") && !log.contains("79991112233"), "{log}");
}

#[test]
fn a_sandbox_links_by_hand() {
    let (sandbox, command, _) = sandbox(&["--admin", "--manual-scan"]);
    let created = command(&["sessions", "create", "Shop", "--json"]).json();
    let id = created["session"]["unique_id"].as_str().unwrap().to_owned();
    let waited = command(&["sessions", "wait", "--deadline", "3", "--session", &id, "--json"]);
    assert_eq!(waited.error(1)["kind"], "notReady");
    assert_eq!(sandbox.signal("INT").code(), Some(0));
}

/// A store that outlives a sandbox would take the events of the next one for those that it has.
#[test]
fn a_sandbox_that_starts_again_numbers_its_events_anew() {
    let numbers = || {
        let (running, command, _) = sandbox(&[]);
        command(&["send", "79991112233", "Hello"]).done();
        let listed = command(&["events", "--json"]).done();
        assert_eq!(running.signal("INT").code(), Some(0));
        let number =
            |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_u64().unwrap();
        listed.lines().map(number).collect::<Vec<_>>()
    };
    let first = numbers();
    assert!(!first.is_empty());
    // They rise by ten a second.
    wait_until("its events have later numbers", || first.last() < numbers().first());
}
