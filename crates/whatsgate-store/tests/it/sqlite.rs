//! What only a file meets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use whatsgate_core::durable::journal::{Content, Incoming};
use whatsgate_core::durable::outbox::{Class, Key, State};
use whatsgate_store::consumers::{StartAt, lease, open};
use whatsgate_store::rusqlite::Connection;
use whatsgate_store::{Store, StoreError, StoreVersion, Tables, Transaction};

use crate::support::{append, arrivals, entries, event, insert, raw, run, sqlite, wrong_columns};

/// Tells a process of this test what to do, and where.
const CHILD: &str = "WHATSGATE_TEST_STORE";

fn file(folder: &Path) -> PathBuf {
    folder.join("events.db")
}

/// The file as another program has it, all of it in one piece.
fn connection(folder: &Path) -> Connection {
    let connection = Connection::open(file(folder)).unwrap();
    connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    connection
}

async fn opened(folder: &Path) -> Result<(), StoreError> {
    sqlite(folder).await.map(drop)
}

/// A store with some events, closed.
async fn filled(folder: &Path) {
    append(&sqlite(folder).await.unwrap(), (1..=200).map(event)).await;
    drop(connection(folder));
}

#[tokio::test]
async fn what_is_stored_is_there_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let store = sqlite(folder.path()).await.unwrap();
    assert_eq!(entries(&store).await.len(), 200);
    assert_eq!(*store.end().borrow(), 200);
    assert!(!store.is_for_many());
}

#[tokio::test]
async fn a_path_with_odd_characters_is_taken_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["with spaces.db", "события?mode=memory.db", "a%20b#c.db", "quote'\".db"] {
        let path = folder.path().join(name);
        append(&Store::open(&format!("sqlite:{}", path.display())).await.unwrap(), [event(1)]).await;
        assert!(path.exists(), "{name}");
    }
}

#[tokio::test]
async fn a_database_of_another_program_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    connection(folder.path())
        .execute_batch("CREATE TABLE orders (a); INSERT INTO orders VALUES (1)")
        .unwrap();
    let before = fs::read(file(folder.path())).unwrap();
    let refused = opened(folder.path()).await;
    assert!(
        matches!(&refused, Err(StoreError::Address(text)) if text.contains("another program")),
        "{refused:?}"
    );
    drop(connection(folder.path()));
    assert_eq!(fs::read(file(folder.path())).unwrap(), before);
}

#[tokio::test]
async fn the_version_of_a_file_is_told_and_nothing_changed() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let version = || async { Store::version(&format!("sqlite:{}", file(folder.path()).display())).await };
    let known = version().await.unwrap().known;
    assert_eq!(version().await.unwrap().found, known);
    connection(folder.path()).pragma_update(None, "user_version", 1).unwrap();
    for _ in 0..2 {
        assert_eq!(version().await, Ok(StoreVersion { found: 1, known }));
    }
    let nowhere = folder.path().join("none.db");
    let nothing = Store::version(&format!("sqlite:{}", nowhere.display())).await;
    assert!(matches!(nothing, Err(StoreError::Address(_))), "{nothing:?}");
    assert!(!nowhere.exists());
}

#[tokio::test]
async fn a_file_of_a_later_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    connection(folder.path()).pragma_update(None, "user_version", 1000).unwrap();
    let refused = opened(folder.path()).await;
    assert!(matches!(refused, Err(StoreError::Newer { found: 1000, .. })), "{refused:?}");
}

#[tokio::test]
async fn an_older_file_is_brought_up_to_date_and_kept_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    // As the first version was.
    connection(folder.path())
        .execute_batch(
            "DROP TABLE receipts; DROP TABLE outbox; DROP TABLE sightings; DROP TABLE chat_names; \
             DROP TABLE relay_tokens; DROP INDEX journal_lane; PRAGMA user_version = 1",
        )
        .unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    assert_eq!(entries(&store).await.len(), 200);
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'receipts'";
    let count =
        |connection: Connection| connection.query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(connection(folder.path())), 1);
    let backup = Connection::open(folder.path().join("events.db.version-1")).unwrap();
    let version: i64 = backup.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    let events: i64 = backup.query_row("SELECT count(*) FROM journal", [], |row| row.get(0)).unwrap();
    assert_eq!((version, events, count(backup)), (1, 200, 0));
}

