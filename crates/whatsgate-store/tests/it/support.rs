//! Stores to test with, and events to put there.

use whatsgate_core::durable::journal::{Entry, Identity, Incoming, Trust};
use whatsgate_core::durable::partition::Parked;
use whatsgate_model::{RawJson, from_json};
use whatsgate_store::journal::Arrival;
use whatsgate_store::{Slice, Store, StoreError, Tables};

pub(crate) const SESSION: &str = "6345454545454";
/// All of a journal.
pub(crate) const WHOLE: Slice = Slice { partition: 0, of: 1 };

/// Makes of each case, a function with a store, a test for each kind of store.
macro_rules! on_every_store {
    ($($case:ident),+ $(,)?) => {
        mod memory {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(&whatsgate_store::Store::memory()).await;
                }
            )+
        }

        #[cfg(feature = "sqlite")]
        mod sqlite {
            $(
                #[tokio::test]
                async fn $case() {
                    let folder = tempfile::tempdir().unwrap();
                    super::$case(&crate::support::sqlite(folder.path()).await.unwrap()).await;
                }
            )+
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            $(
                #[tokio::test]
                async fn $case() {
                    if let Some(database) = crate::support::postgres::Database::create().await {
                        super::$case(&database.store().await).await;
                        database.remove().await;
                    }
                }
            )+
        }
    };
}

#[cfg(feature = "sqlite")]
pub(crate) async fn sqlite(folder: &std::path::Path) -> Result<Store, StoreError> {
    Store::open(&format!("sqlite:{}", folder.join("events.db").display())).await
}

/// An event that the service lists, in one of eight chats.
pub(crate) fn event(number: i64) -> Incoming {
    let chat = format!("chat-{}", number.rem_euclid(8));
    Incoming {
        identity: Identity {
            number: Some(number),
            session: SESSION.to_owned(),
            action: "create".to_owned(),
            message: format!("false_{chat}_{number:020X}"),
        },
        is_history: false,
        trust: Trust::Listed,
        chat,
        date: Some(1_700_000_000 + number),
        raw: raw(&format!(r#"{{"event_id":{number}}}"#)),
    }
}

/// The same event, when it is only posted.
pub(crate) fn posted(number: i64, trust: Trust) -> Incoming {
    Incoming { trust, raw: raw(&format!(r#"{{"event_id":{number},"posted":true}}"#)), ..event(number) }
}

pub(crate) fn raw(json: &str) -> RawJson {
    from_json(json).unwrap()
}

pub(crate) fn arrivals(events: impl IntoIterator<Item = Incoming>) -> Vec<Arrival> {
    events
        .into_iter()
        .map(|event| Arrival { event, receipt: None, sighting: None, opts_out: false })
        .collect()
}

pub(crate) async fn append(store: &Store, events: impl IntoIterator<Item = Incoming>) {
    store.append(arrivals(events)).await.unwrap();
}

/// Does something in a transaction that succeeds.
pub(crate) async fn run<R: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut dyn Tables) -> Result<R, StoreError> + Send + 'static,
) -> R {
    store.run(work).await.unwrap()
}

/// The whole journal.
pub(crate) async fn entries(store: &Store) -> Vec<Entry> {
    run(store, |tables| tables.read(WHOLE, 0, usize::MAX, usize::MAX)).await
}

pub(crate) fn numbers(entries: &[Entry]) -> Vec<Option<i64>> {
    entries.iter().map(|entry| entry.identity.number).collect()
}

pub(crate) fn parked(position: u64, dead: bool) -> Parked {
    Parked {
        position,
        chat: format!("{SESSION}/chat-{}", position % 8),
        tries: 2,
        due: 1000,
        reason: "it failed".to_owned(),
        dead,
    }
}

#[cfg(feature = "postgres")]
pub(crate) mod postgres {
    use std::sync::atomic::{AtomicU32, Ordering};

    use whatsgate_store::Store;
    use whatsgate_store::tokio_postgres::{Client, Config, NoTls};

    /// Says where a server is whose user may make databases: `postgres://USER@HOST:PORT/postgres`.
    pub(crate) const VARIABLE: &str = "WHATSGATE_TEST_POSTGRES";

    /// A database of a test's own.
    pub(crate) struct Database {
        pub(crate) address: String,
        name: String,
        admin: Client,
    }

    impl Database {
        /// A new database; none, which is told, if there is no server.
        pub(crate) async fn create() -> Option<Self> {
            static MADE: AtomicU32 = AtomicU32::new(0);
            let Ok(server) = std::env::var(VARIABLE) else {
                eprintln!("NOT RUN: {VARIABLE} is not set to the address of a PostgreSQL server");
                return None;
            };
            let admin = connect(&server).await;
            let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
            admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
            let (before, _) = server.rsplit_once('/').expect("the address names a database");
            Some(Self { address: format!("{before}/{name}"), name, admin })
        }

        pub(crate) async fn store(&self) -> Store {
            Store::open(&self.address).await.unwrap()
        }

        pub(crate) async fn client(&self) -> Client {
            connect(&self.address).await
        }

        pub(crate) async fn admin(&self, sql: &str) {
            self.admin.batch_execute(sql).await.unwrap();
        }

        pub(crate) fn name(&self) -> &str {
            &self.name
        }

        pub(crate) async fn remove(self) {
            self.admin(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        }
    }

    async fn connect(address: &str) -> Client {
        let (client, connection) = address.parse::<Config>().unwrap().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

/// An `INSERT` of another program into the outbox, with some columns of its own choice.
pub(crate) fn insert(table: &str, columns: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("key", "'order-17'"),
        ("session", "'6345454545454'"),
        ("recipient", "'79990000001'"),
        ("message", r#"'{"type":"text","body":"Hello"}'"#),
    ];
    all.retain(|(name, _)| columns.iter().all(|(own, _)| own != name));
    all.extend(columns);
    let (names, values): (Vec<_>, Vec<_>) = all.into_iter().unzip();
    format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "))
}

/// Columns that no store takes. What it would stop, if it were stored, is the sending of all other messages.
pub(crate) fn wrong_columns() -> Vec<Vec<(&'static str, String)>> {
    let one = |name, value: &str| vec![(name, value.to_owned())];
    vec![
        one("class", "'urgent'"),
        one("class", "3"),
        one("not_before", "'tomorrow'"),
        one("not_before", "-1"),
        one("expires", "'tomorrow'"),
        one("key", "NULL"),
        one("key", "' '"),
        one("key", &format!("'{}'", "k".repeat(256))),
        one("key", "'a' || '\u{7}' || 'b'"),
        one("program", &format!("'{}'", "p".repeat(256))),
        one("session", "NULL"),
        one("message", "NULL"),
        one("message", "''"),
        one("state", "5"),
    ]
}
