//! The inbox: what comes in, and how often it is handled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use whatsgate_durable::{
    Consumer, DeliveryState, GiveUp, Hook, Inbox, InboxError, Patience, Store, Transaction, Trust, Waited,
};
use whatsgate_model::{OutgoingMessage, SessionId};
use whatsgate_sandbox::DeliveryOutcome;

use crate::support::{Seen, sandbox, sandbox_with, write};

const SOON: Duration = Duration::from_millis(20);

fn file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("events.db").display());
    (folder, address)
}

fn collecting(name: &str, seen: &Seen) -> Consumer {
    let seen = seen.clone();
    Consumer::new(name).on_message(move |message, _| {
        let seen = seen.clone();
        async move { seen.add(message.body) }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_handled_once_over_restarts() {
    let (sandbox, client, session) = sandbox().await;
    let (_folder, address) = file();
    write(&sandbox, &session, 1, "before the first start");
    let seen = Seen::default();
    for round in 0..3 {
        if round > 0 {
            write(&sandbox, &session, 1, &format!("between {round}"));
        }
        let store = Store::open(&address).await.unwrap();
        let inbox = Inbox::builder(client.clone(), store).poll_every(SOON).start().await.unwrap();
        inbox.caught_up().await;
        let consumer = collecting("bot", &seen);
        tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
            if round == 0 {
                // The consumer begins with what comes from here on.
                while inbox.store().run(|tables| tables.consumers()).await.unwrap().is_empty() {
                    tokio::time::sleep(SOON).await;
                }
            }
            write(&sandbox, &session, 2, &format!("during {round}"));
            seen.wait_for(1 + 2 * round).await;
            inbox.stop();
        });
    }
    let mut all = seen.all();
    all.sort();
    assert_eq!(all, ["between 1", "between 2", "during 0", "during 1", "during 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn posts_and_polls_give_one_journal() {
    let (sandbox, client, session) = sandbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let inbox = Inbox::builder(client, Store::memory())
        .poll_every(SOON)
        .hook(Hook::new(listener, &url))
        .start()
        .await
        .unwrap();
    inbox.caught_up().await;
    for number in 0..50 {
        write(&sandbox, &session, number % 5, &format!("{number}"));
    }
    let seen = Seen::default();
    let consumer = collecting("bot", &seen).start_at(whatsgate_durable::StartAt::Beginning);
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        seen.wait_for(50).await;
        // Time for doubles to show up.
        tokio::time::sleep(SOON * 20).await;
        inbox.stop();
    });
    let mut all: Vec<u32> = seen.all().iter().map(|text| text.parse().unwrap()).collect();
    for chat in 0..5 {
        let of_chat: Vec<_> = all.iter().copied().filter(|number| number % 5 == chat).collect();
        assert!(of_chat.is_sorted(), "chat {chat} out of order: {of_chat:?}");
    }
    all.sort_unstable();
    assert_eq!(all, (0..50).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_event_holds_up_its_chat_and_no_other() {
    let (sandbox, client, session) = sandbox().await;
    let inbox = Inbox::builder(client, Store::memory()).poll_every(SOON).start().await.unwrap();
    inbox.caught_up().await;
    let (seen, tries) = (Seen::default(), Arc::new(AtomicU32::new(0)));
    let handler = {
        let (seen, tries) = (seen.clone(), Arc::clone(&tries));
        move |message: whatsgate_model::Message, _| {
            let (seen, tries) = (seen.clone(), Arc::clone(&tries));
            async move {
                match message.body.as_str() {
                    "passes" if tries.fetch_add(1, Ordering::Relaxed) < 2 => Err("not yet".into()),
                    "panics" => panic!("of the test"),
                    "hopeless" => Err(Box::<dyn std::error::Error + Send + Sync>::from(GiveUp::new("no"))),
                    text => {
                        seen.add(text);
                        Ok(())
                    }
                }
            }
        }
    };
    let patience = Patience::default()
        .with_most_tries(3)
        .with_pauses(Duration::from_millis(200), Duration::from_millis(200));
    let consumer = Consumer::new("bot")
        .partitions(1)
        .patience(patience)
        .start_at(whatsgate_durable::StartAt::Beginning)
        .on_message(handler);
    for (chat, text) in
        [(1, "passes"), (1, "after it"), (2, "other"), (3, "panics"), (3, "after the panic"), (4, "hopeless")]
    {
        write(&sandbox, &session, chat, text);
    }
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        seen.wait_for(4).await;
        inbox.stop();
    });
    let all = seen.all();
    assert_eq!(all[0], "other");
    let place = |text: &str| all.iter().position(|seen| seen == text).unwrap();
    assert!(place("passes") < place("after it"));
    let dead = inbox.store().run(|tables| tables.dead_letters("bot", 0, 10)).await.unwrap();
    let reasons: Vec<_> = dead.iter().map(|letter| (letter.reason.as_str(), letter.tries)).collect();
    assert_eq!(reasons, [("the handler panicked", 3), ("no", 1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_in_the_transaction_comes_with_its_progress_or_not_at_all() {
    let (sandbox, client, session) = sandbox().await;
    let (_folder, address) = file();
    let store = Store::open(&address).await.unwrap();
    store
        .run(|tables| match tables.transaction() {
            Transaction::Sqlite(database) => {
                database.execute("CREATE TABLE orders (key TEXT, body TEXT)", [])?;
                Ok(())
            }
            _ => unreachable!(),
        })
        .await
        .unwrap();
    let inbox = Inbox::builder(client, store).poll_every(SOON).start().await.unwrap();
    inbox.caught_up().await;
    let failures = Arc::new(AtomicU32::new(0));
    let consumer = Consumer::new("orders")
        .start_at(whatsgate_durable::StartAt::Beginning)
        .patience(Patience::default().with_pauses(SOON, SOON))
        .on_message_in_transaction(move |transaction, message, delivery| {
            let Transaction::Sqlite(database) = transaction else { unreachable!() };
            database.execute("INSERT INTO orders VALUES (?1, ?2)", (delivery.key(), &message.body))?;
            if message.body == "late" && failures.fetch_add(1, Ordering::Relaxed) < 3 {
                return Err("after the effect".into());
            }
            Ok(())
        });
    for (number, text) in ["one", "late", "two"].into_iter().enumerate() {
        write(&sandbox, &session, u32::try_from(number).unwrap(), text);
    }
    let count = |store: Store| async move {
        store
            .run(|tables| match tables.transaction() {
                Transaction::Sqlite(database) => {
                    Ok(database.query_row("SELECT count(*) FROM orders", [], |row| row.get::<_, i64>(0))?)
                }
                _ => unreachable!(),
            })
            .await
            .unwrap()
    };
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        while count(inbox.store().clone()).await < 3 {
            tokio::time::sleep(SOON).await;
        }
        tokio::time::sleep(SOON * 10).await;
        inbox.stop();
    });
    assert_eq!(count(inbox.store().clone()).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_post_is_told_from_a_real_one() {
    let (sandbox, client, session) = sandbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let inbox = Inbox::builder(client.clone(), Store::memory())
        .hook(Hook::new(listener, &url).ask_back())
        .poll_every(SOON)
        .start()
        .await
        .unwrap();
    inbox.caught_up().await;
    let path = client.session(session.clone()).info().await.unwrap().unwrap().callback.unwrap();
    let http = reqwest::Client::new();
    let forged = format!(
        r#"{{"id":99999,"whatsapp_id":"{session}","event_action":"message","event_data":{{"message":
        {{"id":"false_79991112233@c.us_FORGED","body":"forged","from":"79991112233@c.us"}}}}}}"#
    );
    let at_wrong_path = http.post(format!("{url}/0123")).body(forged.clone()).send().await.unwrap();
    assert_eq!(at_wrong_path.status(), 404);
    assert!(http.post(&path).body(forged).send().await.unwrap().status().is_success());
    write(&sandbox, &session, 1, "real");
    let seen = Seen::default();
    let all = {
        let seen = seen.clone();
        Consumer::new("all").start_at(whatsgate_durable::StartAt::Beginning).on_message(
            move |message, delivery: whatsgate_durable::Delivery| {
                let seen = seen.clone();
                async move { seen.add(format!("{} {}", message.body, delivery.trust())) }
            },
        )
    };
    let strict_seen = Seen::default();
    let strict =
        collecting("strict", &strict_seen).start_at(whatsgate_durable::StartAt::Beginning).only_verified();
    tokio::join!(
        async { inbox.run(all).await.unwrap() },
        async { inbox.run(strict).await.unwrap() },
        async {
            seen.wait_for(2).await;
            strict_seen.wait_for(1).await;
            while inbox.store().run(|tables| tables.count_parked("strict")).await.unwrap().1 == 0 {
                tokio::time::sleep(SOON).await;
            }
            inbox.stop();
        }
    );
    let mut all = seen.all();
    all.sort();
    assert_eq!(all, [format!("forged {}", Trust::Unlisted), format!("real {}", Trust::Listed)]);
    assert_eq!(strict_seen.all(), ["real"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_hook_is_taken_only_when_told() {
    let (_sandbox, client, session) = sandbox().await;
    client.session(session.clone()).set_hook("http://127.0.0.1:9/other").await.unwrap();
    for take in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut hook = Hook::new(listener, &url);
        if take {
            hook = hook.take();
        }
        let started = Inbox::builder(client.clone(), Store::memory()).hook(hook).start().await;
        assert_eq!(matches!(started, Err(InboxError::ForeignHook { .. })), !take);
        let callback = client.session(session.clone()).info().await.unwrap().unwrap().callback.unwrap();
        assert_eq!(callback.starts_with(&url), take);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_session_made_later_are_posted_too() {
    let (sandbox, client, _) = sandbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let hook = Hook::new(listener, &url);
    let inbox = Inbox::builder(client.clone(), Store::memory()).hook(hook).without_poll().poll_every(SOON);
    let inbox = inbox.start().await.unwrap();
    let [later, foreign] = ["Later", "Foreign"].map(|name| sandbox.ready_session(name));
    client.session(foreign.clone()).set_hook("http://127.0.0.1:9/other").await.unwrap();
    let callback = async |session: &SessionId| {
        client.session(session.clone()).info().await.unwrap().unwrap().callback.unwrap_or_default()
    };
    let told = async {
        while !callback(&later).await.starts_with(&url) {
            tokio::time::sleep(SOON).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), told).await.expect("the gateway is told in time");
    let seen = Seen::default();
    let consumer = collecting("bot", &seen).start_at(whatsgate_durable::StartAt::Beginning);
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        write(&sandbox, &later, 1, "posted");
        seen.wait_for(1).await;
        inbox.stop();
    });
    assert_eq!(seen.all(), ["posted"]);
    assert_eq!(callback(&foreign).await, "http://127.0.0.1:9/other");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_path_loses_nothing() {
    let (sandbox, client, session) = sandbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let hook = Hook::new(listener, &url);
    let inbox =
        Inbox::builder(client.clone(), Store::memory()).hook(hook).without_poll().start().await.unwrap();
    let seen = Seen::default();
    let consumer = collecting("bot", &seen).start_at(whatsgate_durable::StartAt::Beginning);
    let before = client.session(session.clone()).info().await.unwrap().unwrap().callback;
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        for number in 0..20 {
            write(&sandbox, &session, 1, &format!("{number}"));
            if number % 5 == 0 {
                inbox.renew_hook(&session).await.unwrap();
            }
        }
        seen.wait_for(20).await;
        inbox.stop();
    });
    let after = client.session(session.clone()).info().await.unwrap().unwrap().callback;
    assert_ne!(before, after);
    assert_eq!(seen.all(), (0..20).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_can_be_waited_for() {
    let (sandbox, client, session) = sandbox().await;
    let inbox = Inbox::builder(client.clone(), Store::memory()).poll_every(SOON).start().await.unwrap();
    inbox.caught_up().await;
    let number: whatsgate_model::PhoneNumber = "79991112233".parse().unwrap();
    let sent = client.session(session.clone()).send(number, OutgoingMessage::text("hello")).await.unwrap();
    let id = sent.message().unwrap().id.clone();
    let receipts = inbox.receipts();
    let waited =
        receipts.wait(&session, id.as_str(), DeliveryState::Read, Duration::from_secs(20)).await.unwrap();
    assert_eq!(waited, Waited::Reached(DeliveryState::Read));
    let stalled =
        receipts.wait(&session, id.as_str(), DeliveryState::Played, Duration::from_millis(50)).await.unwrap();
    assert_eq!(stalled, Waited::Stalled(Some(DeliveryState::Read)));
    drop(sandbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_while_the_store_fails_comes_with_the_poll() {
    let (sandbox, client, session) = sandbox_with(|settings| settings.webhook_repeats = 0).await;
    let (_folder, address) = file();
    let store = Store::open(&address).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let inbox = Inbox::builder(client, store.clone())
        .hook(Hook::new(listener, &url))
        .poll_every(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    inbox.caught_up().await;
    let seen = Seen::default();
    let consumer = collecting("bot", &seen);
    tokio::join!(async { inbox.run(consumer).await.unwrap() }, async {
        while store.run(|tables| tables.consumers()).await.unwrap().is_empty() {
            tokio::time::sleep(SOON).await;
        }
        // No page more than there are: as if the disk were full.
        let limit = |pages: i64| {
            store.run(move |tables| match tables.transaction() {
                Transaction::Sqlite(database) => {
                    let count: i64 = database.query_row("PRAGMA page_count", [], |row| row.get(0))?;
                    database.pragma_update(None, "max_page_count", count + pages)?;
                    Ok(())
                }
                _ => unreachable!(),
            })
        };
        limit(0).await.unwrap();
        let long = "long ".repeat(4000);
        write(&sandbox, &session, 1, &long);
        while !sandbox.delivery_records().iter().any(|record| record.outcome == DeliveryOutcome::WrongReply) {
            tokio::time::sleep(SOON).await;
        }
        limit(1_000_000).await.unwrap();
        seen.wait_for(1).await;
        inbox.stop();
    });
    assert_eq!(seen.all().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_of_one_consumer_share_its_events() {
    let (sandbox, client, session) = sandbox().await;
    let inbox = Inbox::builder(client, Store::memory()).poll_every(SOON).start().await.unwrap();
    for number in 0..60 {
        write(&sandbox, &session, 1 + number % 20, &format!("{number}"));
    }
    let seen = [Seen::default(), Seen::default()];
    let all = || seen.iter().flat_map(Seen::all).collect::<Vec<_>>();
    let consumer = |seen: &Seen| collecting("bot", seen).start_at(whatsgate_durable::StartAt::Beginning);
    tokio::join!(
        async { inbox.run(consumer(&seen[0])).await.unwrap() },
        async { inbox.run(consumer(&seen[1])).await.unwrap() },
        async {
            while all().len() < 60 {
                tokio::time::sleep(SOON).await;
            }
            tokio::time::sleep(SOON * 10).await;
            inbox.stop();
        }
    );
    let mut all: Vec<u32> = all().iter().map(|text| text.parse().unwrap()).collect();
    all.sort_unstable();
    assert_eq!(all, (0..60).collect::<Vec<_>>());
}
