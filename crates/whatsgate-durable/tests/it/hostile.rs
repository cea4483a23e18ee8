//! What others may post, and handlers that do not do as they should: each has its outcome, and no valid event is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use whatsgate_canary::{KEY, Log, PHONE, TEXT, assert_hidden};
use whatsgate_durable::store::durable::journal::Incoming;
use whatsgate_durable::store::journal::Arrival;
use whatsgate_durable::{
    Consumer, Delivery, DeliveryState, Hook, Inbox, InboxError, Patience, StartAt, Store, Trust,
};
use whatsgate_model::{Event, SessionId};
use whatsgate_native::{Client, HookLimits};
use whatsgate_sandbox::Sandbox;

use crate::support::{Seen, sandbox, write};

const SOON: Duration = Duration::from_millis(20);

/// An inbox that receives posts, with the path of its session.
async fn inbox_with(change: impl FnOnce(Hook) -> Hook) -> (Sandbox, Client, SessionId, Inbox, String) {
    let (sandbox, client, session) = sandbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let hook = change(Hook::new(listener, url));
    let inbox =
        Inbox::builder(client.clone(), Store::memory()).hook(hook).poll_every(SOON).start().await.unwrap();
    let path = client.session(session.clone()).info().await.unwrap().unwrap().callback.unwrap();
    (sandbox, client, session, inbox, path)
}

/// What every event was, with how far it is trusted.
fn everything(seen: &Seen) -> Consumer {
    let seen = seen.clone();
    Consumer::new("everything").start_at(StartAt::Beginning).on_other(
        move |event: Event, delivery: Delivery| {
            let seen = seen.clone();
            async move {
                let body = event.data.message().map(|message| message.body.clone()).unwrap_or_default();
                seen.add(format!("{} {body:?} {}", event.action, delivery.trust()));
            }
        },
    )
}

async fn post(path: &str, body: impl Into<reqwest::Body>) -> u16 {
    reqwest::Client::new().post(path).body(body).send().await.unwrap().status().as_u16()
}

