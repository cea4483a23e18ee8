//! A store whose rows are damaged, or of another program.

use std::fmt::Debug;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use whatsgate_core::durable::outbox::evidence::{Content, Sighting};
use whatsgate_core::durable::outbox::{Absent, Class, Draft, Ended, Key};
use whatsgate_core::durable::pacing::Limits;
use whatsgate_core::durable::receipts::ReceiptKey;
use whatsgate_core::webhook;
use whatsgate_durable::store::journal::Arrival;
use whatsgate_durable::store::outbox::{Reading, Taking};
use whatsgate_durable::store::pages::Asking;
use whatsgate_durable::store::rusqlite::types::Value as Cell;
use whatsgate_durable::store::waiting::Waiting;
use whatsgate_durable::store::{
    RelayTokenRow, RelayTokens, Sendable, Slice, Tables, consumers, journal, outbox, pacing, pages, poll,
};
use whatsgate_durable::{Decision, OutboxFilter, StartAt, Store, StoreError, Transaction, Trust};
use whatsgate_tests::events;

use crate::SCRATCH;
use crate::calm::{calm_error, hides};

type Result<T> = std::result::Result<T, StoreError>;

const SESSION: &str = "6345454545454";
const CHAT: &str = "79991112233@c.us";
const WORKER: &str = "worker";
const HASH: &str = "5f2a";

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("there is a runtime"));

/// A file of SQLite with something in every table.
static STORE: LazyLock<Store> = LazyLock::new(|| {
    let address = format!("sqlite:{}", SCRATCH.join("store.db").display());
    RUNTIME.block_on(async {
        let store = Store::open(&address).await.expect("the store can be made");
        store.run(|tables| fill(tables)).await.expect("it can be filled");
        store
    })
});

/// Cells that are overwritten, one a line: the table, a dot, the column, `=` and the value in JSON, of which a list of numbers is a
/// blob. Whatever stands there, everything that reads the store or decides by what it read comes to an end, and an error repeats nothing of it.
pub fn rows(input: &[u8]) {
    let lines: Vec<_> = input.split(|byte| *byte == b'\n').take(8).map(<[u8]>::to_vec).collect();
    let cells: Vec<_> = lines.iter().filter_map(|line| cell(line)).collect();
    let worked = RUNTIME.block_on(STORE.run(move |tables| {
        for (table, column, value) in cells {
            overwrite(tables, &table, &column, &value);
        }
        read(tables);
        decide(tables);
        // So that the next input finds it as it was.
        Err::<(), _>(StoreError::LeaseLost)
    }));
    assert_eq!(worked, Err(StoreError::LeaseLost));
}

fn cell(line: &[u8]) -> Option<(String, String, Cell)> {
    let (name, value) = std::str::from_utf8(line).ok()?.split_once('=')?;
    let (table, column) = name.split_once('.')?;
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let value = match serde_json::from_str(value).ok()? {
        Value::Null => Cell::Null,
        Value::Bool(value) => Cell::Integer(value.into()),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| Cell::Real(number.as_f64().unwrap_or_default()), Cell::Integer)
        }
        Value::String(text) => Cell::Text(text),
        Value::Array(bytes) => {
            Cell::Blob(bytes.iter().filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect())
        }
        object @ Value::Object(_) => Cell::Text(object.to_string()),
    };
    (is_name(table) && is_name(column) && !table.starts_with("sqlite"))
        .then(|| (table.to_owned(), column.to_owned(), value))
}

/// What cannot stand there, since there is no such column or the rows would be one, is left as it is.
fn overwrite(tables: &mut dyn Tables, table: &str, column: &str, value: &Cell) {
    let Transaction::Sqlite(connection) = tables.transaction() else { panic!("the store is a file") };
    let _ = connection.execute(&format!("UPDATE OR IGNORE {table} SET {column} = ?1"), [value]);
}

fn key() -> Key {
    Key { program: "shop".to_owned(), key: "order-1".to_owned() }
}

