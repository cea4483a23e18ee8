//! `whatsgate drift`.

use std::fs;
use std::path::Path;

use whatsgate_canary::{KEY, PHONE};

use crate::support::{run, whatsgate};

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
    let told = run(whatsgate().arg("drift").arg(folder.path())).done();
    assert_eq!(
        told,
        "error: not JSON (1)\n\
         event /event_action: unknown word call (1)\n\
         send /result/*: unknown member, string (1)\n\
         send /result/secret: unknown member, string (1)\n\
         send /result/type: unknown word hologram (1)\n\
         3 replies and events hold 5 things that the schemas do not know\n"
    );
    let json = run(whatsgate().args(["drift", "--json"]).arg(folder.path())).json();
    assert_eq!((json["noted"].as_u64(), json["total"].as_u64()), (Some(3), Some(5)));
    assert_eq!(json["drift"][4]["place"], "/result/type");
    assert_eq!(json["drift"][4]["kind"], "word");
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
    assert!(ran.err.contains("mine.json, line 2: no recorded exchange or event"), "{}", ran.err);
}
