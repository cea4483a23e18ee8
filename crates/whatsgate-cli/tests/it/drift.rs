//! `whatsgate drift`.

use std::fs;
use std::path::Path;

use whatsgate_canary::{KEY, PHONE};

use crate::support::{run, run_with_input, whatsgate};

#[test]
fn what_is_not_known_is_told_without_values() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!(
        r#"{{"command":"send","request":{{"body":{{}}}},"response":{{"status":200,"body":{{"result":{{"id":"x","{PHONE}":"{KEY}",
            "type":"hologram","secret":"{KEY}"}}}}}}}}
           {{"event":"call","body":{{"id":1,"event_action":"call","event_data":{{"from":"{PHONE}"}}}},"reply":null}}
           {{"command":"seen","response":{{"status":502,"body":"<html>{PHONE}</html>"}}}}
           {{"command":"seen","response":null}}"#
    );
    fs::write(folder.path().join("all.jsonl"), &line).unwrap();
    fs::write(folder.path().join("notes.txt"), "not a recording").unwrap();
    fs::create_dir(folder.path().join("more")).unwrap();
    let ran = run(whatsgate().arg("drift").arg(folder.path()));
    let skipped = |name: &str| folder.path().join(name).display().to_string();
    assert_eq!(
        ran.err,
        format!(
            "note: {}: skipped, a folder in a folder\n\
             note: {}: skipped, neither .json nor .jsonl\n\
             note: exchanges without a reply: 1\n",
            skipped("more"),
            skipped("notes.txt")
        )
    );
    assert_eq!(
        ran.done(),
        "error: not JSON (1)\n\
         event /event_action: unknown word call (1)\n\
         send /result/<hidden>: unknown member, string (1)\n\
         send /result/secret: unknown member, string (1)\n\
         send /result/type: unknown word hologram (1)\n\
         <hidden> stands for names and words that may be private, and for those of a map\n\
         3 replies and events hold 5 things that the schemas do not know\n"
    );
    let json = run(whatsgate().args(["drift", "--json"]).arg(folder.path())).json();
    assert_eq!((json["noted"].as_u64(), json["total"].as_u64()), (Some(3), Some(5)));
    assert_eq!(json["drift"][4]["place"], "/result/type");
    assert_eq!(json["drift"][4]["kind"], "word");
    assert_eq!((json["skippedCount"].as_u64(), json["unanswered"].as_u64()), (Some(2), Some(1)));
    assert_eq!(json["skipped"][0]["file"], skipped("more"));
}

/// What a kit of a newer version recorded, or somebody misspelt.
#[test]
fn unknown_commands_are_told() {
    let line = r#"{"command":"sned","response":{"status":200,"body":{}}}"#;
    let ran = run_with_input(whatsgate().args(["drift", "-"]), line.as_bytes());
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.starts_with("sned: unknown command, not looked into (1)\n"), "{}", ran.out);
    assert!(ran.err.contains("no reply of a known command"), "{}", ran.err);
}

#[test]
fn nothing_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("empty.json"), "\n").unwrap();
    fs::write(folder.path().join("notes.txt"), "{}").unwrap();
    let ran = run(whatsgate().arg("drift").arg(folder.path()));
    assert_eq!((ran.code, &*ran.out), (Some(1), ""));
    assert!(
        ran.err.contains("notes.txt: skipped") && ran.err.contains("nothing was looked into"),
        "{}",
        ran.err
    );
    let ran = run_with_input(whatsgate().args(["drift", "-"]), b"");
    assert_eq!((ran.code, &*ran.out), (Some(1), ""));
    let ran = run_with_input(whatsgate().args(["drift", "-"]), br#"{"command":"seen","response":null}"#);
    assert_eq!((ran.code, &*ran.out), (Some(1), ""));
    assert!(ran.err.contains("exchanges without a reply: 1"), "{}", ran.err);
}

/// Bad lines cost nothing of the others.
#[test]
fn the_rest_of_a_broken_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one.jsonl"), folder.path().join("two.json"));
    let good =
        |name: &str| format!(r#"{{"command":"seen","response":{{"status":200,"body":{{"{name}":1}}}}}}"#);
    let lines = [
        format!("\u{feff}{}", good("first")),
        format!(r#"{{"command":"seen","{PHONE}"#),
        good("third"),
        "garbage".to_owned(),
        "and more".to_owned(),
        format!(r#"{{"command":7,"body":"{PHONE}"}}"#),
        "{}".to_owned(),
        good("eighth"),
        String::new(),
    ];
    let mut bytes = lines.join("\r\n").into_bytes();
    bytes.extend(b"\xff\xfe\n");
    bytes.extend(good("last").bytes());
    fs::write(&one, bytes).unwrap();
    // Broken in its middle, over lines; and a good one over lines.
    let broken = "{\n  \"command\": \"seen\",\n  \"response\": {\n  {},\n}\n";
    let whole =
        "{\n  \"command\": \"seen\",\n  \"response\": {\"status\": 200, \"body\": {\"second\": 1}}\n}\n";
    fs::write(&two, format!("{broken}{whole}")).unwrap();
    let mut command = whatsgate();
    command.arg("drift").args([&one, &two]).arg(folder.path().join("none.json"));
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(1));
    for name in ["first", "third", "eighth", "last", "second"] {
        assert!(
            ran.out.contains(&format!("seen /{name}: unknown member, number (1)")),
            "{name}: {}",
            ran.out
        );
    }
    let told = ran.err.replace(&format!("{}/", folder.path().display()), "");
    let why = "neither a recorded exchange nor an event";
    let wanted = [
        "one.jsonl:2",
        "one.jsonl:4",
        "one.jsonl:5",
        "one.jsonl:6",
        "one.jsonl:7",
        "one.jsonl:9",
        "two.json:1",
    ];
    let wanted: String = wanted.map(|place| format!("note: {place}: {why}\n")).concat();
    assert!(told.starts_with(&wanted), "{told}");
    assert!(told.contains("note: none.json: it cannot be read: "), "{told}");
    assert!(told.ends_with("error: not read: 8 lines or files; the others were looked into\n"), "{told}");
    let ran = run(command.arg("--json"));
    assert_eq!(ran.code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((json["noted"].as_u64(), json["unreadCount"].as_u64()), (Some(5), Some(8)));
    assert_eq!(json["unread"][0]["line"], 2);
}

/// The documented exchanges hold little that is new: what they themselves have and the schemas leave out.
#[test]
fn the_fixtures_are_known() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/documented");
    let told = run(whatsgate().arg("drift").arg(fixtures)).done();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("drift_of_fixtures", told);
    });
}

#[test]
fn what_is_no_recording_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.json");
    fs::write(&file, format!("{{\"command\":\"seen\",\"response\":null}}\n{{\"command\":\"{PHONE}\""))
        .unwrap();
    let ran = run(whatsgate().arg("drift").arg(&file));
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("mine.json:2: neither a recorded exchange nor an event"), "{}", ran.err);
}
