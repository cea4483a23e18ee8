//! What only a database meets.

use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use whatsgate_core::durable::journal::Content;
use whatsgate_core::durable::partition::Change;
use whatsgate_store::consumers::{StartAt, commit, lease, open};
use whatsgate_store::journal::{expire, not_listed, read};
use whatsgate_store::{PostgresTransaction, Slice, Store, StoreError, StoreVersion, Tables, Transaction};

use crate::support::postgres::{Database, VARIABLE};
use crate::support::{WHOLE, append, arrivals, entries, event, insert, run, wrong_columns};
use crate::transactions::hold;

type Outcome = Result<(), StoreError>;

/// The transaction, for a program's own statements.
fn own(tables: &mut dyn Tables) -> PostgresTransaction<'_> {
    match tables.transaction() {
        Transaction::Postgres(transaction) => transaction,
        _ => panic!("it is not PostgreSQL"),
    }
}

async fn count(database: &Database, table: &str) -> i64 {
    let client = database.client().await;
    client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await.unwrap().get(0)
}

/// Ends the connections of stores to a database, as a restart of the server does.
async fn disconnect(database: &Database) {
    let name = database.name();
    let sql = format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
         WHERE datname = '{name}' AND application_name = 'whatsgate'"
    );
    database.admin(&sql).await;
}

#[tokio::test]
async fn a_lost_connection_is_made_again() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    append(&store, [event(1)]).await;
    disconnect(&database).await;
    append(&store, [event(2)]).await;
    disconnect(&database).await;
    assert_eq!(entries(&store).await.len(), 2);
    database.remove().await;
}

#[tokio::test]
async fn a_transaction_whose_connection_is_lost_fails_whole_and_the_next_one_goes_on() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    let go = hold(&store).await;
    let submit = |store: Store, events: std::ops::Range<i64>| {
        tokio::spawn(async move { store.append(arrivals(events.map(event))).await })
    };
    let first = submit(store.clone(), 1..5);
    let second = submit(store.clone(), 5..9);
    let cut = {
        let store = store.clone();
        tokio::spawn(async move {
            store
                .run(|tables| {
                    // Its error is kept quiet; the next statement tells.
                    let _ = own(tables).execute("SELECT pg_terminate_backend(pg_backend_pid())", &[]);
                    tables.setting("name").map(drop)
                })
                .await
        })
    };
    let third = {
        let store = store.clone();
        tokio::spawn(async move { store.run(|tables| tables.set_setting("name", Some("value"))).await })
    };
    tokio::task::yield_now().await;
    drop(go);
    for failed in [first, second, cut, third] {
        let failed = failed.await.unwrap();
        assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    }
    assert!(entries(&store).await.is_empty());
    append(&store, (1..9).map(event)).await;
    assert_eq!(entries(&store).await.len(), 8);
    database.remove().await;
}

#[tokio::test]
async fn while_the_server_is_away_everything_fails_and_then_goes_on() {
    let Some(database) = Database::create().await else { return };
    let (before, server) = database.address.split_once('@').unwrap();
    let (server, name) = server.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let address = format!("{before}@{at}/{name}");
    let line = tokio::spawn(pass(listener, server.to_owned()));
    let store = Store::open(&address).await.unwrap();
    append(&store, [event(1)]).await;
    line.abort();
    let _ = line.await;
    let failed = store.append(arrivals([event(2)])).await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))), "{failed:?}");
    let opened = Store::open(&address).await.map(drop);
    assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{opened:?}");
    let line = tokio::spawn(pass(TcpListener::bind(at).await.unwrap(), server.to_owned()));
    append(&store, [event(2)]).await;
    assert_eq!(entries(&store).await.len(), 2);
    line.abort();
    database.remove().await;
}

/// Passes connections on, until it is aborted with all of them.
async fn pass(listener: TcpListener, server: String) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (mut from, _) = listener.accept().await.unwrap();
        let mut to = TcpStream::connect(&server).await.unwrap();
        connections.spawn(async move { tokio::io::copy_bidirectional(&mut from, &mut to).await });
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_counts_as_away() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("postgres://user:password-5f2a@{}/database", silent.local_addr().unwrap());
    let opening = Store::open(&address);
    let opened = tokio::time::timeout(Duration::from_secs(60), opening).await.unwrap();
    let Err(StoreError::Unavailable(text)) = opened else { panic!("{opened:?}") };
    assert!(!text.contains("5f2a"), "{text}");
}

