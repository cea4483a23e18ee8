//! Going on from a saved state.

use std::fs;
use std::time::Duration;

use serde_json::json;
use whatsgate_sandbox::{Gateway, Sandbox, SessionState, Settings, StartError};

use crate::http::call;
use crate::support::{Bench, PNG};

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
    let other = Gateway::new(Settings::default()).save().unwrap().replace("\"version\":2", "\"version\":99");
    let error = Gateway::restore(Settings::default(), &other).unwrap_err();
    assert!(error.to_string().contains("99"), "{error}");
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
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["state.json"]);

    fs::write(&path, "no state").unwrap();
    let error = Sandbox::start(settings).await.unwrap_err();
    assert!(matches!(&error, StartError::State { path: at, .. } if *at == path), "{error}");
}
