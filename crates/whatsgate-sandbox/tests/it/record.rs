//! Every exchange as a fixture.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use whatsgate_sandbox::{Fault, FaultRule, Sandbox, Settings, StartError};

use crate::http::call;

/// Names and contents of the files in a folder, once there are that many.
async fn fixtures(folder: &Path, count: usize) -> Vec<(String, Value)> {
    loop {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut fixtures: Vec<_> = files
            .filter_map(|path| {
                let fixture = serde_json::from_slice(&fs::read(&path).unwrap()).ok()?;
                Some((path.file_name().unwrap().to_str().unwrap().to_owned(), fixture))
            })
            .collect();
        if fixtures.len() == count {
            fixtures.sort_by(|(left, _), (right, _)| left.cmp(right));
            return fixtures;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn requests_and_webhooks_are_written_without_keys() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        Settings { record: Some(folder.path().to_owned()), webhook_repeats: 0, ..Settings::default() };
    let sandbox = Sandbox::start(settings.clone()).await.unwrap();
    let session = sandbox.ready_session("Shop");
    let check = json!({ "WhatsappID": session, "number": "79991112233" });
    call(&sandbox, "check", check.to_string()).await.unwrap();
    call(&sandbox, "%2e%2e%2fcheck", "no JSON".to_owned()).await.unwrap();
    sandbox.set_faults(0, &[FaultRule::new(Fault::CloseAfter)]);
    call(&sandbox, "check", check.to_string()).await.unwrap_err();
    let written = fixtures(folder.path(), 3).await;
    let names: Vec<&str> = written.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["000001.check.json", "000002.unknown.json", "000003.check.json"]);
    let first = &written[0].1;
    assert_eq!((&first["command"], &first["confidence"]), (&json!("check"), &json!("recorded")));
    assert_eq!(first["request"], json!({ "method": "POST", "path": "/check", "body": check }));
    assert_eq!(first["response"], json!({ "status": 200, "body": { "result": "OK", "data": true } }));
    assert_eq!(written[1].1["request"]["body"], "no JSON");
    assert_eq!(written[2].1["response"], Value::Null);
    assert!(written.iter().all(|(_, fixture)| !fixture.to_string().contains(sandbox.api_key())));
    sandbox.shutdown().await;

    let sandbox = Sandbox::start(settings).await.unwrap();
    let session = sandbox.ready_session("Shop");
    let hook = json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" });
    call(&sandbox, "set-hook", hook.to_string()).await.unwrap();
    sandbox.disconnect(&session, "LOGOUT").unwrap();
    let written = fixtures(folder.path(), 5).await;
    let (name, event) = &written[4];
    assert_eq!(name, "000005.event.disconnect.json");
    assert_eq!((&event["event"], &event["reply"]), (&json!("disconnect"), &Value::Null));
    assert_eq!(event["body"]["event_data"], json!({ "reason": "LOGOUT" }));
}

#[tokio::test]
async fn a_file_in_the_place_of_the_folder_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let settings = Settings { record: Some(file.path().to_owned()), ..Settings::default() };
    let error = Sandbox::start(settings).await.unwrap_err();
    assert!(matches!(error, StartError::Record { .. }), "{error}");
}
