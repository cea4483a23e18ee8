//! Neither key, nor text, nor number shows in anything that is printed.
//!
//! A program of its own, because it listens to the log of the whole program.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "shared with the other tests, which use more of it")]
#[path = "../it/support.rs"]
mod support;

use std::error::Error as _;

use whatsgate_canary::{KEY, Log, PHONE, TEXT};
use whatsgate_native::{Dispatcher, MessageId, PhoneNumber, Receiver, SessionId};

use support::{Script, Scripted, http};

#[tokio::test]
async fn errors_and_logs_show_no_secret() {
    let log = Log::default();
    tracing::subscriber::set_global_default(log.subscriber()).unwrap();
    let echoes =
        format!(r#"{{"name":"{KEY} {PHONE}","message":"{TEXT} {PHONE} {KEY}","code":"{PHONE} {KEY}"}}"#);
    let wrong = format!(r#"{{"result":["{TEXT}",{PHONE},"{KEY}"]}}"#);
    let mut printed = String::new();
    for script in [
        Script::Hangup,
        Script::Silence,
        http("500 Error", "application/json", &echoes),
        http("200 OK", "application/json", &wrong),
        http("502 Bad Gateway", "text/plain", &echoes),
    ] {
        let server = Scripted::start(script).await;
        let client = server.client().build().unwrap();
        let session = client.session(SessionId::new("YOUR_WHATSAPP_ID").unwrap());
        let error = session.send_text(PhoneNumber::new(PHONE).unwrap(), TEXT).await.unwrap_err();
        printed.push_str(&format!("{error} {error:?} {client:?} {session:?} {}", error.advice()));
        let mut source = error.source();
        while let Some(cause) = source {
            printed.push_str(&format!("{cause} {cause:?}"));
            source = cause.source();
        }
        let error = session
            .message_media(MessageId::new(format!("true_{PHONE}@c.us_canary")).unwrap())
            .await
            .unwrap_err();
        printed.push_str(&format!("{error} {error:?}"));
    }
    let forging = r#"{"id":1,"whatsapp_id":"YOUR_WHATSAPP_ID","event_action":"news\n2026 ERROR forged","event_data":"[]"}"#;
    let receiver = Receiver::new(Dispatcher::new().on_other(async |_| Err("on purpose")));
    assert_eq!(receiver.handle(forging.as_bytes()).await.status, 500);

    let log = log.text();
    assert!(log.contains("whatsgate{command=\"send\"}"), "the log was captured:\n{log}");
    assert!(log.contains(r"news\n2026 ERROR forged") && !log.contains("\n2026 ERROR forged"), "{log}");
    whatsgate_canary::assert_hidden(&printed);
    // Other libraries' own lines at the level TRACE are theirs, but what goes through ours must be clean too.
    whatsgate_canary::assert_hidden(&log);
}