#[tokio::test]
async fn addresses_of_no_use_are_refused() {
    let Some(database) = Database::create().await else { return };
    let (server, _) = database.address.rsplit_once('/').unwrap();
    let latin = format!("{}_latin", database.name());
    database
        .admin(&format!(
            "CREATE DATABASE {latin} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ))
        .await;
    for address in [
        format!("{server}/there_is_none"),
        format!("{server}/{latin}"),
        format!("{}?sslmode=require", database.address),
        format!("{server}/a?port=b"),
    ] {
        let opened = Store::open(&address).await.map(drop);
        assert!(matches!(opened, Err(StoreError::Address(_))), "{opened:?}");
    }
    database.admin(&format!("DROP DATABASE {latin}")).await;
    database.remove().await;
}

#[tokio::test]
async fn many_programs_make_the_tables_at_once() {
    let Some(database) = Database::create().await else { return };
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let address = database.address.clone();
            tokio::spawn(async move { Store::open(&address).await })
        })
        .collect();
    for (opened, number) in opening.into_iter().zip(1..) {
        append(&opened.await.unwrap().unwrap(), [event(number)]).await;
    }
    assert_eq!(count(&database, "whatsgate.journal").await, 8);
    database.remove().await;
}

#[tokio::test]
async fn the_version_of_a_database_is_told_and_nothing_changed() {
    let Some(database) = Database::create().await else { return };
    let version = || Store::version(&database.address);
    for _ in 0..2 {
        assert_eq!(version().await.unwrap().found, 0);
    }
    drop(database.store().await);
    let known = version().await.unwrap().known;
    assert_eq!(version().await.unwrap().found, known);
    let client = database.client().await;
    for (number, told) in
        [(1, Ok(StoreVersion { found: 1, known })), (1000, Err(StoreError::Newer { found: 1000, known }))]
    {
        client.batch_execute(&format!("UPDATE whatsgate.version SET version = {number}")).await.unwrap();
        assert_eq!(version().await, told);
    }
    database.remove().await;
}

#[tokio::test]
async fn older_tables_are_brought_up_to_date_and_newer_ones_are_refused() {
    let Some(database) = Database::create().await else { return };
    append(&database.store().await, [event(1)]).await;
    let client = database.client().await;
    client
        .batch_execute(
            "DROP TABLE whatsgate.receipts, whatsgate.outbox, whatsgate.sightings, whatsgate.chat_names, \
             whatsgate.relay_tokens; DROP INDEX whatsgate.journal_lane; \
             UPDATE whatsgate.version SET version = 1",
        )
        .await
        .unwrap();
    let store = database.store().await;
    assert_eq!(entries(&store).await.len(), 1);
    assert_eq!(count(&database, "whatsgate.receipts").await, 0);
    client.batch_execute("UPDATE whatsgate.version SET version = 1000").await.unwrap();
    let opened = Store::open(&database.address).await.map(drop);
    assert!(matches!(opened, Err(StoreError::Newer { found: 1000, .. })), "{opened:?}");
    // Nor does a program at work go on with them, once it connects again.
    disconnect(&database).await;
    let refused = store.append(arrivals([event(2)])).await;
    assert!(matches!(refused, Err(StoreError::Newer { found: 1000, .. })), "{refused:?}");
    database.remove().await;
}

#[tokio::test]
async fn a_program_that_puts_nonsense_is_told_by_the_database() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    let client = database.client().await;
    for columns in wrong_columns() {
        let columns: Vec<_> = columns.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let put = client.batch_execute(&insert("whatsgate.outbox", &columns)).await;
        assert!(put.is_err(), "{columns:?}");
    }
    client.batch_execute(&insert("whatsgate.outbox", &[])).await.unwrap();
    let file = [("key", "'file'"), ("message", "''"), ("file", "'/a.pdf'")];
    client.batch_execute(&insert("whatsgate.outbox", &file)).await.unwrap();
    assert_eq!(run(&store, |tables| tables.unread_outbox(10)).await.len(), 2);
    database.remove().await;
}

