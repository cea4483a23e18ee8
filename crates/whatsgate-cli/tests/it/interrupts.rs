//! What is said when somebody asks the program to end in the middle.

use std::process::Stdio;
use std::time::{Duration, Instant};

use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Scan, Settings};

use crate::support::{Gateway, Ran, Running, quiet};

fn start(gateway: &Gateway, arguments: &[&str]) -> Running {
    Running::start(gateway.command().args(arguments).stderr(Stdio::piped()))
}

#[test]
fn a_change_may_have_taken_effect() {
    for signal in ["INT", "TERM"] {
        let fault = FaultRule::new(Fault::Drip { bytes: 1, ms: 60_000 }).on("send");
        let gateway = Gateway::start(Settings { faults: vec![fault], ..quiet() });
        let sending = start(&gateway, &["send", "79991112233", "Hello", "--json"]);
        let begun = Instant::now();
        while gateway.run(&["events", "--action", "create"]).done().is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(20), "nothing was sent");
        }
        let error = sending.end(signal).error(3);
        assert_eq!((&error["kind"], &error["outcome"]), (&"interrupted".into(), &"unknown".into()));
        assert_eq!(error["message"], "interrupted; it may have taken effect");
    }
}

#[test]
fn before_anything_is_sent_nothing_was_sent() {
    let gateway = Gateway::start(quiet());
    let mut command = gateway.command();
    command.args(["send", "79991112233", "-", "--json"]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than a pipe holds: once it is written, the program is reading.
    std::io::Write::write_all(&mut input, &vec![b'a'; 200_000]).unwrap();
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let ran: Ran = child.wait_with_output().unwrap().into();
    let error = ran.error(1);
    assert_eq!(
        (&error["message"], &error["outcome"]),
        (&"interrupted; nothing was sent".into(), &"notSent".into())
    );
    drop(input);
}

#[test]
fn a_question_has_no_effect() {
    let gateway = Gateway::start(Settings { scan: Scan::OnDemand, ..quiet() });
    let created = gateway.run(&["sessions", "create", "Shop", "--json"]).json();
    let session = created["session"]["unique_id"].as_str().unwrap();
    let mut waiting = start(&gateway, &["sessions", "wait", "-s", session]);
    waiting.line("http");
    let ran = waiting.end("INT");
    assert_eq!((ran.code, &*ran.err), (Some(1), "error: interrupted\n"));
}

#[test]
fn a_session_that_was_created_is_named() {
    let gateway = Gateway::start(Settings { scan: Scan::OnDemand, ..quiet() });
    let mut waiting = start(&gateway, &["sessions", "create", "Shop", "--wait"]);
    let line = waiting.line("created session");
    let session = line.split_whitespace().last().unwrap().to_owned();
    let ran = waiting.end("INT");
    assert_eq!(ran.code, Some(3));
    assert!(ran.err.contains(&format!("Session {session} is still there")), "{}", ran.err);
    let late = gateway.run(&["sessions", "create", "Shop", "--wait", "--deadline", "1", "--json"]).error(3);
    assert_eq!(late["kind"], "notReady");
    assert_eq!(late["session"].as_str().unwrap().len(), session.len());
}

/// Interrupts the demo while it waits for the account to be linked.
fn interrupted_demo(faults: Vec<FaultRule>) -> (Gateway, String, Ran) {
    let gateway = Gateway::start(Settings { scan: Scan::OnDemand, faults, ..quiet() });
    let mut command = gateway.command();
    command.env_remove("WHATSGATE_SESSION").args(["demo", "--to", "79991112233", "--yes"]);
    let mut demo = Running::start(command.stderr(Stdio::piped()));
    let line = demo.line("Created session");
    let session = line.split_whitespace().last().unwrap().to_owned();
    demo.line("http");
    let ran = demo.end("INT");
    (gateway, session, ran)
}

#[test]
fn the_demo_deletes_the_session_that_it_made() {
    let (gateway, session, ran) = interrupted_demo(Vec::new());
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.out.contains("Deleted the session"), "{}", ran.out);
    let left = gateway.run(&["sessions", "list", "--json"]).done();
    assert!(!left.contains(&session) && left.contains(gateway.session.as_str()), "{left}");
}

#[test]
fn the_demo_names_the_session_that_it_could_not_delete() {
    let fault = Fault::Error { form: ErrorForm::BadGateway, acts: Some(false) };
    let (_, session, ran) = interrupted_demo(vec![FaultRule::new(fault).on("session-delete")]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains(&format!("whatsgate sessions delete -s {session}")), "{}", ran.err);
}
