//! `whatsgate conform`. What it finds, the tests of `whatsgate-conformance` show.

use std::fs;

use crate::support::{run, whatsgate};

/// An adapter in the shell that has one command, at which it shows nothing.
const SHELL: &str = r#"echo '{"protocol":1,"client":"shell","commands":["seen"]}'
while read -r line; do id=${line#*:}; echo "{\"id\":${id%%,*}}"; done"#;

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

    let known = folder.path().join("known.txt");
    fs::write(&known, "wire/seen  # it sends nothing\n").unwrap();
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
    assert!(ran.err.contains("the adapter is of no use: it cannot be started"), "{}", ran.err);
}
