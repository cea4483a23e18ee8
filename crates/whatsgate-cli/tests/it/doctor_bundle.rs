//! What `whatsgate doctor --bundle` packs, and what never is in it.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use flate2::read::GzDecoder;
use serde_json::Value;
use whatsgate_canary::{PHONE, TEXT, assert_hidden};
use whatsgate_sandbox::model::ChatId;
use whatsgate_sandbox::{Incoming, Settings};

use crate::support::{Gateway, Running, directory, names, quiet, run, wait_until};

/// The files of a bundle.
fn unpacked(path: &Path) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(GzDecoder::new(std::fs::File::open(path).unwrap()));
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (name.strip_prefix("whatsgate-doctor/").unwrap().to_owned(), text)
    });
    entries.collect()
}

const PARTS: [&str; 6] =
    ["errors.json", "events.json", "findings.json", "findings.txt", "store.json", "system.json"];

#[test]
fn nothing_private_is_in_it() {
    let gateway = Gateway::start(Settings { unregistered_suffix: "none".to_owned(), ..quiet() });
    let folder = directory();
    let named = gateway.sandbox.ready_session(TEXT);
    gateway.sandbox.ready_session(PHONE);
    let customer = ChatId::new(format!("{PHONE}@c.us")).unwrap();
    gateway.sandbox.receive(&gateway.session, Incoming::text(customer, TEXT)).unwrap();
    let command = |arguments: &[&str]| -> Command {
        let mut command = gateway.command();
        command.current_dir(&folder).args(arguments);
        command
    };
    let secret = "0123456789abcdef0123456789abcdef";
    run(&mut command(&["hook", "set", &format!("http://127.0.0.1:9/{secret}")])).done();
    run(&mut command(&["send", PHONE, TEXT, "--key", PHONE])).done();
    let handle = ["events", "--consumer", "bot", "--from", "beginning", "--interval", "1", "--tries", "1"];
    let mut failing = command(&handle);
    failing.args(["--exec", &format!("sh -c 'echo {PHONE} >&2; exit 1'")]);
    let running = Running::start(failing.stderr(Stdio::piped()));
    let letters = || run(command(&["events", "dead-letters", "list", "--json"]).arg("--consumer").arg("bot"));
    wait_until("the events are given up", || letters().out.contains("position"));
    running.signal("TERM");

    for (language, session) in [("en", gateway.session.as_str()), ("ru", ""), ("en", PHONE), ("ru", TEXT)] {
        let bundle = folder.path().join("bundle.tar.gz");
        for json in [&[][..], &["--json"]] {
            let mut doctor = command(&["doctor", "--lang", language, "--yes", "--force", "--bundle"]);
            let ran = run(doctor.arg(&bundle).args(json).env("WHATSGATE_SESSION", session));
            assert!(matches!(ran.code, Some(0 | 1)), "{}", ran.err);
            for shown in [&ran.out, &ran.err] {
                assert_hidden(shown);
                assert!(!shown.contains(secret));
            }
            let parts = unpacked(&bundle);
            assert_eq!(parts.keys().collect::<Vec<_>>(), PARTS);
            for (name, text) in &parts {
                assert_hidden(text);
                for private in [secret, gateway.session.as_str(), named.as_str(), "127.0.0.1:9", "bot"] {
                    assert!(!text.contains(private), "{private} in {name}: {text}");
                }
                assert!(!text.contains(folder.path().to_str().unwrap()), "{name}: {text}");
            }
        }
    }
}

#[test]
fn it_holds_what_support_needs() {
    let gateway = Gateway::start(quiet());
    let folder = directory();
    gateway.receive("Hello");
    let mut doctor = gateway.command();
    doctor.current_dir(&folder).env("WHATSGATE_API_KEY", "wrong");
    run(doctor.args(["doctor", "--bundle", "wrong.tar.gz", "--yes"]));
    let parts = unpacked(&folder.path().join("wrong.tar.gz"));
    assert!(parts["findings.txt"].contains("does not accept the key"), "{}", parts["findings.txt"]);
    let json = |name: &str| serde_json::from_str::<Value>(&parts[name]).unwrap();
    assert_eq!(json("errors.json")["met"][0]["kind"], "unauthorized 401");
    assert_eq!(json("system.json")["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json("system.json")["settings"]["WHATSGATE_API_KEY"], true);

    let mut doctor = gateway.command();
    doctor.current_dir(&folder).args(["doctor", "--bundle", "right.tar.gz", "--yes"]);
    let listed = run(&mut doctor).out;
    let parts = unpacked(&folder.path().join("right.tar.gz"));
    for (name, text) in &parts {
        let line = listed.lines().find(|line| line.trim_start().starts_with(name.as_str())).unwrap();
        assert!(line.contains(&text.len().to_string()), "{line} {}", text.len());
    }
    let events: Value = serde_json::from_str(&parts["events.json"]).unwrap();
    assert_eq!(events["message"]["places"]["/event_data/message/body"]["string"], 1, "{events}");
}

#[test]
fn nobody_is_asked_in_vain_and_nothing_is_overwritten() {
    let gateway = Gateway::start(quiet());
    let folder = directory();
    let doctor = |arguments: &[&str]| {
        run(gateway
            .command()
            .current_dir(&folder)
            .args(["doctor", "--bundle", "bundle.tar.gz"])
            .args(arguments))
    };
    // Standard input is no terminal.
    let ran = doctor(&[]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("--yes"), "{}", ran.err);
    assert!(names(folder.path()).is_empty());
    doctor(&["--yes"]).done();
    let before = std::fs::read(folder.path().join("bundle.tar.gz")).unwrap();
    let ran = doctor(&["--yes"]);
    assert_eq!((ran.code, std::fs::read(folder.path().join("bundle.tar.gz")).unwrap()), (Some(2), before));
    assert!(ran.err.contains("--force"), "{}", ran.err);
    doctor(&["--yes", "--force"]).done();
    assert_eq!(names(folder.path()), ["bundle.tar.gz"]);
    // It may be the store.
    std::fs::write(folder.path().join("bundle.tar.gz"), "SQLite format 3").unwrap();
    let ran = doctor(&["--yes", "--force"]);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert_eq!(std::fs::read(folder.path().join("bundle.tar.gz")).unwrap(), b"SQLite format 3");
}
