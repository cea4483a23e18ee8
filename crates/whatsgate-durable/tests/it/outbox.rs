//! The outbox against the sandbox: what is sent, how often, and what is known of it.

use std::time::{Duration, SystemTime};

use whatsgate_durable::{
    Absent, Class, Decision, Inbox, Outbox, OutboxError, OutboxFilter, Post, Proof, Resolution, Resolve,
    SendAttempt, Sender, State, Store, StoreError, Transaction, Waited,
};
use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
use whatsgate_native::Client;

use crate::support::{rules, sandbox, sandbox_with, sent_texts};

const SOON: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(30);

fn file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("outbox.db").display());
    (folder, address)
}

fn to(number: u32) -> PhoneNumber {
    PhoneNumber::new(format!("7999{number:07}")).unwrap()
}

async fn inbox(client: &Client, store: &Store) -> Inbox {
    Inbox::builder(client.clone(), store.clone()).poll_every(SOON).start().await.unwrap()
}

async fn sender(client: &Client, store: &Store) -> Sender {
    Sender::builder(client.clone(), store.clone()).with_limits(None).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_sent_once_whatever_is_put_how_often() {
    let (sandbox, client, session) = sandbox().await;
    let (folder, address) = file();
    let note = folder.path().join("note.txt");
    std::fs::write(&note, "A note").unwrap();
    for _ in 0..3 {
        let store = Store::open(&address).await.unwrap();
        let inbox = inbox(&client, &store).await;
        let outbox = Outbox::new(store.clone());
        let mut text = outbox.put("text", &session, to(1), OutgoingMessage::text("Hello")).await.unwrap();
        let mut file = outbox.post(Post::file("file", &session, to(2), &note, "For you")).await.unwrap();
        let sender = sender(&client, &store).await;
        for handle in [&mut text, &mut file] {
            let entry = handle.wait_sent(LONG).await.unwrap();
            assert_eq!((entry.course.state, entry.course.proof), (State::Sent, Some(Proof::Id)));
        }
        assert!(matches!(text.wait_delivered(LONG).await.unwrap(), Waited::Reached(_)));
        sender.stop().await;
        drop(inbox);
    }
    assert_eq!(sent_texts(&sandbox, &session), ["Hello", "For you"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_another_message_is_refused() {
    let (_sandbox, _client, session) = sandbox().await;
    let outbox = Outbox::new(Store::memory());
    outbox.put("one", &session, to(1), OutgoingMessage::text("Hello")).await.unwrap();
    let other = outbox.put("one", &session, to(1), OutgoingMessage::text("Good day")).await;
    assert!(matches!(other, Err(OutboxError::Store(StoreError::OtherMessage))));
    let other = outbox.clone().with_program("shop");
    other.put("one", &session, to(1), OutgoingMessage::text("Good day")).await.unwrap();
    for (key, text) in [("", "Hello"), ("blank", " ")] {
        let refused = outbox.put(key, &session, to(1), OutgoingMessage::text(text)).await;
        assert!(matches!(refused, Err(OutboxError::Invalid(_))), "{refused:?}");
    }
    assert_eq!(outbox.list(OutboxFilter::default(), 10).await.unwrap().len(), 1);
}

/// A gateway that sends and answers 502, or 502 without sending: events tell one from the other.
#[tokio::test(flavor = "multi_thread")]
async fn events_tell_what_became_of_a_send_without_a_reply() {
    let (sandbox, client, session) = sandbox().await;
    rules(&sandbox, r#"[{"on":"send","kind":"error","form":"bad_gateway","acts":true,"times":1}]"#);
    let store = Store::memory();
    let inbox = inbox(&client, &store).await;
    let sender = sender(&client, &store).await;
    let outbox = Outbox::new(store);
    let mut put = outbox.put("one", &session, to(1), OutgoingMessage::text("Hello")).await.unwrap();
    let entry = put.wait_sent(LONG).await.unwrap();
    assert_eq!((entry.course.state, entry.course.proof), (State::Sent, Some(Proof::Content)));
    assert_eq!(sent_texts(&sandbox, &session), ["Hello"]);
    sender.stop().await;
    drop(inbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_failed_and_what_could_not_be_asked_waits() {
    let (sandbox, client, session) = sandbox().await;
    rules(
        &sandbox,
        r#"[{"on":"send","chat":"79990000001@c.us","kind":"error","form":"internal","times":1},
            {"on":"send","chat":"79990000002@c.us","kind":"error","form":"too_many_requests","times":9}]"#,
    );
    let store = Store::memory();
    let sender = sender(&client, &store).await;
    let outbox = Outbox::new(store);
    let mut refused = outbox.put("refused", &session, to(1), OutgoingMessage::text("Hello")).await.unwrap();
    assert_eq!(refused.wait_sent(LONG).await.unwrap().course.state, State::Failed);
    let (done, _) = outbox.decide("refused", Decision::Retry).await.unwrap().unwrap();
    assert!(done);
    assert_eq!(refused.wait_sent(LONG).await.unwrap().course.state, State::Sent);
    let mut later = outbox.put("later", &session, to(2), OutgoingMessage::text("Hello")).await.unwrap();
    assert_eq!(later.wait_sent(LONG).await.unwrap().course.state, State::Sent);
    assert_eq!(sent_texts(&sandbox, &session).len(), 2);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_or_is_gone_is_not_sent() {
    let (sandbox, client, session) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::memory();
    let outbox = Outbox::new(store.clone());
    let mut handles = Vec::new();
    for name in ["changed.txt", "gone.txt", "same.txt"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "At first").unwrap();
        handles.push(outbox.post(Post::file(name, &session, to(1), path, "")).await.unwrap());
    }
    std::fs::write(folder.path().join("changed.txt"), "Later on").unwrap();
    std::fs::remove_file(folder.path().join("gone.txt")).unwrap();
    let missing = Post::file("missing", &session, to(1), folder.path().join("missing.txt"), "");
    assert!(matches!(outbox.post(missing).await, Err(OutboxError::Invalid(_))));
    let sender = sender(&client, &store).await;
    let mut states = Vec::new();
    for handle in &mut handles {
        states.push(handle.wait_sent(LONG).await.unwrap().course.state);
    }
    assert_eq!(states, [State::Failed, State::Failed, State::Sent]);
    assert_eq!(sent_texts(&sandbox, &session).len(), 1);
    // Whoever puts it again, in doubt, finds it, though its file is no longer needed and was removed.
    let path = folder.path().join("same.txt");
    std::fs::remove_file(&path).unwrap();
    let again = Post::file("same.txt", &session, to(1), &path, "");
    let handle = outbox.post(again.clone().with_class(Class::Bulk)).await.unwrap();
    assert_eq!((handle.entry().course.state, handle.entry().draft.class), (State::Sent, Class::Normal));
    assert_eq!(outbox.find(again).await.unwrap().unwrap().entry().course.state, State::Sent);
    let other = Post::file("same.txt", &session, to(1), &path, "With a caption");
    assert!(matches!(outbox.post(other).await, Err(OutboxError::Invalid(_))));
    sender.stop().await;
}

/// Opening a pipe waits for whoever writes into it, perhaps for ever.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_file_is_not_waited_for() {
    let (_sandbox, client, session) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let outbox = Outbox::new(Store::memory());
    let refused = outbox.post(Post::file("pipe", &session, to(1), &pipe, "")).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "the file cannot be read: it is not a file; nothing was put"
    );
    let path = folder.path().join("file");
    std::fs::write(&path, "A file at first").unwrap();
    let mut handle = outbox.post(Post::file("file", &session, to(1), &path, "")).await.unwrap();
    std::fs::rename(&pipe, &path).unwrap();
    let sender = sender(&client, outbox.store()).await;
    assert_eq!(handle.wait_sent(LONG).await.unwrap().course.state, State::Failed);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_no_store_can_hold_are_refused() {
    let session = SessionId::new("6345454545454").unwrap();
    let long = "k".repeat(256);
    for key in ["", " ", "a\u{0}b", &long] {
        let put =
            Outbox::new(Store::memory()).put(key, &session, to(1), OutgoingMessage::text("Hello")).await;
        assert!(matches!(put, Err(OutboxError::Invalid(_))), "{key:?}");
    }
    let outbox = Outbox::new(Store::memory()).with_program("a\u{1f}b");
    let put = outbox.put("key", &session, to(1), OutgoingMessage::text("Hello")).await;
    assert!(matches!(put, Err(OutboxError::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn times_between_which_nothing_can_be_sent_are_refused() {
    let session = SessionId::new("6345454545454").unwrap();
    let outbox = Outbox::new(Store::memory());
    let time = SystemTime::now() + LONG;
    for expiry in [time, time - LONG] {
        let post = Post::new("key", &session, to(1), OutgoingMessage::text("Hello"));
        let put = outbox.post(post.with_not_before(time).with_expiry(expiry)).await.unwrap_err();
        assert!(
            put.to_string().contains("`not_before` must be earlier than `expires`; nothing was put"),
            "{put}"
        );
    }
    assert!(outbox.list(OutboxFilter::default(), 1).await.unwrap().is_empty());
    let post = Post::new("key", &session, to(1), OutgoingMessage::text("Hello"));
    outbox.post(post.with_not_before(time).with_expiry(time + LONG)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_may_put_within_its_own_transaction() {
    let (sandbox, client, session) = sandbox().await;
    let (_folder, address) = file();
    let store = Store::open(&address).await.unwrap();
    let insert_until =
        |key: &'static str, message: &'static str, session: SessionId, times: [Option<i64>; 2]| {
            store.run(move |tables| {
                let Transaction::Sqlite(sqlite) = tables.transaction() else { panic!("it is SQLite") };
                let [not_before, expires] = times;
                let values: &[&dyn whatsgate_durable::store::rusqlite::ToSql] =
                    &[&key, &session.as_str(), &message, &not_before.unwrap_or_default(), &expires];
                sqlite.execute(
                    "INSERT INTO outbox (key, session, recipient, message, not_before, expires) \
                 VALUES (?1, ?2, '79990000001', ?3, ?4, ?5)",
                    values,
                )?;
                Ok(())
            })
        };
    let insert = |key, message, session| insert_until(key, message, session, [None, None]);
    insert("good", r#"{"type":"text","body":"Hello"}"#, session.clone()).await.unwrap();
    insert("bad", r#"{"type":"text"}"#, session.clone()).await.unwrap();
    insert("worse", "Hello", session.clone()).await.unwrap();
    let never = [Some(4_000_000_000_000), Some(3_000_000_000_000)];
    insert_until("never", r#"{"type":"text","body":"Hello"}"#, session.clone(), never).await.unwrap();
    for (key, times) in [("seconds", [Some(1_764_000_000), None]), ("soon", [None, Some(1_764_000_000)])] {
        insert_until(key, r#"{"type":"text","body":"Hello"}"#, session.clone(), times).await.unwrap();
    }
    assert!(insert("good", r#"{"type":"text","body":"Hello"}"#, session.clone()).await.is_err());
    let sender = sender(&client, &store).await;
    let outbox = Outbox::new(store.clone());
    for (key, state, reason) in [
        ("good", State::Sent, ""),
        ("bad", State::Failed, r#"{"type":"text","body":"Hello"}"#),
        ("worse", State::Failed, r#"{"type":"text","body":"Hello"}"#),
        ("seconds", State::Failed, "one of them is in seconds"),
        ("soon", State::Failed, "one of them is in seconds"),
        ("never", State::Expired, "its time is over before it may be sent"),
    ] {
        let mut handle = outbox.get(key).await.unwrap().unwrap();
        let course = &handle.wait_sent(LONG).await.unwrap().course;
        assert!(course.state == state && course.reason.contains(reason), "{key}: {course:?}");
    }
    // Putting it as well is putting it again.
    let again = outbox.put("good", &session, to(1), OutgoingMessage::text("Hello")).await.unwrap();
    assert_eq!(again.entry().course.state, State::Sent);
    assert_eq!(sent_texts(&sandbox, &session), ["Hello"]);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_waits_for_its_session() {
    let (sandbox, client, session) = sandbox_with(|settings| settings.create_events = true).await;
    let store = Store::memory();
    let inbox = inbox(&client, &store).await;
    sandbox.disconnect(&session, "the phone was away").unwrap();
    inbox.caught_up().await;
    while store
        .run({
            let session = session.clone();
            move |tables| whatsgate_durable::store::pacing::is_connected(tables, session.as_str())
        })
        .await
        .unwrap()
    {
        tokio::time::sleep(SOON).await;
    }
    let sender =
        Sender::builder(client.clone(), store.clone()).with_absent(Absent::Tell).start().await.unwrap();
    let outbox = Outbox::new(store);
    let mut put = outbox.put("one", &session, to(1), OutgoingMessage::text("Hello")).await.unwrap();
    let waited = put.wait_sent(Duration::from_millis(600)).await.unwrap();
    assert_eq!((waited.course.state, waited.course.attempts()), (State::Queued, 0));
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_resolved_without_an_outbox() {
    let (sandbox, client, session) = sandbox().await;
    let session = client.session(session);
    let message = OutgoingMessage::text("Hello");
    // An equal one of before shows nothing.
    session.send(to(1), message.clone()).await.unwrap();
    for (faults, expected) in [
        (r#"[{"on":"send","kind":"close_after"}]"#, "sent"),
        (r#"[{"on":"send","kind":"error","form":"bad_gateway","acts":false}]"#, "unknown"),
        (r#"[{"on":"send","kind":"error","form":"too_many_requests"}]"#, "not sent"),
    ] {
        let attempt = SendAttempt::observe(&session, to(1), &message).await.unwrap();
        rules(&sandbox, faults);
        let error = session.send(to(1), message.clone()).await.unwrap_err();
        rules(&sandbox, "[]");
        let sent = sandbox.sent(session.id());
        match error.resolve(&session, &attempt).await.unwrap() {
            Resolution::Sent(found) => {
                assert_eq!(expected, "sent");
                assert_eq!(found, sent.last().unwrap().id);
            }
            Resolution::NotSent => assert_eq!(expected, "not sent"),
            other => assert!(expected == "unknown" && other == Resolution::Unknown(Vec::new()), "{other:?}"),
        }
    }
    // Two that it may be are not told apart.
    let attempt = SendAttempt::observe(&session, to(1), &message).await.unwrap();
    session.send(to(1), message.clone()).await.unwrap();
    rules(&sandbox, r#"[{"on":"send","kind":"close_after"}]"#);
    let error = session.send(to(1), message.clone()).await.unwrap_err();
    let resolution = error.resolve(&session, &attempt).await.unwrap();
    assert!(matches!(&resolution, Resolution::Unknown(messages) if messages.len() == 2), "{resolution:?}");
}