fn draft() -> Draft {
    Draft {
        session: SESSION.to_owned(),
        recipient: "79991112233".to_owned(),
        message: r#"{"type":"text","body":"Hello"}"#.to_owned(),
        file: None,
        class: Class::Normal,
        not_before: 0,
        expires: None,
    }
}

fn reading() -> Reading {
    Reading { chat: CHAT.to_owned(), fingerprint: "f".to_owned(), content: Content::new("Hello", None) }
}

/// The events of the fixtures.
pub static ARRIVALS: LazyLock<Vec<Arrival>> = LazyLock::new(|| {
    let events = events();
    let parsed = events.iter().filter_map(|event| webhook::parse(event.body.get().as_bytes()).ok());
    parsed.map(|event| Arrival::new(&event, Trust::Listed, Some(SESSION))).collect()
});

fn fill(tables: &mut dyn Tables) -> Result<()> {
    let Transaction::Sqlite(connection) = tables.transaction() else { panic!("the store is a file") };
    // What a damaged file holds meets no conditions.
    connection.execute_batch("PRAGMA ignore_check_constraints = ON").expect("it can be set");
    journal::append(tables, ARRIVALS.clone())?;
    consumers::open(tables, "shop", 1, StartAt::Beginning)?;
    consumers::lease(tables, "shop", WORKER, 60_000)?;
    poll::lease(tables, WORKER, 60_000)?;
    poll::keep(tables, WORKER, &whatsgate_core::CursorPosition::default(), 1, true)?;
    outbox::put(tables, &key(), &draft(), reading())?;
    let other = Key { key: "order-2".to_owned(), ..key() };
    outbox::put(tables, &other, &Draft { recipient: "79991112244".to_owned(), ..draft() }, reading())?;
    let now = tables.now()?;
    pacing::connect(tables, SESSION, Some(1), true)?;
    pacing::opt_out(tables, SESSION, CHAT, now)?;
    take(tables)?;
    outbox::hold(tables, &Key { key: "b".to_owned(), ..key() })?;
    if let Some(sighting) = sighting() {
        outbox::sight(tables, sighting, now)?;
    }
    tables.add_chat_names(SESSION, CHAT, "5@lid")?;
    let state = r#"{"grant":{"session":"a","commands":["send"],"chats":"all"},"created":1,"sends_left":1,"bytes_left":1}"#;
    tables.put_relay_token(&RelayTokenRow {
        hash: HASH.to_owned(),
        id: "id".to_owned(),
        program: "shop".to_owned(),
        subject: "visitor".to_owned(),
        expires: now,
        state: state.to_owned(),
    })
}

fn sighting() -> Option<Sighting> {
    ARRIVALS.iter().find_map(|arrival| arrival.sighting.clone())
}

fn take(tables: &mut dyn Tables) -> Result<outbox::Taken> {
    let taking = Taking {
        worker: WORKER,
        session: SESSION,
        most: 4,
        look: Duration::from_secs(60),
        limits: Some(&Limits::default()),
        lease: &|_| 60_000,
    };
    outbox::take(tables, &taking)
}

/// An error says what is wrong and repeats nothing of what is stored.
#[track_caller]
fn ends<T: Debug>(result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            calm_error(&error);
            hides(&error.to_string());
            None
        }
    }
}

