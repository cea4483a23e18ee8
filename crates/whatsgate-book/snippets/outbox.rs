//! Sending each message once.

use whatsgate_durable::Store;
use whatsgate_native::{Client, SessionId};

use crate::{Outcome, Place};

async fn order(client: Client, session: SessionId, store: Store) -> Outcome<&'static str> {
    // ANCHOR: put
    use std::time::Duration;
    use whatsgate_durable::{Inbox, Outbox, Sender};
    use whatsgate_native::{OutgoingMessage, PhoneNumber};

    // The first sees what became of messages, the second sends what is in the store.
    let _inbox = Inbox::builder(client.clone(), store.clone()).start().await?;
    let _sender = Sender::builder(client, store.clone()).start().await?;

    let to = PhoneNumber::new("79991112233")?;
    let outbox = Outbox::new(store);
    let message = OutgoingMessage::text("Your order is ready");
    let mut put = outbox.put("order-17", &session, to, message).await?;
    let entry = put.wait_sent(Duration::from_secs(60)).await?;
    println!("{}", entry.course.state.name());
    // ANCHOR_END: put
    Ok(entry.course.state.name())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_is_the_same_message() {
    let place = Place::start().await;
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&format!("sqlite:{}", folder.path().join("shop.db").display())).await.unwrap();
    for _ in 0..2 {
        let id = place.session.id().clone();
        assert_eq!(order(place.client.clone(), id, store.clone()).await.unwrap(), "sent");
    }
    assert_eq!(place.sent(), ["Your order is ready"]);
}
