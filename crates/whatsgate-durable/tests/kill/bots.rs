//! The example bots, killed ten times while customers write. What they did is counted at the sandbox, or in the table that
//! they write.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio::process::Child;
use whatsgate_durable::{Outbox, State, Store, Transaction};
use whatsgate_model::{EventAction, EventsGetRequest, SessionId};
use whatsgate_native::{Client, TryStreamExt};
use whatsgate_sandbox::{Fault, FaultRule, Incoming, Sandbox, Settings};

use crate::child::{Program, kill, sandbox, until};

const KILLS: u32 = 10;
const MESSAGES_A_LIFE: u32 = 20;

fn settings() -> Settings {
    Settings {
        sending_delay: Duration::from_millis(1),
        ack_interval: Duration::from_millis(1),
        webhook_interval: Duration::from_millis(200),
        webhook_repeats: 1,
        ..Settings::default()
    }
}

/// Lets customers write while a bot is killed again and again. Returns how many messages there were, and the bot of the last
/// life, which goes on until it is dropped.
async fn live_and_die(
    program: &Program,
    sandbox: &Sandbox,
    session: &SessionId,
    store: &Store,
) -> (u32, Child) {
    let mut bot = program.start();
    until("begun", async || !store.run(|tables| tables.consumers()).await.unwrap().is_empty()).await;
    let mut random = fastrand::Rng::with_seed(13);
    let mut written = 0;
    for life in 0..=KILLS {
        for _ in 0..MESSAGES_A_LIFE {
            let from = format!("7999{:07}@c.us", written % 7 + 1).parse().unwrap();
            sandbox.receive(session, Incoming::text(from, format!("message {written}"))).unwrap();
            written += 1;
            tokio::time::sleep(Duration::from_millis(random.u64(0..20))).await;
        }
        if life < KILLS {
            kill(&mut bot).await;
            bot = program.start();
        }
    }
    (written, bot)
}

