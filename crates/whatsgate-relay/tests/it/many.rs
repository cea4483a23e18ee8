//! Several relays over one store are as one.

use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use whatsgate_relay::{Limits, RelayTokens};
use whatsgate_store::Store;
use whatsgate_store::tokio_postgres::{Client, Config, NoTls};

use crate::support::{CHAT, Gateway, LONG, PROGRAM, Served, grant, text};

/// Says where a server is whose user may make databases: `postgres://USER@HOST:PORT/postgres`.
const VARIABLE: &str = "WHATSGATE_TEST_POSTGRES";

/// A database of a test's own.
struct Database {
    address: String,
    name: String,
    admin: Client,
}

impl Database {
    /// A new database; none, which is told, if there is no server.
    async fn create() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var(VARIABLE) else {
            eprintln!("NOT RUN: {VARIABLE} is not set to the address of a PostgreSQL server");
            return None;
        };
        let (admin, connection) = server.parse::<Config>().unwrap().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        let name = format!("relay_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (before, _) = server.rsplit_once('/').expect("the address names a database");
        Some(Self { address: format!("{before}/{name}"), name, admin })
    }

    async fn remove(self) {
        self.admin.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await.unwrap();
    }
}

/// 50 messages at once, of which 10 are left, by way of two relays.
async fn share(gateway: &Gateway, one: &Store, other: &Store) {
    let mut limits = Limits::default();
    (limits.calls_of_a_token, limits.burst) = (100, 1_000);
    let relays = [
        Served::with(&gateway.client, one, limits).await,
        Served::with(&gateway.client, other, limits).await,
    ];
    let token = relays[0].mint(grant(&gateway.session).with_sends(10)).await.token;
    let calls = (0..50).map(|at| relays[at % 2].call(&token, "send", text(&gateway.session, CHAT)));
    let answers = join_all(calls).await;
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    let spent =
        answers.iter().filter(|answer| answer.status == 403 && answer.refused().1 == "budget").count();
    assert_eq!((done, spent, gateway.sent()), (10, 40, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_share_what_a_token_has_left_in_memory() {
    let gateway = Gateway::start().await;
    let store = Store::memory();
    share(&gateway, &store, &store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_share_what_a_token_has_left_in_a_file() {
    let gateway = Gateway::start().await;
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("relay.db").display());
    let (one, other) = (Store::open(&address).await.unwrap(), Store::open(&address).await.unwrap());
    share(&gateway, &one, &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_share_what_a_token_has_left_in_a_database() {
    let Some(database) = Database::create().await else { return };
    let gateway = Gateway::start().await;
    let (one, other) =
        (Store::open(&database.address).await.unwrap(), Store::open(&database.address).await.unwrap());
    share(&gateway, &one, &other).await;
    database.remove().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_relay_revokes_opens_nothing_at_another() {
    let Some(database) = Database::create().await else { return };
    let gateway = Gateway::start().await;
    let (one, other) =
        (Store::open(&database.address).await.unwrap(), Store::open(&database.address).await.unwrap());
    let (one, other) =
        (Served::start(&gateway.client, &one).await, Served::start(&gateway.client, &other).await);
    let token = one.mint(grant(&gateway.session)).await.token;
    assert_eq!(other.call(&token, "send", text(&gateway.session, CHAT)).await.status, 200);
    let stream = other.bare(Method::GET, "events/stream").bearer_auth(&token).send().await.unwrap();
    assert_eq!(one.relay.revoke(PROGRAM, RelayTokens::All).await.unwrap(), 1);
    // With the next call, and the stream by itself.
    assert_eq!(other.call(&token, "send", text(&gateway.session, CHAT)).await.status, 401);
    let said = tokio::time::timeout(LONG, stream.text()).await.expect("the stream ends").unwrap();
    assert!(said.contains("event: error"), "{said}");
    let body = json!({ "WhatsappID": gateway.session, "recipient": { "id": CHAT } });
    assert_eq!(one.call(&token, "typing", body).await.status, 401);
    assert_eq!(gateway.sent(), 1);
    database.remove().await;
}