#[tokio::test]
async fn a_program_that_puts_nonsense_is_told_by_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    let other = connection(folder.path());
    let mut wrong = wrong_columns();
    // SQLite takes any type in any column unless it is told otherwise.
    for (column, value) in [
        ("not_before", "1.5"),
        ("key", "x'6b'"),
        ("key", "'a' || char(0) || 'b'"),
        ("message", "x'7b7d'"),
        ("file", "x'2f'"),
    ] {
        wrong.push(vec![(column, value.to_owned())]);
    }
    for columns in wrong {
        let columns: Vec<_> = columns.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert!(other.execute(&insert("outbox", &columns), []).is_err(), "{columns:?}");
    }
    for columns in [&[][..], &[("key", "17"), ("class", "'0'"), ("not_before", "'1000'")]] {
        other.execute(&insert("outbox", columns), []).unwrap();
    }
    other.execute(&insert("outbox", &[("key", "'odd'"), ("course", "'{}'")]), []).unwrap();
    let odd = run(&store, |tables| tables.outbox_entry(&Key::new("odd"))).await.unwrap();
    assert_eq!(odd.course.state, State::Unknown, "nobody else's is stopped by it");
    other.execute("DELETE FROM outbox WHERE key = 'odd'", []).unwrap();
    other
        .execute(&insert("outbox", &[("key", "'file'"), ("message", "''"), ("file", "'/a.pdf'")]), [])
        .unwrap();
    drop(other);
    let put = run(&store, |tables| tables.unread_outbox(10)).await;
    let keys: Vec<_> = put.iter().map(|entry| &*entry.key.key).collect();
    assert_eq!(keys, ["order-17", "17", "file"]);
    assert_eq!((put[1].draft.class, put[1].draft.not_before), (Class::Urgent, 1000));
    let now = run(&store, |tables| tables.now()).await;
    assert!(put.iter().all(|entry| (now - entry.created).abs() < 60_000), "it is told when it was put");
}

#[tokio::test]
async fn a_damaged_file_is_told() {
    let spoil: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes[..16].fill(b'x'),
        |bytes| bytes.truncate(bytes.len() / 2),
        |bytes| bytes[100..8000].fill(0xff),
        |bytes| bytes.truncate(50),
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path()).await;
        let mut bytes = fs::read(file(folder.path())).unwrap();
        spoil(&mut bytes);
        fs::write(file(folder.path()), bytes).unwrap();
        let refused = opened(folder.path()).await;
        assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{number}: {refused:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(file(folder.path()), "This is a letter to somebody, and no database. ".repeat(40)).unwrap();
    let refused = opened(folder.path()).await;
    assert!(matches!(refused, Err(StoreError::Corrupt(_))), "{refused:?}");
}

#[tokio::test]
async fn a_byte_that_changed_in_content_is_told() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let mut bytes = fs::read(file(folder.path())).unwrap();
    let text = event(77).raw.as_str().as_bytes().to_owned();
    // Pages may hold remains of what was moved elsewhere.
    let places: Vec<_> = (0..bytes.len() - text.len()).filter(|at| bytes[*at..].starts_with(&text)).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at + text.len() - 2] ^= 1;
    }
    fs::write(file(folder.path()), bytes).unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    let damaged: Vec<_> =
        entries(&store).await.into_iter().filter(|entry| entry.content == Content::Damaged).collect();
    assert_eq!(damaged.len(), 1);
    assert_eq!(damaged[0].identity.number, Some(77));
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let refused = opened(&folder.path().join("there/is/none")).await;
    assert!(matches!(&refused, Err(StoreError::Address(text)) if text.contains("folder")), "{refused:?}");
    // The file is a folder.
    fs::create_dir(file(folder.path())).unwrap();
    let refused = opened(folder.path()).await;
    assert!(matches!(refused, Err(StoreError::Address(_))), "{refused:?}");
    // Nor is memory a file.
    for address in ["sqlite:", "sqlite::memory:", "sqlite://"] {
        let refused = Store::open(address).await.map(drop);
        assert!(matches!(refused, Err(StoreError::Address(_))), "{address}: {refused:?}");
    }
}

