//! Files through pipes, over other files, and in constant memory.

use std::process::Stdio;

use whatsgate_sandbox::{Fault, FaultRule, Settings};

use crate::support::{Gateway, directory, names, quiet, run, run_with_input};

fn send(gateway: &Gateway, content: &[u8], more: &[&str]) -> String {
    let arguments = [&["send", "79991112233", "--file", "-", "--json"], more].concat();
    let sent = run_with_input(gateway.command().args(arguments), content).json();
    sent["message"]["id"].as_str().unwrap().to_owned()
}

/// Bytes that do not repeat soon, and are no text.
fn bytes(length: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(length).collect()
}

#[test]
fn through_pipes_every_byte_is_the_same() {
    let gateway = Gateway::start(quiet());
    let content = bytes(3_000_001);
    let message = send(&gateway, &content, &["--name", "dump.bin"]);
    let fetched = gateway.command().args(["media", &message, "-o", "-"]).output().unwrap();
    assert!(fetched.status.success() && fetched.stderr.is_empty());
    assert!(fetched.stdout == content);
}

#[test]
fn a_file_that_exists_stays_unless_forced() {
    let gateway = Gateway::start(quiet());
    let directory = directory();
    let message = send(&gateway, b"new", &["--name", "own.txt"]);
    let own = directory.path().join("own.txt");
    let fetch = |more: &[&str]| {
        run(gateway.command().current_dir(&directory).args(["media", &message, "--json"]).args(more))
    };
    std::fs::write(&own, "old").unwrap();
    for arguments in [&[][..], &["-o", "own.txt"], &["-o", "."]] {
        let message = fetch(arguments).error(1)["message"].to_string();
        assert!(message.contains("own.txt: it exists; --force replaces it"), "{message}");
        assert_eq!(std::fs::read(&own).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["own.txt"]);
    }
    assert_eq!(fetch(&["--force"]).json()["bytes"], 3);
    assert_eq!(std::fs::read(&own).unwrap(), b"new");
    assert_eq!(names(directory.path()), ["own.txt"]);
}

#[test]
fn the_senders_name_leads_nowhere_else() {
    let gateway = Gateway::start(quiet());
    for (name, kept) in
        [("../../escape.txt", "escape.txt"), ("..", "media.bin"), (".profile", "profile"), ("a\\b", "b")]
    {
        let message = send(&gateway, b"content", &["--name", name]);
        let directory = directory();
        let saved = run(gateway.command().current_dir(&directory).args(["media", &message, "--json"])).json();
        assert_eq!(
            (saved["path"].as_str(), &names(directory.path())[..]),
            (Some(kept), &[kept.to_owned()][..])
        );
    }
}

#[test]
fn a_transfer_that_breaks_leaves_nothing() {
    let fault = FaultRule::new(Fault::BreakOff { bytes: 100_000 }).on("get-messagemedia");
    let gateway = Gateway::start(Settings { faults: vec![fault], ..quiet() });
    let message = send(&gateway, &bytes(500_000), &["--name", "dump.bin"]);
    let directory = directory();
    let ran = run(gateway.command().current_dir(&directory).args(["media", &message, "--json"]));
    assert_eq!(ran.error(1)["kind"], "connection");
    assert!(names(directory.path()).is_empty());
}

#[test]
fn an_interrupted_transfer_leaves_nothing() {
    let fault = FaultRule::new(Fault::Drip { bytes: 1000, ms: 20 }).on("get-messagemedia");
    let gateway = Gateway::start(Settings { faults: vec![fault], ..quiet() });
    let message = send(&gateway, &bytes(10_000_000), &["--name", "dump.bin"]);
    let directory = directory();
    let mut command = gateway.command();
    command.current_dir(&directory).args(["media", &message]).stderr(Stdio::null());
    let running = crate::support::Running::start(&mut command);
    while names(directory.path()).is_empty() {
        std::thread::yield_now();
    }
    while std::fs::read_dir(directory.path())
        .unwrap()
        .all(|entry| entry.unwrap().metadata().unwrap().len() == 0)
    {
        std::thread::yield_now();
    }
    assert_eq!(running.signal("INT").code(), Some(1));
    assert!(names(directory.path()).is_empty());
}

#[test]
fn the_type_can_be_overridden() {
    let gateway = Gateway::start(quiet());
    let arguments = ["send", "79991112233", "--file", "-", "--name", "x", "--json"];
    let sent = |more: &[&str]| {
        run_with_input(gateway.command().args(arguments).args(more), b"content").json()["message"]["type"]
            .to_string()
    };
    assert_eq!(sent(&[]), "\"document\"");
    assert_eq!(sent(&["--mime", "image/png"]), "\"image\"");
    assert_eq!(sent(&["--mime", "image/png", "--as", "doc"]), "\"document\"");
}