fn message(number: i64, session: &str, id: &str, body: &str) -> String {
    format!(
        r#"{{"id":{number},"whatsapp_id":"{session}","event_action":"message","event_data":{{"message":
        {{"id":"false_79991112233@c.us_{id}","body":"{body}","from":"79991112233@c.us"}}}}}}"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_refused_and_what_is_one_comes_through() {
    let limits = |hook: Hook| {
        let mut limits = HookLimits::default();
        limits.body = 100_000;
        hook.limits(limits)
    };
    let (sandbox, _client, session, inbox, path) = inbox_with(limits).await;
    assert_eq!(post(&path, "").await, 400);
    assert_eq!(post(&path, "hello").await, 400);
    assert_eq!(post(&path, r#"{"event_action":"message"}"#).await, 400);
    assert_eq!(post(&path, "x".repeat(200_000)).await, 413);
    assert_eq!(post(&path, r#"{"id":70,"event_action":"news","event_data":[]}"#).await, 200);
    // One that breaks off in the middle.
    let address = path.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut broken = TcpStream::connect(address).await.unwrap();
    let way = path.split_once(address).unwrap().1;
    let head = format!("POST {way} HTTP/1.1\r\nhost: {address}\r\ncontent-length: 1000\r\n\r\n{{\"id\":71");
    broken.write_all(head.as_bytes()).await.unwrap();
    broken.shutdown().await.unwrap();
    let mut answer = String::new();
    broken.read_to_string(&mut answer).await.unwrap();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    write(&sandbox, &session, 1, "valid");

    let seen = Seen::default();
    tokio::join!(async { inbox.run(everything(&seen)).await.unwrap() }, async {
        seen.wait_for(2).await;
        inbox.stop();
    });
    let mut all = seen.all();
    all.sort();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all[0].starts_with("message \"valid\"") && all[1] == "news \"\" posted", "{all:?}");
}

// On one thread, whose log it is.
#[tokio::test]
async fn what_is_posted_shows_in_no_log() {
    let log = Log::default();
    let _of_this_thread = log.of_this_thread();
    let (_sandbox, _client, session, inbox, path) = inbox_with(|hook| hook).await;
    for body in [
        format!("{KEY} {PHONE}"),
        format!(r#"{{"id":"{KEY}","event_action":"message"}}"#),
        format!(r#"{{"event_action":"{TEXT}","event_data":"{PHONE}"}}"#),
        format!(r#"{{"id":1,"event_action":"message","event_data":{{"message":"{TEXT}"#),
    ] {
        let answer = reqwest::Client::new().post(&path).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        assert_hidden(&answer.text().await.unwrap());
    }
    assert_eq!(post(&format!("{path}{PHONE}"), TEXT).await, 404);
    assert_eq!(post(&path, message(70, session.as_str(), PHONE, TEXT)).await, 200);
    let odd = format!(
        r#"{{"id":71,"whatsapp_id":"{session}","event_action":"message","event_data":{{"{KEY}":"{TEXT}"}}}}"#
    );
    assert_eq!(post(&path, odd).await, 200);
    let failing = Consumer::new("failing")
        .start_at(StartAt::Beginning)
        .patience(Patience::default().with_most_tries(1))
        .on_other(async |_, _| Err("on purpose"));
    let store = inbox.store().clone();
    tokio::join!(async { inbox.run(failing).await.unwrap() }, async {
        let dead = async || store.run(|tables| tables.count_parked("failing")).await.unwrap().1;
        while dead().await < 2 {
            tokio::time::sleep(SOON).await;
        }
        inbox.stop();
    });
    let shown = log.text();
    assert!(
        shown.contains("whatsgate_durable") && shown.contains("webhook refused"),
        "the log was captured:\n{shown}"
    );
    for line in shown.lines().filter(|line| line.contains("whatsgate")) {
        assert_hidden(line);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_post_is_acknowledged_and_handled_once() {
    let (_sandbox, _client, session, inbox, path) = inbox_with(|hook| hook).await;
    let event = message(70, session.as_str(), "AAAA", "once");
    for _ in 0..3 {
        assert_eq!(post(&path, event.clone()).await, 200);
    }
    // The same number with something else is another event, which the first one does not hide.
    assert_eq!(post(&path, message(70, session.as_str(), "BBBB", "other")).await, 200);
    let seen = Seen::default();
    tokio::join!(async { inbox.run(everything(&seen)).await.unwrap() }, async {
        seen.wait_for(2).await;
        assert_eq!(post(&path, event.clone()).await, 200);
        tokio::time::sleep(SOON * 10).await;
        inbox.stop();
    });
    assert_eq!(seen.all(), [r#"message "once" posted"#, r#"message "other" posted"#]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_another_account_is_handed_over_as_unlisted() {
    let (_sandbox, _client, _session, inbox, path) = inbox_with(|hook| hook).await;
    assert_eq!(post(&path, message(70, "0000000000000", "AAAA", "of others")).await, 200);
    let seen = Seen::default();
    tokio::join!(async { inbox.run(everything(&seen)).await.unwrap() }, async {
        seen.wait_for(1).await;
        inbox.stop();
    });
    assert_eq!(seen.all(), [format!(r#"message "of others" {}"#, Trust::Unlisted)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_hangs_is_ended_and_tried_again() {
    let (sandbox, _client, session, inbox, _path) = inbox_with(|hook| hook).await;
    write(&sandbox, &session, 1, "hangs");
    let (seen, tries) = (Seen::default(), Arc::new(AtomicU32::new(0)));
    let consumer = {
        let seen = seen.clone();
        Consumer::new("bot")
            .start_at(StartAt::Beginning)
            .deadline(SOON)
            .patience(Patience::default().with_pauses(SOON, SOON))
            .on_message(move |message, delivery: Delivery| {
                let (seen, tries) = (seen.clone(), Arc::clone(&tries));
                async move {
                    if tries.fetch_add(1, Ordering::Relaxed) < 2 {
                        std::future::pending::<()>().await;
                    }
                    seen.add(format!("{} at try {}", message.body, delivery.attempt()));
                }
            })
    };
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        seen.wait_for(1).await;
        inbox.stop();
    });
    assert_eq!(seen.all(), ["hangs at try 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_lets_a_handler_come_to_its_end() {
    let (sandbox, _client, session, inbox, _path) = inbox_with(|hook| hook).await;
    write(&sandbox, &session, 1, "slow");
    let (begun, ended) = (Seen::default(), Seen::default());
    let consumer = {
        let (begun, ended) = (begun.clone(), ended.clone());
        Consumer::new("bot").start_at(StartAt::Beginning).on_message(move |message, _| {
            let (begun, ended) = (begun.clone(), ended.clone());
            async move {
                begun.add(message.body.clone());
                tokio::time::sleep(SOON * 10).await;
                ended.add(message.body);
            }
        })
    };
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        begun.wait_for(1).await;
        inbox.stop();
    });
    assert_eq!(ended.all(), ["slow"]);
    let progress = inbox.store().run(|tables| tables.partitions("bot")).await.unwrap();
    assert!(progress.iter().any(|row| row.progress == 1), "{progress:?}");
    assert!(progress.iter().all(|row| row.lease.owner.is_none()), "leases are given up: {progress:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_try_within_a_transaction_counts_when_it_fails() {
    let (sandbox, _client, session, inbox, _path) = inbox_with(|hook| hook).await;
    for text in ["fails", "panics", "after"] {
        write(&sandbox, &session, 1, text);
    }
    let seen = Seen::default();
    let consumer = {
        let seen = seen.clone();
        Consumer::new("bot")
            .start_at(StartAt::Beginning)
            .record_attempts()
            .patience(Patience::default().with_most_tries(2).with_pauses(SOON, SOON))
            .on_message_in_transaction(move |_, message, delivery| {
                seen.add(format!("{} at try {}", message.body, delivery.attempt()));
                match message.body.as_str() {
                    "fails" => Err("not today".into()),
                    "panics" => panic!("of the test"),
                    _ => Ok(()),
                }
            })
    };
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        seen.wait_for(5).await;
        inbox.stop();
    });
    assert_eq!(
        seen.all(),
        ["fails at try 1", "fails at try 2", "panics at try 1", "panics at try 2", "after at try 1"]
    );
    let dead = inbox.store().run(|tables| tables.dead_letters("bot", 0, 10)).await.unwrap();
    assert_eq!(dead.iter().map(|letter| letter.tries).collect::<Vec<_>>(), [2, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_times_are_borne() {
    let (_sandbox, client, session) = sandbox().await;
    let inbox = Inbox::builder(client, Store::memory()).poll_every(Duration::MAX).start().await.unwrap();
    let receipts = inbox.receipts();
    let consumer = Consumer::new("bot").deadline(Duration::MAX).on_message(async |_, _| {});
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        let ever = receipts.wait(&session, "3EB0", DeliveryState::Read, Duration::MAX);
        assert!(tokio::time::timeout(SOON, ever).await.is_err(), "it waits");
        inbox.stop();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_and_brings_down_its_handler_becomes_a_dead_letter() {
    let (_sandbox, client, _session) = sandbox().await;
    let inbox = Inbox::builder(client, Store::memory()).poll_every(SOON).start().await.unwrap();
    let raw = whatsgate_model::from_json(r#"{"name":"no number"}"#).unwrap();
    inbox
        .store()
        .append(vec![Arrival {
            event: Incoming::unreadable(raw),
            receipt: None,
            sighting: None,
            opts_out: false,
        }])
        .await
        .unwrap();
    let seen = Seen::default();
    let consumer = {
        let seen = seen.clone();
        Consumer::new("bot")
            .start_at(StartAt::Beginning)
            .record_attempts()
            .patience(Patience::default().with_most_tries(2).with_pauses(SOON, SOON))
            .on_unreadable(move |raw, delivery: Delivery| {
                seen.add(format!("try {}", delivery.attempt()));
                assert!(raw.as_str().is_empty(), "of the test, in the call itself");
                async {}
            })
    };
    let dead = async || inbox.store().run(|tables| tables.dead_letters("bot", 0, 10)).await.unwrap();
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        while dead().await.is_empty() {
            tokio::time::sleep(SOON).await;
        }
        inbox.stop();
    });
    assert_eq!(seen.all(), ["try 1", "try 2"]);
    assert_eq!(dead().await[0].tries, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_back_needs_somebody_who_asks() {
    let (_sandbox, client, _session) = sandbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = Hook::new(listener, "http://127.0.0.1:9").ask_back();
    let started = Inbox::builder(client, Store::memory()).hook(hook).without_poll().start().await;
    assert!(matches!(started, Err(InboxError::Settings(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_is_listed_while_it_waits_is_verified_when_its_turn_comes() {
    let (_sandbox, client, session) = sandbox().await;
    let store = Store::memory();
    let post = |number, trust| {
        let json = message(number, session.as_str(), &format!("ID{number}"), &format!("{number}"));
        let event: Event = whatsgate_model::from_json(&json).unwrap();
        Arrival { event: Incoming::new(&event, trust, None), receipt: None, sighting: None, opts_out: false }
    };
    store.append(vec![post(1, Trust::Listed), post(2, Trust::Posted)]).await.unwrap();
    let inbox =
        Inbox::builder(client, store.clone()).poll_every(Duration::from_secs(3600)).start().await.unwrap();
    let (seen, begun) = (Seen::default(), Seen::default());
    let go = Arc::new(tokio::sync::Notify::new());
    let consumer = {
        let (seen, begun, go) = (seen.clone(), begun.clone(), Arc::clone(&go));
        Consumer::new("bot").partitions(1).start_at(StartAt::Beginning).only_verified().on_message(
            move |message, _| {
                let (seen, begun, go) = (seen.clone(), begun.clone(), Arc::clone(&go));
                async move {
                    begun.add(message.body.clone());
                    if message.body == "1" {
                        go.notified().await;
                    }
                    seen.add(message.body);
                }
            },
        )
    };
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        // The second one was read along with the first by now, as it was posted.
        begun.wait_for(1).await;
        store.append(vec![post(2, Trust::Listed)]).await.unwrap();
        go.notify_one();
        seen.wait_for(2).await;
        inbox.stop();
    });
    assert_eq!(seen.all(), ["1", "2"]);
}
