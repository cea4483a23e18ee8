//! Going on from a saved state.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use whatsgate_sandbox::{Gateway, Incoming, Sandbox, SessionState, Settings, StartError};

use crate::http::call;
use crate::support::{Bench, PNG, chat};

#[test]
fn a_restored_gateway_goes_on_where_it_stopped() {
    let mut bench = Bench::new();
    let session = bench.ready();
    bench.ok("set-hook", &json!({ "WhatsappID": session, "callback": "http://127.0.0.1:9/" }));
    let media = json!({ "mimetype": "image/png", "data": PNG, "filename": "p.png" });
    let message = json!({ "type": "image", "media": media });
    let body = json!({ "WhatsappID": session, "recipient": { "number": "79991112233" }, "message": message });
    let sent = bench.ok("send", &body)["result"].clone();
    let mut queued = body.clone();
    queued["async"] = json!(true);
    bench.ok("send", &queued);
    let posted = bench.gateway.take_deliveries(bench.now).remove(0);

    let saved = bench.gateway.save().unwrap();
    bench.gateway = Gateway::restore(bench.gateway.settings().clone(), &saved).unwrap();

    let again = bench.gateway.take_deliveries(bench.now).remove(0);
    assert_eq!(again.body, posted.body, "a webhook whose outcome was not known is posted again");
    let file = bench.ok("get-messagemedia", &json!({ "WhatsappID": session, "MessageID": sent["id"] }));
    assert_eq!(file["media"]["data"], PNG);
    bench.pass(Duration::from_secs(10));
    assert_eq!(bench.events("sent").len(), 1, "what was queued is sent");
    assert_eq!(bench.events("ack").len(), 6);
    let ids: Vec<i64> = bench.events("").iter().map(|event| event["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, (1..=ids.len().try_into().unwrap()).collect::<Vec<i64>>());
}

#[test]
fn a_strange_state_is_refused() {
    for text in ["", "{}", r#"{"version":0}"#] {
        assert!(Gateway::restore(Settings::default(), text).is_err(), "{text}");
    }
    let other = Gateway::new(Settings::default()).save().unwrap().replace("\"version\":3", "\"version\":99");
    let error = Gateway::restore(Settings::default(), &other).unwrap_err();
    assert!(error.to_string().contains("99"), "{error}");
}

/// A copy of a folder as a crash at this moment would leave it.
fn crashed(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    copy
}

async fn events(sandbox: &Sandbox) -> Vec<Value> {
    let reply = call(sandbox, "events-get", r#"{"page_cnt":100}"#.to_owned()).await.unwrap();
    serde_json::from_slice::<Value>(reply.body()).unwrap()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let settings = |folder: &Path| Settings { state: Some(folder.join("state.json")), ..Settings::default() };
    let sandbox = Sandbox::start(settings(folder.path())).await.unwrap();
    let session = sandbox.ready_session("Shop");
    for number in 0..3 {
        let message = json!({ "body": number.to_string() });
        let body =
            json!({ "WhatsappID": session, "recipient": { "number": "79991112233" }, "message": message });
        assert_eq!(call(&sandbox, "send", body.to_string()).await.unwrap().status(), 200);
        let known = events(&sandbox).await;
        let left = crashed(folder.path());
        // With other settings than before, too.
        let other = Settings { create_events: false, seed: 9, ..settings(left.path()) };
        let after = Sandbox::start(other).await.unwrap();
        let kept = events(&after).await;
        assert_eq!(kept[..known.len()], known[..], "after {number}");
        let ids: Vec<i64> = kept.iter().map(|event| event["id"].as_i64().unwrap()).collect();
        after.receive(&session, Incoming::text(chat("79991112233@c.us"), "Hi")).unwrap();
        let newest = events(&after).await.last().unwrap()["id"].as_i64().unwrap();
        assert!(newest > *ids.last().unwrap(), "{newest} after {ids:?}");
        after.shutdown().await;
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn states_whose_names_differ_in_the_extension_alone_have_logs_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let start = async |folder: &Path, name: &str| {
        let settings = Settings { state: Some(folder.join(name)), ..Settings::default() };
        Sandbox::start(settings).await.unwrap()
    };
    let names = ["shop.test", "shop.prod"];
    let both = [start(folder.path(), names[0]).await, start(folder.path(), names[1]).await];
    for (sandbox, name) in both.iter().zip(names) {
        sandbox.ready_session(name);
        // Its reply says that what came in before is on disk.
        call(sandbox, "sessions-get", String::new()).await.unwrap();
    }
    let left = crashed(folder.path());
    for name in names {
        let after = start(left.path(), name).await;
        let listed = call(&after, "sessions-get", String::new()).await.unwrap();
        let listed: Value = serde_json::from_slice(listed.body()).unwrap();
        assert_eq!((&listed["data"][0]["name"], &listed["data"][1]), (&json!(name), &Value::Null));
        after.shutdown().await;
    }
}

#[tokio::test]
async fn one_sandbox_at_a_time_keeps_a_state() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state.json");
    let settings = Settings { state: Some(state.clone()), ..Settings::default() };
    let sandbox = Sandbox::start(settings.clone()).await.unwrap();
    sandbox.ready_session("Shop");
    call(&sandbox, "sessions-get", String::new()).await.unwrap();
    let before = crashed(folder.path());

    let recording = Settings { record: Some(folder.path().join("exchanges")), ..settings.clone() };
    let error = Sandbox::start(recording).await.unwrap_err();
    assert!(matches!(&error, StartError::StateInUse { path } if *path == state), "{error}");
    assert!(!folder.path().join("exchanges").exists());
    for file in fs::read_dir(before.path()).unwrap() {
        let file = file.unwrap();
        let now = fs::read(folder.path().join(file.file_name())).unwrap();
        assert!(fs::read(file.path()).unwrap() == now, "{} is touched", file.path().display());
    }

    drop(sandbox);
    let sandbox = Sandbox::start(settings).await.unwrap();
    assert_eq!(sandbox.ready_sessions().len(), 1);
}

/// A folder with `state.json` and its log, in which a session is, as a crash leaves them.
async fn crashed_with(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { state: Some(folder.path().join("state.json")), ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.unwrap();
    sandbox.ready_session(name);
    call(&sandbox, "sessions-get", String::new()).await.unwrap();
    crashed(folder.path())
}

#[tokio::test]
async fn a_log_without_its_state_is_neither_used_nor_lost() {
    let left = crashed_with("Shop").await;
    let state = left.path().join("state.json");
    let log = left.path().join("state.json.1.log");
    let settings = Settings { state: Some(state.clone()), ..Settings::default() };
    let entries = fs::read(&log).unwrap();
    fs::remove_file(&state).unwrap();
    let error = Sandbox::start(settings.clone()).await.unwrap_err();
    let names = [state.display().to_string(), log.display().to_string()];
    assert!(names.iter().all(|name| error.to_string().contains(name)), "{error}");
    assert!(matches!(error, StartError::StateLost { .. }), "{error}");
    assert!(!state.exists() && fs::read(&log).unwrap() == entries);

    fs::remove_file(&log).unwrap();
    let sandbox = Sandbox::start(settings).await.unwrap();
    assert!(sandbox.ready_sessions().is_empty());
}

#[tokio::test]
async fn a_state_wants_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for path in [folder.path().join("missing/state.json"), file.join("state.json")] {
        let error = Sandbox::start(Settings { state: Some(path.clone()), ..Settings::default() }).await;
        let error = error.unwrap_err();
        assert!(matches!(&error, StartError::NoStateFolder { path: at } if *at == path), "{error}");
    }
}

#[tokio::test]
async fn a_log_without_entries_is_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { state: Some(folder.path().join("state.json")), ..Settings::default() };
    let sandbox = Sandbox::start(settings.clone()).await.unwrap();
    let left = crashed(folder.path());
    sandbox.shutdown().await;
    fs::remove_file(left.path().join("state.json")).unwrap();
    fs::rename(left.path().join("state.json.1.log"), left.path().join("state.json.7.log")).unwrap();
    let settings = Settings { state: Some(left.path().join("state.json")), ..settings };
    Sandbox::start(settings).await.unwrap().shutdown().await;
    assert!(!left.path().join("state.json.7.log").exists());
}

#[tokio::test]
async fn a_log_goes_on_from_no_state_but_its_own() {
    let (ours, theirs) = (crashed_with("Ours").await, crashed_with("Theirs").await);
    fs::copy(theirs.path().join("state.json"), ours.path().join("state.json")).unwrap();
    let settings = Settings { state: Some(ours.path().join("state.json")), ..Settings::default() };
    let sandbox = Sandbox::start(settings).await.unwrap();
    assert!(sandbox.ready_sessions().is_empty(), "the log's session is of another state");
}

#[tokio::test]
async fn a_state_whose_name_came_to_the_disk_too_late_is_made_up_for_by_its_log() {
    let before = crashed_with("One").await;
    let folder = crashed(before.path());
    let settings = Settings { state: Some(folder.path().join("state.json")), ..Settings::default() };
    let sandbox = Sandbox::start(settings.clone()).await.unwrap();
    sandbox.ready_session("Two");
    call(&sandbox, "sessions-get", String::new()).await.unwrap();
    let after = crashed(folder.path());
    for name in ["state.json", "state.json.1.log"] {
        fs::copy(before.path().join(name), after.path().join(name)).unwrap();
    }
    let settings = Settings { state: Some(after.path().join("state.json")), ..settings };
    assert_eq!(Sandbox::start(settings).await.unwrap().ready_sessions(), sandbox.ready_sessions());
    assert_eq!(sandbox.ready_sessions().len(), 2);
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_left_out_and_what_is_wrong_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { state: Some(folder.path().join("state.json")), ..Settings::default() };
    let sandbox = Sandbox::start(settings.clone()).await.unwrap();
    for _ in 0..2 {
        sandbox.ready_session("Shop");
    }
    call(&sandbox, "sessions-get", String::new()).await.unwrap();
    let left = crashed(folder.path());
    let log = fs::read_dir(left.path()).unwrap().map(|file| file.unwrap().path());
    let log = log.into_iter().find(|path| path.extension().unwrap() == "log").unwrap();
    let whole = fs::read_to_string(&log).unwrap();
    let start = async |text: &str| {
        let copy = crashed(left.path());
        fs::write(copy.path().join(log.file_name().unwrap()), text).unwrap();
        let settings = Settings { state: Some(copy.path().join("state.json")), ..settings.clone() };
        Sandbox::start(settings).await.map(|sandbox| sandbox.ready_sessions().len())
    };
    assert_eq!(start(&whole).await.unwrap(), 2);
    assert_eq!(start(&whole[..whole.len() - 1]).await.unwrap(), 1, "a line without its end");
    assert_eq!(start("").await.unwrap(), 0);
    let renumbered = whole.replace("\"last_event\":2", "\"last_event\":3");
    for strange in [format!("{{}}\n{whole}"), renumbered] {
        let error = start(&strange).await.unwrap_err();
        assert!(matches!(&error, StartError::State { .. }), "{error}");
    }
}

#[tokio::test]
async fn the_state_file_is_written_at_the_end_and_read_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let settings = Settings { state: Some(path.clone()), ..Settings::default() };
    let sandbox = Sandbox::start(settings.clone()).await.unwrap();
    let session = sandbox.ready_session("Shop");
    sandbox.shutdown().await;

    let sandbox = Sandbox::start(settings.clone()).await.unwrap();
    assert_eq!(sandbox.session_state(&session), Some(SessionState::Ready));
    let body = json!({ "WhatsappID": session }).to_string();
    let deleted = call(&sandbox, "session-delete", body).await.unwrap();
    assert_eq!(deleted.status(), 200);
    sandbox.shutdown().await;

    let sandbox = Sandbox::start(settings.clone()).await.unwrap();
    assert_eq!(sandbox.session_state(&session), None);
    sandbox.shutdown().await;
    let mut files: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["state.json", "state.json.lock"]);

    fs::write(&path, "no state").unwrap();
    let error = Sandbox::start(settings).await.unwrap_err();
    assert!(matches!(&error, StartError::State { path: at, .. } if *at == path), "{error}");
    assert!(error.to_string().contains("state.json.*.log"), "{error}");
}