#[tokio::test]
async fn a_schema_of_another_program_is_left_alone() {
    let Some(database) = Database::create().await else { return };
    let client = database.client().await;
    client.batch_execute("CREATE SCHEMA whatsgate; CREATE TABLE whatsgate.journal (a int)").await.unwrap();
    let opened = Store::open(&database.address).await.map(drop);
    assert!(matches!(opened, Err(StoreError::Address(_))), "{opened:?}");
    client.batch_execute("DROP TABLE whatsgate.journal").await.unwrap();
    // An empty one is where somebody with more rights made room.
    append(&database.store().await, [event(1)]).await;
    database.remove().await;
}

#[tokio::test]
async fn stored_means_on_disk_whatever_the_database_says() {
    let Some(database) = Database::create().await else { return };
    database.admin(&format!("ALTER DATABASE {} SET synchronous_commit = off", database.name())).await;
    let setting = run(&database.store().await, |tables| {
        let row = own(tables).query_opt("SHOW synchronous_commit", &[])?.unwrap();
        Ok(row.get::<_, String>(0))
    })
    .await;
    assert_eq!(setting, "on");
    database.remove().await;
}

#[tokio::test]
async fn a_database_that_can_only_be_read_is_told() {
    let Some(database) = Database::create().await else { return };
    append(&database.store().await, [event(1)]).await;
    database
        .admin(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name()))
        .await;
    let store = database.store().await;
    assert_eq!(store.append(arrivals([event(2)])).await, Err(StoreError::ReadOnly));
    assert_eq!(entries(&store).await.len(), 1);
    database.remove().await;
}

#[tokio::test]
async fn errors_of_the_server_have_their_meaning_and_not_its_words() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    for code in ["53100", "25006", "55P03", "40P01", "40001", "42501", "XX001", "57P01", "53300", "22012"] {
        let sql = format!("DO $$ BEGIN RAISE EXCEPTION 'words-5f2a' USING ERRCODE = '{code}'; END $$");
        let error = store.run(move |tables| Ok(own(tables).batch_execute(&sql)?)).await.unwrap_err();
        let as_expected = match code {
            "53100" => error == StoreError::Full,
            "25006" => error == StoreError::ReadOnly,
            "55P03" => error == StoreError::Locked,
            "XX001" => matches!(error, StoreError::Corrupt(_)),
            "57P01" | "53300" => matches!(error, StoreError::Unavailable(_)),
            _ => matches!(error, StoreError::Other(_)) && error.to_string().contains(code),
        };
        assert!(as_expected, "{code}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("5f2a"), "{error}");
    }
    append(&store, [event(1)]).await;
    database.remove().await;
}

#[tokio::test]
async fn a_program_writes_together_with_its_progress() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    database.client().await.batch_execute("CREATE TABLE visits (guest text PRIMARY KEY)").await.unwrap();
    append(&store, (1..=3).map(event)).await;
    run(&store, |tables| open(tables, "one", 1, StartAt::Beginning)).await;
    let held = run(&store, |tables| lease(tables, "one", "a", 1_000_000)).await.held.remove(0).row.lease;
    let visit = |guest: &'static str, progress, held: whatsgate_core::durable::leases::Lease| {
        store.run(move |tables| -> Outcome {
            assert_eq!(own(tables).execute("INSERT INTO visits VALUES ($1)", &[&guest])?, 1);
            commit(tables, "one", &held, &Change { progress, ..Change::default() })
        })
    };
    visit("a", 1, held.clone()).await.unwrap();
    assert!(visit("a", 2, held.clone()).await.is_err());
    let mut old = held.clone();
    old.epoch -= 1;
    assert_eq!(visit("b", 2, old).await, Err(StoreError::LeaseLost));
    assert_eq!(count(&database, "visits").await, 1);
    assert_eq!(run(&store, |tables| tables.partition("one", 0)).await.unwrap().progress, 1);
    // The table is made anew with other columns; what was prepared does not stand in the way for long.
    let read = || store.run(|tables| Ok(own(tables).query("SELECT * FROM visits", &[])?.len()));
    assert_eq!(read().await, Ok(1));
    database.client().await.batch_execute("ALTER TABLE visits ADD COLUMN day int").await.unwrap();
    let _ = read().await;
    assert_eq!(read().await, Ok(1));
    database.remove().await;
}

