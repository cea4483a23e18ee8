//! Many messages to send, a gateway that fails before, during, after and long after the real send, and processes that are
//! killed at random. What really left is counted at the sandbox.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use whatsgate_durable::{Outbox, OutboxFilter, State, Store};
use whatsgate_model::{OutgoingMessage, PhoneNumber, SessionId};
use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Group, Sandbox, Settings};

use crate::child::{Program, kill, number, sandbox, until};

fn faults() -> Vec<FaultRule> {
    let on_send = |probability, fault| FaultRule { probability, ..FaultRule::new(fault).on("send") };
    let error = |form, acts| Fault::Error { form, acts: Some(acts) };
    vec![
        on_send(0.03, Fault::CloseBefore),
        on_send(0.02, error(ErrorForm::BadGateway, false)),
        on_send(0.02, error(ErrorForm::Internal, false)),
        on_send(0.02, error(ErrorForm::TooManyRequests, false)),
        on_send(0.03, Fault::CloseAfter),
        on_send(0.02, error(ErrorForm::BadGateway, true)),
        on_send(0.01, error(ErrorForm::Internal, true)),
        on_send(0.02, error(ErrorForm::EvaluationFailed, true)),
        on_send(0.02, Fault::BreakOff { bytes: 40 }),
        on_send(0.01, Fault::Truncate { bytes: 40 }),
        on_send(0.01, Fault::Late { ms: 2_500, jitter_ms: 6_000 }),
        FaultRule { probability: 0.02, ..FaultRule::new(Fault::CloseAfter).on("events-get") },
        FaultRule { probability: 0.02, ..FaultRule::new(Fault::Unlisted { ms: 1_500 }) },
    ]
}

/// How the messages are sent.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Through the outbox.
    Outbox,
    /// Again after any error.
    Naive,
    /// Never again where the outcome is unknown, as the client alone does it.
    Careful,
}

/// What left, beside what was to leave.
struct Count {
    /// Messages of which one more left than was to, or several.
    doubled: usize,
    /// Messages that did not leave.
    missing: usize,
}

/// What goes on being sent, so that there is something to compare the absence of others with.
const LATER: &str = "Later on";

/// A list, a quarter of whose messages have an equal one in the same chat, some with files, some to a group.
fn list(messages: usize, folder: &std::path::Path) -> String {
    let file = folder.join("price list.txt");
    std::fs::write(&file, "A price list").unwrap();
    let mut list = String::new();
    for number in 0..messages {
        let chat = number / 5 + 1;
        let to = if chat % 10 == 9 { format!("{}@g.us", group(chat)) } else { format!("7999{chat:07}") };
        let text = match number % 5 {
            0 | 1 => format!("Your order of chat {chat} is ready"),
            _ => format!("Message {number}"),
        };
        let _ = match number % 10 {
            7 => writeln!(list, "{to};{text};{}", file.display()),
            _ => writeln!(list, "{to};{text}"),
        };
    }
    list
}

fn group(chat: usize) -> String {
    format!("42390{chat:08}")
}

fn count(list: &str, sandbox: &Sandbox, session: &SessionId) -> Count {
    let mut balance: HashMap<(String, String), i64> = HashMap::new();
    for line in list.lines() {
        let mut parts = line.split(';');
        let (to, text) = (parts.next().unwrap(), parts.next().unwrap());
        let chat = if to.contains('@') { to.to_owned() } else { format!("{to}@c.us") };
        *balance.entry((chat, text.to_owned())).or_default() -= 1;
    }
    for message in sandbox.sent(session).into_iter().filter(|message| message.body != LATER) {
        *balance.entry((message.to.unwrap().as_str().to_owned(), message.body)).or_default() += 1;
    }
    let sum = |sign: i64| balance.values().map(|left| (left * sign).max(0)).sum::<i64>();
    Count { doubled: usize::try_from(sum(1)).unwrap(), missing: usize::try_from(sum(-1)).unwrap() }
}

