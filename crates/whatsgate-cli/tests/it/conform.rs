//! `whatsgate conform`. What it finds, the tests of `whatsgate-conformance` show.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::support::{Ran, Running, run, whatsgate};

/// An adapter in the shell that has one command, at which it shows nothing.
const SHELL: &str = r#"echo '{"protocol":1,"client":"shell","commands":["seen"]}'
while read -r line; do id=${line#*:}; echo "{\"id\":${id%%,*}}"; done"#;

/// An adapter that starts a process, which keeps a pipe open; then it goes on with `then`.
#[cfg(unix)]
fn with_child(pipe: &Path, then: &str) -> Command {
    let adapter = format!(
        r#"sleep 1000 >'{}' 2>&1 </dev/null & echo '{{"protocol":1,"client":"parent","commands":["seen"]}}'; {then}"#,
        pipe.display()
    );
    let mut command = whatsgate();
    command.args(["conform", "--client", "sh", "--client-arg", "-c", "--client-arg", &adapter]);
    command.args(["--only", "wire/seen", "--processes", "1"]);
    command
}

/// Makes a pipe, and tells when the last process that keeps it open has ended.
#[cfg(unix)]
fn pipe(path: &Path) -> mpsc::Receiver<()> {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    let (send, receive) = mpsc::channel();
    let path = path.to_owned();
    std::thread::spawn(move || {
        let _ = fs::File::open(path).unwrap().read_to_end(&mut Vec::new());
        let _ = send.send(());
    });
    receive
}

/// Whether it ended by its input or had to be killed, nothing that an adapter started stays behind.
#[cfg(unix)]
#[test]
fn nothing_that_an_adapter_started_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let answers = SHELL.split_once('\n').unwrap().1;
    let hangs = "cat >/dev/null";
    // Its output stays open when it has ended.
    let leaves = "sleep 1000 & exit 7";
    for (name, then, deadline) in [
        ("ends", answers, "20s"),
        ("hangs", hangs, "1s"),
        ("dies", "exit 7", "20s"),
        ("leaves", leaves, "2s"),
    ] {
        let path = folder.path().join(name);
        let ended = pipe(&path);
        let ran = run(with_child(&path, then).args(["--deadline", deadline, "--give-up-after", "1"]));
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.err);
        ended.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("{name}: a process is left"));
    }
}

/// What came until then is reported, and nothing is left.
#[cfg(unix)]
#[test]
fn an_interrupted_run_is_reported() {
    for signal in ["INT", "TERM"] {
        let folder = tempfile::tempdir().unwrap();
        let (path, report) = (folder.path().join("pipe"), folder.path().join("report.json"));
        let ended = pipe(&path);
        // It fails the first trial, and tells so before it hangs at the next.
        let then =
            r#"read -r line; id=${line#*:}; echo "{\"id\":${id%%,*}}"; read -r line; echo ready >"$0"; cat"#;
        let ready = folder.path().join("ready");
        assert!(Command::new("mkfifo").arg(&ready).status().unwrap().success());
        let mut command = with_child(&path, then);
        command.arg("--client-arg").arg(&ready).args(["--report", "json", "--out"]).arg(&report);
        let running = Running::start(command.stderr(Stdio::piped()));
        assert_eq!(fs::read_to_string(&ready).unwrap(), "ready\n");
        let ran: Ran = running.end(signal);
        assert_eq!((ran.code, &*ran.err), (Some(1), "error: interrupted\n"));
        assert!(
            ran.out.contains("PROBLEM the run was stopped: it was interrupted; not run: "),
            "{}",
            ran.out
        );
        let report: serde_json::Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
        assert_eq!(report["stopped"], "it was interrupted");
        assert_eq!(report["trials"][0]["verdict"], "failed");
        assert_eq!(report["trials"][1]["verdict"], "not_run");
        ended.recv_timeout(Duration::from_secs(20)).expect("a process is left");
    }
}

#[test]
fn trials_are_listed() {
    let names = run(whatsgate().args(["conform", "--list", "--only", "sends/text"])).done();
    assert!(names.starts_with("sends/text/as-is\nsends/text/slow\n"), "{names}");
    let ran = run(whatsgate().args(["conform", "--list", "--only", "sned/*"]));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("--only sned/*: no trial is named like that; --list shows the names"),
        "{}",
        ran.err
    );
}