#[tokio::test]
async fn a_file_that_another_program_holds_too_long_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    append(&store, [event(1)]).await;
    let other = connection(folder.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(store.append(arrivals([event(2)])).await, Err(StoreError::Locked));
    // Nothing need be written to open it.
    assert_eq!(opened(folder.path()).await, Ok(()));
    other.execute_batch("ROLLBACK").unwrap();
    append(&store, [event(2)]).await;
    assert_eq!(entries(&store).await.len(), 2);
}

/// Limits the file to so many pages, as a full disk does.
fn limit(tables: &mut dyn Tables, pages: u32) -> Result<(), StoreError> {
    let Transaction::Sqlite(connection) = tables.transaction() else { panic!("it is not SQLite") };
    connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    Ok(())
}

#[tokio::test]
async fn a_full_disk_is_told_and_it_goes_on_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    append(&store, [event(1)]).await;
    run(&store, |tables| limit(tables, 1)).await;
    let large = || {
        let text = raw(&format!("\"{}\"", "x".repeat(500_000)));
        arrivals([Incoming { raw: text, ..event(2) }, event(3)])
    };
    assert_eq!(store.append(large()).await, Err(StoreError::Full));
    // With others in the same commit too.
    let go = crate::transactions::hold(&store).await;
    let submit = |store: Store| tokio::spawn(async move { store.append(large()).await });
    let (one, other) = (submit(store.clone()), submit(store.clone()));
    let setting = {
        let store = store.clone();
        tokio::spawn(async move { store.run(|tables| tables.set_setting("name", Some("value"))).await })
    };
    tokio::task::yield_now().await;
    drop(go);
    assert_eq!(one.await.unwrap(), Err(StoreError::Full));
    assert_eq!(other.await.unwrap(), Err(StoreError::Full));
    // Either it went with the others or it was stored, and it was told which.
    let told = setting.await.unwrap().is_ok();
    assert_eq!(run(&store, |tables| tables.setting("name")).await.is_some(), told);
    assert_eq!(entries(&store).await.len(), 1);
    run(&store, |tables| limit(tables, 1_000_000)).await;
    store.append(large()).await.unwrap();
    assert_eq!(entries(&store).await.len(), 3);
}

#[tokio::test]
async fn a_program_that_ends_the_transaction_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    for end in ["COMMIT", "ROLLBACK"] {
        let ended = store
            .run(move |tables| {
                let Transaction::Sqlite(connection) = tables.transaction() else {
                    panic!("it is not SQLite")
                };
                Ok(connection.execute_batch(end)?)
            })
            .await;
        assert!(matches!(ended, Err(StoreError::RolledBack(_))), "{end}: {ended:?}");
        append(&store, [event(1)]).await;
    }
}

/// Runs a test of this program in a process of its own.
fn child(test: &str, program: &Path, wrapper: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(wrapper.first().map_or(program, Path::new));
    if let Some((_, rest)) = wrapper.split_first() {
        command.args(rest).arg(program);
    }
    command.args(["--exact", test, "--nocapture"]).env(CHILD, folder);
    command
}

/// What a process of this test has in its hands, if this is one.
fn folder_of_child() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_has_one_owner_by_whatever_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    let (file, link) = (folder.path().join("events.db"), folder.path().join("link.db"));
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let linked = Store::open(&format!("sqlite:{}", link.display())).await.unwrap();
    store.own().await.unwrap();
    assert_eq!(linked.own().await, Err(StoreError::Owned { owner: std::process::id().to_string() }));
    // A second log beside a second name would be another file's.
    let other = folder.path().join("other.db");
    fs::hard_link(&file, &other).unwrap();
    let opened = Store::open(&format!("sqlite:{}", other.display())).await;
    assert!(matches!(opened, Err(StoreError::Address(_))), "{opened:?}");
}