async fn endure(store_address: &str, way: Way, create_events: bool, processes: usize) -> Count {
    let messages = number("WHATSGATE_KILL_SENDS", 300);
    let kills = number("WHATSGATE_KILLS", 6);
    let settings = Settings {
        sending_delay: Duration::from_millis(5),
        ack_interval: Duration::from_millis(20),
        create_events,
        groups: (1..=messages / 5 + 1)
            .filter(|chat| chat % 10 == 9)
            .map(|chat| Group::new(group(chat), "Group", ["79999999999"]))
            .collect(),
        kept_events: messages * 20,
        kept_messages: messages * 4,
        kept_text_bytes: 1 << 30,
        ..Settings::default()
    };
    let (sandbox, _client, session) = sandbox(settings).await;
    sandbox.set_faults(14, &faults());
    let folder = tempfile::tempdir().unwrap();
    let list = list(messages, folder.path());
    let path = folder.path().join("list.csv");
    std::fs::write(&path, &list).unwrap();
    let mut program = Program::new("send_driver", &sandbox, &session, store_address).with("LIST", &path);
    if way != Way::Outbox {
        let name = if way == Way::Naive { "naive" } else { "careful" };
        program = program.with("WAY", std::path::Path::new(name));
    }
    let store = Store::open(store_address).await.unwrap();
    let outbox = Outbox::new(store);
    let settled = async || {
        if way != Way::Outbox {
            let notes = std::fs::read_to_string(path.with_extension("done")).unwrap_or_default();
            return notes.lines().collect::<HashSet<_>>().len();
        }
        // Asking too often would be a burden of its own.
        tokio::time::sleep(Duration::from_millis(100)).await;
        // Whoever sends may be too busy to let others in.
        let Ok(counts) = outbox.count("").await else { return 0 };
        let is_over = |state| !matches!(state, State::Queued | State::Sending);
        let over = counts.iter().filter(|(state, _)| is_over(*state)).map(|(_, count)| count);
        usize::try_from(over.sum::<u64>()).unwrap()
    };
    let began = Instant::now();
    let mut children: Vec<_> = (0..processes).map(|_| program.start()).collect();
    let mut random = fastrand::Rng::with_seed(14);
    for killed in 0..kills {
        let far = (killed + 1) * messages / (kills + 1);
        until("so far", async || settled().await >= far).await;
        tokio::time::sleep(Duration::from_millis(random.u64(0..50))).await;
        let victim = random.usize(0..processes);
        kill(&mut children[victim]).await;
        children[victim] = program.start();
    }
    until("through", async || settled().await >= messages).await;
    let mut told = String::new();
    let mut unknown = 0;
    if way == Way::Outbox {
        // A round of the poll takes longer the more there is.
        let patience = Duration::from_secs(if create_events { 30 + messages as u64 / 80 } else { 15 });
        unknown = look(&outbox, &session, messages, patience).await;
        for (state, count) in outbox.count("").await.unwrap() {
            let _ = write!(told, ", {count} {}", state.name());
        }
    }
    let took = began.elapsed().as_secs_f64();
    // Whatever the gateway does late it has done by then.
    tokio::time::sleep(Duration::from_secs(9)).await;
    let left = count(&list, &sandbox, &session);
    let Count { doubled, missing } = &left;
    let name = match way {
        Way::Outbox => "the outbox",
        Way::Naive => "a client that tries again",
        Way::Careful => "a client that does not",
    };
    println!(
        "{name}, {} create events: {messages} messages, {kills} kills, {processes} process(es): {doubled} doubled, \
         {missing} did not leave{told}, in {took:.0} s",
        if create_events { "with" } else { "without" }
    );
    if way == Way::Outbox {
        assert_eq!(*doubled, 0);
        look_at_entries(&outbox, &sandbox, &session, messages).await;
        if create_events {
            // One in a hundred, and a few where there are too few to learn from.
            assert!(unknown * 100 <= messages + 500, "{unknown} of {messages} are unknown");
        }
    }
    drop(children);
    left
}

/// Looks for what is unknown as long as that brings anything, and says of how many messages it stays so.
async fn look(outbox: &Outbox, session: &SessionId, messages: usize, patience: Duration) -> usize {
    let filter = || OutboxFilter { states: vec![State::Unknown], ..OutboxFilter::default() };
    let others = Outbox::new(outbox.store().clone()).with_program("others");
    let (mut found, mut unknown) = (Instant::now(), messages);
    for number in 0.. {
        if unknown == 0 || found.elapsed() >= patience {
            break;
        }
        let to = PhoneNumber::new(format!("79988{:06}", number % 50)).unwrap();
        // Whoever sends may be too busy to let others in.
        let _ = others.put(format!("later-{number}"), session, to, OutgoingMessage::text(LATER)).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let Ok(entries) = outbox.list(filter(), messages).await else { continue };
        if entries.len() < unknown {
            (found, unknown) = (Instant::now(), entries.len());
        }
    }
    for entry in outbox.list(filter(), messages).await.unwrap() {
        assert!(!entry.course.reason.is_empty(), "unknown without a reason");
    }
    unknown
}

/// None is forgotten, and each that is sent is a message of its own that really left.
async fn look_at_entries(outbox: &Outbox, sandbox: &Sandbox, session: &SessionId, messages: usize) {
    let entries = outbox.list(OutboxFilter::default(), messages + 1).await.unwrap();
    assert_eq!(entries.len(), messages, "some were forgotten");
    let sent = sandbox.sent(session).into_iter();
    let real: HashSet<_> = sent.map(|message| message.id.as_str().to_owned()).collect();
    let mut claimed = HashSet::new();
    for entry in &entries {
        if let Some(message) = &entry.course.message {
            assert!(real.contains(message), "{} was not sent", entry.key.key);
            assert!(claimed.insert(message.clone()), "two entries are one message");
        }
    }
}

fn file(folder: &tempfile::TempDir) -> String {
    format!("sqlite:{}", folder.path().join("outbox.db").display())
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_sends_each_message_once() {
    let folder = tempfile::tempdir().unwrap();
    endure(&file(&folder), Way::Outbox, true, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_sends_no_message_twice_without_create_events() {
    let folder = tempfile::tempdir().unwrap();
    endure(&file(&folder), Way::Outbox, false, 1).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres_sends_each_message_once_from_two_processes() {
    crate::child::in_database(async |address| {
        endure(address, Way::Outbox, true, 2).await;
    })
    .await;
}

/// Not what is promised, but what it is measured by: faults that do this are faults to be proved against.
#[tokio::test(flavor = "multi_thread")]
async fn clients_without_an_outbox_double_or_miss_messages() {
    let naive = endure("memory:", Way::Naive, true, 1).await;
    assert!(naive.doubled > 0);
    let careful = endure("memory:", Way::Careful, true, 1).await;
    assert!(careful.missing > 0);
}