#[cfg(unix)]
#[test]
fn a_client_that_sends_nothing_does_not_conform() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.xml");
    let mut command = whatsgate();
    command.args(["conform", "--client", "sh", "--client-arg", "-c", "--client-arg", SHELL]);
    command.args(["--only", "wire/seen/as-is", "--only", "wire/typing/as-is"]);
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.starts_with("FAILED wire/seen/as-is\n  0 requests came, not 1 to 100\n"), "{}", ran.out);
    assert!(ran.out.contains("wire           0       1       0       1"), "{}", ran.out);
    let told = "the client does not conform: 1 of 2 trials failed; nothing was proved: no trial passed";
    assert!(ran.err.contains(told), "{}", ran.err);

    let json = run(whatsgate().args(command.get_args()).args(["--report", "json"]));
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["counts"], serde_json::json!({ "failed": 1, "skipped": 1 }));

    let json = run(whatsgate().args(command.get_args()).arg("--json"));
    assert_eq!(json.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["problems"], serde_json::json!(["nothing was proved: no trial passed"]));
    assert_eq!(json["failing"][0]["name"], "wire/seen/as-is");
    assert_eq!(json["failing"][0]["findings"], serde_json::json!(["0 requests came, not 1 to 100"]));

    let known = folder.path().join("known.txt");
    fs::write(&known, "\u{feff}wire/seen  # it sends nothing\n").unwrap();
    let mut command_with_list = whatsgate();
    command_with_list.args(command.get_args()).arg("--known-failing").arg(&known);
    let ran = run(command_with_list.args(["--report", "junit", "--out"]).arg(&report));
    assert_eq!(ran.code, Some(1), "{}{}", ran.out, ran.err);
    assert_eq!(ran.err, "error: the client does not conform: nothing was proved: no trial passed\n");
    assert!(fs::read_to_string(report).unwrap().contains("known: it sends nothing"));

    fs::write(&known, "wire/seen  # it sends nothing\nwire/sene  # misspelt\n").unwrap();
    let ran = run(&mut command_with_list);
    let told = "conform: no trial is named like wire/sene, a known failure; nothing was proved";
    assert!(ran.err.contains(told), "{}", ran.err);
}

#[test]
fn mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("mine.json");
    fs::write(&cases, "{\n\"group\": \"wire\",\n\"cases\": [{\"name\": \"a\", \"comand\": \"send\"}]}")
        .unwrap();
    let ran = run(whatsgate().args(["conform", "--list", "--cases"]).arg(&cases));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("mine.json, line 3: unknown field `comand`"), "{}", ran.err);
    let known = folder.path().join("known.txt");
    fs::write(&known, "wire/seen\n").unwrap();
    let mut command = whatsgate();
    let ran = run(command.args(["conform", "--client", "/nowhere/adapter", "--known-failing"]).arg(&known));
    assert!(ran.err.contains("known.txt: line 1: a pattern wants a reason"), "{}", ran.err);
    let ran = run(whatsgate().args(["conform", "--client", "/nowhere/adapter"]));
    assert_eq!(ran.code, Some(1));
    let told = "the adapter is of no use: it cannot be started: there is no file /nowhere/adapter";
    assert!(ran.err.contains(told), "{}", ran.err);
    let ran = run(whatsgate().args(["conform", "--client", "true", "--deadline", "0s"]));
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("longer than nothing, such as 300ms"), "{}", ran.err);
}

/// A report that cannot be kept is told before the adapter is started, and one that never comes leaves no trace.
#[test]
fn the_file_of_the_report_is_opened_first() {
    let folder = tempfile::tempdir().unwrap();
    let conform =
        |out: &Path| run(whatsgate().args(["conform", "--client", "/nowhere/adapter", "--out"]).arg(out)).err;
    let told = conform(&folder.path().join("none/report.xml"));
    assert!(told.contains("report.xml: it cannot be written") && !told.contains("adapter is of"), "{told}");
    assert!(conform(folder.path()).contains(": it cannot be written"));
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    fs::write(&old, "an old report").unwrap();
    for out in [&old, &new] {
        assert!(conform(out).contains("the adapter is of no use"));
    }
    // Nobody takes it for the report of this run.
    assert_eq!(fs::read_to_string(&old).unwrap(), "");
    assert!(!new.exists());
}

#[test]
fn a_report_does_not_take_the_place_of_what_the_run_reads() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("known.txt");
    fs::write(&list, "wire/*/bom # its parser").unwrap();
    let mut command = whatsgate();
    command.args(["conform", "--client", "true", "--out"]).arg(folder.path().join("./known.txt"));
    let ran = run(command.arg("--known-failing").arg(&list));
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("--out: the run reads this file"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&list).unwrap(), "wire/*/bom # its parser");
}
