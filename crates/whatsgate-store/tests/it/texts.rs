//! Texts that a store may stumble over.

use whatsgate_core::durable::journal::{Content, Incoming};
use whatsgate_core::durable::partition::Parked;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_store::Store;
use whatsgate_store::consumers::{StartAt, lease, open};
use whatsgate_store::journal::Arrival;

use crate::support::{append, entries, event, parked, raw, run};

on_every_store! {
    odd_texts_of_an_event_come_back,
    odd_names_come_back,
    texts_of_any_length_are_stored,
    settings_are_set_and_removed,
}

const ODD: [&str; 8] = [
    "",
    "\0",
    "a\0b",
    "a\u{e000}0b",
    "\u{e000}",
    "'; DROP TABLE journal; --",
    "приве́т 👋\u{200f}",
    "\\0 % _ \n\t",
];

async fn odd_texts_of_an_event_come_back(store: &Store) {
    let odd: Vec<_> = ODD
        .iter()
        .zip(1..)
        .map(|(text, number)| {
            let mut event = event(number);
            event.chat = format!("chat {text}");
            event.identity.session = (*text).into();
            event.identity.action = format!("{text}{text}");
            event.identity.message = format!("message {text}");
            event.raw = raw(r#"{"text":"\u0000\ud83d\ude00"}"#);
            event
        })
        .collect();
    let unnumbered = |text: &str| {
        let mut event = Incoming::unreadable(raw("null"));
        event.identity.message = text.into();
        event
    };
    append(store, odd.clone()).await;
    append(store, ODD.map(unnumbered)).await;
    // Known again, each of them.
    append(store, odd.iter().cloned().chain(ODD.map(unnumbered))).await;
    let stored = entries(store).await;
    assert_eq!(stored.len(), 2 * ODD.len());
    for (sent, entry) in odd.into_iter().chain(ODD.map(unnumbered)).zip(stored) {
        assert_eq!((entry.identity, entry.chat), (sent.identity.clone(), sent.chat.clone()));
        assert_eq!(entry.content, Content::Whole(sent.raw));
        let found = run(store, move |tables| tables.chat(&sent.identity.session, &sent.chat, 0)).await;
        assert!(found.contains(&entry.position));
    }
}

async fn odd_names_come_back(store: &Store) {
    for name in ODD {
        run(store, move |tables| open(tables, name, 1, StartAt::Now)).await;
        let held = run(store, move |tables| lease(tables, name, name, 1000)).await.held;
        assert_eq!(held[0].row.lease.owner.as_deref(), Some(name));
        let letter = Parked { chat: name.to_owned(), reason: name.to_owned(), ..parked(1, false) };
        let sent = letter.clone();
        run(store, move |tables| tables.park(name, 0, &[sent])).await;
        assert_eq!(run(store, move |tables| tables.parked(name, 0)).await, [letter]);
        run(store, move |tables| tables.set_setting(name, Some(name))).await;
        assert_eq!(run(store, move |tables| tables.setting(name)).await.as_deref(), Some(name));
    }
    assert_eq!(run(store, |tables| tables.consumers()).await.len(), ODD.len());
}

async fn texts_of_any_length_are_stored(store: &Store) {
    // Longer than what an index takes, and hard to compress.
    let mut seed = 1_u64;
    let long: String = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((seed >> 33) % 26).unwrap())
    })
    .take(60_000)
    .collect();
    let mut event = event(1);
    event.identity.message.clone_from(&long);
    event.identity.session.clone_from(&long);
    event.chat.clone_from(&long);
    let key = ReceiptKey { session: long.clone(), message: long.clone() };
    let receipt = Some((key.clone(), DeliveryState::Read));
    let mut unnumbered = Incoming::unreadable(raw("null"));
    unnumbered.identity.message.clone_from(&long);
    store.append(vec![Arrival { event, receipt, sighting: None, opts_out: false }]).await.unwrap();
    append(store, [unnumbered.clone()]).await;
    append(store, [unnumbered]).await;
    assert_eq!(entries(store).await.len(), 2);
    let receipt = run(store, move |tables| tables.receipt(&key)).await;
    assert_eq!(receipt.map(|receipt| receipt.state), Some(DeliveryState::Read));
}

async fn settings_are_set_and_removed(store: &Store) {
    let get = || run(store, |tables| tables.setting("name"));
    assert_eq!(get().await, None);
    for value in ["one", "two"] {
        run(store, move |tables| tables.set_setting("name", Some(value))).await;
        assert_eq!(get().await.as_deref(), Some(value));
    }
    run(store, |tables| tables.set_setting("name", None)).await;
    assert_eq!(get().await, None);
}
