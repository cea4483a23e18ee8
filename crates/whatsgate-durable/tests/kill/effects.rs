//! Many events, faults of every kind, and processes that are killed at random: each effect at least once, and exactly once where
//! it shares the transaction of its progress.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use whatsgate_durable::{Store, Transaction};
use whatsgate_sandbox::{ErrorForm, Fault, FaultRule, Incoming, Settings};

use crate::child::{Program, kill, number, sandbox, until};

/// Where effects go.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// Into the store's database, with the progress.
    InTransaction,
    /// Into a file, before the progress.
    AtLeastOnce,
}

fn faults() -> Vec<FaultRule> {
    let sometimes = |probability, fault| FaultRule { probability, ..FaultRule::new(fault) };
    vec![
        sometimes(0.05, Fault::Lose),
        sometimes(0.05, Fault::Double),
        sometimes(0.02, Fault::Delay { ms: 700 }),
        sometimes(0.02, Fault::Reorder),
        sometimes(0.01, Fault::Unlisted { ms: 1500 }),
        sometimes(0.02, Fault::Error { form: ErrorForm::EvaluationFailed, acts: None }).on("events-get"),
        sometimes(0.02, Fault::CloseAfter).on("events-get"),
        sometimes(0.02, Fault::BreakOff { bytes: 100 }).on("events-get"),
    ]
}

async fn endure(store_address: &str, mode: Mode, processes: usize) {
    let events = number("WHATSGATE_KILL_EVENTS", 2_000);
    let kills = number("WHATSGATE_KILLS", 6);
    let settings = Settings {
        webhook_interval: Duration::from_millis(300),
        webhook_repeats: 1,
        kept_events: events * 2,
        kept_text_bytes: 1 << 30,
        kept_messages: 1_000,
        ..Settings::default()
    };
    let (sandbox, _client, session) = sandbox(settings).await;
    sandbox.set_faults(13, &faults());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("effects.txt");
    let mut program = Program::new("kill_driver", &sandbox, &session, store_address);
    if mode == Mode::AtLeastOnce {
        program = program.with("EFFECTS", &file);
    }
    let store = Store::open(store_address).await.unwrap();
    make_table(&store).await;
    let mut children: Vec<_> = (0..processes).map(|_| program.start()).collect();
    until("begun", async || {
        store
            .run(|tables| Ok(whatsgate_durable::store::poll::standing(tables)?.position.is_some()))
            .await
            .unwrap()
    })
    .await;

    let began = Instant::now();
    let mut random = fastrand::Rng::with_seed(13);
    let mut killed = 0;
    for event in 0..events {
        let from = format!("7999{:07}@c.us", event % 97 + 1).parse().unwrap();
        sandbox.receive(&session, Incoming::text(from, event.to_string())).unwrap();
        if event % 20 == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // Spread over the time that it takes.
        if killed < kills && event >= (killed + 1) * events / (kills + 1) {
            tokio::time::sleep(Duration::from_millis(random.u64(0..50))).await;
            let victim = random.usize(0..processes);
            kill(&mut children[victim]).await;
            children[victim] = program.start();
            killed += 1;
        }
    }
    assert_eq!(killed, kills);
    let effects = async || effects(&store, mode, &file).await;
    until("handled all", async || effects().await.len() >= events).await;
    let took = began.elapsed();
    let counted = effects().await;
    let doubled = counted.values().filter(|times| **times > 1).count();
    let lost = (0..events).filter(|event| !counted.contains_key(&event.to_string())).count();
    println!(
        "{events} events, {kills} kills, {processes} process(es): {lost} lost, {doubled} doubled, in {:.1} s",
        took.as_secs_f64()
    );
    assert_eq!(lost, 0);
    match mode {
        Mode::InTransaction => assert_eq!(doubled, 0),
        // At most what was under way in each partition when it was killed.
        Mode::AtLeastOnce => assert!(doubled <= 16 * kills, "{doubled}"),
    }
}

async fn make_table(store: &Store) {
    let made = store.run(|tables| {
        match tables.transaction() {
            Transaction::Sqlite(database) => {
                database.execute("CREATE TABLE effects (event TEXT NOT NULL)", [])?;
            }
            #[cfg(feature = "postgres")]
            Transaction::Postgres(mut database) => {
                database.batch_execute("CREATE TABLE effects (event TEXT NOT NULL)")?;
            }
            _ => {}
        }
        Ok(())
    });
    made.await.unwrap();
}

async fn effects(store: &Store, mode: Mode, file: &Path) -> HashMap<String, usize> {
    let mut counted = HashMap::new();
    if mode == Mode::AtLeastOnce {
        for line in std::fs::read_to_string(file).unwrap_or_default().lines() {
            *counted.entry(line.to_owned()).or_default() += 1;
        }
        return counted;
    }
    let events = store.run(|tables| match tables.transaction() {
        Transaction::Sqlite(database) => {
            let mut statement = database.prepare("SELECT event FROM effects")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?)
        }
        #[cfg(feature = "postgres")]
        Transaction::Postgres(mut database) => {
            let rows = database.query("SELECT event FROM effects", &[])?;
            Ok(rows.iter().map(|row| row.get(0)).collect())
        }
        _ => unreachable!(),
    });
    for event in events.await.unwrap() {
        *counted.entry(event).or_default() += 1;
    }
    counted
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_loses_nothing_and_doubles_no_effect_in_the_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("events.db").display());
    endure(&address, Mode::InTransaction, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_loses_nothing_with_effects_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("events.db").display());
    endure(&address, Mode::AtLeastOnce, 1).await;
}

#[cfg(feature = "postgres")]
async fn in_database(mode: Mode, processes: usize) {
    crate::child::in_database(async |address| endure(address, mode, processes).await).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres_loses_nothing_and_doubles_no_effect_in_the_transaction_of_two_processes() {
    in_database(Mode::InTransaction, 2).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres_loses_nothing_with_effects_elsewhere_and_two_processes() {
    in_database(Mode::AtLeastOnce, 2).await;
}
