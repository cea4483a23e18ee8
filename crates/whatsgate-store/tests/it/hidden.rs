//! A damaged file, or one that another program wrote to, has its errors; none repeats what is stored.

use std::time::Duration;

use whatsgate_canary::{KEY, PHONE, TEXT, assert_hidden};
use whatsgate_core::durable::journal::Position;
use whatsgate_core::durable::outbox::{Class, Key};
use whatsgate_core::durable::pacing::Limits;
use whatsgate_store::consumers::{StartAt, open};
use whatsgate_store::waiting::Waiting;
use whatsgate_store::{
    OutboxFilter, Slice, Store, StoreError, Tables, Transaction, consumers, outbox, pacing, pages, poll,
};

use crate::support::{append, event, sqlite};

type Result<T> = std::result::Result<T, StoreError>;

const SESSION: &str = "6345454545454";

/// Puts the same value into a column of all rows, which no longer has to meet conditions.
async fn overwrite(store: &Store, table: &str, column: &str, value: &str) {
    let sql = format!("UPDATE OR IGNORE {table} SET {column} = '{value}'");
    let done = store.run(move |tables| {
        let Transaction::Sqlite(connection) = tables.transaction() else { panic!("the store is a file") };
        connection.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
        connection.execute(&sql, []).unwrap();
        Ok(())
    });
    done.await.unwrap();
}

/// What goes wrong when everything is read, or decided by.
async fn errors(store: &Store) -> Vec<String> {
    const HEAD: Position = 0;
    type Reads = fn(&mut dyn Tables) -> Result<()>;
    let all: [Reads; 17] = [
        |tables| tables.end().map(drop),
        |tables| tables.read(Slice { partition: 0, of: 1 }, HEAD, 9, 1 << 20).map(drop),
        |tables| tables.pending(9).map(drop),
        |tables| tables.consumers().map(drop),
        |tables| tables.partitions("shop").map(drop),
        |tables| tables.parked("shop", 0).map(drop),
        |tables| tables.outbox_entries(&OutboxFilter::default(), 9).map(drop),
        |tables| tables.relay_tokens("shop", 0, "", 9).map(drop),
        |tables| poll::standing(tables).map(drop),
        |tables| poll::round_began(tables).map(drop),
        |tables| poll::lease(tables, "worker", 1000).map(drop),
        |tables| open(tables, "shop", 1, StartAt::Now).map(drop),
        |tables| consumers::dead_letter(tables, "shop", 1).map(drop),
        |tables| pacing::is_connected(tables, SESSION).map(drop),
        |tables| pacing::forecast(tables, SESSION, &Limits::default(), Some((Class::Bulk, 1))).map(drop),
        |tables| Waiting::read(tables, Duration::from_secs(1)).map(drop),
        |tables| outbox::decide(tables, &Key::new("order-1"), &outbox::Decision::Cancel).map(drop),
    ];
    let mut errors = Vec::new();
    for read in all {
        if let Err(error) = store.run(move |tables| read(tables)).await {
            errors.push(format!("{error} {error:?}"));
        }
    }
    let asking = pages::Asking {
        consumer: "shop".to_owned(),
        most: 9,
        most_bytes: 1 << 20,
        length: 1000,
        current: None,
        random: "r".to_owned(),
    };
    errors.extend(
        store.run(move |tables| pages::lend(tables, &asking)).await.err().map(|error| error.to_string()),
    );
    errors
}

#[tokio::test]
async fn an_error_repeats_nothing_of_what_is_stored() {
    let mut count = 0;
    for (table, column) in [
        ("journal_end", "head"),
        ("journal", "trust"),
        ("journal", "received"),
        ("content", "text"),
        ("consumers", "partitions"),
        ("partitions", "progress"),
        ("partitions", "expires"),
        ("outbox", "created"),
        ("outbox", "class"),
        ("relay_tokens", "expires"),
        ("settings", "value"),
    ] {
        for value in
            [KEY.to_owned(), TEXT.to_owned(), format!("\"{TEXT}\""), format!("\"{PHONE}\""), PHONE.to_owned()]
        {
            let folder = tempfile::tempdir().unwrap();
            let store = sqlite(folder.path()).await.unwrap();
            append(&store, (1..=3).map(event)).await;
            let filled = store.run(|tables| {
                open(tables, "shop", 1, StartAt::Beginning)?;
                for name in ["poll.position", "poll.began", &format!("pace.{SESSION}"), &format!("connected.{SESSION}")] {
                    tables.set_setting(name, Some("1"))?;
                }
                let Transaction::Sqlite(connection) = tables.transaction() else { panic!("the store is a file") };
                let sql = "INSERT INTO outbox (key, session, recipient, message) VALUES ('order-1', ?1, '79991112233', '{}')";
                connection.execute(sql, [SESSION]).unwrap();
                let sql = "INSERT INTO relay_tokens VALUES ('hash', 'id', 'shop', '', 9000000000000, '{}')";
                connection.execute(sql, []).unwrap();
                Ok(())
            });
            filled.await.unwrap();
            overwrite(&store, table, column, &value).await;
            for error in errors(&store).await {
                assert_hidden(&error);
                assert!(!error.contains(SESSION), "{error}");
                count += 1;
            }
        }
    }
    assert!(count > 50, "{count}");
}
