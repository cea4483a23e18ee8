//! The tokens of pages, and the last events of a chat.

use whatsgate_store::{RelayTokenRow, RelayTokens, Store, StoreError};

use crate::support::{SESSION, append, event, numbers, run};

on_every_store! {
    a_token_is_found_by_its_hash_and_changed,
    tokens_are_counted_and_listed_by_program,
    tokens_are_removed_one_by_one_by_subject_and_all,
    what_has_expired_is_swept,
    what_is_undone_leaves_the_token_as_it_was,
    the_last_events_of_a_chat_come_first,
}

fn row(number: u32, program: &str, subject: &str, expires: i64) -> RelayTokenRow {
    RelayTokenRow {
        hash: format!("hash-{number}"),
        id: format!("id-{number}"),
        program: program.to_owned(),
        subject: subject.to_owned(),
        expires,
        state: r#"{"sends":1}"#.to_owned(),
    }
}

async fn put(store: &Store, rows: Vec<RelayTokenRow>) {
    run(store, move |tables| rows.iter().try_for_each(|row| tables.put_relay_token(row))).await;
}

async fn ids(store: &Store, program: &'static str) -> Vec<String> {
    let rows = run(store, move |tables| tables.relay_tokens(program, 0, "", 99)).await;
    rows.into_iter().map(|row| row.id).collect()
}

async fn a_token_is_found_by_its_hash_and_changed(store: &Store) {
    let token = row(1, "shop", "visitor ü", 1_000);
    put(store, vec![token.clone(), row(2, "shop", "other", 1_000)]).await;
    assert_eq!(run(store, |tables| tables.relay_token("hash-1")).await, Some(token.clone()));
    let changed = RelayTokenRow { expires: 2_000, state: "{}".to_owned(), ..token };
    put(store, vec![changed.clone()]).await;
    assert_eq!(run(store, |tables| tables.lock_relay_token("hash-1")).await, Some(changed));
    assert_eq!(run(store, |tables| tables.relay_token("hash-3")).await, None);
    let asked = ["hash-1".to_owned(), "hash-3".to_owned(), "hash-2".to_owned()];
    let mut found = run(store, move |tables| tables.relay_expiries(&asked)).await;
    found.sort();
    assert_eq!(found, [("hash-1".to_owned(), 2_000), ("hash-2".to_owned(), 1_000)]);
}

async fn tokens_are_counted_and_listed_by_program(store: &Store) {
    put(store, vec![row(1, "shop", "a", 1_000), row(2, "shop", "a", 2_000), row(3, "crm", "a", 2_000)]).await;
    assert_eq!(run(store, |tables| tables.count_relay_tokens("shop", 999)).await, 2);
    assert_eq!(run(store, |tables| tables.count_relay_tokens("shop", 1_000)).await, 1);
    assert_eq!(ids(store, "shop").await, ["id-1", "id-2"]);
    let second = run(store, |tables| tables.relay_tokens("shop", 0, "id-1", 1)).await;
    assert_eq!(second, [row(2, "shop", "a", 2_000)]);
    assert_eq!(run(store, |tables| tables.relay_tokens("shop", 1_500, "", 9)).await.len(), 1);
}

async fn tokens_are_removed_one_by_one_by_subject_and_all(store: &Store) {
    let rows = [(1, "shop", "a"), (2, "shop", "a"), (3, "shop", "b"), (4, "shop", "c"), (5, "crm", "a")];
    put(store, rows.map(|(number, program, subject)| row(number, program, subject, 1_000)).to_vec()).await;
    let remove = async |which| run(store, move |tables| tables.remove_relay_tokens("shop", &which)).await;
    // Another program's, though the id is right.
    assert_eq!(remove(RelayTokens::Id("id-5".to_owned())).await, 0);
    assert_eq!(remove(RelayTokens::Id("id-3".to_owned())).await, 1);
    assert_eq!(remove(RelayTokens::Subject("a".to_owned())).await, 2);
    assert_eq!(ids(store, "shop").await, ["id-4"]);
    assert_eq!(remove(RelayTokens::All).await, 1);
    assert_eq!((ids(store, "shop").await.len(), ids(store, "crm").await.len()), (0, 1));
}

async fn what_has_expired_is_swept(store: &Store) {
    put(store, vec![row(1, "shop", "a", 1_000), row(2, "crm", "a", 1_001)]).await;
    assert_eq!(run(store, |tables| tables.sweep_relay_tokens(1_000)).await, 1);
    assert_eq!((ids(store, "shop").await.len(), ids(store, "crm").await.len()), (0, 1));
}

async fn what_is_undone_leaves_the_token_as_it_was(store: &Store) {
    let token = row(1, "shop", "a", 1_000);
    put(store, vec![token.clone()]).await;
    let undone = store.run(|tables| {
        let mut token = tables.lock_relay_token("hash-1")?.expect("it is there");
        "{}".clone_into(&mut token.state);
        tables.put_relay_token(&token)?;
        tables.remove_relay_tokens("shop", &RelayTokens::All)?;
        Err::<(), _>(StoreError::Other("no".to_owned()))
    });
    assert!(undone.await.is_err());
    assert_eq!(run(store, |tables| tables.relay_token("hash-1")).await, Some(token));
}

async fn the_last_events_of_a_chat_come_first(store: &Store) {
    append(store, (1..=40).map(event)).await;
    let last = run(store, |tables| tables.last_of_chat(SESSION, "chat-3", 0, 3)).await;
    assert_eq!(numbers(&last), [Some(35), Some(27), Some(19)]);
    let later = run(store, |tables| tables.last_of_chat(SESSION, "chat-3", 27, 3)).await;
    assert_eq!(numbers(&later), [Some(35)]);
    assert!(run(store, |tables| tables.last_of_chat("other", "chat-3", 0, 3)).await.is_empty());
}
