//! Tokens for pages.

use whatsgate_durable::Store;
use whatsgate_native::{Client, SessionId};

use crate::{Outcome, Place};

async fn token(client: Client, session: SessionId, store: Store) -> Outcome<String> {
    // ANCHOR: mint
    use whatsgate_native::PhoneNumber;
    use whatsgate_relay::{Chats, Grant, Relay, RelayCommand};

    let relay = Relay::builder(client, store).allow_origin("https://shop.example")?.build();

    let shop = PhoneNumber::new("79991112233")?;
    let grant = Grant::new(session, [RelayCommand::Send, RelayCommand::EventsGet], Chats::only([shop]))
        .with_subject("visitor 17")
        .with_sends(5)
        .with_renewal(3_600);
    let minted = relay.mint("shop", grant).await?; // `minted.token` is for the page

    let router = axum::Router::<()>::new().nest("/relay/v1", relay.router());
    // ANCHOR_END: mint
    drop(router);
    Ok(minted.token)
}

#[tokio::test]
async fn a_token_is_made() {
    let place = Place::start().await;
    let store = Store::open("memory:").await.unwrap();
    let id = place.session.id().clone();
    assert!(token(place.client.clone(), id, store).await.unwrap().starts_with("wgr_"));
}