/// How often each message was answered, as the sandbox counts it.
async fn answers(client: &Client) -> BTreeMap<String, usize> {
    let filter = EventsGetRequest::new().with_action(EventAction::Create);
    let events: Vec<_> = client.events(filter).try_collect().await.unwrap();
    let mut answers = BTreeMap::new();
    for event in events {
        let body = event.data.message().unwrap().body.clone();
        let question = body.split_once(": ").unwrap().1.to_owned();
        *answers.entry(question).or_default() += 1;
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answering_bot_answers_everything_once() {
    let (sandbox, client, session) = sandbox(settings()).await;
    // Some replies take their time, and some never come.
    sandbox.set_faults(
        1,
        &[
            FaultRule { probability: 0.1, ..FaultRule::new(Fault::CloseAfter).on("send") },
            FaultRule { probability: 0.05, ..FaultRule::new(Fault::CloseBefore) },
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("bot.db").display());
    let program = Program::new("answers", &sandbox, &session, &address);
    let store = Store::open(&address).await.unwrap();
    let (written, _bot) = live_and_die(&program, &sandbox, &session, &store).await;
    let expected: BTreeMap<_, _> = (0..written).map(|number| (format!("message {number}"), 1)).collect();
    until("answered", async || answers(&client).await.len() == expected.len()).await;
    assert_eq!(answers(&client).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_book_has_every_message_once() {
    let (sandbox, _client, session) = sandbox(settings()).await;
    sandbox.set_faults(
        1,
        &[
            FaultRule { probability: 0.2, ..FaultRule::new(Fault::Lose) },
            FaultRule { probability: 0.1, ..FaultRule::new(Fault::Double) },
        ],
    );
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("orders.db").display());
    let program = Program::new("orders", &sandbox, &session, &address);
    let store = Store::open(&address).await.unwrap();
    let (written, _bot) = live_and_die(&program, &sandbox, &session, &store).await;
    let orders = async || {
        let read = store.run(|tables| match tables.transaction() {
            Transaction::Sqlite(database) => {
                let mut statement = database.prepare("SELECT text, count(*) FROM orders GROUP BY text")?;
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(rows.collect::<Result<BTreeMap<String, u32>, _>>()?)
            }
            _ => unreachable!(),
        });
        read.await.unwrap()
    };
    until("written", async || orders().await.len() == written as usize).await;
    let expected: BTreeMap<_, _> = (0..written).map(|number| (format!("message {number}"), 1)).collect();
    assert_eq!(orders().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_slow_bot_answers_nothing_twice_and_tells_what_it_does_not_know() {
    let (sandbox, client, session) = sandbox(settings()).await;
    // Slower than the gateway is patient.
    let slow = Fault::Latency { ms: 50, jitter_ms: 100 };
    sandbox.set_faults(1, &[FaultRule::new(slow).on("send")]);
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("slow.db").display());
    let program = Program::new("slow_answers", &sandbox, &session, &address);
    let store = Store::open(&address).await.unwrap();
    let (written, _bot) = live_and_die(&program, &sandbox, &session, &store).await;
    let dead = async || store.run(|tables| tables.dead_letters("slow", 0, 1000)).await.unwrap();
    // Each is answered, or somebody is told.
    until("answered", async || {
        let answers = answers(&client).await;
        answers.len() + dead().await.len() >= written as usize
    })
    .await;
    let answers = answers(&client).await;
    assert!(answers.values().all(|times| *times == 1), "{answers:?}");
    assert!(dead().await.len() <= 8 * KILLS as usize, "at most one of each partition and life");
}

/// A program that sends a list, killed ten times: no line leaves twice, none is forgotten, and nearly all leave.
async fn send_a_list(program: Program, lines: usize, address: &str, sandbox: &Sandbox, session: &SessionId) {
    let limits = r#"{"interval_ms":0,"burst":1000,"hourly":9000,"daily":9000,"error_pause_ms":0}"#;
    let program = program.with("LIMITS", Path::new(limits));
    // Some replies never come.
    sandbox.set_faults(1, &[FaultRule { probability: 0.05, ..FaultRule::new(Fault::CloseAfter).on("send") }]);
    let outbox = Outbox::new(Store::open(address).await.unwrap());
    let counts = async |states: &[State]| {
        // Whoever sends may be too busy to let others in.
        let Ok(counts) = outbox.count("").await else { return 0 };
        let of = counts.iter().filter(|(state, _)| states.contains(state)).map(|(_, count)| count);
        usize::try_from(of.sum::<u64>()).unwrap()
    };
    // Of what is under way when it is killed it is never known, and it may not have left.
    let over = [State::Sent, State::Unknown];
    let mut life = program.start();
    let mut random = fastrand::Rng::with_seed(14);
    for killed in 1..=KILLS as usize {
        let far = killed * lines / (KILLS as usize + 1);
        until("so far", async || counts(&over).await >= far).await;
        tokio::time::sleep(Duration::from_millis(random.u64(0..30))).await;
        // It may have come to its end.
        let _ = life.kill().await;
        life = program.start();
    }
    until("through", async || counts(&over).await == lines).await;
    let mut texts: Vec<_> = sandbox.sent(session).into_iter().map(|message| message.body).collect();
    let left = texts.len();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), left, "some left twice");
    // What was under way when it was killed is not repeated, because it may have left.
    assert!(counts(&[State::Sent]).await <= left && left + 16 * KILLS as usize >= lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_sender_sends_no_line_twice() {
    let (sandbox, _client, session) = sandbox(settings()).await;
    let folder = tempfile::tempdir().unwrap();
    let list: Vec<_> = (1..=400).map(|line| format!("7999{line:07};Line {line}")).collect();
    let path = folder.path().join("list.csv");
    std::fs::write(&path, list.join("\n")).unwrap();
    let address = format!("sqlite:{}", folder.path().join("bulk.db").display());
    let program = Program::new("list_sender", &sandbox, &session, &address).with_argument(&path);
    send_a_list(program, list.len(), &address, &sandbox, &session).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_service_tells_no_order_twice() {
    let (sandbox, _client, session) = sandbox(settings()).await;
    let folder = tempfile::tempdir().unwrap();
    let orders: Vec<_> =
        (1..=400).map(|order| format!("{order} 7999{order:07} Order {order} is ready")).collect();
    let path = folder.path().join("orders.txt");
    std::fs::write(&path, orders.join("\n")).unwrap();
    let address = format!("sqlite:{}", folder.path().join("orders.db").display());
    let program = Program::new("order_status", &sandbox, &session, &address).with_input(&path);
    send_a_list(program, orders.len(), &address, &sandbox, &session).await;
}
