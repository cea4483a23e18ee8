//! Handing events to their handlers.

use std::error::Error;
use std::sync::{Arc, Mutex};

use whatsgate_native::{Dispatcher, Event, Handled};

fn event(id: u32, action: &str, data: &str) -> Event {
    let json =
        format!(r#"{{"id":{id},"whatsapp_id":"191b80a9238","event_action":"{action}","event_data":{data}}}"#);
    whatsgate_native::model::from_json(&json).unwrap()
}

const MESSAGE: &str = r#"{"message":{"id":"false_79999999999@c.us_3EB0436AE1E682FF3A37","body":"212"}}"#;

#[tokio::test]
async fn every_kind_reaches_its_handler() {
    let calls = Arc::new(Mutex::new(Vec::new()));
    let note = |name: &'static str| {
        let calls = Arc::clone(&calls);
        move |id| {
            calls.lock().unwrap().push(format!("{name} {id}"));
            std::future::ready(())
        }
    };
    let (message, sent, ack, media, create) =
        (note("message"), note("sent"), note("ack"), note("media"), note("create"));
    let (ready, error, disconnect, other) = (note("ready"), note("error"), note("disconnect"), note("other"));
    let dispatcher = Dispatcher::new()
        .on_message(move |_, event| message(event.id))
        .on_sent(move |_, event| sent(event.id))
        .on_ack(move |_, event| ack(event.id))
        .on_media(move |_, event| media(event.id))
        .on_create(move |_, event| create(event.id))
        .on_ready(move |_, event| ready(event.id))
        .on_error(move |_, event| error(event.id))
        .on_disconnect(move |_, event| disconnect(event.id))
        .on_other(move |event| other(event.id));
    let actions = ["message", "sent", "ack", "media", "create", "ready", "error", "disconnect"];
    for (id, action) in (1..).zip(actions) {
        let data = if matches!(action, "ready" | "error" | "disconnect") { "{}" } else { MESSAGE };
        let handled = dispatcher.dispatch(event(id, action, data)).await.unwrap();
        assert_eq!(handled, Handled::ByAction, "{action}");
    }
    assert_eq!(dispatcher.dispatch(event(9, "news", "{}")).await.unwrap(), Handled::ByOther);
    // A known action whose data cannot be read is not silently handed to its handler.
    assert_eq!(dispatcher.dispatch(event(10, "message", "7")).await.unwrap(), Handled::ByOther);
    let expected: Vec<_> =
        (1..).zip(actions.into_iter().chain(["other"; 2])).map(|(id, name)| format!("{name} {id}")).collect();
    assert_eq!(*calls.lock().unwrap(), expected);
}

#[tokio::test]
async fn what_has_no_handler_is_said() {
    let dispatcher = Dispatcher::new().on_ack(async |_, _| {});
    for (action, data) in [("message", MESSAGE), ("news", "{}"), ("ack", "7")] {
        let handled = dispatcher.dispatch(event(1, action, data)).await.unwrap();
        assert_eq!(handled, Handled::ByNobody, "{action}");
    }
}

#[tokio::test]
async fn a_failed_handler_is_named_and_keeps_its_error() {
    let dispatcher = Dispatcher::new().on_message(async |_, _| Err("the database is down"));
    let failed = dispatcher.dispatch(event(7, "message", MESSAGE)).await.unwrap_err();
    assert_eq!(failed.to_string(), r#"the handler of event 7, "message", failed"#);
    assert_eq!(failed.source().unwrap().to_string(), "the database is down");
    let forged = Dispatcher::new().on_other(async |_| Err("no"));
    let failed = forged.dispatch(event(7, r"a\nERROR forged", "{}")).await.unwrap_err();
    assert!(!failed.to_string().contains('\n'), "what comes from outside is escaped: {failed}");
}

/// A file of some megabytes may be in the data: it is handed on, not copied.
#[tokio::test]
async fn the_data_is_moved() {
    let event = event(1, "message", MESSAGE);
    let before = event.data.message().unwrap().body.as_ptr().addr();
    let raw = event.raw().as_str().as_ptr().addr();
    let dispatcher = Dispatcher::new().on_message(move |message, event| {
        assert_eq!(message.body.as_ptr().addr(), before);
        assert_eq!(event.raw().as_str().as_ptr().addr(), raw);
        std::future::ready(())
    });
    assert_eq!(dispatcher.dispatch(event).await.unwrap(), Handled::ByAction);
}