#[tokio::test]
async fn a_failure_that_a_program_keeps_quiet_takes_nobody_with_it() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    database.client().await.batch_execute("CREATE TABLE visits (guest text PRIMARY KEY)").await.unwrap();
    let submit = |work: fn(&mut dyn Tables) -> Outcome| {
        let store = store.clone();
        tokio::spawn(async move { store.run(work).await })
    };
    let quiet: fn(&mut dyn Tables) -> Outcome = |tables| {
        own(tables).execute("INSERT INTO visits VALUES ('quiet')", &[])?;
        let _ = own(tables).execute("INSERT INTO visits VALUES ('quiet')", &[]);
        Ok(())
    };
    // Alone first: PostgreSQL would answer the commit with a rollback, and no error.
    assert!(submit(quiet).await.unwrap().is_err());
    let go = hold(&store).await;
    let before = submit(|tables| tables.set_setting("before", Some("x")));
    let wrong = submit(|tables| Ok(own(tables).batch_execute("SELECT no_such_column")?));
    let quiet = submit(quiet);
    let saved = submit(|tables| {
        let mut own = own(tables);
        own.batch_execute("INSERT INTO visits VALUES ('saved'); SAVEPOINT mine")?;
        own.execute("INSERT INTO visits VALUES ($1)", &[&"saved"]).unwrap_err();
        Ok(own.batch_execute("ROLLBACK TO SAVEPOINT mine")?)
    });
    let after = submit(|tables| tables.set_setting("after", Some("x")));
    tokio::task::yield_now().await;
    drop(go);
    assert!(wrong.await.unwrap().is_err());
    assert!(quiet.await.unwrap().is_err());
    for good in [before, saved, after] {
        good.await.unwrap().unwrap();
    }
    assert_eq!(count(&database, "visits").await, 1);
    assert_eq!(count(&database, "whatsgate.settings").await, 2);
    database.remove().await;
}

#[tokio::test]
async fn a_program_that_ends_the_transaction_is_told() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    for end in ["COMMIT", "ROLLBACK"] {
        let ended = store
            .run(move |tables| {
                tables.set_setting("name", Some("value"))?;
                Ok(own(tables).batch_execute(end)?)
            })
            .await;
        assert!(ended.is_err(), "{end}");
        append(&store, [event(1)]).await;
    }
    database.remove().await;
}

#[tokio::test]
async fn who_waits_too_long_for_a_lock_is_told() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    append(&store, [event(1)]).await;
    let client = database.client().await;
    client.batch_execute("BEGIN; SELECT * FROM whatsgate.journal_end FOR UPDATE").await.unwrap();
    assert_eq!(store.append(arrivals([event(2)])).await, Err(StoreError::Locked));
    // Who only reads waits for nobody.
    assert_eq!(entries(&store).await.len(), 1);
    client.batch_execute("ROLLBACK").await.unwrap();
    append(&store, [event(2)]).await;
    database.remove().await;
}

#[tokio::test]
async fn content_that_is_not_what_was_stored_is_told() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    append(&store, [event(1), event(2)]).await;
    let client = database.client().await;
    let spoil = "UPDATE whatsgate.content SET text = replace(text, '2', '3') WHERE position = 2";
    client.batch_execute(spoil).await.unwrap();
    let contents: Vec<_> = entries(&store).await.into_iter().map(|entry| entry.content).collect();
    assert_eq!(contents, [Content::Whole(event(1).raw), Content::Damaged]);
    database.remove().await;
}

#[tokio::test]
async fn a_long_transaction_of_somebody_else_holds_nothing_back() {
    let Some(database) = Database::create().await else { return };
    let store = database.store().await;
    append(&store, [event(0)]).await;
    let client = database.client().await;
    // It has seen the tables, and it has written, so that it has a number of its own.
    for sql in [
        "CREATE TABLE foreign_table (a int)",
        "BEGIN ISOLATION LEVEL REPEATABLE READ",
        "INSERT INTO foreign_table VALUES (1); SELECT count(*) FROM whatsgate.journal",
    ] {
        client.batch_execute(sql).await.unwrap();
    }
    let follower = tokio::spawn(follow(database.store().await, 501));
    for number in 1..=500 {
        append(&store, [event(number)]).await;
    }
    follower.await.unwrap();
    client.batch_execute("COMMIT").await.unwrap();
    database.remove().await;
}

/// Reads on as long as there is something to come, and checks that nothing is missed.
async fn follow(store: Store, events: u64) {
    let mut end = store.end();
    let mut after = 0;
    while after < events {
        let page = run(&store, move |tables| read(tables, WHOLE, after, 100)).await;
        let positions: Vec<_> = page.entries.iter().map(|entry| entry.position).collect();
        assert_eq!(positions, (after + 1..=page.up_to).collect::<Vec<_>>());
        if page.up_to == after {
            end.changed().await.unwrap();
        }
        after = page.up_to;
    }
}