/// Everything that reads.
fn read(tables: &mut dyn Tables) {
    ends(tables.settings(""));
    ends(tables.end());
    ends(tables.known(&[1, 2], &["a".to_owned()]));
    ends(tables.read(Slice { partition: 0, of: 1 }, 0, 100, 1 << 20));
    ends(tables.read(Slice { partition: 0, of: 2 }, 0, 100, 1));
    ends(tables.entry(1));
    ends(tables.chat(SESSION, CHAT, 0));
    ends(tables.first_since(0));
    ends(tables.pending(10));
    ends(tables.last_of_chat(SESSION, CHAT, 0, 10));
    ends(tables.consumers());
    ends(tables.partitions("shop"));
    ends(tables.count_workers("shop", 0));
    ends(tables.parked("shop", 0));
    ends(tables.dead_letters("shop", 0, 10));
    ends(tables.count_parked("shop"));
    ends(tables.receipt(&ReceiptKey { session: SESSION.to_owned(), message: "5f2a".to_owned() }));
    let filter = OutboxFilter::default();
    ends(tables.outbox_entry(&key()));
    ends(tables.outbox_entries(&filter, 10));
    ends(tables.count_outbox(&filter));
    ends(tables.outbox_sessions());
    ends(tables.unread_outbox(10));
    ends(tables.ready_outbox(SESSION, i64::MAX, 0, &Sendable::default(), 10));
    ends(tables.next_due(SESSION, 0));
    ends(tables.expired_outbox(0, 10));
    ends(tables.open_outbox(SESSION, CHAT, None));
    ends(tables.uncompared_outbox(10));
    ends(tables.outbox_entry_of(1));
    ends(tables.free_sightings(SESSION, 0));
    ends(tables.chat_names(SESSION, CHAT));
    ends(tables.relay_token(HASH));
    ends(tables.relay_tokens("shop", 0, "", 10));
    ends(tables.count_relay_tokens("shop", 0));
    ends(tables.relay_expiries(&[HASH.to_owned()]));
    ends(poll::standing(tables));
    ends(poll::rounds(tables));
    ends(outbox::held(tables));
    ends(pacing::opted_out(tables, SESSION));
    ends(pacing::forecast(tables, SESSION, &Limits::default(), Some((Class::Bulk, 10))));
    if let Some(waiting) = ends(Waiting::read(tables, Duration::from_secs(60)))
        && let Some(entry) = ends(tables.outbox_entry(&key())).flatten()
    {
        let _ = waiting.of(&entry);
    }
}

/// Everything that decides by what it read.
fn decide(tables: &mut dyn Tables) {
    ends(journal::append(tables, ARRIVALS.clone()));
    ends(journal::verified(tables, &[1, 2]));
    ends(journal::not_listed(tables, &[3]));
    ends(consumers::open(tables, "shop", 1, StartAt::Now));
    let leases = ends(consumers::lease(tables, "shop", "another", 60_000));
    drop(leases);
    ends(consumers::dead_letter(tables, "shop", 1));
    ends(consumers::replay_dead_letter(tables, "shop", 1));
    ends(consumers::replay_chat(tables, "shop", SESSION, CHAT, 0));
    let asking = Asking {
        consumer: "shop".to_owned(),
        most: 10,
        most_bytes: 1 << 20,
        length: 60_000,
        current: None,
        random: "r".to_owned(),
    };
    if let Some(pages::Page::Lent { lease, events }) = ends(pages::lend(tables, &asking)) {
        let last = events.last().map_or(0, |event| event.entry.position);
        ends(pages::reject(tables, "shop", &lease, last, "it is wrong"));
        ends(pages::acknowledge(tables, "shop", &lease, last));
    }
    ends(consumers::set_to(tables, "shop", StartAt::Date(0)));
    ends(poll::lease(tables, "another", 60_000));
    ends(poll::round_began(tables));
    ends(pacing::connect(tables, SESSION, Some(2), true));
    ends(outbox::put(tables, &key(), &draft(), reading()));
    ends(outbox::admit(tables, 1, Ok(reading())));
    if let Some(sighting) = sighting() {
        ends(outbox::sight(tables, sighting, 1));
    }
    ends(take(tables));
    ends(outbox::judge(tables, Absent::Resend, Duration::from_secs(60)));
    ends(outbox::end(tables, 1, 1, &Ended::Unknown("no reply".to_owned())));
    ends(outbox::lose(tables, true));
    for decision in [Decision::Retry, Decision::Sent(None), Decision::NotSent, Decision::Cancel] {
        ends(outbox::decide(tables, &key(), &decision));
    }
    ends(journal::expire(tables, i64::MAX, 0));
    ends(tables.expire_outbox(i64::MAX));
    ends(tables.sweep_relay_tokens(i64::MAX));
    ends(tables.remove_relay_tokens("shop", &RelayTokens::All));
    ends(consumers::free_all(tables));
}
