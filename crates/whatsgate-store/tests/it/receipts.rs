//! How far sent messages have come.

use whatsgate_core::durable::journal::Trust;
use whatsgate_core::durable::receipts::{DeliveryState, ReceiptKey};
use whatsgate_model::SessionId;
use whatsgate_store::Store;
use whatsgate_store::journal::Arrival;

use crate::support::{SESSION, event, posted, run};

on_every_store! {
    a_state_only_goes_forward,
    the_chat_in_the_long_id_does_not_matter,
    what_may_be_forged_proves_nothing,
    many_messages_in_one_commit,
}

fn key(message: &str) -> ReceiptKey {
    ReceiptKey::new(&SessionId::new(SESSION).unwrap(), message)
}

async fn report(store: &Store, reports: impl IntoIterator<Item = (i64, ReceiptKey, DeliveryState)>) {
    let arrivals = reports.into_iter().map(|(number, key, state)| Arrival {
        event: event(number),
        receipt: Some((key, state)),
        sighting: None,
        opts_out: false,
    });
    store.append(arrivals.collect()).await.unwrap();
}

async fn state(store: &Store, key: ReceiptKey) -> Option<DeliveryState> {
    run(store, move |tables| tables.receipt(&key)).await.map(|receipt| receipt.state)
}

async fn a_state_only_goes_forward(store: &Store) {
    use DeliveryState::{Delivered, Failed, Queued, Read, Sent};
    let one = || key("true_chat-1_AA");
    assert_eq!(state(store, one()).await, None);
    report(store, [(1, one(), Sent), (2, one(), Queued)]).await;
    assert_eq!(state(store, one()).await, Some(Sent));
    report(store, [(3, one(), Failed)]).await;
    assert_eq!(state(store, one()).await, Some(Failed));
    report(store, [(4, one(), Read)]).await;
    let read = run(store, move |tables| tables.receipt(&one())).await.unwrap();
    assert_eq!(read.state, Read);
    report(store, [(5, one(), Delivered), (6, one(), Read)]).await;
    assert_eq!(run(store, move |tables| tables.receipt(&one())).await, Some(read));
}

async fn the_chat_in_the_long_id_does_not_matter(store: &Store) {
    report(store, [(1, key("true_79991112233@c.us_BB"), DeliveryState::Sent)]).await;
    report(store, [(2, key("true_1234567@lid_BB"), DeliveryState::Read)]).await;
    assert_eq!(state(store, key("true_79991112233@c.us_BB")).await, Some(DeliveryState::Read));
    assert_eq!(state(store, key("true_79991112233@c.us_CC")).await, None);
}

async fn what_may_be_forged_proves_nothing(store: &Store) {
    for (number, trust) in [(1, Trust::Pending), (2, Trust::Unlisted)] {
        let receipt = Some((key("true_chat-1_DD"), DeliveryState::Read));
        store
            .append(vec![Arrival { event: posted(number, trust), receipt, sighting: None, opts_out: false }])
            .await
            .unwrap();
    }
    assert_eq!(state(store, key("true_chat-1_DD")).await, None);
}

async fn many_messages_in_one_commit(store: &Store) {
    let message = |number| key(&format!("true_chat-1_{number}"));
    report(store, (0..50).map(|number| (number, message(number), DeliveryState::Sent))).await;
    report(store, (50..90).map(|number| (number, message(number - 25), DeliveryState::Read))).await;
    for number in [0, 24, 25, 49, 64] {
        let expected = if number < 25 { DeliveryState::Sent } else { DeliveryState::Read };
        assert_eq!(state(store, message(number)).await, Some(expected), "{number}");
    }
    let keys: Vec<_> = [1, 70, 30].map(message).into();
    let states = run(store, move |tables| {
        let receipts = tables.receipts(&keys.iter().collect::<Vec<_>>())?;
        Ok(receipts.into_iter().map(|receipt| receipt.map(|receipt| receipt.state)).collect::<Vec<_>>())
    })
    .await;
    assert_eq!(states, [Some(DeliveryState::Sent), None, Some(DeliveryState::Read)]);
}