#[tokio::test]
async fn one_process_owns_a_file_and_others_are_told_which() {
    if let Some(folder) = folder_of_child() {
        let store = sqlite(&folder).await.unwrap();
        store.own().await.unwrap();
        fs::write(folder.join("owned"), "").unwrap();
        // Until it is killed.
        std::io::stdin().read_line(&mut String::new()).unwrap();
        drop(store);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    append(&store, [event(1)]).await;
    run(&store, |tables| open(tables, "one", 2, StartAt::Now)).await;
    run(&store, |tables| lease(tables, "one", "of the dead", i64::MAX / 2)).await;
    let test = "sqlite::one_process_owns_a_file_and_others_are_told_which";
    let mut command = child(test, &std::env::current_exe().unwrap(), &[], folder.path());
    let mut owner = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    while !folder.path().join("owned").exists() {
        assert!(owner.try_wait().unwrap().is_none(), "the process ended");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(store.own().await, Err(StoreError::Owned { owner: owner.id().to_string() }));
    // It may look and put meanwhile.
    append(&store, [event(2)]).await;
    owner.kill().unwrap();
    owner.wait().unwrap();
    // The lock went with the process, and what the dead had is free.
    store.own().await.unwrap();
    store.own().await.unwrap();
    let leases = run(&store, |tables| lease(tables, "one", "a", 1000)).await;
    assert_eq!(leases.held.len(), 2);
    // Another handle is another owner.
    let other = sqlite(folder.path()).await.unwrap();
    assert_eq!(other.own().await, Err(StoreError::Owned { owner: std::process::id().to_string() }));
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_or_a_folder_that_can_only_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    if let Some(folder) = folder_of_child() {
        let refused = match sqlite(&folder).await {
            Ok(store) => store.append(arrivals([event(201)])).await,
            Err(error) => Err(error),
        };
        assert!(matches!(refused, Err(StoreError::ReadOnly)), "{refused:?}");
        return;
    }
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let outer = tempfile::tempdir().unwrap();
    mode(outer.path(), 0o755);
    // Nothing is read-only for root: it is asked of another user, who gets a copy of this program.
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n");
    let (program, wrapper): (_, &[&str]) = if is_root {
        let copy = outer.path().join("program");
        fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        (copy, &["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"])
    } else {
        (std::env::current_exe().unwrap(), &[])
    };
    for (number, (of_folder, of_file)) in
        [(0o755, 0o444), (0o555, 0o444), (0o555, 0o666)].into_iter().enumerate()
    {
        let folder = outer.path().join(number.to_string());
        fs::create_dir(&folder).unwrap();
        filled(&folder).await;
        for beside in ["events.db-wal", "events.db-shm"] {
            let _ = fs::remove_file(folder.join(beside));
        }
        mode(&file(&folder), of_file);
        mode(&folder, of_folder);
        let test = "sqlite::a_file_or_a_folder_that_can_only_be_read_is_told";
        let output = child(test, &program, wrapper, &folder).output().unwrap();
        mode(&folder, 0o755);
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("1 passed"), "{of_folder:o} {of_file:o}: {said}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_is_gone_or_another_takes_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let store = sqlite(folder.path()).await.unwrap();
    store.own().await.unwrap();
    append(&store, [event(1)]).await;
    let away = folder.path().join("away.db");
    fs::rename(file(folder.path()), &away).unwrap();
    let gone = store.run(|tables| tables.set_setting("a", Some("b"))).await;
    assert_eq!(gone, Err(StoreError::Gone));
    // Another file in its place is not it.
    fs::copy(&away, file(folder.path())).unwrap();
    assert_eq!(store.run(|tables| tables.set_setting("a", Some("b"))).await, Err(StoreError::Gone));
    drop(store);
    // A fresh one would know no keys.
    fs::remove_file(file(folder.path())).unwrap();
    assert_eq!(opened(folder.path()).await, Err(StoreError::Gone));
    fs::write(file(folder.path()), "").unwrap();
    assert_eq!(opened(folder.path()).await, Err(StoreError::Gone));
    fs::rename(&away, file(folder.path())).unwrap();
    assert_eq!(entries(&sqlite(folder.path()).await.unwrap()).await.len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let mode = fs::metadata(file(folder.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