#[tokio::test]
async fn two_programs_append_at_once_and_their_readers_miss_nothing() {
    const EVENTS: i64 = 10_000;
    let Some(database) = Database::create().await else { return };
    let stores = [database.store().await, database.store().await];
    let followers = stores.clone().map(|store| tokio::spawn(follow(store, u64::try_from(EVENTS).unwrap())));
    let mut appending = tokio::task::JoinSet::new();
    for worker in 0..16 {
        let store = stores[worker % 2].clone();
        appending.spawn(async move {
            let mine = (1..=EVENTS).filter(|number| number % 16 == i64::try_from(worker).unwrap());
            for numbers in mine.collect::<Vec<_>>().chunks(3) {
                append(&store, numbers.iter().copied().map(event)).await;
                // Somebody else's, once more.
                append(&store, [event(numbers[0] % EVENTS + 1)]).await;
            }
        });
    }
    while let Some(done) = appending.join_next().await {
        done.unwrap();
    }
    for follower in followers {
        follower.await.unwrap();
    }
    assert_eq!(count(&database, "whatsgate.journal").await, EVENTS);
    database.remove().await;
}

/// Whatever several programs do at once, in one commit each and in any order, nobody waits in a circle.
#[tokio::test]
async fn programs_do_not_stand_in_each_others_way() {
    let Some(database) = Database::create().await else { return };
    let stores = [database.store().await, database.store().await];
    for name in ["one", "two"] {
        run(&stores[0], move |tables| open(tables, name, 4, StartAt::Beginning)).await;
    }
    let mut working = tokio::task::JoinSet::new();
    for (number, store) in stores.iter().enumerate() {
        for task in 0..12_u32 {
            let store = store.clone();
            let worker = if number == 0 { "a" } else { "b" };
            working.spawn(async move {
                for round in 0..40 {
                    let name = if (task + round) % 2 == 0 { "one" } else { "two" };
                    match (task + round) % 6 {
                        0 => append(&store, [event(i64::from(task * 100 + round))]).await,
                        1 => drop(run(&store, move |tables| lease(tables, name, worker, 1_000_000)).await),
                        2 => run(&store, move |tables| tables.set_setting(name, Some("x"))).await,
                        3 => drop(run(&store, |tables| expire(tables, 0, 0)).await),
                        4 => run(&store, move |tables| disprove(tables, name)).await,
                        _ => run(&store, move |tables| progress(tables, name, worker, task % 4)).await,
                    }
                }
            });
        }
    }
    while let Some(done) = working.join_next().await {
        done.unwrap();
    }
    database.remove().await;
}

/// What a poll does at the end of its round.
fn disprove(tables: &mut dyn Tables, setting: &str) -> Outcome {
    tables.setting(setting)?;
    not_listed(tables, &[1])
}

/// What a worker does that has the partition.
fn progress(tables: &mut dyn Tables, name: &str, worker: &str, partition: u32) -> Outcome {
    let rows = tables.partitions(name)?;
    let Some(row) = rows.into_iter().find(|row| row.lease.partition == partition && row.lease.is_of(worker))
    else {
        return Ok(());
    };
    let page = read(tables, Slice { partition, of: 4 }, row.progress, 1)?;
    match commit(tables, name, &row.lease, &Change { progress: page.up_to, ..Change::default() }) {
        Err(StoreError::LeaseLost) => Ok(()),
        outcome => outcome,
    }
}

#[tokio::test]
async fn what_another_program_appends_is_noticed() {
    let Some(database) = Database::create().await else { return };
    let (one, other) = (database.store().await, database.store().await);
    assert!(one.is_for_many());
    let mut end = other.end();
    end.borrow_and_update();
    append(&one, [event(1)]).await;
    end.changed().await.unwrap();
    assert_eq!(*end.borrow(), 1);
    database.remove().await;
}

#[test]
fn the_variable_is_the_one_of_the_test_command() {
    let chore = concat!(env!("CARGO_MANIFEST_DIR"), "/../xtask/src/postgres.rs");
    assert!(std::fs::read_to_string(chore).unwrap().contains(VARIABLE));
}
